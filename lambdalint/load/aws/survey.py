"""One pair's survey: which calls are made, in which order, and which are not because their answer could not matter.

First what is told for all functions at once; then, at the pace of GetPolicy (15 a second for an account and region),
what only single functions can be asked. An empty region costs one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from lambdalint.data import invocations
from lambdalint.load.aws import metrics, statement
from lambdalint.load.aws.answer import Answer, Ok, Refused
from lambdalint.load.aws.ask import Asking
from lambdalint.load.aws.client import Identity
from lambdalint.load.aws.evidence import Evidence, Pair, Window
from lambdalint.load.aws.packages import Packages
from lambdalint.load.aws.reference import named
from lambdalint.load.aws.reservation import OPERATION as GET_FUNCTION
from lambdalint.load.aws.reservation import Outstanding, likely_first
from lambdalint.load.aws.shape import function_names

#: Functions of one pair that are asked about at the same time.
_WIDTH = 64
#: And of those that are asked only until enough is known: each one too many is a call.
_BATCH = 8
_ASYNC = frozenset(
    principal for entry in invocations.INVOCATIONS.values() if entry.mode == "async" for principal in entry.principals
)
_FUNCTION_GROUPS = "/aws/lambda/"


@dataclass(frozen=True, slots=True)
class Order:
    """What to ask: the calls that the rules need, about which functions, and whether to prune."""

    calls: frozenset[str]
    functions: tuple[str, ...] = ()
    deep: bool = False
    #: The metrics that CloudWatch is asked for, and about which days.
    metrics: frozenset[str] = frozenset()
    window: Window | None = None
    #: What downloads code; None where nobody wants it.
    packages: Packages | None = None


class Survey:
    """Asks what an order says about one pair."""

    def __init__(self, asking: Asking, who: Identity, pair: Pair, order: Order) -> None:
        self._asking = asking
        self._who = who
        self._order = order
        self.evidence = Evidence(pair)
        self._polled: frozenset[str] = frozenset()
        #: Called when everything is asked of one function.
        self.on_function: Callable[[], None] = lambda: None

    async def inventory(self) -> int:
        """List the functions; how many there are to be judged."""
        answer = await self._ask("lambda.ListFunctions")
        strange = stranger(answer, self.evidence.pair.account)
        if strange is not None:
            self.evidence.put("lambda.ListFunctions", "", strange)
        if self._order.functions:
            self.evidence.wanted = frozenset(
                name
                for name in function_names(self.evidence)
                if any(fnmatchcase(name, pattern) for pattern in self._order.functions)
            )
        return len(self.wanted())

    def wanted(self) -> list[str]:
        """The functions that are judged."""
        names = function_names(self.evidence)
        chosen = self.evidence.wanted
        return names if chosen is None else [name for name in names if name in chosen]

    async def details(self, authorization: Callable[[], Awaitable[Answer]]) -> Evidence:
        """Ask everything else. ``authorization`` asks for the roles of the account, once for all its regions."""
        if self.wanted():
            await asyncio.gather(
                self._lists(),
                self._groups(),
                self._functions(),
                self._roles(authorization),
                self._versions(),
                self._provisioned(),
            )
            await self._around()
            await self._measured()
        return self.evidence

    # --- calls ------------------------------------------------------------------------------------------------------

    async def _ask(
        self,
        name: str,
        target: str = "",
        given: dict[str, Any] | None = None,
        shown: Callable[[dict[str, Any]], None] | None = None,
    ) -> Answer:
        answer = await self._asking.ask(self._who, self.evidence.pair.region, name, target, given, shown)
        self.evidence.put(name, target, answer)
        return answer

    def _planned(self, name: str) -> bool:
        return name in self._order.calls

    async def _lists(self) -> None:
        # Mappings tell who is likely to reserve concurrency.
        await self._bulk()
        if self._order.packages is not None:
            await self._order.packages.survey(self._ask, self.evidence, self.wanted())
        await self._reserved()

    async def _bulk(self) -> None:
        """What one call tells of all functions."""
        names = [
            "lambda.ListEventSourceMappings",
            "resourcegroupstaggingapi.GetResources",
            "cloudwatch.DescribeAlarms",
            "scheduler.ListSchedules",
            "application-autoscaling.DescribeScalableTargets",
            "compute-optimizer.GetLambdaFunctionRecommendations",
            "service-quotas.ListServiceQuotas",
        ]
        if self._crosses_subnets():
            names.append("ec2.DescribeSubnets")
        await asyncio.gather(*(self._ask(name) for name in names if self._planned(name)))

    def _crosses_subnets(self) -> bool:
        """Whether a function has several subnets, whose zones then matter."""
        return any(len((item.get("VpcConfig") or {}).get("SubnetIds") or ()) > 1 for item in self._listed())

    async def _groups(self) -> None:
        if not self._planned("logs.DescribeLogGroups"):
            return
        own = {
            group
            for item in self._listed()
            if (group := (item.get("LoggingConfig") or {}).get("LogGroup")) and not group.startswith(_FUNCTION_GROUPS)
        }
        names = self.wanted()
        # A few functions do not need the groups of thousands.
        prefixes = [_FUNCTION_GROUPS] if len(names) > 3 else [f"{_FUNCTION_GROUPS}{name}" for name in names]
        await self._each([*prefixes, *sorted(own)], lambda prefix: self._ask("logs.DescribeLogGroups", prefix))

    async def _reserved(self) -> None:
        """Reserved concurrency: functions are asked until all that the account says is reserved is found."""
        if not self._planned("lambda.GetAccountSettings"):
            return
        await self._ask("lambda.GetAccountSettings")
        if not self._planned(GET_FUNCTION):
            return
        outstanding = Outstanding(self.evidence)
        unasked = [name for name in self.wanted() if self.evidence.answer(GET_FUNCTION, name) is None]
        names = likely_first(self.evidence, unasked)
        # In batches, so that who is asked does not depend on who answers first: a resumed audit asks the same ones.
        start, width = 0, 1
        while start < len(names) and (outstanding or self._order.deep):
            batch = names[start : start + width]
            await asyncio.gather(*(self._ask(GET_FUNCTION, name) for name in batch))
            for name in batch:
                outstanding.asked(name)
            start, width = start + width, _BATCH

    async def _functions(self) -> None:
        if self._planned("lambda.GetPolicy"):
            await self._each(self.wanted(), self._policy)

    async def _policy(self, name: str) -> None:
        """A function's policy, and what the policy makes worth asking."""
        deep = self._order.deep
        targets = [name]
        if deep and self._planned("lambda.ListAliases"):
            listed = await self._ask("lambda.ListAliases", name)
            aliases = listed.data.get("Aliases") or () if isinstance(listed, Ok) else ()
            targets += [f"{name}@{alias['Name']}" for alias in aliases]
        grants_url, asynchronous = False, False
        for target in targets:
            answer = await self._ask("lambda.GetPolicy", target)
            text = answer.data.get("Policy") if isinstance(answer, Ok) else None
            unknown = isinstance(answer, Refused) and answer.reason != "missing"
            grants_url = grants_url or unknown or statement.grants_url(text)
            asynchronous = asynchronous or unknown or not _ASYNC.isdisjoint(statement.services(text))
        if self._planned("lambda.ListFunctionUrlConfigs") and (deep or grants_url):
            await self._ask("lambda.ListFunctionUrlConfigs", name)
        if self._planned("lambda.ListFunctionEventInvokeConfigs") and (deep or asynchronous):
            await self._ask("lambda.ListFunctionEventInvokeConfigs", name)
        self.on_function()

    async def _roles(self, authorization: Callable[[], Awaitable[Answer]]) -> None:
        name = "iam.GetAccountAuthorizationDetails"
        if self._planned(name):
            self.evidence.put(name, "", await authorization())

    async def _versions(self) -> None:
        """Versions matter where SnapStart is on for them."""
        name = "lambda.ListVersionsByFunction"
        if not self._planned(name):
            return
        chosen = set(self.wanted())
        names = [
            item["FunctionName"]
            for item in self._listed()
            if item["FunctionName"] in chosen
            and (self._order.deep or (item.get("SnapStart") or {}).get("ApplyOn", "None") not in (None, "None"))
        ]
        await self._each(names, lambda function: self._ask(name, function))

    async def _provisioned(self) -> None:
        """Provisioned concurrency: CloudWatch knows in one call which functions have any."""
        name = "lambda.ListProvisionedConcurrencyConfigs"
        if not self._planned("cloudwatch.ListMetrics"):
            return
        answer = await self._ask("cloudwatch.ListMetrics")
        metrics = answer.data.get("Metrics") or () if isinstance(answer, Ok) else ()
        hits = {
            dimension["Value"]
            for metric in metrics
            for dimension in metric.get("Dimensions") or ()
            if dimension.get("Name") == "FunctionName"
        }
        await self._each([each for each in self.wanted() if each in hits], lambda each: self._ask(name, each))

    async def _around(self) -> None:
        """What functions and mappings name: queues and topics of this account and region."""
        arns = named(self.evidence)
        mappings = self.evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings")
        self._polled = frozenset(str(item.get("EventSourceArn") or "") for item in mappings)
        own = f":{self.evidence.pair.region}:{self.evidence.pair.account}:"
        queues = [arn for arn in arns if ":sqs:" in arn and own in arn]
        topics = [arn for arn in arns if ":sns:" in arn and own in arn]
        if self._planned("sqs.GetQueueAttributes"):
            await self._each(queues, self._queue)
        if self._planned("sns.GetTopicAttributes"):
            await self._each(topics, lambda arn: self._ask("sns.GetTopicAttributes", arn))
        if self._planned("kinesis.DescribeStreamSummary"):
            streams = [arn for arn in self._polled if ":kinesis:" in arn and own in arn]
            await self._each(sorted(streams), lambda arn: self._ask("kinesis.DescribeStreamSummary", arn))

    async def _measured(self) -> None:
        """Metrics come last: who has dead-letter queues, streams and destinations is known by then."""
        if not self._planned(metrics.OPERATION) or self._order.window is None:
            return
        self.evidence.window = self._order.window
        await metrics.measure(self.evidence, self.wanted(), self._order.metrics, self._ask)
        for operation, names in metrics.follow_up(self.evidence):
            if self._planned(operation):
                await self._each(names, partial(self._ask, operation))

    async def _queue(self, arn: str) -> None:
        answer = await self._ask("sqs.GetQueueAttributes", arn)
        attributes = answer.data.get("Attributes") or {} if isinstance(answer, Ok) else {}
        polled = arn in self._polled
        # Only a queue without a dead-letter queue of its own needs to be known as somebody's dead-letter queue.
        if self._planned("sqs.ListDeadLetterSourceQueues") and polled and not attributes.get("RedrivePolicy"):
            await self._ask("sqs.ListDeadLetterSourceQueues", arn)

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _listed(self) -> list[dict[str, Any]]:
        return self.evidence.items("lambda.ListFunctions", "Functions")

    async def _each(self, targets: Iterable[str], work: Callable[[str], Awaitable[Any]]) -> None:
        """Do something for each target, several at a time; the first one alone, to see whether it is allowed."""
        remaining = iter(dict.fromkeys(targets))
        for target in remaining:
            await work(target)
            break

        async def serve() -> None:
            for target in remaining:
                await work(target)

        await asyncio.gather(*(serve() for _ in range(_WIDTH)))


def stranger(answer: Answer, account: str) -> Refused | None:
    """A refusal for an answer that speaks of another account than the one that was asked about."""
    for item in answer.data.get("Functions") or () if isinstance(answer, Ok) else ():
        parts = str(item.get("FunctionArn", "")).split(":")
        if len(parts) > 4 and parts[4] != account:
            return Refused("broken", "WrongAccount", f"the answer is about account {parts[4]}")
    return None
