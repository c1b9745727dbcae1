"""Ways into functions that stand where the events come from: schedules, rules, subscriptions, buckets, log groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, known
from lambdalint.model.model import Model
from lambdalint.model.source import Source
from lambdalint.source.node import Mapping, Node, Sequence, make
from lambdalint.source.value import Unknown

if TYPE_CHECKING:
    from lambdalint.model.function import Function

#: The word for the kind of invocation, what declares it, what the events come from, and what it names as its target.
Way: TypeAlias = "tuple[str, Resource, Node | None, Node]"


def ways_into(function: Function) -> list[Way]:
    """Ways in that are declared without a permission for the service (or with one for another principal)."""
    return function.model.kept("declared ways in", _by_function).get(id(function), [])


def _by_function(model: Model) -> dict[int, list[Way]]:
    """The declared ways into each function, by its identity: looked for once, not once for every function."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[Way]] = {}
    for way in _ways(model):
        function = function_of(model, way[3], "account")
        if not isinstance(function, Function):
            continue
        ways = found.setdefault(id(function), [])
        # A bucket that notifies a function of several things is one way in.
        if way[0] != "s3" or not any(word == "s3" and resource is way[1] for word, resource, _, _ in ways[-1:]):
            ways.append(way)
    return found


def _ways(model: Model) -> Iterator[Way]:
    """Everything that declares an invocation."""
    for resource in model.resources("AWS::Scheduler::Schedule"):
        if is_disabled(model, resource):
            continue
        scheduled = model.resolver.resolve(resource.properties.get("Target"))
        if isinstance(scheduled, Mapping) and (arn := scheduled.get("Arn")) is not None:
            yield "scheduler", resource, None, arn
    for resource in model.resources("AWS::SNS::Subscription"):
        if (endpoint := resource.properties.get("Endpoint")) is not None:
            yield "sns", resource, resource.properties.get("TopicArn"), endpoint
    for resource in model.resources("AWS::S3::Bucket"):
        notified = model.thing(Source, resource).listed("NotificationConfiguration", "LambdaConfigurations")
        for item in [] if isinstance(notified, Unknown) else notified:
            if isinstance(item, Mapping) and (arn := item.get("Function")) is not None:
                yield "s3", resource, make({"Ref": resource.logical_id}, resource.origin), arn
    for resource in model.resources("AWS::Logs::SubscriptionFilter"):
        if (arn := resource.properties.get("DestinationArn")) is not None:
            yield "logs", resource, None, arn
    for resource in model.resources("AWS::Events::Rule"):
        if is_disabled(model, resource):
            continue
        targets = resource.properties.get("Targets")
        word = "schedule" if "ScheduleExpression" in resource.properties else "eventbridge"
        for target in targets.items if isinstance(targets, Sequence) else ():
            if isinstance(target, Mapping) and (arn := target.get("Arn")) is not None:
                yield word, resource, None, arn


def is_disabled(model: Model, resource: Resource) -> bool:
    """Whether a rule or schedule surely never fires."""
    if resource.type not in {"AWS::Events::Rule", "AWS::Scheduler::Schedule"}:
        return False
    return known(model.thing(Element, resource).string("State", default="ENABLED")) == "DISABLED"
