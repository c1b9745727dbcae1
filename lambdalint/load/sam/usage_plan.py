"""``Auth.UsagePlan`` of a REST API: usage plan, API key and what ties them together.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiusageplan.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, given, pick, plain_map, ref
from lambdalint.load.sam.lowering import INHERITED, Cause, Lowering, Unit, scalar
from lambdalint.load.stack import Resource
from lambdalint.source.node import Sequence

_SHARED = "Serverless"
_CONDITION = "SharedUsagePlanCondition"


def lower_usage_plan(lowering: Lowering, unit: Unit, stage: str) -> None:
    """Add the API's own plan (``PER_API``), or add the API to the plan that all share (``SHARED``)."""
    plan = plain_map(child(unit.properties, "Auth", "UsagePlan"))
    if plan is None:
        return
    cause = Cause(plan, "UsagePlan")
    wish = lowering.resolve(given(plan.get("CreateUsagePlan")))
    stand: dict[str, Part] = {"ApiId": ref(unit.logical_id), "Stage": ref(stage)}
    settings = pick(plan, ("Description", "Quota", "Tags", "Throttle", "UsagePlanName"))
    if wish == "PER_API":
        _add(lowering, unit, unit.logical_id, {**settings, "ApiStages": [stand]}, stage, cause)
        return
    if wish != "SHARED":
        return
    known = lowering.stack.resources.get(f"{_SHARED}UsagePlan")
    if known is None:
        _add(lowering, unit, _SHARED, {**settings, "ApiStages": [stand]}, stage, cause)
        return
    _append(known, "ApiStages", stand, cause)
    keys: dict[str, Part] = {"RestApiId": ref(unit.logical_id), "StageName": ref(stage)}
    _append(lowering.stack.resources[f"{_SHARED}ApiKey"], "StageKeys", keys, cause)
    after = known.attributes.get("DependsOn")
    if isinstance(after, Sequence):
        after.items.append(build(unit.logical_id, cause.origin, cause.via))
    _share(lowering, unit, cause)


def _add(lowering: Lowering, unit: Unit, owner: str, plan: dict[str, Part], stage: str, cause: Cause) -> None:
    plan_id, key_id = f"{owner}UsagePlan", f"{owner}ApiKey"
    stage_key: dict[str, Part] = {"RestApiId": ref(unit.logical_id), "StageName": ref(stage)}
    key: dict[str, Part] = {"Enabled": True, "StageKeys": [stage_key]}
    tie: dict[str, Part] = {"KeyId": ref(key_id), "KeyType": "API_KEY", "UsagePlanId": ref(plan_id)}

    def after(name: str) -> dict[str, Part]:
        return {"DependsOn": [name]}

    kind = "AWS::ApiGateway::"
    lowering.generate(unit, plan_id, f"{kind}UsagePlan", plan, cause, attributes=after(unit.logical_id))
    lowering.generate(unit, key_id, f"{kind}ApiKey", key, cause, attributes=after(plan_id))
    lowering.generate(unit, f"{owner}UsagePlanKey", f"{kind}UsagePlanKey", tie, cause, attributes=after(key_id))


def _append(resource: Resource, name: str, entry: dict[str, Part], cause: Cause) -> None:
    """One more entry in a list of a generated resource."""
    present = resource.properties.items.get(name)
    if isinstance(present, Sequence):
        present.items.append(build(entry, cause.origin, cause.via))


def _share(lowering: Lowering, unit: Unit, cause: Cause) -> None:
    """The shared plan exists where any of its APIs does."""
    made = [lowering.stack.resources[f"{_SHARED}{kind}"] for kind in ("UsagePlan", "ApiKey", "UsagePlanKey")]
    for resource in made:
        resource.attributes.update({name: unit.attributes[name] for name in INHERITED if name in unit.attributes})
    current = made[0].condition
    if current is None or unit.condition is None:
        for resource in made:
            resource.condition = None
        return
    if current.text == unit.condition.text:
        return
    entry: dict[str, Part] = {"Condition": unit.condition.text}
    known = lowering.stack.conditions.get(_CONDITION)
    either = child(known, "Fn::Or") if known is not None else None
    if isinstance(either, Sequence):
        either.items.append(build(entry, cause.origin, cause.via))
        return
    value: dict[str, Part] = {"Fn::Or": [{"Condition": current.text}, entry]}
    lowering.stack.conditions[_CONDITION] = build(value, cause.origin, cause.via)
    for resource in made:
        resource.condition = scalar(_CONDITION, cause)
