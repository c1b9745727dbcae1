"""``serverless-plugin-aws-alerts``: alarms on the functions of a service.

https://github.com/ACloudGuru/serverless-plugin-aws-alerts (as of 1.7.5)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, child, plain_map, ref, text_of
from lambdalint.load.serverless.naming import normalized, upper_first
from lambdalint.load.serverless.service import Cause, Function, Service, listed
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns
from lambdalint.source.node import Mapping, Node, Scalar

_METRICS: dict[str, tuple[str, str, int]] = {
    "functionInvocations": ("Invocations", "Sum", 100),
    "functionErrors": ("Errors", "Sum", 1),
    "functionDuration": ("Duration", "Average", 500),
    "functionThrottles": ("Throttles", "Sum", 1),
}
_STATISTICS = frozenset({"SampleCount", "Average", "Sum", "Minimum", "Maximum"})
#: Property -> (setting, default).
_SETTINGS: dict[str, tuple[str, Part]] = {
    "ActionsEnabled": ("actionsEnabled", True),
    "AlarmDescription": ("description", None),
    "Period": ("period", 60),
    "EvaluationPeriods": ("evaluationPeriods", 1),
    "DatapointsToAlarm": ("datapointsToAlarm", 1),
    "ComparisonOperator": ("comparisonOperator", "GreaterThanOrEqualToThreshold"),
    "TreatMissingData": ("treatMissingData", "missing"),
}
_ACTIONS = {"OKActions": "ok", "AlarmActions": "alarm", "InsufficientDataActions": "insufficientData"}


def add_alerts(service: Service) -> None:
    """Add the alarms of all functions and the topics that they notify."""
    config = service.top("custom", "alerts")
    if not isinstance(config, Mapping) or is_unknown(config):
        if config is not None:
            why = "they are not known, so alarms that they describe are not looked at"
            service.lost("alerts", config, why)
            service.stack.unseen.setdefault(("AWS::CloudWatch::Alarm", None), "a plugin may add alarms")
        return
    stages = config.get("stages")
    if stages is not None and text_of_all(stages) and service.stage not in text_of_all(stages):
        return
    topics = _topics(service, config)
    wanted = [item for key in ("alarms", "global", "function") for item in listed(config.get(key))]
    for function in service.functions.values():
        for item in [*wanted, *listed(function.get("alarms"))]:
            _add(service, function, config, item, topics)


def text_of_all(node: Node) -> list[str]:
    """The texts of a list."""
    return [text for text in (text_of(item) for item in listed(node)) if text is not None]


def _topics(service: Service, config: Mapping) -> dict[str, Part]:
    """What is notified: by kind (``"alarm"``), or by group and kind (``"pager alarm"``). Topics by name are added."""
    written = plain_map(config.get("topics"))
    found = _group(service, written, "")
    for name, group in written.items.items() if written is not None else ():
        if name not in _ACTIONS.values():
            found |= {f"{name} {kind}": topic for kind, topic in _group(service, plain_map(group), name).items()}
    return found


def _group(service: Service, written: Mapping | None, name: str) -> dict[str, Part]:
    found: dict[str, Part] = {}
    for kind in _ACTIONS.values():
        entry = child(written, kind)
        if is_unknown(entry):
            found[kind] = entry
            continue
        # A reference counts only as ``topic: {Ref: ...}``: the plugin looks for that key in every map.
        topic = child(entry, "topic") if isinstance(entry, Mapping) else entry
        text = text_with_unknowns(topic)
        if topic is None:
            continue
        if text is None or text.startswith("arn:"):
            found[kind] = topic
            continue
        logical_id = f"AwsAlerts{upper_first(name)}{upper_first(kind)}"
        subscriptions: list[Part] = [
            {"Protocol": item.get("protocol"), "Endpoint": item.get("endpoint")}
            for item in listed(child(entry, "notifications"))
            if isinstance(item, Mapping)
        ]
        value: dict[str, Part] = {"TopicName": topic, "Subscription": subscriptions}
        service.add(logical_id, "AWS::SNS::Topic", value, Cause(topic, "serverless-plugin-aws-alerts"))
        found[kind] = ref(logical_id)
    return found


def _add(service: Service, function: Function, config: Mapping, item: Node, topics: dict[str, Part]) -> None:
    own = plain_map(item)
    name = text_of(own.get("name")) if own is not None else text_of(item)
    if name is None:
        return
    definition = plain_map(child(config, "definitions", name))
    layers = [layer for layer in (own, definition) if layer is not None]

    def setting(key: str) -> Node | None:
        return next((found for layer in layers if (found := child(layer, key)) is not None), None)

    metric, statistic, threshold = _METRICS.get(name, ("", "Sum", 1))
    logical_id = f"{normalized(function.name)}{normalized(name)}Alarm"
    if text_of(setting("enabled")) == "false":
        service.made.pop(logical_id, None)
        return
    cause = Cause(item, f"alert {name} of {function.name}")
    namespace, chosen = setting("namespace"), setting("statistic")
    dimension: Part = {"Name": "FunctionName", "Value": ref(function.logical_id)}
    others: list[Part] = [
        part
        for part in listed(setting("dimensions"))
        if isinstance(part, Mapping) and text_of(part.get("Name")) != "FunctionName"
    ]
    dimensions = others if text_of(setting("omitDefaultDimension")) == "true" else [*others, dimension]
    value: dict[str, Part] = {
        key: setting(old) or (default if name in _METRICS or old == "treatMissingData" else None)
        for key, (old, default) in _SETTINGS.items()
    }
    for key, kind in _ACTIONS.items():
        groups = [text_of(group) for group in listed(setting(f"{kind}Actions"))]
        named = [kind, *(f"{group} {kind}" for group in groups)]
        value[key] = [topics[each] for each in named if each in topics]
    source: dict[str, Part] = {
        "Namespace": namespace if namespace is not None else "AWS/Lambda",
        "MetricName": setting("metric") or metric,
        "Dimensions": dimensions,
    }
    limit = setting("threshold")
    value |= _measured(setting("type"), source, chosen or statistic, limit or threshold, setting("period"))
    service.add(logical_id, "AWS::CloudWatch::Alarm", value, cause, function=function)


def _measured(
    kind: Node | None, source: dict[str, Part], statistic: Part, threshold: Part, period: Node | None
) -> dict[str, Part]:
    """What the alarm watches: a threshold, or a band of what is usual."""
    if text_of(kind) == "anomalyDetection":
        stat: Part = {"Metric": source, "Period": period or 60, "Stat": statistic}
        band = f"ANOMALY_DETECTION_BAND(m1, {_shown(threshold)})"
        metrics: list[Part] = [
            {"Id": "m1", "ReturnData": True, "MetricStat": stat},
            {
                "Id": "ad1",
                "Expression": band,
                "Label": f"{_shown(source['MetricName'])} (expected)",
                "ReturnData": True,
            },
        ]
        return {"Metrics": metrics, "ThresholdMetricId": "ad1", "Period": None}
    name = "Statistic" if _shown(statistic) in _STATISTICS else "ExtendedStatistic"
    return {**source, name: statistic, "Threshold": threshold}


def _shown(part: Part) -> str:
    return part.text if isinstance(part, Scalar) else str(part)
