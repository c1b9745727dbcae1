"""Permissions that let a service invoke a function."""

from __future__ import annotations

from lambdalint.load.nodes import Part
from lambdalint.load.serverless.service import Cause, Function, Service
from lambdalint.load.stack import Resource


def add_permission(
    service: Service,
    function: Function,
    cause: Cause,
    suffix: str,
    principal: Part,
    source: Part = None,
    more: dict[str, Part] | None = None,
) -> Resource:
    """Let a service invoke a function; the logical id is the function's name with a suffix."""
    value: dict[str, Part] = {
        "FunctionName": function.arn,
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
        "SourceArn": source,
        **(more or {}),
    }
    logical_id = f"{function.prefix}{suffix}"
    return service.add(
        logical_id, "AWS::Lambda::Permission", value, cause, function=function, depends_on=function.alias_id
    )
