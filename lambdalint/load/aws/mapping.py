"""Event source mappings: what polls queues and streams for functions."""

from __future__ import annotations

from typing import Any

from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.tree import Tree

#: What AWS fills in where nobody says anything.
#: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
_DEFAULTS: dict[str, Any] = {
    "MaximumBatchingWindowInSeconds": 0,
    "MaximumRetryAttempts": -1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "ParallelizationFactor": 1,
    "TumblingWindowInSeconds": 0,
}
#: Fields that the API and CloudFormation spell alike.
_SAME = (
    "EventSourceArn",
    "BatchSize",
    "FilterCriteria",
    "FunctionResponseTypes",
    "ScalingConfig",
    "DestinationConfig",
    "SelfManagedEventSource",
    "StartingPosition",
    "Topics",
    "Queues",
    "ProvisionedPollerConfig",
    *_DEFAULTS,
)


def add_mappings(evidence: Evidence, tree: Tree) -> None:
    """Add the event source mappings of all functions; those of functions that are not judged are not judged either."""
    seen: set[str] = set()
    deleted = set(evidence.deleted())
    for item in evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings"):
        uuid = item.get("UUID", "")
        if uuid in seen:
            continue
        seen.add(uuid)
        properties = {key: item[key] for key in _SAME if item.get(key) not in (None, [], {}, _DEFAULTS.get(key))}
        properties["FunctionName"] = item.get("FunctionArn", "")
        if item.get("State") in {"Disabled", "Disabling"}:
            properties["Enabled"] = False
        filters = (item.get("FilterCriteria") or {}).get("Filters")
        if not filters:
            properties.pop("FilterCriteria", None)
        source = item.get("EventSourceArn", "").rpartition(":")[2].rpartition("/")[2]
        target = item.get("FunctionArn", "").partition(":function:")[2]
        wanted = evidence.wanted is None or target.partition(":")[0] in evidence.wanted
        wanted = wanted and target.partition(":")[0] not in deleted
        arn = item.get("EventSourceMappingArn") or evidence.pair.arn("lambda", f"event-source-mapping:{uuid}")
        tree.add(
            f"{source} -> {target}" if source else uuid,
            "AWS::Lambda::EventSourceMapping",
            properties,
            arn,
            evidence.places.get(id(item)),
        ).judged = wanted
    why = evidence.why_not("lambda.ListEventSourceMappings")
    if why is not None:
        tree.stack.unseen["AWS::Lambda::EventSourceMapping", None] = why
