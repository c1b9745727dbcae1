"""``DeploymentPreference``: gradual deployment by CodeDeploy.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    branches,
    build,
    flag,
    get_att,
    given,
    intrinsic,
    is_no_value,
    plain_map,
    ref,
    sub,
    text_of,
)
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.roles import trust
from lambdalint.source.node import Mapping, Node, Sequence

_APPLICATION = "ServerlessDeploymentApplication"
_ROLE = "CodeDeployServiceRole"
_STANDARD = (
    "Canary10Percent5Minutes",
    "Canary10Percent10Minutes",
    "Canary10Percent15Minutes",
    "Canary10Percent30Minutes",
    "Linear10PercentEvery1Minute",
    "Linear10PercentEvery2Minutes",
    "Linear10PercentEvery3Minutes",
    "Linear10PercentEvery10Minutes",
    "AllAtOnce",
)


def alias_update_policy(lowering: Lowering, unit: Unit) -> dict[str, Part] | None:
    """Add the CodeDeploy resources; the update policy of the alias, None without a deployment preference."""
    written = unit.get("DeploymentPreference")
    preference = plain_map(written)
    if written is not None and preference is None:
        why = "it is not written as a map here, so the gradual deployment is not looked at; write it as a map"
        lowering.gap(f"DeploymentPreference of {unit.logical_id}", why, unit.properties.key("DeploymentPreference"))
    if preference is None or not _enabled(lowering, preference):
        return None
    cause = Cause(unit.properties.key("DeploymentPreference"), "DeploymentPreference")
    group = f"{unit.logical_id}DeploymentGroup"
    condition = _condition(unit, preference)
    role = given(preference.get("Role"))
    _shared(lowering, unit, cause, condition, role is None)
    _group(lowering, unit, preference, group, cause, condition)
    hooks = plain_map(preference.get("Hooks"))
    update: dict[str, Part] = {
        "ApplicationName": ref(_APPLICATION),
        "DeploymentGroupName": ref(group),
        "BeforeAllowTrafficHook": given(hooks.get("PreTraffic")) if hooks is not None else None,
        "AfterAllowTrafficHook": given(hooks.get("PostTraffic")) if hooks is not None else None,
    }
    return {"CodeDeployLambdaAliasUpdate": update}


def _enabled(lowering: Lowering, preference: Mapping) -> bool:
    enabled = given(preference.get("Enabled"))
    if enabled is None:
        return True
    text = lowering.resolve(enabled)
    return text is None or text.lower() not in ("false", "no", "off", "0")


def _condition(unit: Unit, preference: Mapping) -> str | None:
    return unit.condition.text if flag(preference.get("PassthroughCondition")) is True and unit.condition else None


def _shared(lowering: Lowering, unit: Unit, cause: Cause, condition: str | None, with_role: bool) -> None:
    """The application and role that all functions with a preference share."""
    bare = Unit(unit.logical_id, unit.type, unit.properties, unit.origin, unit.condition if condition else None)
    if _APPLICATION not in lowering.stack.resources:
        value: dict[str, Part] = {"ComputePlatform": "Lambda"}
        lowering.generate(bare, _APPLICATION, "AWS::CodeDeploy::Application", value, cause)
    if with_role and _ROLE not in lowering.stack.resources:
        policy = "arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"
        value = {"AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com"), "ManagedPolicyArns": [policy]}
        lowering.generate(bare, _ROLE, "AWS::IAM::Role", value, cause)


def _group(
    lowering: Lowering, unit: Unit, preference: Mapping, group: str, cause: Cause, condition: str | None
) -> None:
    events: list[Part] = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
    value: dict[str, Part] = {
        "ApplicationName": ref(_APPLICATION),
        "AlarmConfiguration": _alarms(given(preference.get("Alarms"))),
        "AutoRollbackConfiguration": {"Enabled": True, "Events": events},
        "DeploymentConfigName": _config(given(preference.get("Type"))),
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ServiceRoleArn": given(preference.get("Role")) or get_att(_ROLE, "Arn"),
        "TriggerConfigurations": given(preference.get("TriggerConfigurations")),
    }
    bare = Unit(unit.logical_id, unit.type, unit.properties, unit.origin, unit.condition if condition else None)
    lowering.generate(bare, group, "AWS::CodeDeploy::DeploymentGroup", value, cause)


def _alarms(written: Node | None) -> Part:
    if written is None or is_no_value(written):
        return written
    parts = branches(written)
    if parts is not None:
        name, yes, no = parts
        choice: list[Part] = [name, _alarms(yes), _alarms(no)]
        return build({"Fn::If": choice}, written)
    return {"Enabled": True, "Alarms": _alarm_list(written)}


def _alarm_list(written: Node) -> Part:
    if not isinstance(written, Sequence):
        return written
    return build([{"Name": alarm} for alarm in written.items], written)


def _config(kind: Node | None) -> Part:
    """CodeDeploy's configuration: its own are named by ``CodeDeployDefault.Lambda...``, others stand as written."""
    if kind is None:
        return None
    parts = branches(kind)
    if parts is not None:
        name, yes, no = parts
        choice: list[Part] = [name, _config(yes), _config(no)]
        return {"Fn::If": choice}
    if intrinsic(kind) is not None or text_of(kind) not in _STANDARD:
        return kind
    return sub("CodeDeployDefault.Lambda${ConfigName}", ConfigName=kind)
