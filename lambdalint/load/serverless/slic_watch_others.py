"""Alarms of ``serverless-slic-watch-plugin`` on APIs, state machines, tables, streams, topics and rules.

https://github.com/fourTheorem/slic-watch (as of 3.2.0)
"""

from __future__ import annotations

from collections.abc import Callable

from lambdalint.load.nodes import Part, child, get_att, pointed, ref, text_of
from lambdalint.load.serverless.naming import upper_first
from lambdalint.load.serverless.service import Service, listed
from lambdalint.load.serverless.slic_watch_settings import Settings, Watch, add_alarm, sub, watch_on
from lambdalint.load.stack import Resource

_OF_INDEXES = frozenset({"ReadThrottleEvents", "WriteThrottleEvents"})
#: What metrics of streams are called in logical ids.
_LABELS = {
    "GetRecords.IteratorAgeMilliseconds": "StreamIteratorAge",
    "ReadProvisionedThroughputExceeded": "StreamReadThroughput",
    "WriteProvisionedThroughputExceeded": "StreamWriteThroughput",
    "PutRecord.Success": "StreamPutRecordSuccess",
    "PutRecords.Success": "StreamPutRecordsSuccess",
    "GetRecords.Success": "StreamGetRecordsSuccess",
}
#: Service -> the label in logical ids, the namespace, the dimension and the attribute that gives it (None: Ref), the
#: name and the description of the alarm.
_PLAIN: dict[str, tuple[str, str, str, str | None, str, str]] = {
    "States": (
        "States",
        "AWS/States",
        "StateMachineArn",
        None,
        "StepFunctions_{label}Alarm_${{{id}.Name}}",
        "StepFunctions {label} {statistic} for ${{{id}.Name}}  breaches {threshold}",
    ),
    "DynamoDB": (
        "Table",
        "AWS/DynamoDB",
        "TableName",
        None,
        "DDB_{metric}_Alarm_${{{id}}}",
        "DynamoDB {statistic} for ${{{id}}} breaches {threshold}",
    ),
    "Kinesis": (
        "Kinesis",
        "AWS/Kinesis",
        "StreamName",
        None,
        "Kinesis_{label}_${{{id}}}",
        "Kinesis {statistic} {metric} for ${{{id}}} breaches {threshold} milliseconds",
    ),
    "SNS": (
        "SNS",
        "AWS/SNS",
        "TopicName",
        "TopicName",
        "SNS_{label}_Alarm_${{{id}.TopicName}}",
        "SNS {label} for ${{{id}.TopicName}} breaches {threshold}",
    ),
    "Events": (
        "Events",
        "AWS/Events",
        "RuleName",
        None,
        "Events_{metric}_Alarm_${{{id}}}",
        "EventBridge {metric} for ${{{id}}} breaches {threshold}",
    ),
}


def alarms_on(kind: str) -> Callable[[Service, Resource, Settings, Settings], None]:
    """How the alarms on the resources of a service that needs nothing special are added."""
    label, namespace, dimension, attribute, name, description = _PLAIN[kind]

    def add(service: Service, resource: Resource, settings: Settings, actions: Settings) -> None:
        source = ref(resource.logical_id) if attribute is None else get_att(resource.logical_id, attribute)
        for metric in [key for key, value in settings.items() if isinstance(value, dict)]:
            watch = watch_on(resource, settings, metric)
            if watch is None:
                continue
            short = _LABELS.get(metric, metric.replace("-", ""))
            texts = {
                "id": watch.id,
                "metric": metric,
                "label": short,
                "statistic": watch.statistic,
                "threshold": watch.shown(),
            }
            value: Settings = {
                "AlarmName": sub(name.format(**texts)),
                "AlarmDescription": sub(description.format(**texts)),
                "MetricName": metric,
                "Namespace": namespace,
                "Dimensions": [{"Name": dimension, "Value": source}],
                **watch.settings,
            }
            shown = watch.id if kind == "DynamoDB" else upper_first(watch.id)
            add_alarm(service, watch, f"slicWatch{label}{short}Alarm{shown}", actions, value)
            if kind == "DynamoDB" and metric in _OF_INDEXES:
                _indexes(service, watch, actions, value)

    return add


def _indexes(service: Service, watch: Watch, actions: Settings, value: Settings) -> None:
    """The same alarms on the indexes of a table."""
    for index in listed(watch.resource.properties.get("GlobalSecondaryIndexes")):
        name = text_of(child(index, "IndexName")) or ""
        dimensions: Part = [
            {"Name": "TableName", "Value": ref(watch.id)},
            {"Name": "GlobalSecondaryIndex", "Value": child(index, "IndexName")},
        ]
        whole = f"${{{watch.id}}}{name}"
        own: Settings = {
            "AlarmName": sub(f"DDB_{watch.metric}_Alarm_{whole}"),
            "AlarmDescription": sub(f"DynamoDB {watch.statistic} for {whole} breaches {watch.shown()}"),
            "Dimensions": dimensions,
        }
        add_alarm(service, watch, f"slicWatchGSI{watch.metric}Alarm{watch.id}{name}", actions, value | own)


def add_api_alarms(service: Service, resource: Resource, settings: Settings, actions: Settings) -> None:
    """Add the alarms on a REST API."""
    name = resource.properties.get("Name") or child(resource.properties, "Body", "info", "title")
    shown = text_of(name) or (f"${{{pointed(name)}}}" if pointed(name) else text_of(child(name, "Fn::Sub")) or "api")
    for metric in ("5XXError", "4XXError", "Latency"):
        watch = watch_on(resource, settings, metric)
        if watch is None:
            continue
        told = f"API Gateway {metric} {watch.statistic} for {shown} breaches {watch.shown()}"
        value: Settings = {
            "AlarmName": sub(f"ApiGW_{metric}_{shown}"),
            "AlarmDescription": sub(told),
            "MetricName": metric,
            "Namespace": "AWS/ApiGateway",
            "Dimensions": [{"Name": "ApiName", "Value": name}],
            **watch.settings,
        }
        add_alarm(service, watch, f"slicWatchApi{metric}Alarm{shown}", actions, value)
