"""The APIs that events without an API of their own share: ``ServerlessRestApi`` and ``ServerlessHttpApi``.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-api.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, build_map, flag, plain_map
from lambdalint.load.sam.inheritance import inherit
from lambdalint.load.sam.lowering import HTTP_API, REST_API, Cause, Lowering, Route, Unit, scalar
from lambdalint.source.node import Mapping, Scalar

#: A condition function of CloudFormation takes at most ten conditions.
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
_MOST = 10


def add_implicit(lowering: Lowering, inherited: dict[str, Mapping]) -> None:
    """Add a unit for each implicit API that events have added routes to, with its Globals and condition."""
    for name, section in ((REST_API, "Api"), (HTTP_API, "HttpApi")):
        routes = lowering.routes.get(name)
        if not routes or name in lowering.units:
            continue
        cause = routes[0].event.cause
        kind = f"AWS::Serverless::{section}"
        stage: dict[str, Part] = {"StageName": "Prod"} if section == "Api" else {}
        own = build_map({**stage, **_tags(routes)}, cause.origin, cause.via)
        properties = inherit(inherited.get(kind), own, None)
        condition = _condition(lowering, name, routes, cause)
        known = lowering.stack.resources.get(name)
        if known is not None and known.via is None:
            continue
        lowering.units[name] = Unit(name, kind, properties, cause.origin, condition, {}, cause.via)


def _tags(routes: list[Route]) -> dict[str, Part]:
    """Tags that functions and state machines hand on to the API their events make."""
    tags: dict[str, Part] = {}
    for route in routes:
        unit = route.target.unit
        written = plain_map(unit.get("Tags"))
        if written is not None and flag(unit.get("PropagateTags")) is True:
            tags.update(written.items)
    return {"Tags": tags, "PropagateTags": True} if tags else {}


def _condition(lowering: Lowering, name: str, routes: list[Route], cause: Cause) -> Scalar | None:
    """The API exists where any of its functions does."""
    names: list[str] = []
    for route in routes:
        condition = route.target.unit.condition
        if condition is None:
            return None
        if condition.text not in names:
            names.append(condition.text)
    if len(names) == 1:
        return routes[0].target.unit.condition
    combined = f"{name}Condition"
    _either(lowering, combined, sorted(names), cause)
    return scalar(combined, cause)


def _either(lowering: Lowering, name: str, names: list[str], cause: Cause) -> None:
    """A condition that holds when one of ``names`` does, split where there are too many for one function."""
    if len(names) > _MOST:
        rest = f"{name}1"
        _either(lowering, rest, names[: -(_MOST - 1)], cause)
        names = [*names[-(_MOST - 1) :], rest]
    value: dict[str, Part] = {"Fn::Or": [{"Condition": each} for each in names]}
    lowering.stack.conditions.setdefault(name, build(value, cause.origin, cause.via))
