"""``serverless-pseudo-parameters``: ``#{AWS::Region}`` in any text of the template means ``Fn::Sub``.

https://github.com/svdgraaf/serverless-pseudo-parameters (as of 2.6.1)
"""

from __future__ import annotations

import re

from lambdalint.load.serverless.service import Service
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

_MARK = re.compile(r"#\{([^}]+)\}")


def replace_marks(service: Service) -> None:
    """Put ``Fn::Sub`` in the place of every marked text in the properties of resources."""
    for resource in service.stack.resources.values():
        made = _replaced(resource.properties)
        if isinstance(made, Mapping):
            resource.properties = made


def _replaced(node: Node) -> Node:
    if isinstance(node, Scalar):
        if "#{" not in node.text:
            return node
        text = _MARK.sub(r"${\1}", node.text)
        scalar = Scalar(node.document, node.start, node.end, text, False, node.via)
        return Mapping(node.document, node.start, node.end, {"Fn::Sub": scalar}, via=node.via)
    if isinstance(node, Sequence):
        items = [_replaced(item) for item in node.items]
        if all(new is old for new, old in zip(items, node.items, strict=True)):
            return node
        return Sequence(node.document, node.start, node.end, items, node.via)
    made = {key: _replaced(value) if key != "Fn::Sub" else _substituted(value) for key, value in node.items.items()}
    if all(made[key] is value for key, value in node.items.items()):
        return node
    return Mapping(node.document, node.start, node.end, made, node.keys, node.via)


def _substituted(node: Node) -> Node:
    """What stands in ``Fn::Sub`` already: only its text changes."""
    if isinstance(node, Sequence) and node.items:
        rest = [_replaced(item) for item in node.items[1:]]
        return Sequence(node.document, node.start, node.end, [_substituted(node.items[0]), *rest], node.via)
    if isinstance(node, Scalar) and "#{" in node.text:
        return Scalar(node.document, node.start, node.end, _MARK.sub(r"${\1}", node.text), False, node.via)
    return node
