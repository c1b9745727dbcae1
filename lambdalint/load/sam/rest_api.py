"""``AWS::Serverless::Api``: a REST API with its deployment and stage.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, given, pick, plain_map, ref, text_of
from lambdalint.load.sam.authorizer import permit_authorizers
from lambdalint.load.sam.definition import rest_definition
from lambdalint.load.sam.domain import lower_rest_domain
from lambdalint.load.sam.lowering import Cause, Lowering, Unit, fingerprint
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import propagated_tags, tags_of
from lambdalint.load.sam.s3 import s3_location
from lambdalint.load.sam.usage_plan import lower_usage_plan

_API = (
    "ApiKeySourceType",
    "BinaryMediaTypes",
    "Description",
    "DisableExecuteApiEndpoint",
    "EndpointAccessMode",
    "FailOnWarnings",
    "MinimumCompressionSize",
    "Mode",
    "Name",
    "Policy",
    "SecurityPolicy",
)
_STAGE = (
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "StageName",
    "TracingEnabled",
    "Variables",
)


def stage_id(unit: Unit) -> str:
    """The logical id of the API's stage: its name is part of it where it is written as letters and digits."""
    name = text_of(unit.get("StageName")) or ""
    return f"{unit.logical_id}{name if name.isalnum() else ''}Stage"


def lower_rest_api(lowering: Lowering, unit: Unit) -> None:
    """Add the API, its deployment, its stage, and what its Auth and Domain ask for."""
    cause = Cause(unit.origin, unit.via or f"API {unit.logical_id}")
    properties = unit.properties
    value: dict[str, Part] = pick(properties, _API)
    uri = unit.get("DefinitionUri")
    if uri is not None:
        value["BodyS3Location"] = s3_location(uri, {"Bucket": "Bucket", "Key": "Key", "Version": "Version"})
    else:
        value["Body"] = rest_definition(lowering, unit)
    value.update(_endpoint(unit))
    value["Tags"] = propagated_tags(unit)
    lowering.add(
        declared(unit, "AWS::ApiGateway::RestApi", value, {"BodyS3Location": "DefinitionUri", "Body": "DefinitionBody"})
    )
    mark = fingerprint(build(value.get("Body") or value.get("BodyS3Location"), unit.origin))
    deployment = f"{unit.logical_id}Deployment{mark}"
    deployed: dict[str, Part] = {
        "RestApiId": ref(unit.logical_id),
        "StageName": "Stage" if unit.get("OpenApiVersion") is None else None,
    }
    lowering.generate(unit, deployment, "AWS::ApiGateway::Deployment", deployed, cause)
    staged: dict[str, Part] = {"RestApiId": ref(unit.logical_id), "DeploymentId": ref(deployment)}
    staged.update(pick(properties, _STAGE))
    staged.setdefault("StageName", "Prod")
    staged["Tags"] = tags_of(unit, None)
    stage = stage_id(unit)
    lowering.generate(unit, stage, "AWS::ApiGateway::Stage", staged, cause, properties)
    lowering.aliases[f"{unit.logical_id}.Stage"] = stage
    lowering.aliases[f"{unit.logical_id}.Deployment"] = deployment
    permit_authorizers(lowering, unit, by_default=True)
    lower_rest_domain(lowering, unit, stage)
    lower_usage_plan(lowering, unit, stage)


def _endpoint(unit: Unit) -> dict[str, Part]:
    written = unit.get("EndpointConfiguration")
    config = plain_map(written)
    if config is None:
        if text_of(written) is None:
            return {} if written is None else {"EndpointConfiguration": written}
        return {"EndpointConfiguration": {"Types": [written]}, "Parameters": {"endpointConfigurationTypes": written}}
    kind = given(config.get("Type"))
    endpoint: dict[str, Part] = {
        "Types": None if kind is None else [kind],
        "VpcEndpointIds": given(config.get("VPCEndpointIds")) or given(config.get("VpcEndpointIds")),
        "IpAddressType": given(config.get("IpAddressType")),
    }
    made: dict[str, Part] = {"EndpointConfiguration": build(endpoint, config, config.via, config)}
    if kind is not None:
        made["Parameters"] = {"endpointConfigurationTypes": kind}
    return made
