"""What JavaScript's declarations, patterns and module clauses name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from lambdalint.code.grammar import text
from lambdalint.code.javascript_expression import Expressions, key_text, pattern_names
from lambdalint.code.module import Access, ImportSite, Module
from lambdalint.code.syntax import DEPTH, Expr, Invoke, Item, Member, Name, Text, dotted, number

if TYPE_CHECKING:
    from tree_sitter import Node

Span: TypeAlias = tuple[int, int]


class Names:
    """Notes in a module what its names stand for."""

    def __init__(self, module: Module, expressions: Expressions) -> None:
        self.module = module
        self.expressions = expressions

    def required(self, name: Node, value: Expr, start: int) -> None:
        """Note ``const x = require("y")`` in its forms: wrapped (``__toESM``), ``.member``, destructured."""
        member: str | None = None
        if isinstance(value, Member):
            member, value = value.name, value.base
        required = required_module(value)
        if required is None and isinstance(value, Invoke) and len(value.args) >= 1:
            required = required_module(value.args[0])
        if required is None:
            return
        names: dict[str, str | None] = {}
        if name.type == "identifier":
            names[text(name)] = member
        elif name.type == "object_pattern":
            for child in name.named_children:
                key = child.child_by_field_name("key")
                for local in pattern_names(child):
                    names[local] = key_text(key) if key is not None else local
        self.module.imports.append(ImportSite(required, names, start))
        self.module.silent.append((name.start_byte, name.end_byte))

    def bind(self, left: Node, value: Expr, scope: Span, owner: Span | None, guard: int = 0, depth: int = 0) -> None:
        """Note what the left side of an assignment stands for: a name, a member, a pattern."""
        if depth > DEPTH:
            return
        span = (value.start, value.end)
        match left.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                if left.type == "identifier":
                    self.module.bind(text(left), value, scope, left.start_byte)
            case "member_expression":
                name = dotted(self.expressions.read(left))
                if name is not None:
                    whole = owner or (0, len(self.module.source) + 1)
                    self.module.bind(name, value, whole, left.start_byte)
            case "array_pattern":
                for index, child in enumerate(left.named_children[:50]):
                    item = Item(value, number(str(index), *span), *span)
                    self.module.accesses.append(Access(item, 0))
                    self.bind(child, item, scope, owner, depth=depth + 1)
            case "object_pattern":
                for child in left.named_children:
                    self._property(child, value, scope, owner, depth + 1)
            case "assignment_pattern":
                inner = left.child_by_field_name("left")
                if inner is not None:
                    self.bind(inner, value, scope, owner, 1, depth + 1)

    def _property(self, child: Node, value: Expr, scope: Span, owner: Span | None, depth: int) -> None:
        """One ``key``, ``key: target`` or ``key = default`` of a destructuring pattern."""
        span = (value.start, value.end)
        key, target, guard = child, child, 0
        if child.type == "pair_pattern":
            key = child.child_by_field_name("key") or child
            target = child.child_by_field_name("value") or child
            guard = 1 if target.type == "assignment_pattern" else 0
        elif child.type == "object_assignment_pattern":
            key = target = child.child_by_field_name("left") or child
            guard = 1
        elif child.type == "rest_pattern":
            return
        member = Member(value, key_text(key), child.start_byte, child.end_byte)
        self.module.accesses.append(Access(member, guard))
        if target.type == "shorthand_property_identifier_pattern":
            self.module.bind(text(target), Member(value, key_text(key), *span), scope, child.start_byte)
        elif target is not child:
            self.bind(target, Member(value, key_text(key), *span), scope, owner, guard, depth)


def required_module(value: Expr) -> str | None:
    """``require("x")`` gives x."""
    match value:
        case Invoke(callee=Name(text="require"), args=[Text(value=module)]):
            return module
        case _:
            return None


def specifiers(clause: Node) -> dict[str, str | None]:
    """``{a as b, c}`` as {local or exported name: name at its origin}; types left out."""
    found: dict[str, str | None] = {}
    for child in clause.named_children:
        name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
        if name is not None and not any(part.type == "type" for part in child.children[:1]):
            found[text(alias) if alias is not None else text(name)] = text(name)
    return found


def declared(node: Node) -> list[str]:
    """The names that a declaration declares."""
    name = node.child_by_field_name("name")
    if name is not None:
        return [text(name)]
    found: list[str] = []
    for child in node.named_children:
        inner = child.child_by_field_name("name")
        if child.type == "variable_declarator" and inner is not None:
            found.extend(pattern_names(inner))
    return found
