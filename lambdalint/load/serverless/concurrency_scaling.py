"""``serverless-provisioned-concurrency-autoscaling``: provisioned concurrency that follows the load.

https://github.com/jeremydaly/serverless-provisioned-concurrency-autoscaling (as of 2.0.1)
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, child, plain_map, ref, text_of
from lambdalint.load.serverless.naming import normalized, upper_first
from lambdalint.load.serverless.service import Cause, Function, Service, join, listed
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns
from lambdalint.source.node import Scalar

PLUGIN = "serverless-provisioned-concurrency-autoscaling"
_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
_NOT_ALPHANUMERIC = re.compile(r"[^a-zA-Z0-9+]")
_LONGEST_NAME = 64
_ROLE = (
    "arn:aws:iam::${AWS::AccountId}:role/aws-service-role/lambda.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency"
)


def add_scaling(service: Service) -> None:
    """Add a scalable target and its policy for each function that asks for it."""
    for function in service.functions.values():
        written = function.get("concurrencyAutoscaling")
        if written is None or function.given("provisionedConcurrency") is None:
            continue
        enabled = child(written, "enabled") if plain_map(written) is not None else written
        if is_unknown(written) or is_unknown(enabled):
            service.stack.unseen.setdefault((_TARGET, None), f"the plugin {PLUGIN} may scale {function.name}")
        elif text_of(enabled) == "true":
            _add(service, function)


def _add(service: Service, function: Function) -> None:
    settings = function.properties.get("concurrencyAutoscaling")
    cause = Cause(function.properties.key("concurrencyAutoscaling"), f"concurrencyAutoscaling of {function.name}")
    physical = child(settings, "name") or function.physical
    alias = text_of(child(settings, "alias")) or "provisioned"
    named = text_of(child(settings, "function")) or function.name
    target, policy = _name(service, named, "AutoScalingTarget"), _name(service, named, "AutoScalingPolicy")
    actions: list[Part] = [
        {
            "EndTime": child(item, "endTime"),
            "StartTime": child(item, "startTime"),
            "Timezone": child(item, "timezone"),
            "ScalableTargetAction": {
                "MaxCapacity": child(item, "action", "maximum"),
                "MinCapacity": child(item, "action", "minimum"),
            },
            "ScheduledActionName": child(item, "name"),
            "Schedule": child(item, "schedule"),
        }
        for item in listed(child(settings, "scheduledActions"))
    ]
    value: dict[str, Part] = {
        "MaxCapacity": child(settings, "maximum") or 10,
        "MinCapacity": child(settings, "minimum") or 1,
        "ResourceId": join("function:", physical, f":{alias}"),
        "ScalableDimension": "lambda:function:ProvisionedConcurrency",
        "ServiceNamespace": "lambda",
        "RoleARN": {"Fn::Sub": _ROLE},
        "ScheduledActions": actions or None,
    }
    depends: list[str | None] = [f"{normalized(named)}ProvConcLambdaAlias"]
    service.add(target, _TARGET, value, cause, function=function, depends_on=list(depends))
    tracked: dict[str, Part] = {
        "ScaleInCooldown": child(settings, "scaleInCooldown") or 0,
        "ScaleOutCooldown": child(settings, "scaleOutCooldown") or 0,
        "TargetValue": child(settings, "usage") or 0.75,
    }
    custom = child(settings, "customMetric")
    if custom is None:
        tracked["PredefinedMetricSpecification"] = {"PredefinedMetricType": "LambdaProvisionedConcurrencyUtilization"}
    else:
        statistic = text_of(child(custom, "statistic")) or "Maximum"
        tracked["CustomizedMetricSpecification"] = {
            "Dimensions": [
                {"Name": "FunctionName", "Value": physical},
                {"Name": "Resource", "Value": join(physical, f":{alias}")},
            ],
            "MetricName": "ProvisionedConcurrencyUtilization",
            "Namespace": "AWS/Lambda",
            "Statistic": upper_first(statistic),
            "Unit": "Count",
        }
    scaling: dict[str, Part] = {
        "PolicyName": policy,
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": ref(target),
        "TargetTrackingScalingPolicyConfiguration": tracked,
    }
    kind = "AWS::ApplicationAutoScaling::ScalingPolicy"
    service.add(policy, kind, scaling, cause, function=function, depends_on=[target, *depends])


def _name(service: Service, function: str, what: str) -> str:
    parts = [service.name, f"{function}{what}", service.stage, service.region]
    shown = [part if isinstance(part, str) else _shown(part) for part in parts]
    text = _NOT_ALPHANUMERIC.sub("", "".join(map(upper_first, shown)))
    if len(text) <= _LONGEST_NAME:
        return text
    from hashlib import md5

    return text[:32] + md5(text.encode(), usedforsecurity=False).hexdigest()


def _shown(part: Part) -> str:
    return (text_with_unknowns(part) or "") if isinstance(part, Scalar) else ""
