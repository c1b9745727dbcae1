"""``serverless-slic-watch-plugin``: alarms on functions and queues, and on the other resources of the whole template.

Its dashboard is left out, and so are its alarms on load balancers, containers and AppSync: no rule looks at them.
https://github.com/fourTheorem/slic-watch (as of 3.2.0)
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException

from lambdalint.load.nodes import Part, child, flag, get_att, pointed, ref, text_of
from lambdalint.load.serverless.service import Service
from lambdalint.load.serverless.slic_watch_others import add_api_alarms, alarms_on
from lambdalint.load.serverless.slic_watch_settings import (
    Settings,
    Watch,
    add_alarm,
    miss,
    off,
    settings_of,
    settings_of_service,
    sub,
    watch_on,
)
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns, unknown
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Node

_FUNCTION = "AWS::Lambda::Function"
#: Seconds; the plugin's own, where a function has no timeout.
_TIMEOUT = 3
#: Messages in flight, of an ordered queue and of others, as the plugin has them.
_ORDERED_LIMIT, _LIMIT = 20_000, 120_000


def add_alarms(service: Service) -> None:
    """Add the alarms on all that the finished template holds."""
    config = service.top("custom", "slicWatch")
    if any(is_unknown(node) for node in (config, child(config, "enabled"), child(config, "alarms"))):
        service.lost("custom.slicWatch", config or service.provider, "it is not known, so its alarms are not looked at")
        miss(service)
        return
    if flag(child(config, "enabled")) is False:
        return
    actions = _actions(config)
    whole = settings_of_service(service)
    if off(whole):
        return
    written = {function.logical_id: function.get("slicWatch") for function in service.functions.values()}
    kinds = {resource_type: (kind, add) for kind, (resource_type, add) in _KINDS.items()}
    polled = _polled(service)
    for resource in list(service.stack.resources.values()):
        kind, add = kinds.get(resource.type, ("", None))
        defaults = whole.get(kind)
        if add is None or not isinstance(defaults, dict):
            continue
        settings = settings_of(service, resource, kind, defaults, written.get(resource.logical_id))
        add(service, resource, settings, actions)
        if kind == "Lambda" and resource.logical_id in polled and not off(settings):
            _measure(service, resource, settings, actions, "IteratorAge")


def _actions(config: Node | None) -> Settings:
    written = child(config, "alarmActionsConfig")
    topic = child(config, "topicArn")
    # A reference to a topic has no length, so the plugin passes over it.
    named: list[Part] = [topic] if text_with_unknowns(topic) or is_unknown(topic) else []
    enabled, alarm, fine = (child(written, name) for name in ("actionsEnabled", "alarmActions", "okActions"))
    return {
        "ActionsEnabled": True if enabled is None else enabled,
        "AlarmActions": named if alarm is None else alarm,
        "OKActions": [] if fine is None else fine,
    }


# --- alarms -----------------------------------------------------------------------------------------------------------


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except DecimalException:
        return None


def _plain(number: Decimal) -> Part:
    return int(number) if number == number.to_integral_value() else float(number)


def _polled(service: Service) -> set[str | None]:
    """The logical ids of the functions that a mapping names directly, not by an alias."""
    mappings = [item for item in service.stack.resources.values() if item.type == "AWS::Lambda::EventSourceMapping"]
    names = [item.properties.get("FunctionName") for item in mappings]
    return {pointed(name) or text_of(name) for name in names}


def _functions(service: Service, resource: Resource, settings: Settings, actions: Settings) -> None:
    for metric in () if off(settings) else ("Errors", "ThrottlesPc", "DurationPc", "Invocations"):
        _measure(service, resource, settings, actions, metric)


def _measure(service: Service, resource: Resource, settings: Settings, actions: Settings, metric: str) -> None:
    watch = watch_on(resource, settings, metric)
    if watch is not None:
        name = metric.removesuffix("Pc")
        value: Settings = {"AlarmName": sub(f"Lambda_{name}_${{{watch.id}}}"), **_measured(watch, name)}
        add_alarm(service, watch, f"slicWatchLambda{name}Alarm{watch.id}", actions, value)


def _measured(watch: Watch, name: str) -> Settings:
    """What an alarm on a function measures, and from where on it is one."""
    dimensions: Part = [{"Name": "FunctionName", "Value": ref(watch.id)}]
    value: Settings = {"MetricName": name, "Namespace": "AWS/Lambda", "Dimensions": dimensions, **watch.settings}
    function, limit = f"${{{watch.id}}}", watch.shown()
    description = f"{name} for {function} breaches {limit}"
    match watch.metric:
        case "Errors":
            description = f"Error count for {function} breaches {limit}"
        case "Invocations":
            description = f"Total invocations for {function} breaches {limit}"
        case "ThrottlesPc":
            description = f"Throttles % for {function} breaches {limit}"
            value = {key: part for key, part in watch.settings.items() if key not in {"Period", "Statistic"}}
            value["Metrics"] = _share_of_throttles(watch, dimensions)
        case "DurationPc":
            given = watch.resource.properties.get("Timeout")
            timeout, share = _number(text_of(given) or str(_TIMEOUT)), _number(limit)
            description = f"Max duration for {function} breaches {limit}% of timeout ({text_of(given) or _TIMEOUT})"
            if timeout is None or share is None or isinstance(given, Mapping):
                value["Threshold"] = unknown(watch.resource.origin, "the threshold", "is a share of the timeout")
            else:
                value["Threshold"] = _plain(share * timeout * 10)
    return {**value, "AlarmDescription": sub(description)}


def _share_of_throttles(watch: Watch, dimensions: Part) -> Part:
    metrics: list[Part] = [
        {
            "Id": "throttles_pc",
            "Expression": "(throttles / ( throttles + invocations )) * 100",
            "Label": "% Throttles",
            "ReturnData": True,
        }
    ]
    for name in ("Throttles", "Invocations"):
        metric: Part = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}
        stat: Part = {
            "Metric": metric,
            "Period": watch.settings.get("Period"),
            "Stat": watch.settings.get("Statistic"),
        }
        metrics.append({"Id": name.lower(), "MetricStat": stat, "ReturnData": False})
    return metrics


def _queues(service: Service, resource: Resource, settings: Settings, actions: Settings) -> None:
    if off(settings):
        return
    share = watch_on(resource, settings, "InFlightMessagesPc")
    name, source = f"${{{resource.logical_id}.QueueName}}", get_att(resource.logical_id, "QueueName")
    for watch, metric, label in (
        (share, "ApproximateNumberOfMessagesNotVisible", "InFlightMsgs"),
        (watch_on(resource, settings, "AgeOfOldestMessage"), "ApproximateAgeOfOldestMessage", "OldestMsgAge"),
    ):
        if watch is None:
            continue
        value: Settings = {
            "AlarmName": sub(f"SQS_{metric}_{name}"),
            "AlarmDescription": sub(f"SQS age of oldest message in the queue {name} breaches {watch.shown()}"),
            "MetricName": metric,
            "Namespace": "AWS/SQS",
            "Dimensions": [{"Name": "QueueName", "Value": source}],
            **watch.settings,
        }
        if watch is share:
            value |= _in_flight(watch, name)
        add_alarm(service, watch, f"slicWatchSQS{label}Alarm{watch.id}", actions, value)


def _in_flight(watch: Watch, name: str) -> Settings:
    limit = _ORDERED_LIMIT if watch.resource.properties.get("FifoQueue") is not None else _LIMIT
    share = _number(watch.shown())
    if share is None:
        return {"AlarmDescription": None}
    threshold = int(limit * share / 100)
    told = f"SQS in-flight messages for {name} breaches {threshold} ({watch.shown()}% of the hard limit of {limit})"
    return {"AlarmDescription": sub(told), "Threshold": threshold}


_KINDS: dict[str, tuple[str, Callable[[Service, Resource, Settings, Settings], None]]] = {
    "ApiGateway": ("AWS::ApiGateway::RestApi", add_api_alarms),
    "States": ("AWS::StepFunctions::StateMachine", alarms_on("States")),
    "DynamoDB": ("AWS::DynamoDB::Table", alarms_on("DynamoDB")),
    "Kinesis": ("AWS::Kinesis::Stream", alarms_on("Kinesis")),
    "SQS": ("AWS::SQS::Queue", _queues),
    "SNS": ("AWS::SNS::Topic", alarms_on("SNS")),
    "Events": ("AWS::Events::Rule", alarms_on("Events")),
    "Lambda": (_FUNCTION, _functions),
}
