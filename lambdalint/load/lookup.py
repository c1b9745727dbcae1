"""``Fn::FindInMap``: values of a template's ``Mappings``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.load.conditions import MAX_CHOICES, Fork, excluded, other_than
from lambdalint.load.resolved import Absent, Resolved, Supplied, parameter_of
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Given, Unknown

if TYPE_CHECKING:
    from lambdalint.load.intrinsics import Resolver


def find_in_map(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    """The value under two keys, or the default value that the call gives."""
    if not (isinstance(argument, Sequence) and len(argument) >= 3):
        return Unknown("Fn::FindInMap needs a map and two keys", use)
    fallback = argument.items[3] if len(argument) > 3 else None
    default = fallback.get("DefaultValue") if isinstance(fallback, Mapping) else None
    name = resolver.literal(argument.items[0])
    if not isinstance(name, Given):
        return name if isinstance(name, Unknown) else Unknown("Fn::FindInMap names no map", use)
    table = resolver.stack.mappings.get(name.value) if resolver.stack.mappings is not None else None
    first = _key(resolver, argument.items[1], table, default)
    second = _key(resolver, argument.items[2], None, default)
    if not isinstance(second, Given):
        return second
    if default is not None and _is_no_key(resolver, argument.items[1], table):
        return resolver.resolve(default)
    if not isinstance(first, Given):
        return _agreed(table, second.value, use) or first if default is None else first
    row = table.get(first.value) if isinstance(table, Mapping) else None
    found = row.get(second.value) if isinstance(row, Mapping) else None
    if found is None:
        return resolver.resolve(default) if default is not None else Unknown("Fn::FindInMap finds no such entry", use)
    return Supplied(use, found.text, found, "Mappings", found.plain) if isinstance(found, Scalar) else found


def _key(resolver: Resolver, node: Node, table: Node | None, default: Node | None) -> Given[str] | Unknown:
    """A key of a mapping. A parameter without a value must be one of the keys, or the deployment fails."""
    parameter = parameter_of(node)
    if (
        isinstance(table, Mapping)
        and parameter in resolver.stack.parameters
        and not resolver.symbolic
        and not resolver.has_value(parameter)
        and "AllowedValues" not in resolver.stack.parameters[parameter]
    ):
        choices = [*table.items]
        if default is not None:
            choices = [*dict.fromkeys((*choices, *resolver.truth.literals(parameter)))]
            choices.append(other_than(choices))
        if 0 < len(choices) <= MAX_CHOICES:
            raise Fork(parameter, tuple(choices), resolver.truth.asking)
    found = resolver.literal(node)
    return Unknown("Fn::FindInMap has a key without value", node) if isinstance(found, Absent) else found


def _is_no_key(resolver: Resolver, node: Node, table: Node | None) -> bool:
    """Whether a parameter stands for values of which none is a key of the mapping."""
    left_out = excluded(resolver.assignment.get(parameter_of(node) or "", ""))
    return left_out is not None and isinstance(table, Mapping) and set(table.items) <= set(left_out)


def _agreed(table: Node | None, key: str, use: Origin) -> Resolved | None:
    """The value that a mapping has under every first key, if it is the same text everywhere."""
    rows = list(table.items.values()) if isinstance(table, Mapping) else []
    found = [row.get(key) if isinstance(row, Mapping) else None for row in rows]
    texts = {(item.text, item.plain) if isinstance(item, Scalar) else None for item in found}
    agreed = texts.pop() if len(texts) == 1 else None
    return Supplied(use, agreed[0], found[0], "Mappings", agreed[1]) if agreed is not None else None
