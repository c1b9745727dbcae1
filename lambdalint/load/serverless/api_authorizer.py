"""Authorizers of the REST API.

https://www.serverless.com/framework/docs/providers/aws/events/apigateway#http-endpoints-with-custom-authorizers
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, child, plain_map, ref, text_of
from lambdalint.load.serverless.naming import normalized
from lambdalint.load.serverless.service import Cause, Event, Service, is_true, truthy, word
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.record import record
from lambdalint.source.node import Mapping, Node
from lambdalint.source.scalar import integer

_USER_POOL = re.compile(r"arn:[a-z-]+:cognito-idp:")
_HEADER = "method.request.header.Authorization"
_TTL = 300


@record
class Authorizer:
    """Who decides on a method: IAM, or an authorizer. ``arn`` is set for those that are added here."""

    kind: str
    id: Part = None
    scopes: Node | None = None
    name: str = ""
    arn: Part = None
    alias_id: str | None = None
    written: Mapping | None = None


def authorizer_of(service: Service, event: Event) -> Authorizer | None:
    """What an event says about authorisation; None where everybody may call it."""
    written = truthy(event.get("authorizer"))
    if written is None:
        return None
    settings = plain_map(written)
    text = text_with_unknowns(written)
    if text is not None or settings is None:
        if (text or "").upper() == "AWS_IAM":
            return Authorizer("AWS_IAM")
        if text is not None and ":" in text:
            return _made(service, _name_in(text), written, None, text)
        return _made(service, text or "", None, None, None)
    kind = word(settings.get("type"))
    shared = child(settings, "authorizerId")
    if kind and shared is not None:
        decided = "CUSTOM" if kind in ("TOKEN", "CUSTOM", "REQUEST") else kind
        return Authorizer(decided, shared, child(settings, "scopes"))
    if kind == "AWS_IAM":
        return Authorizer("AWS_IAM")
    arn = child(settings, "arn")
    name = text_of(settings.get("name"))
    if arn is None:
        return _made(service, name or "", None, settings, None)
    shown = text_with_unknowns(arn)
    return _made(service, name or _name_in(shown or ""), arn, settings, shown)


def _name_in(arn: str) -> str:
    return arn.split(":")[-1].split("-")[-1]


def _made(service: Service, name: str, arn: Part, settings: Mapping | None, text: str | None) -> Authorizer:
    """An authorizer of the API's own: a function of the service by its name, or what an ARN names."""
    alias_id = None
    if arn is None:
        function = service.functions.get(name)
        if function is not None:
            arn, alias_id = function.arn, function.alias_id
    kind = word(child(settings, "type"))
    pool = kind == "COGNITO_USER_POOLS" or (text is not None and _USER_POOL.match(text) is not None)
    made = ref(f"{normalized(name)}ApiGatewayAuthorizer")
    scopes = child(settings, "scopes")
    return Authorizer("COGNITO_USER_POOLS" if pool else "CUSTOM", made, scopes, name, arn, alias_id, settings)


def add_authorizer(service: Service, authorizer: Authorizer, cause: Cause, api: Part, source: Part) -> None:
    """Add an authorizer, and the permission of API Gateway to invoke its function."""
    if authorizer.arn is None:
        return
    settings = authorizer.written
    lifetime = child(settings, "resultTtlInSeconds")
    kind = word(child(settings, "type"))
    identity: Part = child(settings, "identitySource")
    if identity is None and not (kind == "REQUEST" and lifetime is not None and integer(lifetime) == 0):
        identity = _HEADER
    value: dict[str, Part] = {
        "AuthorizerResultTtlInSeconds": lifetime or (_TTL if settings is not None else None),
        "IdentitySource": identity,
        "Name": authorizer.name,
        "RestApiId": api,
        "IdentityValidationExpression": child(settings, "identityValidationExpression"),
    }
    if authorizer.kind == "COGNITO_USER_POOLS":
        value["Type"] = "COGNITO_USER_POOLS"
        value["ProviderARNs"] = [authorizer.arn]
    else:
        value["Type"] = kind or "TOKEN"
        value["AuthorizerUri"] = invocation_uri(authorizer.arn)
    logical_id = f"{normalized(authorizer.name)}ApiGatewayAuthorizer"
    service.add(logical_id, "AWS::ApiGateway::Authorizer", value, cause, depends_on=authorizer.alias_id)
    if authorizer.kind == "COGNITO_USER_POOLS" or is_true(child(settings, "managedExternally")):
        return
    permission = f"{normalized(authorizer.name)}LambdaPermissionApiGateway"
    if permission in service.made:
        return
    allowed: dict[str, Part] = {
        "FunctionName": authorizer.arn if authorizer.alias_id is None else ref(authorizer.alias_id),
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": source,
    }
    service.add(permission, "AWS::Lambda::Permission", allowed, cause)


def invocation_uri(arn: Part) -> Part:
    """What API Gateway calls a function by."""
    parts: list[Part] = ["arn:", ref("AWS::Partition"), ":apigateway:", ref("AWS::Region")]
    return {"Fn::Join": ["", [*parts, ":lambda:path/2015-03-31/functions/", arn, "/invocations"]]}
