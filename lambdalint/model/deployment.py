"""Functions that run while a stack is deployed: custom resources and macros.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.source.value import Default, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


def at_deployment(function: Function) -> Value[bool]:
    """Whether a custom resource or a macro of the template runs it, and nothing else that the template shows."""
    from lambdalint.model.function import function_of

    if len(function.triggers) > 0:
        return Default(False, function.origin)
    model = function.model
    if model.live:
        return Unknown("whether CloudFormation calls it cannot be seen in the account", function.origin)
    for resource in model.stack.resources.values():
        custom = resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource"
        if not custom and resource.type != "AWS::CloudFormation::Macro":
            continue
        named = resource.properties.get("ServiceToken" if custom else "FunctionName")
        if function_of(model, named) is function:
            return Default(True, resource.origin)
    return Default(False, function.origin)
