"""Lambda@Edge: functions that CloudFront runs at its edge locations.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.model.element import Element
from lambdalint.source.node import Mapping, Node, Scalar, Sequence
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.load.stack import Resource
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

_PRINCIPAL = "edgelambda.amazonaws.com"


def at_edge(function: Function) -> Value[bool]:
    """Whether a distribution of the template runs it, its role trusts CloudFront's edge, or a permission says so."""
    distribution = function.model.kept("distributions by function", _by_function).get(id(function))
    if distribution is not None:
        return Default(True, distribution.origin)
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


def _by_function(model: Model) -> dict[int, Resource]:
    """The first distribution that runs each function, by the function's identity."""
    from lambdalint.model.function import function_of

    found: dict[int, Resource] = {}
    for resource in model.resources("AWS::CloudFront::Distribution"):
        for node in _values(resource.properties, "LambdaFunctionARN"):
            function = function_of(model, node, "account")
            if isinstance(function, Element):
                found.setdefault(id(function), resource)
    return found


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
