"""An audit: reach the accounts, list the functions everywhere, then ask and judge the largest regions first."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lambdalint.audit.coverage import coverage, denied_actions, gaps
from lambdalint.audit.scope import Reached, Scope, reach
from lambdalint.audit.verdict import Judged, verdict
from lambdalint.check.finding import Covered, Finding, Notice, RuleInfo, Seen, Undecided
from lambdalint.check.suppress import marks_of
from lambdalint.load.aws.answer import Answer, Refused
from lambdalint.load.aws.ask import GLOBAL, Asking
from lambdalint.load.aws.evidence import Evidence, Pair
from lambdalint.load.aws.survey import Order, Survey
from lambdalint.load.stack import Stack
from lambdalint.model.model import Settings
from lambdalint.rule.rule import Rule
from lambdalint.source.gap import Gap

if TYPE_CHECKING:
    from lambdalint.audit.drift import Drift
    from lambdalint.load.aws.client import Boto, Identity

#: Pairs that are surveyed at the same time.
_ABREAST = 24
#: Pairs whose functions are listed at the same time.
_LISTING = 64


#: How long Ctrl-C waits for answers that are on their way.
_DRAIN_SECONDS = 0.5


class Interrupted(Exception):  # noqa: N818 - not an error
    """The user stopped the audit. What was answered is in the journal."""


@dataclass(slots=True)
class Heard:
    """Everything that an audit found out, before suppressions and the baseline."""

    findings: list[Finding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    coverage: list[Covered] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    stacks: list[Stack] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    denied: set[str] = field(default_factory=set)
    calls: int = 0
    throttled: int = 0


@dataclass(slots=True)
class Progress:
    """How far an audit is; whoever shows it is told after each step."""

    pairs: int = 0
    listed: int = 0
    functions: int = 0
    #: Functions that everything is asked of.
    asked: int = 0
    calls: int = 0
    show: Callable[[Progress], None] = lambda _: None


def audit(
    scope: Scope,
    order: Order,
    rules: list[tuple[Rule, RuleInfo]],
    as_of: date,
    boto: Boto,
    asking: Asking,
    progress: Progress,
    drift: Drift | None = None,
) -> Heard:
    """Audit what the scope names.

    Raises:
        ScopeError: nothing can be audited.
        Interrupted: the user pressed Ctrl-C.
    """

    async def run() -> Heard:
        task = asyncio.ensure_future(_audit(scope, order, rules, as_of, boto, asking, progress, drift))
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
            loop.add_signal_handler(signal.SIGINT, task.cancel)
        return await task

    try:
        return asyncio.run(run())
    except (asyncio.CancelledError, KeyboardInterrupt):
        asking.drain(_DRAIN_SECONDS)
        raise Interrupted from None
    finally:
        asking.close()
        if order.packages is not None:
            order.packages.close()


async def _audit(
    scope: Scope,
    order: Order,
    rules: list[tuple[Rule, RuleInfo]],
    as_of: date,
    boto: Boto,
    asking: Asking,
    progress: Progress,
    drift: Drift | None,
) -> Heard:
    reached = await reach(scope, boto, asking)
    heard = Heard(gaps=list(reached.gaps), denied=set(reached.denied))
    progress.pairs = len(reached.pairs)
    surveys = await _inventory(reached, order, asking, progress)
    working = {
        survey.evidence.pair.account for survey, _ in surveys if survey.evidence.why_not("lambda.ListFunctions") is None
    }
    open_surveys: list[tuple[Survey, int]] = []
    for survey, count in surveys:
        if count:
            open_surveys.append((survey, count))
        else:
            _empty(survey.evidence, working, reached.guessed, heard)
    open_surveys.sort(key=lambda entry: -entry[1])
    roles = _Roles(asking, reached.identities)

    def judge(evidence: Evidence) -> None:
        _cover(heard, evidence)
        label = evidence.pair.label
        heard.notices += [
            Notice(f"{name} ({label}) was deleted while the audit ran: it is not judged") for name in evidence.deleted()
        ]
        judged = verdict(evidence, rules, as_of)
        if drift is not None:
            heard.notices += drift.compare(judged.stack, Settings(as_of, region=evidence.pair.region))
        _take(heard, judged, evidence.pair)

    queue = iter(open_surveys)
    await asyncio.gather(*(_serve(queue, roles, judge, asking, progress) for _ in range(_ABREAST)))
    heard.calls, heard.throttled = asking.calls, asking.throttled
    _settle(heard)
    return heard


async def _inventory(reached: Reached, order: Order, asking: Asking, progress: Progress) -> list[tuple[Survey, int]]:
    found: list[tuple[Survey, int]] = []
    remaining: Iterator[Pair] = iter(reached.pairs)

    async def serve() -> None:
        for pair in remaining:
            survey = Survey(asking, reached.identities[pair.account], pair, order)
            count = await survey.inventory()
            found.append((survey, count))
            progress.listed += 1
            progress.functions += count
            progress.calls = asking.calls
            progress.show(progress)

    await asyncio.gather(*(serve() for _ in range(_LISTING)))
    return found


async def _serve(
    queue: Iterator[tuple[Survey, int]],
    roles: _Roles,
    judge: Callable[[Evidence], None],
    asking: Asking,
    progress: Progress,
) -> None:
    for survey, count in queue:
        account, region = survey.evidence.pair.account, survey.evidence.pair.region
        counted = 0

        def step() -> None:
            nonlocal counted
            counted += 1
            progress.asked += 1
            progress.calls = asking.calls
            progress.show(progress)

        survey.on_function = step
        evidence = await survey.details(lambda account=account, region=region: roles.of(account, region))  # type: ignore[misc]
        judge(evidence)
        progress.asked += count - counted
        progress.calls = asking.calls
        progress.show(progress)


class _Roles:
    """The roles of each account, asked for once however many regions need them."""

    def __init__(self, asking: Asking, identities: dict[str, Identity]) -> None:
        self._asking = asking
        self._identities = identities
        self._asked: dict[str, asyncio.Future[Answer]] = {}

    def of(self, account: str, region: str) -> Awaitable[Answer]:
        found = self._asked.get(account)
        if found is None:
            call = self._asking.ask(self._identities[account], GLOBAL, "iam.GetAccountAuthorizationDetails")
            found = self._asked[account] = asyncio.ensure_future(call)
        return asyncio.shield(found)


def _empty(evidence: Evidence, working: set[str], guessed: set[str], heard: Heard) -> None:
    """A region without functions, or one that could not be listed."""
    answer = evidence.answer("lambda.ListFunctions")
    pair = evidence.pair
    off = isinstance(answer, Refused) and answer.reason == "disabled" and pair.account in working
    if off and pair.account in guessed:
        why = "the region is not enabled for the account"
        heard.coverage.append(Covered(pair.account, pair.region, "lambda:ListFunctions", 1, 1, why))
        return
    _cover(heard, evidence)


def _cover(heard: Heard, evidence: Evidence) -> None:
    heard.coverage += coverage(evidence)
    heard.gaps += gaps(evidence)
    heard.denied.update(denied_actions([evidence]))
    if evidence.code:
        from lambdalint.audit.code import code_coverage, code_gaps

        heard.coverage += code_coverage(evidence)
        heard.gaps += code_gaps(evidence)


def _take(heard: Heard, judged: Judged, pair: Pair) -> None:
    heard.findings += judged.findings
    heard.undecided += judged.undecided
    functions = sum(
        1 for item in judged.stack.resources.values() if item.type == "AWS::Lambda::Function" and item.judged
    )
    heard.seen.append(Seen(judged.stack.document, "aws", functions, pair.account, pair.region))
    if marks_of(judged.stack):
        heard.stacks.append(judged.stack)
    # Findings keep their document: without its tree, thousands of functions cost no memory.
    judged.stack.document.root = None


def _settle(heard: Heard) -> None:
    """Put everything in its fixed order; a role that functions of several regions use is reported once."""
    known: set[tuple[str, str, str, str]] = set()
    kept: list[Finding] = []
    for finding in sorted(heard.findings, key=order_of):
        pointer = finding.place.pointer if finding.place is not None else ""
        key = (finding.rule.id, finding.subject.arn or finding.subject.logical_id or "", pointer, finding.message)
        if ":iam:" not in key[1] or key not in known:
            known.add(key)
            kept.append(finding)
    heard.findings = kept
    heard.seen.sort(key=lambda seen: (seen.account, seen.region))
    heard.coverage.sort(key=lambda item: (item.account, item.region, item.action))
    heard.gaps.sort(key=lambda gap: (gap.account or "", gap.region or "", gap.what))


def order_of(finding: Finding) -> tuple[str, str, str, str, str]:
    """By account, region, function and rule."""
    parts = (finding.subject.arn or ":::::").split(":", 5)
    name = finding.subject.function or (parts[5] if len(parts) > 5 else "")
    return parts[4], parts[3], name, finding.rule.id, finding.subject.arn or ""
