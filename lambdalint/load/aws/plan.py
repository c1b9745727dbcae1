"""Which calls the facts of a rule need: rule -> facts -> needs -> calls.

A need is something to know of an account; each lists the calls that bring it. Bulk calls come first, and of the calls
about one function only those are made whose answer can matter (``survey`` prunes them).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Need: TypeAlias = str

NEEDS: dict[Need, tuple[str, ...]] = {
    "functions": ("lambda.ListFunctions",),
    "tags": ("resourcegroupstaggingapi.GetResources",),
    "mappings": ("lambda.ListEventSourceMappings",),
    "policies": ("lambda.GetPolicy",),
    "urls": ("lambda.GetPolicy", "lambda.ListFunctionUrlConfigs"),
    "callers": ("lambda.GetPolicy", "lambda.ListFunctionUrlConfigs", "lambda.ListEventSourceMappings"),
    "schedules": ("scheduler.ListSchedules",),
    "async": ("lambda.GetPolicy", "scheduler.ListSchedules", "lambda.ListFunctionEventInvokeConfigs"),
    "concurrency": ("lambda.GetAccountSettings", "lambda.GetFunction"),
    "pool": ("lambda.GetAccountSettings",),
    "quotas": ("service-quotas.ListServiceQuotas",),
    "versions": ("lambda.ListVersionsByFunction",),
    "provisioned": ("cloudwatch.ListMetrics", "lambda.ListProvisionedConcurrencyConfigs"),
    "scaling": ("application-autoscaling.DescribeScalableTargets",),
    "roles": ("iam.GetAccountAuthorizationDetails",),
    "queues": ("lambda.ListEventSourceMappings", "sqs.GetQueueAttributes"),
    "redriving": ("lambda.ListEventSourceMappings", "sqs.GetQueueAttributes", "sqs.ListDeadLetterSourceQueues"),
    "topics": ("sns.GetTopicAttributes",),
    "alarms": ("cloudwatch.DescribeAlarms",),
    "log-groups": ("logs.DescribeLogGroups",),
    "subnets": ("ec2.DescribeSubnets",),
    "metrics": ("cloudwatch.GetMetricData",),
    "recommendations": ("compute-optimizer.GetLambdaFunctionRecommendations",),
    "streams": ("lambda.ListEventSourceMappings", "kinesis.DescribeStreamSummary"),
}

#: Opt-in calls that are made for a rule that somebody names (``--select``), too: one for a region, and free.
BY_NAME = frozenset({"service-quotas.ListServiceQuotas"})
#: Calls that are made only where somebody asks for them (``--metrics``): AWS takes money for some of them.
OPT_IN = BY_NAME | {
    "cloudwatch.GetMetricData",
    "compute-optimizer.GetLambdaFunctionRecommendations",
    "kinesis.DescribeStreamSummary",
}

_TRIGGERS = ("callers", "schedules")
_DESTINATIONS = ("async", "mappings", "roles", "queues", "topics")

#: Kind of thing -> what must be known for there to be such things at all.
KINDS: dict[str, tuple[Need, ...]] = {
    "function": (),
    "configuration": (),
    "variable": (),
    "layer": (),
    "code": (),
    "payload": ("mappings",),
    "trigger": _TRIGGERS,
    "destination": _DESTINATIONS,
    "mapping": ("mappings",),
    "source": ("queues",),
    "queue": ("queues",),
    "role": ("roles",),
    "grant": ("roles",),
    "attachment": ("roles",),
    "permission": ("policies",),
    "url": ("urls",),
    "alias": ("provisioned",),
    "alarm": ("alarms",),
    "log_group": ("log-groups",),
    "stack": (),
    "duplicate_key": (),
    "account": ("pool",),
    "metrics": ("metrics",),
    "recommendation": ("recommendations",),
}

#: Fact -> what it needs beyond its kind, where it needs anything.
FACTS: dict[str, tuple[Need, ...]] = {
    "function.zones": ("subnets",),
    "function.network_permitted": ("roles",),
    "function.missing_network_actions": ("roles",),
    "function.retries": ("async",),
    "function.event_age": ("async",),
    "function.dead_letter_queue": (),
    "function.idle_settings": ("async", *_TRIGGERS),
    "function.on_failure": ("async",),
    "function.on_success": ("async",),
    "function.role": ("roles",),
    "function.mappings": ("mappings",),
    "function.triggers": _TRIGGERS,
    "function.slowest_caller": _TRIGGERS,
    "function.permissions": ("policies",),
    "function.url": ("urls",),
    "function.aliases": ("provisioned",),
    "function.published": ("versions",),
    "function.alarms": ("alarms",),
    "function.errors_alarmed": ("alarms",),
    "function.throttles_alarmed": ("alarms",),
    "function.log_group": ("log-groups",),
    "function.stack": ("tags",),
    "function.declared_idempotent": ("tags",),
    "function.framework_owned": ("tags",),
    "function.at_edge": ("roles", "policies"),
    "function.at_deployment": _TRIGGERS,
    "function.reserved_concurrency": ("concurrency",),
    "function.switched_off": ("concurrency",),
    "code.idempotent": ("tags",),
    "code.side_effects": ("roles", *_DESTINATIONS),
    "trigger.invocation": (),
    "trigger.written_by_function": ("roles", *_DESTINATIONS),
    "mapping.source": ("queues",),
    "mapping.pollable": ("roles", "queues"),
    "mapping.missing_actions": ("roles", "queues"),
    "mapping.on_failure": _DESTINATIONS,
    "source.is_dead_letter_queue": ("redriving",),
    "source.mappings": ("mappings",),
    "destination.writable": _DESTINATIONS,
    "grant.unscoped_actions": ("roles", "mappings"),
    "alias.scaled": ("scaling",),
    "stack.alarms": ("alarms",),
    "stack.log_groups": ("log-groups",),
    "stack.reserved_concurrency": ("concurrency",),
    "stack.every_reservation_known": ("concurrency",),
    "stack.concurrency_pool": ("pool",),
    "stack.unreserved_minimum": ("pool",),
    "alias.peak_utilization": ("metrics",),
    "account.claimed_concurrency": ("metrics",),
    "account.concurrency_quota": ("quotas",),
    "metrics.iterator_age": ("mappings",),
    "metrics.stream_retention": ("streams",),
    "metrics.failures_kept": ("async",),
}

#: Calls that are made for each function rather than once for a region, and so cost the most.
DEEP = (
    "lambda.ListAliases",
    "lambda.ListFunctionUrlConfigs",
    "lambda.ListFunctionEventInvokeConfigs",
    "lambda.ListVersionsByFunction",
)


def calls_of(facts: Iterable[str], deep: bool = False) -> frozenset[str]:
    """The calls that some facts (``function.timeout``) need. Functions are always listed, and their tags read:
    suppressions stand there."""
    found = {call for need in {"functions", "tags", *needs_of(facts)} for call in NEEDS[need]}
    if deep:
        found.update(DEEP)
    return frozenset(found)


def needs_of(facts: Iterable[str]) -> set[Need]:
    """What must be known for some facts."""
    needs: set[Need] = set()
    for fact in facts:
        needs.update(KINDS.get(fact.partition(".")[0], ()))
        needs.update(FACTS.get(fact, ()))
    return needs
