"""Who a permission lets invoke a function, as the kind of invocation.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdalint.data import invocations
from lambdalint.data.services import parse_arn
from lambdalint.load.intrinsics import Absent
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.model.model import Model
from lambdalint.model.way import is_disabled
from lambdalint.source.node import Mapping, Scalar
from lambdalint.source.value import Given, Unknown

if TYPE_CHECKING:
    from lambdalint.model.function import Function

#: The word for an API of which nothing more is known.
API = "api"
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")

#: Service principal -> services whose ARNs can stand in its ``SourceArn``; a permission with another one is never used.
_SOURCE_SERVICES = {
    "events.amazonaws.com": ("events",),
    "s3.amazonaws.com": ("s3",),
    "sns.amazonaws.com": ("sns",),
}
#: Callers whose permission need not name a source: they have none, or one token stands for it.
SOURCELESS = frozenset({"alexa-skill", "alexa-smart-home", "lex", "connect", "cloudformation", "codepipeline", "api"})


def caller_of(model: Model, permission: Element) -> str | None:
    """The kind of invocation that a permission is for; None for one that lets no service invoke."""
    principal = permission.text("Principal")
    if not isinstance(principal, Given) or not isinstance(permission.find("FunctionUrlAuthType"), Absent):
        return None
    if not isinstance(permission.find("InvokedViaFunctionUrl"), Absent) or not _invokes(permission):
        return None
    caller = principal.value.replace("${AWS::URLSuffix}", "amazonaws.com")
    entries = invocations.by_principal(caller)
    if not entries:
        return None
    if not _fits(model, permission, caller):
        return None
    word = entries[0].kind
    if caller.startswith("apigateway."):
        return _api_word(model, permission)
    if word == "eventbridge":
        rule = model.target(permission.raw("SourceArn"))
        if isinstance(rule, Resource) and is_disabled(model, rule):
            return None
        if isinstance(rule, Resource) and "ScheduleExpression" in rule.properties:
            return "schedule"
    return word


def unknown_caller(function: Function) -> Unknown | None:
    """Why a permission may let in a service that is not known, or None."""
    for permission in function.permissions:
        caller = permission.text("Principal")
        if isinstance(caller, Unknown):
            return caller
        name = caller.value.removeprefix("${").removesuffix("}") if isinstance(caller, Given) else ""
        if isinstance(caller, Given) and caller.value == f"${{{name}}}" and name in function.model.stack.parameters:
            return Unknown(f"parameter {name} has no value", caller.origin)
    return None


def cognito_caller(function: Function, permission: Element, doubt: str | None) -> tuple[str, str | None]:
    """Cognito waits for its triggers but not for custom senders, and both have one principal: the pool tells.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
    """
    model = function.model
    pool = model.target(permission.raw("SourceArn"))
    calls = model.kept("calls of user pools", _by_pool).get(id(function), ())
    words = {
        word for resource, word in calls if (resource is pool if isinstance(pool, Resource) else model.exists(resource))
    }
    if len(words) == 1:
        return words.pop(), doubt
    return "cognito", doubt or f"whether Cognito waits for {function.label} is not known"


def _by_pool(model: Model) -> dict[int, list[tuple[Resource, str]]]:
    """The user pools that call each function, by its identity, with the kind of invocation."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[tuple[Resource, str]]] = {}
    for resource in model.declared("AWS::Cognito::UserPool"):
        written = model.thing(Element, resource).entries("LambdaConfig")
        for key, value in () if isinstance(written, Unknown) else written:
            named = value.get("LambdaArn") if isinstance(value, Mapping) else None
            function = function_of(model, named or value, "account")
            if isinstance(function, Function):
                word = "cognito-sender" if key in {"CustomEmailSender", "CustomSMSSender"} else "cognito"
                found.setdefault(id(function), []).append((resource, word))
    return found


def _api_word(model: Model, permission: Element) -> str:
    """REST, HTTP and WebSocket APIs share a principal; the source ARN names the API."""
    pattern = model.resolver.pattern(permission.raw("SourceArn"))
    text = pattern[0] if isinstance(pattern, tuple) else ""
    for logical_id in _REFERENCE.findall(text):
        resource = model.stack.resources.get(logical_id)
        if resource is not None and resource.type == "AWS::ApiGateway::RestApi":
            return "rest-api"
        if resource is not None and resource.type == "AWS::ApiGatewayV2::Api":
            kind = resource.properties.get("ProtocolType")
            return "websocket-api" if isinstance(kind, Scalar) and kind.text == "WEBSOCKET" else "http-api"
    return API


def _fits(model: Model, permission: Element, principal: str) -> bool:
    """Whether the service can call with this ``SourceArn``; what is not known may fit."""
    services = _SOURCE_SERVICES.get(principal)
    pattern = model.resolver.pattern(permission.raw("SourceArn"))
    arn = parse_arn(pattern[0]) if isinstance(pattern, tuple) else None
    return services is None or arn is None or "$" in arn.service or arn.service in services


def _invokes(permission: Element) -> bool:
    """Whether a permission lets its principal invoke the function; what is not known may."""
    action = permission.string("Action", default="lambda:InvokeFunction")
    return isinstance(action, Unknown) or action.value.lower() in {"lambda:invokefunction", "lambda:*", "*"}
