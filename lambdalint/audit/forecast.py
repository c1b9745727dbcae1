"""What an audit would ask, and how long that takes, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable

from lambdalint.data.metrics import METRICS, PRICE_AS_OF, PRICE_CENTS, QUERIES_PER_CALL
from lambdalint.load.aws.operation import OPERATIONS, Operation
from lambdalint.load.aws.pace import duration
from lambdalint.record import record

_SIZES = (100, 1_000, 10_000)
#: Calls that are made only for some functions, and for which.
_PRUNED = {
    "lambda.ListFunctionUrlConfigs": "functions whose policy grants InvokeFunctionUrl",
    "lambda.ListFunctionEventInvokeConfigs": "functions that an asynchronous caller may invoke",
    "lambda.ListVersionsByFunction": "functions with SnapStart",
    "lambda.ListProvisionedConcurrencyConfigs": "functions that CloudWatch has provisioned concurrency of",
    "lambda.GetFunction": "functions until all reserved concurrency is found",
}
_PAGED_BY_FUNCTIONS = {"lambda.ListFunctions", "resourcegroupstaggingapi.GetResources", "logs.DescribeLogGroups"}
_THINGS = {
    "sqs.GetQueueAttributes": "queues that are polled or take failures",
    "sqs.ListDeadLetterSourceQueues": "polled queues without a dead-letter queue",
    "sns.GetTopicAttributes": "topics that take failures",
    "kinesis.DescribeStreamSummary": "streams of Kinesis that functions poll",
    "logs.DescribeLogGroups": "groups below /aws/lambda/, and other groups that functions name",
}


@record
class Bill:
    """The metrics that are asked for, which cost money, and over how many days, which does not."""

    metrics: frozenset[str]
    days: int

    @property
    def of_function(self) -> list[str]:
        """The metrics of one function, at most; those of aliases and of the account are few."""
        return sorted(name for name in self.metrics if METRICS[name].subject not in ("account", "provisioned"))

    def calls(self, functions: int) -> int:
        """The calls that ask for them."""
        return -(-functions * len(self.of_function) // QUERIES_PER_CALL)

    def cents(self, functions: int) -> int:
        """What they cost for some functions, at most; part of a cent is one."""
        return -(-functions * len(self.of_function) * PRICE_CENTS // 1_000)


def forecast(
    calls: Iterable[str],
    budget: float,
    deep: bool,
    every_region: bool,
    organization: bool,
    bill: Bill | None = None,
) -> str:
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
        seconds = least_seconds(chosen, size, budget, deep, bill)
        shown = f"{seconds / 60:.1f} min" if seconds >= 90 else f"{seconds:.0f} s"
        price = f"; metrics: {bill.calls(size):,} calls, at most ${bill.cents(size) / 100:.2f}" if bill else ""
        lines.append(f"  {size:>6,} functions: {shown}{price}")
    if bill is not None:
        lines.append(
            f"CloudWatch takes ${PRICE_CENTS / 100:.2f} for 1,000 metrics (as of {PRICE_AS_OF}). Of each function "
            f"{len(bill.of_function)} are asked for at most, over {bill.days} days: {', '.join(bill.of_function)}."
        )
    lines.append("Regions and accounts have quotas of their own: the largest one decides. Nothing was called.")
    return "\n".join(lines) + "\n"


def least_seconds(
    operations: Iterable[Operation], functions: int, budget: float, deep: bool, bill: Bill | None = None
) -> float:
    """Seconds that the slowest quota needs for some functions, if no call is pruned but those that --deep adds."""
    buckets: dict[str, float] = {}
    for operation in operations:
        if operation.scope == "function":
            count = functions if operation.name not in _PRUNED or deep else 0
        elif operation.paging is not None and operation.name in _PAGED_BY_FUNCTIONS:
            count = -(-functions // operation.paging.size)
        elif operation.name == "cloudwatch.GetMetricData" and bill is not None:
            count = bill.calls(functions)
        else:
            count = 1
        buckets[operation.bucket] = buckets.get(operation.bucket, 0.0) + duration(count, operation.rate, budget)
    return max(buckets.values(), default=0.0)


def _often(operation: Operation, deep: bool) -> str:
    if operation.name in _THINGS:
        return f"for {_THINGS[operation.name]}"
    if operation.name == "cloudwatch.GetMetricData":
        return f"{operation.paging.size if operation.paging is not None else 1} metrics a call"
    if operation.scope == "account":
        return "once for each account"
    if operation.scope == "function":
        pruned = _PRUNED.get(operation.name)
        return f"for {pruned}" if pruned and not deep else "for each function"
    size = f", {operation.paging.size} a page" if operation.paging is not None else ""
    return f"once for each region{size}"
