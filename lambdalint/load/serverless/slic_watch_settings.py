"""The settings of ``serverless-slic-watch-plugin``: its own, those of the service, and those of one resource.

https://github.com/fourTheorem/slic-watch (as of 3.2.0)
"""

from __future__ import annotations

import re
from typing import TypeAlias

from lambdalint.load.nodes import Part, child, flag, is_null, plain_map
from lambdalint.load.serverless.service import Cause, Service
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.load.stack import Resource
from lambdalint.record import record
from lambdalint.source.node import Mapping, Node, Scalar

PLUGIN = "serverless-slic-watch-plugin"
ALARM = "AWS::CloudWatch::Alarm"
#: Settings that say how an alarm is set, not whether there is one.
_VALUES = frozenset(
    {
        "ComparisonOperator",
        "DatapointsToAlarm",
        "EvaluationPeriods",
        "ExtendedStatistic",
        "Period",
        "Statistic",
        "Threshold",
        "TreatMissingData",
    }
)
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
#: Settings by service and metric; what stands beside the metrics holds for each that does not say otherwise.
Settings: TypeAlias = "dict[str, Part]"


def _below(statistic: str, **more: Part) -> Settings:
    return {"Statistic": statistic, "Threshold": 1, "ComparisonOperator": "LessThanThreshold", **more}


_DEFAULTS: Settings = {
    "enabled": True,
    "Period": 60,
    "EvaluationPeriods": 1,
    "TreatMissingData": "notBreaching",
    "ComparisonOperator": "GreaterThanThreshold",
    "Lambda": {
        "Errors": {"Threshold": 0, "Statistic": "Sum"},
        "ThrottlesPc": {"Threshold": 0, "Statistic": "Sum"},
        "DurationPc": {"Threshold": 95, "Statistic": "Maximum"},
        "Invocations": {"enabled": False, "Statistic": "Sum"},
        "IteratorAge": {"Threshold": 10000, "Statistic": "Maximum"},
    },
    "ApiGateway": {
        "5XXError": {"Statistic": "Average", "Threshold": 0},
        "4XXError": {"Statistic": "Average", "Threshold": 0.05},
        "Latency": {"ExtendedStatistic": "p99", "Threshold": 5000},
    },
    "States": {
        "Statistic": "Sum",
        "ExecutionThrottled": {"Threshold": 0},
        "ExecutionsFailed": {"Threshold": 0},
        "ExecutionsTimedOut": {"Threshold": 0},
    },
    "DynamoDB": {
        "Statistic": "Sum",
        "ReadThrottleEvents": {"Threshold": 10},
        "WriteThrottleEvents": {"Threshold": 10},
        "UserErrors": {"Threshold": 0},
        "SystemErrors": {"Threshold": 0},
    },
    "Kinesis": {
        "GetRecords.IteratorAgeMilliseconds": {"Statistic": "Maximum", "Threshold": 10000},
        "ReadProvisionedThroughputExceeded": {"Statistic": "Sum", "Threshold": 0},
        "WriteProvisionedThroughputExceeded": {"Statistic": "Sum", "Threshold": 0},
        "PutRecord.Success": _below("Average"),
        "PutRecords.Success": _below("Average"),
        "GetRecords.Success": _below("Average"),
    },
    "SQS": {
        "AgeOfOldestMessage": {"Statistic": "Maximum", "enabled": False},
        "InFlightMessagesPc": {"Statistic": "Maximum", "Threshold": 80},
    },
    "SNS": {
        "NumberOfNotificationsFilteredOut-InvalidAttributes": {"Statistic": "Sum", "Threshold": 1},
        "NumberOfNotificationsFailed": {"Statistic": "Sum", "Threshold": 1},
    },
    "Events": {
        "FailedInvocations": {"Statistic": "Sum", "Threshold": 1},
        "ThrottledRules": {"Statistic": "Sum", "Threshold": 1},
    },
}


def settings_of_service(service: Service) -> Settings:
    """The settings of the service over the plugin's own, for every service of AWS and metric."""
    _look(service, service.top("custom", "slicWatch", "alarms"))
    return _cascaded(_merged(_DEFAULTS, _tree(service.top("custom", "slicWatch", "alarms"))))


