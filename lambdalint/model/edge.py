"""Lambda@Edge: functions that CloudFront runs at its edge locations.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.model.element import Element
from lambdalint.source.node import Mapping, Node, Scalar, Sequence
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

_PRINCIPAL = "edgelambda.amazonaws.com"


def at_edge(function: Function) -> Value[bool]:
    """Whether a distribution of the template runs it, its role trusts CloudFront's edge, or a permission says so."""
    for resource in function.model.resources("AWS::CloudFront::Distribution"):
        if any(_names(function, node) for node in _values(resource.properties, "LambdaFunctionARN")):
            return Default(True, resource.origin)
    role = function.role
    if isinstance(role, Element):
        if isinstance(role.find("AssumeRolePolicyDocument"), Unknown) and function.model.live:
            return Unknown("it is not known whom its role trusts", role.origin)
        trust = role.raw("AssumeRolePolicyDocument")
        for node in _values(trust, "Service"):
            for item in node.items if isinstance(node, Sequence) else [node]:
                found = function.model.resolver.resolve(item)
                if isinstance(found, Unknown):
                    return Unknown("it is not known whom its role trusts", item)
                if isinstance(found, Scalar) and found.text == _PRINCIPAL:
                    return Given(True, item.at())
    for permission in function.permissions:
        principal = permission.find("Principal")
        if isinstance(principal, Unknown):
            return Unknown("it is not known who may invoke it", principal.origin)
    return Default(any(trigger.word == "cloudfront" for trigger in function.triggers), function.origin)


def _names(function: Function, node: Node) -> bool:
    from lambdalint.model.function import function_of

    return function_of(function.model, node) is function


def _values(root: Node | None, key: str) -> list[Node]:
    """Every value that stands under a key, at any depth."""
    found: list[Node] = []
    pending = [root] if root is not None else []
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            found += [value for name, value in node.items.items() if name == key]
            pending.extend(node.items.values())
        elif isinstance(node, Sequence):
            pending.extend(node.items)
    return found
