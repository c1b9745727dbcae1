"""``AWS::Serverless::WebSocketApi``: a WebSocket API, its stage, and a route and integration for each of ``Routes``.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, flag, given, intrinsic, pick, plain_map, ref, sub, text_of
from lambdalint.load.sam.authorizer import permit_authorizer
from lambdalint.load.sam.domain import lower_http_domain, tag_map
from lambdalint.load.sam.lowering import Cause, Lowering, Unit, entries
from lambdalint.load.sam.plain import declared
from lambdalint.source.node import Mapping

_CREATOR = "websocketapi:createdBy"
_API = (
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "DisableSchemaValidation",
    "IpAddressType",
    "Name",
    "RouteSelectionExpression",
)
_STAGE = ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables")
_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"


def lower_websocket_api(lowering: Lowering, unit: Unit) -> None:
    """Add the API, its routes, its authorizer and its stage."""
    cause = Cause(unit.origin, f"API {unit.logical_id}")
    value: dict[str, Part] = {**pick(unit.properties, _API), "ProtocolType": "WEBSOCKET"}
    value["Tags"] = tag_map(unit, _CREATOR)
    lowering.add(declared(unit, "AWS::ApiGatewayV2::Api", value))
    name = text_of(unit.get("StageName"))
    suffix = "Default" if unit.get("StageName") is None else name if name is not None and name.isalnum() else ""
    stage = f"{unit.logical_id}{suffix}Stage"
    routes = [
        _lower_route(lowering, unit, route, entry, Cause(place, f"route {route}"))
        for route, entry, place in entries(lowering, unit, "Routes")
    ]
    staged: dict[str, Part] = {
        "ApiId": ref(unit.logical_id),
        "AutoDeploy": True,
        "StageName": unit.get("StageName") or "default",
        **pick(unit.properties, _STAGE),
        "Tags": _stage_tags(unit),
    }
    settings = unit.get("RouteSettings")
    after: dict[str, Part] | None = {"DependsOn": list(routes)} if settings is not None else None
    lowering.generate(unit, stage, "AWS::ApiGatewayV2::Stage", staged, cause, unit.properties, attributes=after)
    lowering.aliases[f"{unit.logical_id}.Stage"] = stage
    lower_http_domain(lowering, unit, stage, _CREATOR)


def _stage_tags(unit: Unit) -> Part:
    return {_CREATOR: "SAM"} if flag(unit.get("PropagateTags")) is False else tag_map(unit, _CREATOR)


def _lower_route(lowering: Lowering, unit: Unit, key: str, entry: Mapping, cause: Cause) -> str:
    """One route; the logical id of its AWS::ApiGatewayV2::Route."""
    base = f"{unit.logical_id}{key.removeprefix('$').capitalize()}"
    function = given(entry.get("FunctionArn"))
    integration: dict[str, Part] = {
        "ApiId": ref(unit.logical_id),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": None
        if function is None
        else sub(f"{_URI}${{FunctionArn}}/invocations", FunctionArn=function),
        "TimeoutInMillis": given(entry.get("IntegrationTimeout")),
    }
    kind = "AWS::ApiGatewayV2::"
    lowering.generate(unit, f"{base}Integration", f"{kind}Integration", integration, cause)
    route: dict[str, Part] = {
        "ApiId": ref(unit.logical_id),
        "RouteKey": key,
        "Target": {"Fn::Join": ["/", ["integrations", ref(f"{base}Integration")]]},
        **pick(
            entry,
            ("ApiKeyRequired", "ModelSelectionExpression", "OperationName", "RouteResponseSelectionExpression"),
        ),
    }
    if key == "$connect":
        route.update(_authorize(lowering, unit, base))
    lowering.generate(unit, f"{base}Route", f"{kind}Route", route, cause)
    if function is not None:
        stage = unit.get("StageName")
        name = text_of(stage) or "default" if stage is None or text_of(stage) is not None else "*"
        arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
        permission: dict[str, Part] = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": function,
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": sub(f"{arn}${{{unit.logical_id}.ApiId}}/{name}/{key}"),
        }
        lowering.generate(unit, f"{base}Permission", "AWS::Lambda::Permission", permission, cause)
    return f"{base}Route"


def _authorize(lowering: Lowering, unit: Unit, base: str) -> dict[str, Part]:
    """How ``$connect`` is authorized; a Lambda authorizer is added."""
    auth = plain_map(unit.get("Auth"))
    kind = given(auth.get("AuthType")) if auth is not None else None
    if auth is None or kind is None:
        return {}
    function = given(auth.get("AuthArn"))
    if text_of(kind) != "CUSTOM" or function is None:
        return {"AuthorizationType": kind}
    cause = Cause(unit.properties.key("Auth"), "Auth")
    name = f"{base}Authorizer"
    value: dict[str, Part] = {
        "ApiId": ref(unit.logical_id),
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": sub(f"{_URI}${{AuthArn}}/invocations", AuthArn=function),
        "AuthorizerCredentialsArn": given(auth.get("InvokeRole")),
        "IdentitySource": given(auth.get("IdentitySource")),
        "Name": given(auth.get("Name")) or name,
    }
    lowering.generate(unit, name, "AWS::ApiGatewayV2::Authorizer", value, cause)
    if intrinsic(function) is not None:
        permission = f"{unit.logical_id}AuthorizerPermission"
        permit_authorizer(lowering, unit, permission, function, cause, "${AWS::Partition}")
    return {"AuthorizationType": kind, "AuthorizerId": ref(name)}
