"""Reading and making nodes: small questions about a tree, and trees of generated and written values mixed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

#: What ``build`` accepts: plain values, nodes that a person wrote, and lists and maps of both. A None in a map means
#: "leave this key out", so that optional properties need no branches.
Part: TypeAlias = "bool | int | float | str | Scalar | Sequence | Mapping | list[Part] | dict[str, Part] | None"

NO_VALUE = "AWS::NoValue"

_TRUE = frozenset({"true", "yes", "on"})
_FALSE = frozenset({"false", "no", "off"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


def build(value: Part, origin: Origin, via: str | None = None, keys: Mapping | None = None) -> Node:
    """Make a node standing at ``origin``; written nodes inside ``value`` stay the objects they are.

    ``keys`` is the written map whose keys the new map repeats: their places are kept.
    """
    if isinstance(value, Scalar | Sequence | Mapping):
        return value
    if isinstance(value, dict):
        mapping = Mapping(origin.document, origin.start, origin.end, via=via)
        items = mapping.items
        for key, child in value.items():
            if child is not None:
                items[key] = build(child, origin, via)
        if keys is not None:
            mapping.keys = {key: place for key, place in keys.keys.items() if key in items}
        return mapping
    if isinstance(value, list):
        items_made = [build(child, origin, via) for child in value if child is not None]
        return Sequence(origin.document, origin.start, origin.end, items_made, via)
    if isinstance(value, str):
        return Scalar(origin.document, origin.start, origin.end, value, False, via)
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return Scalar(origin.document, origin.start, origin.end, text, True, via)


def build_map(value: dict[str, Part], origin: Origin, via: str | None = None, keys: Mapping | None = None) -> Mapping:
    """``build`` for a map."""
    made = build(value, origin, via, keys)
    assert isinstance(made, Mapping)
    return made


def is_null(node: Node | None) -> bool:
    """Whether nothing was written: no node, or YAML's null."""
    return node is None or (isinstance(node, Scalar) and node.plain and node.text in _NULL)


def given(node: Node | None) -> Node | None:
    """The node, unless it is absent or null."""
    return None if is_null(node) else node


def text_of(node: Node | None) -> str | None:
    """The text of a scalar that is not null."""
    return node.text if isinstance(node, Scalar) and not is_null(node) else None


def flag(node: Node | None) -> bool | None:
    """A written truth value; None for anything else. Quoted ``"true"`` counts, as it does for the translator."""
    text = (text_of(node) or "").lower()
    return True if text in _TRUE else False if text in _FALSE else None


def intrinsic(node: Node | None) -> str | None:
    """The name of the intrinsic function that a map stands for: ``"Ref"``, ``"Fn::If"``."""
    if isinstance(node, Mapping) and len(node.items) == 1:
        name = next(iter(node.items))
        if name.startswith("Fn::") or name in ("Ref", "Condition"):
            return name
    return None


def plain_map(node: Node | None) -> Mapping | None:
    """The map, unless the node is something else or an intrinsic function."""
    return node if isinstance(node, Mapping) and intrinsic(node) is None else None


def child(node: Node | None, *path: str) -> Node | None:
    """The value at a path of keys; None where a step is missing, null or no map."""
    for key in path:
        if not isinstance(node, Mapping):
            return None
        node = node.items.get(key)
    return given(node)


def referred(node: Node | None) -> str | None:
    """The name in ``{"Ref": name}``."""
    return text_of(node.items["Ref"]) if isinstance(node, Mapping) and intrinsic(node) == "Ref" else None


def pointed(node: Node | None) -> str | None:
    """The logical id that a ``Ref`` or ``Fn::GetAtt`` points at."""
    name = intrinsic(node)
    assert isinstance(node, Mapping) or name is None
    if name == "Ref" and isinstance(node, Mapping):
        return text_of(node.items["Ref"])
    if name == "Fn::GetAtt" and isinstance(node, Mapping):
        value = node.items["Fn::GetAtt"]
        if isinstance(value, Sequence) and value.items:
            return text_of(value.items[0])
        text = text_of(value)
        return text.partition(".")[0] if text else None
    return None


def is_no_value(node: Node | None) -> bool:
    """Whether the node is ``{"Ref": "AWS::NoValue"}``."""
    return referred(node) == NO_VALUE


def branches(node: Node | None) -> tuple[str, Node, Node] | None:
    """Condition name and both branches of a well-formed ``Fn::If``."""
    if not isinstance(node, Mapping) or intrinsic(node) != "Fn::If":
        return None
    parts = node.items["Fn::If"]
    if isinstance(parts, Sequence) and len(parts.items) == 3:
        name = text_of(parts.items[0])
        if name is not None:
            return name, parts.items[1], parts.items[2]
    return None


def each(node: Node | None) -> list[Node]:
    """The items of a list, or the single value as a list of one."""
    if is_null(node):
        return []
    if isinstance(node, Sequence):
        return node.items
    assert node is not None
    return [node]


def pick(source: Mapping, names: Iterable[str]) -> dict[str, Part]:
    """The named values of a map that are there, as written."""
    items = source.items
    return {name: items[name] for name in names if not is_null(items.get(name))}


def with_items(source: Mapping, changes: dict[str, Node]) -> Mapping:
    """A copy of a map with some keys set, standing where the map stands."""
    made = Mapping(source.document, source.start, source.end, {**source.items, **changes}, source.keys, source.via)
    made.duplicates = source.duplicates
    return made


def ref(name: str) -> dict[str, Part]:
    """``{"Ref": name}``."""
    return {"Ref": name}


def get_att(name: str, attribute: str) -> dict[str, Part]:
    """``{"Fn::GetAtt": [name, attribute]}``."""
    return {"Fn::GetAtt": [name, attribute]}


def sub(text: str, **values: Part) -> dict[str, Part]:
    """``Fn::Sub`` of a text, with a map of values where some are given."""
    return {"Fn::Sub": [text, dict(values)]} if values else {"Fn::Sub": text}


__all__ = [
    "NO_VALUE",
    "Part",
    "branches",
    "build",
    "build_map",
    "child",
    "each",
    "flag",
    "get_att",
    "given",
    "intrinsic",
    "is_no_value",
    "is_null",
    "pick",
    "plain_map",
    "pointed",
    "ref",
    "referred",
    "sub",
    "text_of",
    "with_items",
]
