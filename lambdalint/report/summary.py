"""The sums of a report and the sentences that say them, shared by every format."""

from __future__ import annotations

from collections.abc import Iterable

from lambdalint.check.finding import Covered, Finding, Report, Severity
from lambdalint.report.words import counted
from lambdalint.source.gap import Gap

SEVERITIES = tuple(sorted(Severity, reverse=True))


def severity_counts(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity, the worst first; severities without any count 0."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


def functions(report: Report) -> int:
    """How many functions were judged."""
    return sum(seen.functions for seen in report.seen)


def looked_at(report: Report) -> str:
    """``3 documents (12 functions)``, or ``2 regions (34 functions)`` of live accounts."""
    noun = "region" if any(seen.account for seen in report.seen) else "document"
    return f"{counted(len(report.seen), noun)} ({counted(functions(report), 'function')})"


def verdict(report: Report) -> str:
    """The one sentence about a run. It never says that all is well when something was not looked at."""
    suppressed = f"{len(report.suppressed):,} suppressed"
    if report.findings:
        counts = severity_counts(report.findings)
        split = ", ".join(f"{count:,} {severity.label}" for severity, count in counts.items() if count)
        parts = [f"{counted(len(report.findings), 'finding')} ({split})", suppressed, looked_at(report)]
        return ", ".join(part for part in parts if part is not suppressed or report.suppressed)
    tail = f"; {suppressed}" if report.suppressed else ""
    if report.gaps:
        missed = counted(len(report.gaps), "thing")
        return f"No problems found in {looked_at(report)}, but {missed} could not be looked at{tail}."
    if not report.seen and report.coverage:
        return f"Nothing was checked: no function was found{tail}."
    if not report.seen:
        return f"Nothing was checked: no template or account was found{tail}."
    return f"No problems found in {looked_at(report)}{tail}."


def reasons(report: Report) -> list[tuple[str, int]]:
    """Why checks were not decided, the most frequent reason first."""
    counts: dict[str, int] = {}
    for item in report.undecided:
        counts[item.why] = counts.get(item.why, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def undecided_sentence(report: Report, most: int = 5) -> str | None:
    """``12 checks, because parameter Stage has no value (5), ...``; None when all was decided."""
    if not report.undecided:
        return None
    found = reasons(report)
    named = [f"{why} ({count:,})" for why, count in found[:most]]
    if len(found) > most:
        rest = sum(count for _, count in found[most:])
        named.append(f"and {counted(len(found) - most, 'other reason')} ({rest:,})")
    return f"{counted(len(report.undecided), 'check')}, because {', '.join(named)}"


def coverage_lines(report: Report, most: int = 50) -> list[str]:
    """What was asked of accounts: a line for each region, and one for each call that was not answered in full."""
    pairs: dict[tuple[str, str], list[Covered]] = {}
    for item in report.coverage:
        pairs.setdefault((item.account, item.region), []).append(item)
    lines: list[str] = []
    empty = 0
    for (account, region), items in pairs.items():
        missed = [item for item in items if item.answered < item.asked]
        if not missed and len(items) == 1:
            empty += 1
            continue
        asked, answered = sum(item.asked for item in items), sum(item.answered for item in items)
        lines.append(f"account {account}, {region}: {answered:,} of {counted(asked, 'call')} answered")
        lines += [
            f"  {item.action}: {item.answered:,} of {item.asked:,}{f', because {item.why}' if item.why else ''}"
            for item in missed
        ]
    if len(lines) > most:
        lines = [*lines[:most], f"and {len(lines) - most:,} lines more: the JSON report has every call"]
    if empty:
        lines.append(f"{counted(empty, 'region')} without functions")
    return lines


def gap_scope(gap: Gap) -> str:
    """``account 123, eu-west-1``; empty for gaps of files."""
    return ", ".join(part for part in (f"account {gap.account}" if gap.account else "", gap.region or "") if part)
