"""What functions and their mappings refer to by ARN."""

from __future__ import annotations

from typing import Any

from lambdalint.load.aws.answer import Ok
from lambdalint.load.aws.evidence import Evidence


def named(evidence: Evidence) -> list[str]:
    """The ARNs that the functions to be judged name as sources, dead-letter queues and destinations."""
    found: dict[str, None] = {}
    wanted = evidence.wanted
    for item in evidence.items("lambda.ListFunctions", "Functions"):
        if wanted is None or item["FunctionName"] in wanted:
            found[str((item.get("DeadLetterConfig") or {}).get("TargetArn") or "")] = None
    for item in evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings"):
        name = str(item.get("FunctionArn", "")).partition(":function:")[2].partition(":")[0]
        if wanted is None or name in wanted:
            found[str(item.get("EventSourceArn") or "")] = None
            found.update(dict.fromkeys(destinations(item)))
    for _, answer in evidence.all("lambda.ListFunctionEventInvokeConfigs"):
        for item in answer.data.get("FunctionEventInvokeConfigs") or () if isinstance(answer, Ok) else ():
            found.update(dict.fromkeys(destinations(item)))
    return [arn for arn in found if arn.startswith("arn:")]


def destinations(item: dict[str, Any]) -> list[str]:
    """The ARNs that a mapping or asynchronous settings name as destinations."""
    sides = (item.get("DestinationConfig") or {}).values()
    return [str(side["Destination"]) for side in sides if isinstance(side, dict) and side.get("Destination")]
