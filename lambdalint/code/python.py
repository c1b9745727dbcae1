"""Python source as a ``Module``. Grammar: tree-sitter-python."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lambdalint.code import grammar
from lambdalint.code.grammar import text
from lambdalint.code.module import Access, FunctionSite, ImportSite, Module, Unit, blank, finish
from lambdalint.code.python_expression import Expressions, parameter_names
from lambdalint.code.syntax import Expr, Invoke, Item, Member, Name, Opaque, Series, dotted, last_name, number
from lambdalint.code.walk import Around, Visit, walk

if TYPE_CHECKING:
    from tree_sitter import Node

# Decorators that wrap a function; any other dotted decorator (``@app.get``) registers it with an object.
_WRAPPER_NAMES = """
batch_processor cache cached cached_property capture capture_async capture_lambda_handler capture_method
command contextmanager dataclass durable_execution durable_step event_parser event_source idempotent
idempotent_function inject_lambda_context lambda_handler lambda_handler_decorator log_metrics lru_cache
on_exception retry setter validator wraps
"""
_WRAPPERS = frozenset(_WRAPPER_NAMES.split())
_CACHES = frozenset({"cache", "lru_cache", "cached", "cached_property"})
_ENVIRONMENT_CALLS = frozenset({"get", "getenv", "pop", "setdefault"})


def read(source: bytes) -> Module:
    """The module that the text is; broken stretches are left out and ``error_line`` says so."""
    root = grammar.parser("python").parse(source).root_node
    reader = _Reader(source)
    module = reader.module
    comments = walk(root, module, reader.visit)
    module.source = blank(source, [*comments, *reader.docstrings])
    for span, names in reader.globals:
        module.caching.append(span)
        for name in names:
            for binding in module.bindings.get(name, ()):
                if binding.scope == span:
                    binding.scope = (0, len(source) + 1)
    return finish(module)


class _Reader:
    def __init__(self, source: bytes) -> None:
        self.module = Module(source)
        self.docstrings: list[tuple[int, int]] = []
        self.globals: list[tuple[tuple[int, int], list[str]]] = []
        self.expressions = Expressions()

    def visit(self, node: Node, around: Around) -> Visit:
        visit = _VISITS.get(node.type)
        return visit(self, node, around) if visit is not None else None

    # Visits: what a node adds to the module; the nodes to go on with, or None for all children.

    def statement(self, node: Node, around: Around) -> Visit:
        first = node.named_children[0] if node.named_children else None
        if first is not None and first.type == "string" and node.named_child_count == 1:
            self.docstrings.append((node.start_byte, node.end_byte))
            return []
        return None

    def imports(self, node: Node, around: Around) -> Visit:
        for child in node.children_by_field_name("name"):
            name, alias = _alias(child)
            local = alias or name.split(".", 1)[0]
            names: dict[str, str | None] = {local: None}
            self.module.imports.append(ImportSite(name, names, node.start_byte))
        self.module.silent.append((node.start_byte, node.end_byte))
        return []

    def import_from(self, node: Node, around: Around) -> Visit:
        source = node.child_by_field_name("module_name")
        names: dict[str, str | None] = {}
        for child in node.children_by_field_name("name"):
            name, alias = _alias(child)
            names[alias or name] = name
        star = any(child.type == "wildcard_import" for child in node.named_children)
        self.module.imports.append(ImportSite(text(source) if source else "", names, node.start_byte, star))
        self.module.silent.append((node.start_byte, node.end_byte))
        return []

    def function(self, node: Node, around: Around) -> Visit:
        return self._function(node, around, [], node.start_byte)

    def _function(self, node: Node, around: Around, decorators: list[Expr], start: int) -> Visit:
        label = node.child_by_field_name("name")
        name = text(label) if label else ""
        span = (node.start_byte, node.end_byte)
        parameters = node.child_by_field_name("parameters")
        params = parameter_names(parameters) if parameters else []
        names = [last_name(each.callee if isinstance(each, Invoke) else each) for each in decorators]
        method = around.owner is not None and around.function is None
        if method and params and "staticmethod" not in names:
            params = params[1:]
        self.module.functions.append(
            FunctionSite(name, params, *span, around.owner if method else None, decorators, len(params))
        )
        if any(found in _CACHES for found in names):
            self.module.caching.append(span)
        if around.top:
            registered = any(
                isinstance(each.callee if isinstance(each, Invoke) else each, Member) and found not in _WRAPPERS
                for each, found in zip(decorators, names, strict=True)
            )
            # Its decorators belong to it: what they do is done for this function.
            self.module.units.append(Unit(name, start, node.end_byte, registered))
        inner = Around(span, name, around.owner, around.owner_span, False)
        body = node.child_by_field_name("body")
        inside = [(body, inner)] if body else []
        return inside + ([(parameters, around)] if parameters else [])

    def decorated(self, node: Node, around: Around) -> Visit:
        definition = node.child_by_field_name("definition")
        outer = [child for child in node.named_children if child.type == "decorator"]
        inside = [(child, around) for child in outer]
        if definition is None or definition.type != "function_definition":
            return inside + ([(definition, around)] if definition else [])
        decorators = [self.expressions.read(child.named_children[0]) for child in outer if child.named_children]
        return inside + (self._function(definition, around, decorators, node.start_byte) or [])

    def class_(self, node: Node, around: Around) -> Visit:
        label = node.child_by_field_name("name")
        name = text(label) if label else ""
        span = (node.start_byte, node.end_byte)
        if around.top:
            self.module.units.append(Unit(name, *span))
        inner = Around(span, None, name, span, False)
        return [(child, inner) for child in node.named_children]

    def assignment(self, node: Node, around: Around) -> Visit:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return None
        if text(left) == "__all__":
            self.module.silent.append((node.start_byte, node.end_byte))
        self._bind(left, self.expressions.read(right), around)
        inside = [(right, around)]
        if left.type == "subscript":
            self.module.writes.append(self.expressions.read(left))
        return inside

    def _bind(self, left: Node, value: Expr, around: Around) -> None:
        match left.type:
            case "identifier":
                self.module.bind(text(left), value, around.scope, left.start_byte)
            case "attribute":
                name = dotted(self.expressions.read(left))
                whole = around.owner_span or (0, len(self.module.source) + 1)
                if name is not None:
                    self.module.bind(name, value, whole, left.start_byte)
            case "pattern_list" | "tuple_pattern" | "list_pattern":
                targets = left.named_children
                for index, target in enumerate(targets[:50]):
                    part: Expr = Item(value, number(str(index), value.start, value.end), value.start, value.end)
                    if isinstance(value, Series) and len(value.items) == len(targets):
                        part = value.items[index]
                    self._bind(target, part, around)
                    if isinstance(part, Item) and not isinstance(value, Series):
                        self.module.accesses.append(Access(part, 0))

    def named(self, node: Node, around: Around) -> Visit:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None and value is not None:
            self._bind(name, self.expressions.read(value), around)
        return None

    def loop(self, node: Node, around: Around) -> Visit:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            self._each(left, right, around)
        return None

    def _each(self, left: Node, right: Node, around: Around) -> None:
        if left.type == "identifier":
            self.module.bind(text(left), Opaque(right.start_byte, right.end_byte), around.scope, left.start_byte)
        elif left.type in ("pattern_list", "tuple_pattern"):
            for child in left.named_children[:50]:
                self._each(child, right, around)

    def with_item(self, node: Node, around: Around) -> Visit:
        value = node.child_by_field_name("value")
        if value is not None and value.type == "as_pattern" and len(value.named_children) == 2:
            target = value.named_children[1]
            if target.named_children:
                self._bind(target.named_children[0], self.expressions.read(value.named_children[0]), around)
        return None

    def call(self, node: Node, around: Around) -> Visit:
        call = self.expressions.read(node)
        if isinstance(call, Invoke):
            self.module.invokes.append(call)
            name = last_name(call.callee)
            if name in _ENVIRONMENT_CALLS:
                self.module.accesses.append(Access(call, around.guard))
            elif isinstance(call.callee, Name):
                if name in ("eval", "exec", "__import__"):
                    self.module.dynamic.append(node.start_byte)
            elif name == "import_module":
                self.module.dynamic.append(node.start_byte)
        return None

    def subscript(self, node: Node, around: Around) -> Visit:
        item = self.expressions.read(node)
        if isinstance(item, Item):
            self.module.accesses.append(Access(item, around.guard))
        return None

    def global_(self, node: Node, around: Around) -> Visit:
        self.globals.append((around.scope, [text(child) for child in node.named_children]))
        return []

    def return_(self, node: Node, around: Around) -> Visit:
        if around.function and node.named_children:
            self.module.returns.append((around.function, self.expressions.read(node.named_children[0])))
        return None

    def condition(self, node: Node, around: Around) -> Visit:
        test = node.child_by_field_name("condition")
        inner = around._replace(guard=max(around.guard, 1))
        return [(child, inner if child == test else around) for child in node.named_children]

    def tolerant(self, node: Node, around: Around) -> Visit:
        level = 2 if node.type == "conditional_expression" or b" in " in (node.text or b"")[:4000] else 1
        inner = around._replace(guard=max(around.guard, level))
        return [(child, inner) for child in node.named_children]

    def comparison(self, node: Node, around: Around) -> Visit:
        inner = around._replace(guard=max(around.guard, 1))
        return [(child, inner) for child in node.named_children]

    def try_(self, node: Node, around: Around) -> Visit:
        caught = False
        for child in node.named_children:
            if child.type == "except_clause":
                head = (child.text or b"").split(b":", 1)[0]
                names = (b"KeyError", b"LookupError", b"Exception")
                caught = caught or head.strip() == b"except" or any(name in head for name in names)
        inner = around._replace(guard=2) if caught else around
        return [(child, inner if child.type == "block" else around) for child in node.named_children]


def _alias(node: Node) -> tuple[str, str | None]:
    if node.type == "aliased_import":
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        return (text(name) if name else "", text(alias) if alias else None)
    return text(node), None


_VISITS: dict[str, Callable[[_Reader, Node, Around], Visit]] = {
    "expression_statement": _Reader.statement,
    "import_statement": _Reader.imports,
    "import_from_statement": _Reader.import_from,
    "function_definition": _Reader.function,
    "decorated_definition": _Reader.decorated,
    "class_definition": _Reader.class_,
    "assignment": _Reader.assignment,
    "named_expression": _Reader.named,
    "for_statement": _Reader.loop,
    "for_in_clause": _Reader.loop,
    "with_item": _Reader.with_item,
    "call": _Reader.call,
    "subscript": _Reader.subscript,
    "global_statement": _Reader.global_,
    "return_statement": _Reader.return_,
    "if_statement": _Reader.condition,
    "while_statement": _Reader.condition,
    "conditional_expression": _Reader.tolerant,
    "boolean_operator": _Reader.tolerant,
    "comparison_operator": _Reader.comparison,
    "try_statement": _Reader.try_,
}
