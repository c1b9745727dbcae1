"""``AWS::Serverless::HttpApi``: an HTTP API and its stage.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, build_map, intrinsic, pick, plain_map, ref, text_of
from lambdalint.load.sam.authorizer import permit_authorizers
from lambdalint.load.sam.definition import http_definition
from lambdalint.load.sam.domain import lower_http_domain, tag_map
from lambdalint.load.sam.lowering import Cause, Lowering, Route, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.s3 import s3_location
from lambdalint.source.node import Mapping, Node

_CREATOR = "httpapi:createdBy"


def lower_http_api(lowering: Lowering, unit: Unit) -> None:
    """Add the API, its stage, and what its Auth and Domain ask for."""
    cause = Cause(unit.origin, unit.via or f"API {unit.logical_id}")
    properties = unit.properties
    value: dict[str, Part] = pick(properties, ("DisableExecuteApiEndpoint", "FailOnWarnings"))
    uri = unit.get("DefinitionUri")
    if uri is not None:
        value["BodyS3Location"] = s3_location(uri, {"Bucket": "Bucket", "Key": "Key", "Version": "Version"})
    else:
        value["Body"] = http_definition(lowering, unit)
        value.pop("DisableExecuteApiEndpoint", None)
    lowering.add(
        declared(unit, "AWS::ApiGatewayV2::Api", value, {"BodyS3Location": "DefinitionUri", "Body": "DefinitionBody"})
    )
    ours = uri is None and intrinsic(unit.get("DefinitionBody")) is None
    stage = _stage_id(unit)
    staged: dict[str, Part] = {
        "ApiId": ref(unit.logical_id),
        "AutoDeploy": True,
        "StageName": unit.get("StageName") or "$default",
        "Tags": tag_map(unit, _CREATOR) if ours or unit.get("Tags") is not None else None,
        "RouteSettings": _route_settings(lowering, unit),
        **pick(properties, ("AccessLogSettings", "DefaultRouteSettings", "StageVariables")),
    }
    lowering.generate(unit, stage, "AWS::ApiGatewayV2::Stage", staged, cause, properties)
    lowering.aliases[f"{unit.logical_id}.Stage"] = stage
    permit_authorizers(lowering, unit, by_default=False)
    lower_http_domain(lowering, unit, stage, _CREATOR)


def _stage_id(unit: Unit) -> str:
    written = unit.get("StageName")
    name = text_of(written)
    if written is None or name == "$default":
        return f"{unit.logical_id}ApiGatewayDefaultStage"
    return f"{unit.logical_id}{name if name is not None and name.isalnum() else ''}Stage"


def _route_settings(lowering: Lowering, unit: Unit) -> Part:
    """Settings by route: the API's, over which those of events go."""
    written = unit.get("RouteSettings")
    settings: dict[str, Part] = {}
    if written is not None and plain_map(written) is None:
        return written
    base = plain_map(written)
    if base is not None:
        settings.update(base.items)
    for route in lowering.routes.get(unit.logical_id, []):
        own = route.event.get("RouteSettings")
        if own is None:
            continue
        key = "$default" if route.path == "$default" else f"{_verb(route)} {route.path}"
        settings[key] = _conditional(route, _over(settings.get(key), own))
    if not settings:
        return None
    return build_map(settings, base or unit.origin, None, base)


def _verb(route: Route) -> str:
    return "ANY" if route.method in ("any", "x-amazon-apigateway-any-method") else route.method.upper()


def _over(below: Part, own: Node) -> Part:
    under, over = plain_map(below) if isinstance(below, Mapping) else None, plain_map(own)
    if under is None or over is None:
        return own
    return build_map({**under.items, **over.items}, over, None, over)


def _conditional(route: Route, settings: Part) -> Part:
    condition = route.target.unit.condition
    if condition is None:
        return settings
    choice: list[Part] = [condition.text, settings, ref("AWS::NoValue")]
    return build({"Fn::If": choice}, route.event.cause.origin, route.event.cause.via)
