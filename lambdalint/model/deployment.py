"""Functions that run while a stack is deployed: custom resources and macros.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.model.element import Element
from lambdalint.source.value import Default, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.load.stack import Resource
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model


def at_deployment(function: Function) -> Value[bool]:
    """Whether a custom resource or a macro of the template runs it, and nothing else that the template shows."""
    if len(function.triggers) > 0:
        return Default(False, function.origin)
    model = function.model
    if model.live:
        return Unknown("whether CloudFormation calls it cannot be seen in the account", function.origin)
    runs = model.kept("functions at deployment", _by_function).get(id(function))
    return Default(True, runs.origin) if runs is not None else Default(False, function.origin)


def _by_function(model: Model) -> dict[int, Resource]:
    """The first custom resource or macro that each function serves, by the function's identity."""
    from lambdalint.model.function import function_of

    found: dict[int, Resource] = {}
    for resource in model.stack.resources.values():
        custom = resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"
        if custom or resource.type == "AWS::CloudFormation::Macro":
            named = resource.properties.get("ServiceToken" if custom else "FunctionName")
            function = function_of(model, named, "account")
            if isinstance(function, Element):
                found.setdefault(id(function), resource)
    return found
