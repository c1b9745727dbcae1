"""Texts that the framework makes of other values: names in ARNs, and values written as JSON."""

from __future__ import annotations

import json

from lambdalint.load.nodes import Part, intrinsic, text_of
from lambdalint.load.serverless.unknown import COMPOSED, is_unknown, text_with_unknowns, unknown
from lambdalint.source.node import Json, Mapping, Node, Scalar, Sequence
from lambdalint.source.scalar import to_json


def reference_name(node: Node | None) -> str:
    """The name that an intrinsic function tells, as logical ids are built from it; empty for a plain text."""
    name = intrinsic(node)
    if name is None or not isinstance(node, Mapping) or node.via == COMPOSED:
        return ""
    value = node.items[name]
    match name:
        case "Fn::GetAtt" if isinstance(value, Sequence) and value.items:
            return text_of(value.items[0]) or ""
        case "Fn::GetAtt":
            return (text_of(value) or "").partition(".")[0]
        case "Fn::ImportValue" | "Ref":
            return text_of(value) or ""
        case "Fn::Join" if isinstance(value, Sequence) and len(value) == 2 and isinstance(value.items[1], Sequence):
            last = value.items[1].items[-1:]
            return (text_of(last[0]) or "").split("/")[-1] if last else ""
        case "Fn::Sub":
            return last_part(value, ":").split("/")[-1]
    return ""


def last_part(node: Node | None, mark: str) -> str:
    """What stands after the last mark of a text; what is unknown in it counts as ``?``."""
    return (text_with_unknowns(node) or "").split(mark)[-1]


def json_text(node: Node) -> Part:
    """A value as one line of JSON; unknown where a part of it is."""
    if _has_unknown(node):
        return unknown(node, "this value", "depends on a value that is not known")
    value: Json = to_json(node)
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Scalar(node.document, node.start, node.end, text, False, "as JSON")


def _has_unknown(node: Node) -> bool:
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, Mapping):
            if is_unknown(item):
                return True
            pending.extend(item.items.values())
        elif isinstance(item, Sequence):
            pending.extend(item.items)
    return False