def _look(service: Service, alarms: Node | None) -> None:
    """Note where it is not known whether an alarm is switched on."""
    pending = [alarms]
    while pending:
        node = pending.pop()
        if is_unknown(node):
            miss(service)
        elif isinstance(node, Mapping):
            pending += [value for key, value in node.items.items() if key not in _VALUES]


def miss(service: Service) -> None:
    """Note that alarms may be there that are not known."""
    service.stack.unseen.setdefault((ALARM, None), f"the plugin {PLUGIN} may add alarms")


def _tree(node: Node | None) -> Settings:
    """Written settings; what is null takes away what is below it."""
    settings = plain_map(node)
    if settings is None or is_unknown(settings):
        return {}
    return {
        key: _tree(value) if isinstance(value, Mapping) and not is_unknown(value) else None if is_null(value) else value
        for key, value in settings.items.items()
    }


def _merged(below: Settings, above: Settings) -> Settings:
    found = dict(below)
    for key, value in above.items():
        old = found.get(key)
        if not isinstance(old, dict):
            found[key] = value
        elif isinstance(value, dict):
            found[key] = _merged(old, value)
    return found


def _cascaded(settings: Settings, above: Settings | None = None) -> Settings:
    """Settings in which everything below has what is said above it."""
    whole = {**(above or {}), **settings}
    values: Settings = {key: value for key, value in whole.items() if not isinstance(value, dict)}
    return values | {key: _cascaded(value, values) for key, value in whole.items() if isinstance(value, dict)}


def settings_of(
    service: Service, resource: Resource, kind: str, defaults: Settings, written: Node | None = None
) -> Settings:
    """The settings for one resource: its own (for functions ``written`` in their declaration), those of the service,
    and the plugin's."""
    own = written or child(resource.metadata, "slicWatch")
    alarms = child(own, "alarms")
    alarms = (child(alarms, "Lambda") if kind == "Lambda" else None) or alarms
    if is_unknown(own) or is_unknown(alarms):
        service.lost(f"slicWatch of {resource.logical_id}", own or resource.properties, "it is not known here")
        miss(service)
    if alarms is None:
        return defaults
    _look(service, alarms)
    # The settings of the service as they were written: what is said above them must not win over the resource's own.
    below = _merged(_DEFAULTS, _tree(service.top("custom", "slicWatch", "alarms")))[kind]
    assert isinstance(below, dict)
    return _cascaded(_merged(defaults, _cascaded(_merged(below, _tree(alarms)))))


def off(settings: Settings) -> bool:
    """Whether alarms are switched off; where that is not known they are not there either, but may be."""
    enabled = settings.get("enabled")
    return not enabled or isinstance(enabled, Mapping) or (isinstance(enabled, Scalar) and flag(enabled) is False)


@record
class Watch:
    """One alarm to be: what it watches, and its settings."""

    resource: Resource
    metric: str
    settings: Settings

    @property
    def id(self) -> str:
        """The logical id of what it watches."""
        return self.resource.logical_id

    def shown(self, name: str = "Threshold") -> str:
        """A setting as the plugin writes it in descriptions."""
        part = self.settings.get(name)
        return part.text if isinstance(part, Scalar) else "undefined" if part is None else str(part)

    @property
    def statistic(self) -> str:
        """The statistic, a percentile or not."""
        return self.shown("Statistic" if self.settings.get("Statistic") is not None else "ExtendedStatistic")


def watch_on(resource: Resource, settings: Settings, metric: str) -> Watch | None:
    """The alarm on a metric, unless it is switched off."""
    own = settings[metric]
    assert isinstance(own, dict)
    if off(own):
        return None
    return Watch(resource, metric, {key: value for key, value in own.items() if key != "enabled"})


def add_alarm(service: Service, watch: Watch, logical_id: str, actions: Settings, own: Settings) -> None:
    """Add the alarm to the finished template."""
    resource = watch.resource
    cause = Cause(resource.origin, f"{PLUGIN}, {watch.metric}")
    value = {**actions, **own}
    made = service.add(_NOT_ALPHANUMERIC.sub("", logical_id), ALARM, value, cause)
    made.owner = resource.logical_id
    service.stack.resources[made.logical_id] = made


def sub(text: str) -> Part:
    """``Fn::Sub`` as the plugin writes it."""
    return {"Fn::Sub": [text, {}]}
