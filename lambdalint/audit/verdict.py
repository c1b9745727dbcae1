"""The rules against the answers about one pair, exactly as against a template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding, RuleInfo, Undecided
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.shape import stack_of
from lambdalint.load.stack import Stack
from lambdalint.model.model import Catalog, Settings
from lambdalint.rule.rule import Rule


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules say of one pair."""

    stack: Stack
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]


def verdict(evidence: Evidence, rules: Iterable[tuple[Rule, RuleInfo]], as_of: date) -> Judged:
    """Shape the answers and judge them. Code is not at hand: what it would say is Unknown.

    Takes the answers out of the evidence: once they are shaped, nobody needs them, and they are many.
    """
    stack = stack_of(evidence)
    evidence.answers.clear()
    catalog = Catalog(stack, Settings(as_of, region=evidence.pair.region), None, "", None)
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for item in judge(rules, catalog):
        if isinstance(item, Finding):
            findings.append(item)
        else:
            undecided.append(item)
    return Judged(stack, tuple(findings), tuple(undecided))
