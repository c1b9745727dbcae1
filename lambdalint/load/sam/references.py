"""References to what SAM generates, written as ``!Ref Function.Alias`` or ``${Api.Stage}``.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import text_of
from lambdalint.load.sam.lowering import Lowering
from lambdalint.record import replace
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

_NAME = r"[0-9A-Za-z]+\.(?:Alias|Deployment|DomainName|Stage|Version)"
_GENERATED = re.compile(rf"{_NAME}\b")
_SUBSTITUTED = re.compile(rf"\$\{{({_NAME})(?=[.}}])")


def resolve_references(lowering: Lowering) -> None:
    """Put the generated logical ids where the template refers to them by SAM's names."""
    written = set(_GENERATED.findall(lowering.stack.document.text))
    names = {name: made for name, made in lowering.aliases.items() if name in written}
    if not names:
        return
    stack = lowering.stack
    for name, resource in stack.resources.items():
        properties = _rewritten(resource.properties, names)
        if properties is not resource.properties and isinstance(properties, Mapping):
            stack.resources[name] = replace(resource, properties=properties)
    if stack.outputs is not None:
        outputs = _rewritten(stack.outputs, names)
        stack.outputs = outputs if isinstance(outputs, Mapping) else stack.outputs


def _rewritten(node: Node, names: dict[str, str]) -> Node:
    """The node itself, or a copy with references replaced."""
    if isinstance(node, Scalar):
        return node
    if isinstance(node, Sequence):
        items = [_rewritten(item, names) for item in node.items]
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        return Sequence(node.document, node.start, node.end, items, node.via)
    if len(node.items) == 1:
        replaced = _reference(node, names)
        if replaced is not None:
            return replaced
    made = {key: _rewritten(value, names) for key, value in node.items.items()}
    if all(made[key] is value for key, value in node.items.items()):
        return node
    copy = Mapping(node.document, node.start, node.end, made, node.keys, node.via)
    copy.duplicates = node.duplicates
    return copy


def _reference(node: Mapping, names: dict[str, str]) -> Mapping | None:
    """A ``Ref``, ``Fn::GetAtt`` or ``Fn::Sub`` that uses one of the names, with the generated id instead."""
    [(function, value)] = node.items.items()
    made: Node | None = None
    match function, value:
        case "Ref", Scalar():
            made = _scalar(value, names[value.text]) if value.text in names else None
        case "Fn::GetAtt", _:
            made = _attribute(value, names)
        case "Fn::Sub", Scalar():
            made = _substituted(value, names)
        case "Fn::Sub", Sequence() if value.items and isinstance(value.items[0], Scalar):
            first = _substituted(value.items[0], names)
            if first is not None:
                made = Sequence(value.document, value.start, value.end, [first, *value.items[1:]], value.via)
    if made is None:
        return None
    return Mapping(node.document, node.start, node.end, {function: made}, node.keys, node.via)


def _attribute(value: Node, names: dict[str, str]) -> Node | None:
    """``[Function.Alias, Name]``, however the dots were split."""
    parts = [text_of(item) for item in value.items] if isinstance(value, Sequence) else [text_of(value)]
    if None in parts:
        return None
    text = ".".join(part for part in parts if part is not None)
    name = ".".join(text.split(".", 2)[:2])
    if name not in names or len(text) <= len(name):
        return None
    pair: list[Node] = [_scalar(value, names[name]), _scalar(value, text[len(name) + 1 :])]
    return Sequence(value.document, value.start, value.end, pair, value.via)


def _substituted(value: Scalar, names: dict[str, str]) -> Scalar | None:
    text = _SUBSTITUTED.sub(lambda found: "${" + names.get(found.group(1), found.group(1)), value.text)
    return None if text == value.text else _scalar(value, text)


def _scalar(place: Node, text: str) -> Scalar:
    return Scalar(place.document, place.start, place.end, text, False, place.via)
