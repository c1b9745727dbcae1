"""What an audit would ask, and how long that takes, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable

from lambdalint.load.aws.operation import OPERATIONS, Operation
from lambdalint.load.aws.pace import duration

_SIZES = (100, 1_000, 10_000)
#: Calls that are made only for some functions, and for which.
_PRUNED = {
    "lambda.ListFunctionUrlConfigs": "functions whose policy grants InvokeFunctionUrl",
    "lambda.ListFunctionEventInvokeConfigs": "functions that an asynchronous caller may invoke",
    "lambda.ListVersionsByFunction": "functions with SnapStart",
    "lambda.ListProvisionedConcurrencyConfigs": "functions that CloudWatch has provisioned concurrency of",
    "lambda.GetFunction": "all functions, if any reserves concurrency",
}
_PAGED_BY_FUNCTIONS = {"lambda.ListFunctions", "resourcegroupstaggingapi.GetResources", "logs.DescribeLogGroups"}
_THINGS = {
    "sqs.GetQueueAttributes": "queues that are polled or take failures",
    "sqs.ListDeadLetterSourceQueues": "polled queues without a dead-letter queue",
    "sns.GetTopicAttributes": "topics that take failures",
    "logs.DescribeLogGroups": "groups below /aws/lambda/, and other groups that functions name",
}


def forecast(calls: Iterable[str], budget: float, deep: bool, every_region: bool, organization: bool) -> str:
    """The calls of an audit as a table, with the time for some sizes of an account and region."""
    chosen = [OPERATIONS[name] for name in sorted(calls)]
    rows = [("call", "how often", "quota a second")]
    rows.append(("sts:GetCallerIdentity", "once for each profile", "-"))
    if organization:
        rows.append(("organizations:ListAccounts", "once, 20 accounts a page", "5"))
        rows.append(("sts:AssumeRole", "once for each account", "-"))
    if every_region:
        rows.append(("account:ListRegions", "once for each account", "5"))
    rows += [(operation.action, _often(operation, deep), f"{operation.rate:g}") for operation in chosen]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.append("")
    lines.append(
        f"An empty region costs one call. At {budget:.0%} of AWS's rates an account and region takes at least:"
    )
    for size in _SIZES:
        seconds = least_seconds(chosen, size, budget, deep)
        shown = f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
        lines.append(f"  {size:>6,} functions: {shown}")
    lines.append("Regions and accounts have quotas of their own: the largest one decides. Nothing was called.")
    return "\n".join(lines) + "\n"


def least_seconds(operations: Iterable[Operation], functions: int, budget: float, deep: bool) -> float:
    """Seconds that the slowest quota needs for some functions, if no call is pruned but those that --deep adds."""
    buckets: dict[str, float] = {}
    for operation in operations:
        if operation.scope == "function":
            count = functions if operation.name not in _PRUNED or deep else 0
        elif operation.paging is not None and operation.name in _PAGED_BY_FUNCTIONS:
            count = -(-functions // operation.paging.size)
        else:
            count = 1
        buckets[operation.bucket] = buckets.get(operation.bucket, 0.0) + duration(count, operation.rate, budget)
    return max(buckets.values(), default=0.0)


def _often(operation: Operation, deep: bool) -> str:
    if operation.name in _THINGS:
        return f"for {_THINGS[operation.name]}"
    if operation.scope == "account":
        return "once for each account"
    if operation.scope == "function":
        pruned = _PRUNED.get(operation.name)
        return (
            f"for {pruned}" if pruned and (not deep or operation.name == "lambda.GetFunction") else "for each function"
        )
    size = f", {operation.paging.size} a page" if operation.paging is not None else ""
    return f"once for each region{size}"
