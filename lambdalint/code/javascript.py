"""JavaScript and TypeScript source as a ``Module``. Grammars: tree-sitter-javascript, tree-sitter-typescript."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from lambdalint.code import grammar
from lambdalint.code.grammar import text
from lambdalint.code.javascript_expression import (
    FUNCTIONS,
    Expressions,
    arity,
    key_text,
    parameter_names,
    pattern_names,
)
from lambdalint.code.javascript_names import Names, declared, required_module, specifiers
from lambdalint.code.module import Access, FunctionSite, ImportSite, Module, Unit, blank, finish
from lambdalint.code.syntax import Expr, Invoke, Item, Lambda, Member, Name, Opaque, Record, Text, dotted, last_name
from lambdalint.code.walk import Around, Visit, walk

if TYPE_CHECKING:
    from tree_sitter import Node


def read(source: bytes, dialect: Literal["javascript", "typescript", "tsx"]) -> Module:
    """The module that the text is; broken stretches are left out and ``error_line`` says so."""
    root = grammar.parser(dialect).parse(source).root_node
    reader = _Reader(source)
    comments = walk(root, reader.module, reader.visit)
    reader.module.source = blank(source, comments)
    return finish(reader.module)


class _Reader:
    def __init__(self, source: bytes) -> None:
        self.module = Module(source)
        self.expressions = Expressions()
        self.names = Names(self.module, self.expressions)
        self.units: dict[int, Unit] = {}

    def visit(self, node: Node, around: Around) -> Visit:
        visit = _VISITS.get(node.type)
        return visit(self, node, around) if visit is not None else None

    # Visits: what a node adds to the module; the nodes to go on with, or None for all children.

    def imports(self, node: Node, around: Around) -> Visit:
        source = node.child_by_field_name("source")
        names: dict[str, str | None] = {}
        clause = next((child for child in node.named_children if child.type.startswith("import_")), None)
        if clause is not None:
            source = source or clause.child_by_field_name("source")
            required = clause.type == "import_require_clause"
            for child in clause.named_children:
                if child.type == "identifier":
                    names[text(child)] = None if required else "default"
                elif child.type == "namespace_import" and child.named_children:
                    names[text(child.named_children[0])] = None
                elif child.type == "named_imports":
                    names.update(specifiers(child))
        only_types = any(child.type == "type" for child in node.children[:3])
        if source is not None and not only_types:
            self.module.imports.append(ImportSite(key_text(source), names, node.start_byte))
        self.module.silent.append((node.start_byte, node.end_byte))
        return []

    def declarator(self, node: Node, around: Around) -> Visit:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None or value is None:
            return []
        found = self.expressions.read(value)
        self.names.required(name, found, node.start_byte)
        self.names.bind(name, found, around.scope, around.owner_span)
        label = (text(name), node.start_byte) if around.top and name.type == "identifier" else around.label
        return [(value, around._replace(label=label))]

    def assignment(self, node: Node, around: Around) -> Visit:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return None
        if node.type == "augmented_assignment_expression":
            sign = node.child_by_field_name("operator")
            if sign is None or sign.type not in ("??=", "||="):
                return None
            self.module.caching.append(around.scope)
        value, target = self.expressions.read(right), self.expressions.read(left)
        self.names.bind(left, value, around.scope, around.owner_span)
        if not isinstance(target, Name):
            self.module.writes.append(target)
        label = around.label
        name = dotted(target)
        if around.top and name is not None:
            label = (name.rsplit(".", 1)[-1], node.start_byte)
            if name == "module.exports":
                self._module_exports(value, node)
                label = ("default", node.start_byte) if not isinstance(value, Record) else None
            elif name.startswith(("exports.", "module.exports.")):
                self.module.exports[name.rsplit(".", 1)[-1]] = value
                if isinstance(value, Name):
                    self.module.silent.append((node.start_byte, node.end_byte))
        return [(right, around._replace(label=label))]

    def _module_exports(self, value: Expr, node: Node) -> None:
        module = self.module
        if isinstance(value, Record):
            module.exports.update(value.items)
            module.exports_open = module.exports_open or bool(value.spread)
            module.silent.extend((item.start, item.end) for item in value.items.values() if isinstance(item, Name))
            return
        module.exports["default"] = value
        required = required_module(value)
        if required is not None:
            module.reexports.append((required, "*", "*"))
        elif not isinstance(value, Lambda):
            module.exports_open = True

    def export(self, node: Node, around: Around) -> Visit:
        source = node.child_by_field_name("source")
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        clause = next((child for child in node.named_children if child.type == "export_clause"), None)
        default = any(child.type == "default" for child in node.children[:3])
        module = self.module
        if clause is not None:
            module.silent.append((node.start_byte, node.end_byte))
            for here, origin in specifiers(clause).items():
                there = origin or here
                if source is not None:
                    module.reexports.append((key_text(source), there, here))
                else:
                    module.exports[here] = Name(there, clause.start_byte, clause.end_byte)
            return []
        if source is not None:
            module.reexports.append((key_text(source), "*", "*"))
            return []
        if declaration is not None:
            for name in declared(declaration):
                module.exports["default" if default else name] = Name(name, node.start_byte, node.end_byte)
            return [(declaration, around)]
        if value is not None:
            module.exports["default"] = self.expressions.read(value)
            return [(value, around._replace(label=("default", node.start_byte)))]
        return None

    def pair(self, node: Node, around: Around) -> Visit:
        key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
        if around.top and key is not None and value is not None and value.type in FUNCTIONS:
            return [(value, around._replace(label=(key_text(key), node.start_byte)))]
        return None

    def function(self, node: Node, around: Around) -> Visit:
        label = node.child_by_field_name("name")
        method = node.type == "method_definition"
        declared = node.type.endswith("declaration")
        name = key_text(label) if label is not None else around.label[0] if around.label else ""
        span = (node.start_byte, node.end_byte)
        owner = around.owner if method and around.function is None else None
        site = FunctionSite(name, parameter_names(node), *span, owner, [], arity(node))
        self.module.functions.append(site)
        if around.top and (label is not None or around.label is not None):
            start = node.start_byte if declared or method or around.label is None else around.label[1]
            unit_name = name if declared or method or around.label is None else around.label[0]
            self._unit(unit_name, start, node.end_byte)
        inner = Around(span, name or around.function or "", around.owner, around.owner_span, False)
        listed = node.child_by_field_name("parameters")
        for child in listed.named_children if listed is not None else ():
            pattern = child.child_by_field_name("pattern") or child
            if pattern.type == "object_pattern":
                whole = Opaque(child.start_byte, child.end_byte)
                self.names.bind(pattern, whole, inner.scope, inner.owner_span)
        body = node.child_by_field_name("body")
        if body is not None and body.type != "statement_block":
            self.module.returns.append((inner.function or "", self.expressions.read(body)))
        return [(body, inner)] if body is not None else []

    def _unit(self, name: str, start: int, end: int) -> None:
        known = self.units.get(start)
        if known is not None:
            known.end = max(known.end, end)
        else:
            self.units[start] = Unit(name, start, end)
            self.module.units.append(self.units[start])

    def class_(self, node: Node, around: Around) -> Visit:
        label = node.child_by_field_name("name")
        name = text(label) if label is not None else around.label[0] if around.label else ""
        span = (node.start_byte, node.end_byte)
        if around.top and name:
            self._unit(name, *span)
        inner = Around(span, None, name, span, False)
        return [(child, inner) for child in node.named_children]

    def field(self, node: Node, around: Around) -> Visit:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        name = name or node.child_by_field_name("property")
        if name is not None and value is not None:
            whole = around.owner_span or around.scope
            self.module.bind(f"this.{text(name)}", self.expressions.read(value), whole, node.start_byte)
            return [(value, around._replace(label=(text(name), node.start_byte)))]
        return None

    def loop(self, node: Node, around: Around) -> Visit:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            for name in pattern_names(left):
                self.module.bind(name, Opaque(right.start_byte, right.end_byte), around.scope, left.start_byte)
        return None

    def call(self, node: Node, around: Around) -> Visit:
        call = self.expressions.read(node)
        if not isinstance(call, Invoke):
            return None
        self.module.invokes.append(call)
        for arg in call.args:
            if isinstance(arg, Lambda) and isinstance(call.callee, Member):
                source = call.callee.base
                for name in " ".join(arg.params).split():
                    self.module.bind(name, Opaque(source.start, source.end), (arg.start, arg.end), arg.start)
        self._loads(call, node)
        called = last_name(call.callee)
        if called in ("__exportStar", "__export", "defineProperty", "assign"):
            first = call.args[0] if call.args else None
            targets = {dotted(arg) for arg in call.args}
            if first is not None and not targets.isdisjoint(("exports", "module.exports")):
                self.module.exports_open = called != "defineProperty" or self._defines(call)
        return None

    def _loads(self, call: Invoke, node: Node) -> None:
        """Note ``require(...)``, ``import(...)`` and ``eval(...)``."""
        function = node.child_by_field_name("function")
        imports = function is not None and function.type == "import"
        if not imports and not (isinstance(call.callee, Name) and call.callee.text in ("require", "eval")):
            return
        match call.args:
            case [Text(value=required), *_] if not (isinstance(call.callee, Name) and call.callee.text == "eval"):
                self.module.imports.append(ImportSite(required, {}, node.start_byte))
            case _:
                self.module.dynamic.append(node.start_byte)

    def _defines(self, call: Invoke) -> bool:
        """Whether ``Object.defineProperty(exports, ...)`` exports something that is not seen."""
        key = call.args[1] if len(call.args) > 1 else None
        return self.module.exports_open or not (isinstance(key, Text) and key.value == "__esModule")

    def member(self, node: Node, around: Around) -> Visit:
        base = node.child_by_field_name("object")
        if base is not None and (base.type == "identifier" or base.type == "member_expression"):
            expr = self.expressions.read(node)
            if isinstance(expr, Member):
                self.module.accesses.append(Access(expr, around.guard))
        return None

    def subscript(self, node: Node, around: Around) -> Visit:
        expr = self.expressions.read(node)
        if isinstance(expr, Item):
            self.module.accesses.append(Access(expr, around.guard))
        return None

    def return_(self, node: Node, around: Around) -> Visit:
        if around.function and node.named_children:
            self.module.returns.append((around.function, self.expressions.read(node.named_children[0])))
        return None

    def condition(self, node: Node, around: Around) -> Visit:
        test = node.child_by_field_name("condition")
        inner = around._replace(guard=1)
        return [(child, inner if child == test else around) for child in node.named_children]

    def tolerant(self, node: Node, around: Around) -> Visit:
        sign = node.child_by_field_name("operator")
        if sign is not None and sign.type in ("+", "-", "*", "/", "<", ">", "typeof", "in"):
            return None
        return [(child, around._replace(guard=1)) for child in node.named_children]


_VISITS: dict[str, Callable[[_Reader, Node, Around], Visit]] = {
    **dict.fromkeys(FUNCTIONS, _Reader.function),
    "import_statement": _Reader.imports,
    "variable_declarator": _Reader.declarator,
    "assignment_expression": _Reader.assignment,
    "augmented_assignment_expression": _Reader.assignment,
    "export_statement": _Reader.export,
    "pair": _Reader.pair,
    "class_declaration": _Reader.class_,
    "class": _Reader.class_,
    "abstract_class_declaration": _Reader.class_,
    "field_definition": _Reader.field,
    "public_field_definition": _Reader.field,
    "for_in_statement": _Reader.loop,
    "call_expression": _Reader.call,
    "new_expression": _Reader.call,
    "member_expression": _Reader.member,
    "subscript_expression": _Reader.subscript,
    "return_statement": _Reader.return_,
    "if_statement": _Reader.condition,
    "ternary_expression": _Reader.condition,
    "binary_expression": _Reader.tolerant,
    "unary_expression": _Reader.tolerant,
}
