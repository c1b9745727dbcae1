"""What was asked and what was answered: a line for each call, and a gap for each that was refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lambdalint.check.finding import Covered
from lambdalint.load.aws.answer import Ok, Refused, in_words
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.metrics import COMPLETE, statuses
from lambdalint.load.aws.metrics import OPERATION as METRICS
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.source.gap import Gap

_NEXT = {
    "denied": "allow the action for whoever audits (`lambdalint permissions` prints a policy)",
    "throttled": "others use the quota too: lower --api-budget and continue with --resume",
    "expired": "renew them (`aws sso login`) and continue with --resume",
    "disabled": "leave the region out, or check the credentials",
    "inactive": "opt in (`aws compute-optimizer update-enrollment-status --status Active`), or leave its rules out",
    "unsupported": "the facts that need it stay unknown",
    "broken": "continue with --resume, which repeats only what failed",
    "stopped": "continue with --resume",
    "skipped": "",
    "missing": "",
}


def coverage(evidence: Evidence) -> list[Covered]:
    """How much of what was asked about a pair was answered, by action. What is missing counts as answered."""
    asked: dict[str, int] = {}
    answered: dict[str, int] = {}
    reasons: dict[str, str] = {}
    for (operation, _), answer in evidence.answers.items():
        action = OPERATIONS[operation].action
        asked[action] = asked.get(action, 0) + 1
        if isinstance(answer, Ok) or answer.reason == "missing":
            answered[action] = answered.get(action, 0) + 1
        else:
            reasons.setdefault(action, in_words(answer))
    pair = evidence.pair
    return [
        Covered(pair.account, pair.region, action, asked[action], answered.get(action, 0), reasons.get(action))
        for action in sorted(asked)
    ]


def gaps(evidence: Evidence) -> list[Gap]:
    """The refusals about a pair: one gap for each action and reason; and the metrics that an answer left out."""
    counts: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Refused] = {}
    totals: dict[str, int] = {}
    for (operation, _), answer in evidence.answers.items():
        action = OPERATIONS[operation].action
        totals[action] = totals.get(action, 0) + 1
        if isinstance(answer, Refused) and answer.reason != "missing":
            key = (action, answer.reason)
            counts[key] = counts.get(key, 0) + 1
            first.setdefault(key, answer)
    found: list[Gap] = []
    for (action, reason), count in sorted(counts.items()):
        total = totals[action]
        what = action if total == 1 else f"{action} ({count:,} of {total:,} calls)"
        step = _NEXT[reason]
        why = in_words(first[action, reason]) + (f"; {step}" if step else "")
        found.append(Gap(what, why, account=evidence.pair.account, region=evidence.pair.region))
    return [*found, *_unread(evidence)]


def _unread(evidence: Evidence) -> list[Gap]:
    """The metrics that CloudWatch could not read, although it answered the call."""
    ended = statuses(evidence)
    action, pair = OPERATIONS[METRICS].action, evidence.pair
    counts = Counter(status for status in ended.values() if status != COMPLETE)
    return [
        Gap(
            f"{action} ({count:,} of {len(ended):,} metrics)",
            f"CloudWatch could not read them ({status}); audit again without --resume",
            account=pair.account,
            region=pair.region,
        )
        for status, count in sorted(counts.items())
    ]


def denied_actions(covered: Iterable[Evidence]) -> list[str]:
    """The actions that were denied anywhere, for a policy that allows them."""
    return sorted(
        {
            OPERATIONS[operation].action
            for evidence in covered
            for (operation, _), answer in evidence.answers.items()
            if isinstance(answer, Refused) and answer.reason == "denied"
        }
    )
