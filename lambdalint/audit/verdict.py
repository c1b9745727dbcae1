"""The rules against the answers about one pair, exactly as against a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from lambdalint.audit.hidden import hidden_in, undecided_for
from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding, RuleInfo, Undecided
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.shape import stack_of
from lambdalint.load.stack import Stack
from lambdalint.model.model import Catalog, Settings
from lambdalint.rule.rule import Rule

if TYPE_CHECKING:
    from lambdalint.audit.code import LiveCode


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one pair."""

    stack: Stack
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]


def verdict(evidence: Evidence, rules: Sequence[tuple[Rule, RuleInfo]], as_of: date) -> Judged:
    """Shape the answers and judge them. Where no code was downloaded, what it would say is Unknown.

    Takes the answers out of the evidence: once they are shaped, nobody needs them, and they are many.
    """
    stack = stack_of(evidence)
    hidden = hidden_in(evidence, stack)
    evidence.answers.clear()
    code = _code(evidence, rules)
    catalog = Catalog(stack, Settings(as_of, region=evidence.pair.region), None, "", code)
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for item in judge(rules, catalog):
        if isinstance(item, Finding):
            findings.append(item if code is None else code.placed(item))
        else:
            undecided.append(item)
    undecided += undecided_for(hidden, rules, stack)
    return Judged(stack, tuple(findings), tuple(undecided))


def _code(evidence: Evidence, rules: Sequence[tuple[Rule, RuleInfo]]) -> LiveCode | None:
    """What was read of code, if anybody asked for it; it, too, is taken out of the evidence."""
    if not evidence.code:
        return None
    from lambdalint.audit.code import LiveCode

    found = LiveCode(evidence.pair, evidence.code, [rule for rule, _ in rules])
    evidence.code = {}
    return found
