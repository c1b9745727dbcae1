"""Authorizers of APIs: the security schemes in the definition, and the permissions of Lambda authorizers.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-controlling-access-to-apis.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, child, each, flag, given, plain_map, ref, sub, text_of
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.source.node import Mapping, Node

_HEADER: dict[str, Part] = {"type": "apiKey", "in": "header"}
_INVOKE = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations"


def authorizers_of(unit: Unit) -> dict[str, tuple[Mapping, Cause]]:
    """The written authorizers by name, each with its place."""
    written = plain_map(child(unit.properties, "Auth", "Authorizers"))
    found = {}
    for name, node in written.items.items() if written is not None else ():
        if isinstance(node, Mapping) and written is not None:
            found[name] = (node, Cause(written.key(name), f"authorizer {name}"))
    return found


def permit_authorizers(lowering: Lowering, unit: Unit, by_default: bool) -> None:
    """Let the API call its Lambda authorizers: a REST API by default, an HTTP API where it is asked for."""
    for name, (authorizer, cause) in authorizers_of(unit).items():
        function = given(authorizer.get("FunctionArn"))
        if function is None or plain_map(child(authorizer, "JwtConfiguration")) is not None:
            continue
        if by_default:
            wanted = flag(authorizer.get("DisableFunctionDefaultPermissions")) is not True
        else:
            wanted = flag(authorizer.get("EnableFunctionDefaultPermissions")) is True
        if wanted:
            permit_authorizer(lowering, unit, f"{unit.logical_id}{name}AuthorizerPermission", function, cause)


def permit_authorizer(
    lowering: Lowering, unit: Unit, logical_id: str, function: Node, cause: Cause, partition: str = "aws"
) -> None:
    """The permission with which an API calls an authorizer function."""
    arn = f"arn:{partition}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/authorizers/*"
    value: dict[str, Part] = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": function,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": sub(arn, __ApiId__=ref(unit.logical_id)),
    }
    lowering.generate(unit, logical_id, "AWS::Lambda::Permission", value, cause)


def rest_schemes(unit: Unit) -> dict[str, Part]:
    """The security schemes of a REST API by name."""
    schemes: dict[str, Part] = {}
    for name, (authorizer, _) in authorizers_of(unit).items():
        schemes[name] = _rest_scheme(authorizer)
    return schemes


def _rest_scheme(authorizer: Mapping) -> dict[str, Part]:
    header: Part = child(authorizer, "Identity", "Header") or "Authorization"
    pool = given(authorizer.get("UserPoolArn"))
    seconds = child(authorizer, "Identity", "ReauthorizeEvery")
    if pool is not None:
        cognito: dict[str, Part] = {"type": "cognito_user_pools", "providerARNs": list(each(pool))}
        return {
            **_HEADER,
            "name": header,
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": cognito,
        }
    request = text_of(authorizer.get("FunctionPayloadType")) == "REQUEST"
    role = given(authorizer.get("FunctionInvokeRole"))
    function = given(authorizer.get("FunctionArn"))
    custom: dict[str, Part] = {
        "type": "request" if request else "token",
        "authorizerUri": None if function is None else sub(_INVOKE, __FunctionArn__=function),
        "authorizerCredentials": None if text_of(role) == "NONE" else role,
        "authorizerResultTtlInSeconds": seconds,
        "identityValidationExpression": child(authorizer, "Identity", "ValidationExpression"),
        "identitySource": _identity_source(authorizer, "method.request.header.", ",") if request else None,
    }
    return {
        **_HEADER,
        "name": "Unused" if request else header,
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": custom,
    }


def http_schemes(unit: Unit) -> dict[str, Part]:
    """The security schemes of an HTTP API by name."""
    schemes: dict[str, Part] = {}
    for name, (authorizer, _) in authorizers_of(unit).items():
        schemes[name] = _http_scheme(authorizer)
    return schemes


def _http_scheme(authorizer: Mapping) -> dict[str, Part]:
    jwt = given(authorizer.get("JwtConfiguration"))
    if jwt is not None:
        token: dict[str, Part] = {
            "type": "jwt",
            "jwtConfiguration": jwt,
            "identitySource": given(authorizer.get("IdentitySource")),
        }
        return {"type": "oauth2", "x-amazon-apigateway-authorizer": token}
    function = given(authorizer.get("FunctionArn"))
    lambda_authorizer: dict[str, Part] = {
        "type": "request",
        "authorizerUri": None if function is None else sub(_INVOKE, __FunctionArn__=function),
        "authorizerCredentials": given(authorizer.get("FunctionInvokeRole")),
        "authorizerPayloadFormatVersion": given(authorizer.get("AuthorizerPayloadFormatVersion")),
        "authorizerResultTtlInSeconds": child(authorizer, "Identity", "ReauthorizeEvery"),
        "enableSimpleResponses": given(authorizer.get("EnableSimpleResponses")),
        "identitySource": _identity_source(authorizer, "$request.header.", ", "),
    }
    return {**_HEADER, "name": "Unused", "x-amazon-apigateway-authorizer": lambda_authorizer}


def _identity_source(authorizer: Mapping, prefix: str, glue: str) -> str | None:
    """Where the authorizer finds the caller's identity; headers only, which rules look at."""
    headers = [text for node in each(child(authorizer, "Identity", "Headers")) if (text := text_of(node)) is not None]
    return glue.join(f"{prefix}{header}" for header in headers) or None
