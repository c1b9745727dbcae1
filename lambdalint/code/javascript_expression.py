"""Expressions of JavaScript and TypeScript source, as ``syntax`` has them."""

from __future__ import annotations

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

#: Nodes that are functions.
FUNCTIONS = frozenset(
    {
        "arrow_function",
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
    }
)

# Nodes that change the type or the time of a value, not what it is: the value is the first child.
_TRANSPARENT = frozenset(
    {"as_expression", "await_expression", "non_null_expression", "parenthesized_expression", "satisfies_expression"}
)


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
            known = self.known[node.id] = self._read(node, depth + 1)
        return known

    def _read(self, node: Node, depth: int) -> Expr:
        start, end = node.start_byte, node.end_byte
        match node.type:
            case "identifier" | "shorthand_property_identifier" | "this" | "type_identifier":
                return Name(text(node), start, end)
            case "member_expression":
                base, name = node.child_by_field_name("object"), node.child_by_field_name("property")
                if base is not None and name is not None:
                    return Member(self.read(base, depth), text(name), start, end)
            case "subscript_expression":
                base, key = node.child_by_field_name("object"), node.child_by_field_name("index")
                if base is not None and key is not None:
                    return Item(self.read(base, depth), self.read(key, depth), start, end)
            case "call_expression" | "new_expression":
                return self._call(node, depth)
            case "string":
                return Text("".join(text(child) for child in node.named_children), start, end)
            case "template_string":
                return self._template(node, depth)
            case "number":
                return number(text(node), start, end)
            case "object":
                return self._object(node, depth)
            case "array":
                return Series([self.read(child, depth) for child in node.named_children], start, end)
            case "binary_expression" | "assignment_expression" | "augmented_assignment_expression":
                return self._binary(node, depth)
            case "ternary_expression":
                options = [node.child_by_field_name(field) for field in ("consequence", "alternative")]
                return Either([self.read(option, depth) for option in options if option is not None], start, end)
            case "type_assertion" if len(node.named_children) == 2:
                return self.read(node.named_children[1], depth)
            case kind if kind in _TRANSPARENT and node.named_children:
                return self.read(node.named_children[0], depth)
            case kind if kind in FUNCTIONS:
                return Lambda(parameter_names(node), start, end)
        return Opaque(start, end)

    def _call(self, node: Node, depth: int) -> Expr:
        start, end = node.start_byte, node.end_byte
        new = node.type == "new_expression"
        function = node.child_by_field_name("constructor" if new else "function")
        arguments = node.child_by_field_name("arguments")
        if function is None:
            return Opaque(start, end)
        call = Invoke(self.read(function, depth), [], {}, [], new, start, end)
        for child in arguments.named_children if arguments is not None else ():
            if child.type == "spread_element" and child.named_children:
                call.spread.append(self.read(child.named_children[0], depth))
            elif child.type != "comment":
                call.args.append(self.read(child, depth))
        return call

    def _template(self, node: Node, depth: int) -> Expr:
        parts: list[Expr] = []
        for child in node.named_children:
            span = (child.start_byte, child.end_byte)
            if child.type != "template_substitution":
                parts.append(Text(text(child), *span))
            elif child.named_children:
                value = self.read(child.named_children[0], depth)
                parts.append(value if isinstance(value, Name | Member | Item) else Opaque(*span))
        return joined(parts, node.start_byte, node.end_byte)

    def _object(self, node: Node, depth: int) -> Expr:
        record = Record({}, [], node.start_byte, node.end_byte)
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and value is not None and key.type != "computed_property_name":
                    record.items[key_text(key)] = self.read(value, depth)
            elif child.type == "shorthand_property_identifier":
                record.items[text(child)] = self.read(child, depth)
            elif child.type == "spread_element" and child.named_children:
                record.spread.append(self.read(child.named_children[0], depth))
            elif child.type == "method_definition":
                name = child.child_by_field_name("name")
                record.items[key_text(name) if name else ""] = self.read(child, depth)
        return record

    def _binary(self, node: Node, depth: int) -> Expr:
        start, end = node.start_byte, node.end_byte
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(start, end)
        if node.type == "assignment_expression":
            return self.read(right, depth)
        sign = node.child_by_field_name("operator")
        parts = [self.read(left, depth), self.read(right, depth)]
        if sign is not None and sign.type in ("||", "??", "&&", "||=", "??="):
            return Either(parts, start, end)
        if sign is not None and sign.type == "+" and any(isinstance(part, Text | Template) for part in parts):
            return joined(parts, start, end)
        return Opaque(start, end)


def key_text(node: Node) -> str:
    """The name of a property, without quotes."""
    return text(node).strip("'\"")


def parameter_names(function: Node) -> list[str]:
    """Names of a function's parameters; those of a pattern are joined by spaces."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        return [text(single)]
    listed = function.child_by_field_name("parameters")
    return [" ".join(pattern_names(child)) for child in listed.named_children] if listed is not None else []


def arity(function: Node) -> int:
    """How many parameters come before the first one with a default or the rest: what ``length`` says at run time."""
    if function.child_by_field_name("parameter") is not None:
        return 1
    listed = function.child_by_field_name("parameters")
    count = 0
    for child in listed.named_children if listed is not None else ():
        pattern = child.child_by_field_name("pattern") or child
        if child.type == "comment" or (pattern.type == "this"):
            continue
        if pattern.type in ("assignment_pattern", "rest_pattern") or child.child_by_field_name("value") is not None:
            break
        count += 1
    return count


def pattern_names(node: Node, depth: int = 0) -> list[str]:
    """The names that a parameter or a destructuring pattern binds."""
    match node.type:
        case "identifier" | "shorthand_property_identifier_pattern":
            return [text(node)]
        case "required_parameter" | "optional_parameter":
            inner = node.child_by_field_name("pattern")
        case "assignment_pattern" | "object_assignment_pattern":
            inner = node.child_by_field_name("left")
        case "pair_pattern":
            inner = node.child_by_field_name("value")
        case "object_pattern" | "array_pattern" | "rest_pattern" if depth < DEPTH:
            return [name for child in node.named_children for name in pattern_names(child, depth + 1)]
        case _:
            return []
    return pattern_names(inner, depth + 1) if inner is not None and depth < DEPTH else []
