"""``AutoPublishAlias``: the published version and the alias that points at it.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html#sam-function-autopublishalias
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, flag, get_att, ref, text_of
from lambdalint.load.sam.lowering import Cause, Invoked, Lowering, Unit, digest, fingerprint
from lambdalint.source.node import Node


def lower_alias(lowering: Lowering, unit: Unit, code: Node | None) -> Invoked | None:
    """Publish a version and an alias; None for a function without ``AutoPublishAlias``."""
    written = unit.get("AutoPublishAlias")
    if written is None:
        return None
    cause = Cause(unit.properties.key("AutoPublishAlias"), "AutoPublishAlias")
    name = lowering.resolve(written)
    if name is None:
        why = "its name cannot be known here, so the version and alias are not looked at; give it with --parameter"
        lowering.gap(f"AutoPublishAlias of {unit.logical_id}", why, cause.origin)
        lowering.stack.unseen["AWS::Lambda::Version", unit.logical_id] = "the name of its alias is not known"
        return None
    version_id = f"{unit.logical_id}Version{_revision(unit, code)}"
    alias_id = f"{unit.logical_id}Alias{_in_id(name)}"
    _version(lowering, unit, version_id, cause)
    value: dict[str, Part] = {
        "FunctionName": ref(unit.logical_id),
        "FunctionVersion": get_att(version_id, "Version"),
        "Name": written if text_of(written) is not None else name,
        "ProvisionedConcurrencyConfig": unit.get("ProvisionedConcurrencyConfig"),
    }
    update = None
    if unit.get("DeploymentPreference") is not None:
        from lambdalint.load.sam.deployment import alias_update_policy

        update = alias_update_policy(lowering, unit)
    after: dict[str, Part] | None = (
        {"UpdatePolicy": build(update, cause.origin, cause.via)} if update is not None else None
    )
    lowering.generate(unit, alias_id, "AWS::Lambda::Alias", value, cause, attributes=after)
    lowering.aliases[f"{unit.logical_id}.Alias"] = alias_id
    lowering.aliases[f"{unit.logical_id}.Version"] = version_id
    return Invoked(unit, alias_id, by_arn=True)


def _version(lowering: Lowering, unit: Unit, version_id: str, cause: Cause) -> None:
    keep: Part = unit.get("VersionDeletionPolicy") or unit.attributes.get("DeletionPolicy") or "Retain"
    managed_instances = unit.get("CapacityProviderConfig") is not None
    if managed_instances and unit.get("VersionDeletionPolicy") is None:
        keep = "Delete"
    value: dict[str, Part] = {
        "FunctionName": ref(unit.logical_id),
        "Description": unit.get("VersionDescription"),
        "FunctionScalingConfig": unit.get("FunctionScalingConfig") if managed_instances else None,
    }
    lowering.generate(unit, version_id, "AWS::Lambda::Version", value, cause, attributes={"DeletionPolicy": keep})


def _revision(unit: Unit, code: Node | None) -> str:
    """A stable mark of the code (with ``AutoPublishAliasAllProperties``: of everything) that a version publishes."""
    if flag(unit.get("AutoPublishAliasAllProperties")) is True:
        return fingerprint(unit.properties)
    sha = text_of(unit.get("AutoPublishCodeSha256"))
    return digest(sha) if sha is not None else fingerprint(code)


def _in_id(name: str) -> str:
    """An alias name with what logical ids may not hold spelled out: ``-`` as D, ``_`` as U."""
    return name.replace("-", "D").replace("_", "U")
