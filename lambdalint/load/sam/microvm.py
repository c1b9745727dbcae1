"""``AWS::Serverless::MicrovmImage`` and ``AWS::Serverless::NetworkConnector``, with the roles SAM makes for them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build_map, get_att, pick, plain_map, sub
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import allow, inline, own_tags, role_tags, trust
from lambdalint.source.node import Node

_OPERATOR = "arn:aws:iam::aws:policy/AWSLambdaNetworkConnectorOperatorPolicy"
_WRITES_LOGS: list[Part] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
#: What CloudFormation wants on an image even where nothing is written.
_REQUIRED_LISTS = ("AdditionalOsCapabilities", "CpuConfigurations", "EgressNetworkConnectors", "Resources")
_REQUIRED_MAPS = ("Hooks", "Logging")


def lower_microvm_image(lowering: Lowering, unit: Unit) -> None:
    """Add the image, and the role it is built with where none is written."""
    role: Part = unit.get("BuildRoleArn")
    if role is None:
        role = _role(lowering, unit, "BuildRole", {"Policies": [_build_policy(lowering, unit)]})
    lists: dict[str, Part] = {name: unit.get(name) or [] for name in _REQUIRED_LISTS}
    maps: dict[str, Part] = {name: unit.get(name) or {} for name in _REQUIRED_MAPS}
    value: dict[str, Part] = {
        **pick(unit.properties, ("BaseImageArn", "BaseImageVersion", "Name")),
        **lists,
        **maps,
        "CodeArtifact": {"Uri": unit.get("CodeUri")},
        "BuildRoleArn": role,
        "Description": unit.get("Description") or "",
        "EnvironmentVariables": _environment(unit.get("EnvironmentVariables")),
        "Tags": own_tags(unit),
    }
    lowering.add(declared(unit, "AWS::Lambda::MicrovmImage", value, {"CodeArtifact": "CodeUri"}))


def lower_network_connector(lowering: Lowering, unit: Unit) -> None:
    """Add the connector, and the role that manages its network interfaces where none is written."""
    role: Part = unit.get("OperatorRole")
    if role is None:
        role = _role(lowering, unit, "OperatorRole", {"ManagedPolicyArns": [_OPERATOR]})
    network = plain_map(unit.get("VpcConfig"))
    reach: dict[str, Part] = dict(network.items) if network is not None else {}
    reach["AssociatedComputeResourceTypes"] = unit.get("ComputeTypes") or ["MicroVm"]
    value: dict[str, Part] = {
        "Name": unit.get("Name"),
        "Configuration": {"VpcEgressConfiguration": build_map(reach, network or unit.origin, None, network)},
        "OperatorRole": role,
        "Tags": own_tags(unit),
    }
    lowering.add(declared(unit, "AWS::Lambda::NetworkConnector", value, {"Configuration": "VpcConfig"}))


def _role(lowering: Lowering, unit: Unit, suffix: str, grants: dict[str, Part]) -> Part:
    logical_id = f"{unit.logical_id}{suffix}"
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
        **grants,
        "Tags": role_tags(unit),
    }
    lowering.generate(unit, logical_id, "AWS::IAM::Role", value, Cause(unit.origin, f"role of {unit.logical_id}"))
    return get_att(logical_id, "Arn")


def _build_policy(lowering: Lowering, unit: Unit) -> dict[str, Part]:
    """Reading the code and writing the log of the build."""
    uri = unit.get("CodeUri")
    known = lowering.resolve(uri)
    if known is not None and known.startswith("s3://"):
        bucket = known.removeprefix("s3://").partition("/")[0]
        objects = sub(f"arn:${{AWS::Partition}}:s3:::{bucket}/*")
    else:
        part: dict[str, Part] = {"Fn::Select": [2, {"Fn::Split": ["/", uri]}]}
        objects = sub("arn:${AWS::Partition}:s3:::${Bucket}/*", Bucket=part)
    statements: list[Part] = [allow(["s3:GetObject"], objects), allow(_WRITES_LOGS, "*")]
    return inline("MicrovmImageBuildPolicy", statements)


def _environment(written: Node | None) -> Part:
    variables = plain_map(written)
    if variables is None:
        return written if written is not None else []
    return [build_map({"Key": name, "Value": node}, variables.key(name)) for name, node in variables.items.items()]
