"""One finding that many functions of an account share: said once, with the names of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lambdalint.check.finding import Finding
from lambdalint.report.words import counted

#: So many are told one by one, each with its ARN.
_FEW = 2
_MOST_NAMES = 30


def split(first: Finding, others: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """The others that have something of their own to say, and a line for each region with the names of the rest.

    Findings are alike when their sentences differ in nothing but the name of the function.
    """
    wanted = _said(first)
    alike = [other for other in others if wanted is not None and _said(other) == wanted]
    if len(alike) <= _FEW:
        return list(others), []
    regions: dict[str, list[str]] = {}
    for other in alike:
        parts = (other.subject.arn or "").split(":", 5)
        regions.setdefault(f"account {parts[4]}, {parts[3]}", []).append(other.subject.function or "")
    gone = {id(other) for other in alike}
    lines = [f"{region}: {_names(names)}" for region, names in regions.items()]
    return [other for other in others if id(other) not in gone], lines


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    if len(names) <= _MOST_NAMES:
        return shown
    return f"{shown} and {counted(len(names) - _MOST_NAMES, 'other')}; -o FILE.html or FILE.json names them all"


def _said(finding: Finding) -> tuple[object, ...] | None:
    """What a finding says without the name of its function; None for what must be said in full."""
    subject = finding.subject
    live = finding.place is None or finding.place.origin.document.path is None
    # A role is no function's own, and a command is another one for each function.
    if not live or not subject.function or not (subject.arn or "").startswith("arn:") or ":iam:" in str(subject.arn):
        return None
    if finding.fix is not None and finding.fix.command is not None:
        return None
    name = re.compile(rf"(?<![\w-]){re.escape(subject.function)}(?![\w-])")
    advice = name.sub("\0", finding.advice or "")
    return name.sub("\0", finding.message), advice, finding.severity, finding.confidence, finding.condition
