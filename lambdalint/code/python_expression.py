"""Expressions of Python source, as ``syntax`` has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdalint.code.grammar import text
from lambdalint.code.syntax import (
    DEPTH,
    Either,
    Expr,
    Invoke,
    Item,
    Lambda,
    Member,
    Name,
    Opaque,
    Record,
    Series,
    Template,
    Text,
    joined,
    number,
)

if TYPE_CHECKING:
    from tree_sitter import Node


class Expressions:
    """The expressions of one tree; each node is read once."""

    def __init__(self) -> None:
        self.known: dict[int, Expr] = {}

    def read(self, node: Node, depth: int = 0) -> Expr:
        """The expression that a node is."""
        known = self.known.get(node.id)
        if known is None:
            if depth > DEPTH:
                return Opaque(node.start_byte, node.end_byte)
            known = self.known[node.id] = self._expr(node, depth + 1)
        return known

    def _expr(self, node: Node, depth: int) -> Expr:
        start, end = node.start_byte, node.end_byte
        match node.type:
            case "identifier":
                return Name(text(node), start, end)
            case "attribute":
                base, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
                if base is not None and name is not None:
                    return Member(self.read(base, depth), text(name), start, end)
            case "subscript":
                base, key = node.child_by_field_name("value"), node.child_by_field_name("subscript")
                if base is not None and key is not None:
                    return Item(self.read(base, depth), self.read(key, depth), start, end)
            case "call":
                return self._call(node, depth)
            case "string":
                return self._string(node, depth)
            case "concatenated_string":
                return joined([self.read(child, depth) for child in node.named_children], start, end)
            case "integer":
                return number(text(node), start, end)
            case "dictionary":
                return self._dictionary(node, depth)
            case "list" | "tuple" | "expression_list" | "set":
                return Series([self.read(child, depth) for child in node.named_children], start, end)
            case "boolean_operator":
                return Either([self.read(child, depth) for child in node.named_children], start, end)
            case "conditional_expression" if len(node.named_children) == 3:
                body, _, other = node.named_children
                return Either([self.read(body, depth), self.read(other, depth)], start, end)
            case "parenthesized_expression" | "await" if len(node.named_children) == 1:
                return self.read(node.named_children[0], depth)
            case "named_expression":
                value = node.child_by_field_name("value")
                if value is not None:
                    return self.read(value, depth)
            case "binary_operator":
                parts = [self.read(child, depth) for child in node.named_children]
                sign = node.child_by_field_name("operator")
                if sign is not None and sign.type == "+" and any(isinstance(part, Text | Template) for part in parts):
                    return joined(parts, start, end)
            case "lambda":
                params = node.child_by_field_name("parameters")
                return Lambda(parameter_names(params) if params else [], start, end)
        return Opaque(start, end)

    def _call(self, node: Node, depth: int) -> Expr:
        start, end = node.start_byte, node.end_byte
        function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        if function is None or arguments is None:
            return Opaque(start, end)
        callee = self.read(function, depth)
        call = Invoke(callee, [], {}, [], False, start, end)
        for child in arguments.named_children if arguments.type == "argument_list" else [arguments]:
            if child.type == "keyword_argument":
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                if name is not None and value is not None:
                    call.named[text(name)] = self.read(value, depth)
            elif child.type in ("dictionary_splat", "list_splat"):
                call.spread.append(
                    self.read(child.named_children[0], depth) if child.named_children else Opaque(start, end)
                )
            elif child.type != "comment":
                call.args.append(self.read(child, depth))
        if isinstance(callee, Name) and callee.text == "dict" and not call.args:
            return Record(call.named, call.spread, start, end)
        if isinstance(callee, Member) and callee.name == "format" and isinstance(callee.base, Text):
            return Template(_filled(callee.base.value), [*call.args, *call.named.values()], start, end)
        return call

    def _string(self, node: Node, depth: int) -> Expr:
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "string_content":
                parts.append(Text(text(child), child.start_byte, child.end_byte))
            elif child.type == "interpolation":
                value = child.child_by_field_name("expression")
                span = Opaque(child.start_byte, child.end_byte)
                parts.append(self.read(value, depth) if value is not None else span)
        plain = [
            part if isinstance(part, Text | Name | Member | Item) else Opaque(part.start, part.end) for part in parts
        ]
        return joined(plain, node.start_byte, node.end_byte)

    def _dictionary(self, node: Node, depth: int) -> Expr:
        record = Record({}, [], node.start_byte, node.end_byte)
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                name = self.read(key, depth) if key is not None else None
                if isinstance(name, Text) and value is not None:
                    record.items[name.value] = self.read(value, depth)
            elif child.type == "dictionary_splat" and child.named_children:
                record.spread.append(self.read(child.named_children[0], depth))
        return record


def _filled(pattern: str) -> str:
    """A ``str.format`` pattern with plain ``{}`` for each field."""
    return re.sub(r"\{[^{}]*\}", "{}", pattern)


def parameter_names(node: Node) -> list[str]:
    """Names of the parameters that can be given by position."""
    names: list[str] = []
    for child in node.named_children:
        match child.type:
            case "identifier":
                names.append(text(child))
            case "default_parameter" | "typed_default_parameter":
                name = child.child_by_field_name("name")
                names.append(text(name) if name else "")
            case "typed_parameter" if child.named_children:
                names.append(text(child.named_children[0]))
    return names
