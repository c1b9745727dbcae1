"""``AWS::Serverless::CapacityProvider``: EC2 capacity that Lambda manages, and the role it manages it with.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-capacityprovider.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, given, pick, plain_map
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import own_tags, role_tags, trust
from lambdalint.source.node import Node

_OPERATOR = "arn:aws:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator"
_METRIC = "LambdaCapacityProviderAverageCPUUtilization"


def lower_capacity_provider(lowering: Lowering, unit: Unit) -> None:
    """Add the capacity provider, and its operator role where none is written."""
    role: Part = unit.get("OperatorRole")
    if role is None:
        role = _operator_role(lowering, unit)
    value: dict[str, Part] = {
        "PermissionsConfig": {"CapacityProviderOperatorRoleArn": role},
        "CapacityProviderScalingConfig": _scaling(unit.get("ScalingConfig")),
        "InstanceRequirements": _instances(unit.get("InstanceRequirements")),
        "Tags": own_tags(unit),
        **pick(
            unit.properties,
            ("CapacityProviderName", "KmsKeyArn", "LoggingConfig", "ManagedResourceTags", "VpcConfig"),
        ),
    }
    renamed = {"PermissionsConfig": "OperatorRole", "CapacityProviderScalingConfig": "ScalingConfig"}
    lowering.add(declared(unit, "AWS::Lambda::CapacityProvider", value, renamed))


def _operator_role(lowering: Lowering, unit: Unit) -> Part:
    logical_id = f"{unit.logical_id}OperatorRole"
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
        "ManagedPolicyArns": [_OPERATOR],
        "Tags": role_tags(unit),
    }
    cause = Cause(unit.origin, f"operator role of {unit.logical_id}")
    lowering.generate(unit, logical_id, "AWS::IAM::Role", value, cause)
    return get_att(logical_id, "Arn")


def _scaling(written: Node | None) -> Part:
    config = plain_map(written)
    if config is None:
        return written
    utilization = given(config.get("AverageCPUUtilization"))
    policies: list[Part] = [{"PredefinedMetricType": _METRIC, "TargetValue": utilization}]
    value: dict[str, Part] = {
        "MaxVCpuCount": given(config.get("MaxVCpuCount")),
        "ScalingMode": "Auto" if utilization is None else "Manual",
        "ScalingPolicies": None if utilization is None else policies,
    }
    return build(value, config, config.via, config) if len(config) else None


def _instances(written: Node | None) -> Part:
    requirements = plain_map(written)
    if requirements is None:
        return written
    names = {
        "Architectures": "Architectures",
        "AllowedTypes": "AllowedInstanceTypes",
        "ExcludedTypes": "ExcludedInstanceTypes",
    }
    value: dict[str, Part] = {lowered: given(requirements.get(name)) for name, lowered in names.items()}
    return build(value, requirements, requirements.via)
