"""Markdown for a job summary or a pull request comment."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lambdalint.check.finding import Finding, Report
from lambdalint.report.options import RenderOptions
from lambdalint.report.place import gap_span, span_at, standpoint
from lambdalint.report.summary import coverage_lines, gap_scope, reasons, severity_counts, verdict
from lambdalint.report.words import counted, visible
from lambdalint.source.gap import Gap

_MARKUP = re.compile(r"([\\`*_{}\[\]#|<>~&$])")
_MOST = 20
#: Room kept for the line that says how many findings did not fit.
_RESERVE = 200


def markdown(report: Report, options: RenderOptions) -> str:
    """The summary, what was not looked at, then a table of findings, the worst first, cut to ``markdown_bytes``."""
    head = [f"## {report.tool}", "", _escaped(verdict(report)), ""]
    if report.findings:
        counts = severity_counts(report.findings)
        names = " | ".join(severity.label.capitalize() for severity in counts)
        values = " | ".join(f"{count:,}" for count in counts.values())
        head += [f"| {names} |", "| ---: | ---: | ---: | ---: |", f"| {values} |", ""]
    asked = [(_escaped(line.strip()), line.startswith(" ")) for line in coverage_lines(report)]
    head += _section("Asked", [line for line, _ in asked], [of_region for _, of_region in asked])
    head += _section("Not looked at", [_gap(gap) for gap in report.gaps])
    head += _section("Not decided", [f"{_escaped(why)} ({count:,})" for why, count in reasons(report)])
    head += _section("Notes", [_escaped(notice.message) for notice in report.notices])
    return _within("\n".join(head).rstrip("\n") + "\n", report, options.markdown_bytes)


def _within(head: str, report: Report, most: int) -> str:
    if not report.findings:
        return head
    parts = [head, "\n### Findings\n\n| Severity | Rule | Where | Problem |\n| --- | --- | --- | --- |\n"]
    used = sum(len(part.encode("utf-8", "replace")) for part in parts)
    worst_first = sorted(report.findings, key=lambda finding: -finding.severity)
    for position, finding in enumerate(worst_first):
        row = _row(finding)
        used += len(row.encode("utf-8", "replace"))
        if used > most - _RESERVE:
            left = counted(len(worst_first) - position, "finding")
            parts.append(f"\n{left} more did not fit here; the other formats list them all.\n")
            break
        parts.append(row)
    return "".join(parts)


def _section(title: str, items: list[str], inner: Sequence[bool] = ()) -> list[str]:
    """A list; the items that ``inner`` marks belong to the one before them."""
    if not items:
        return []
    listed = [f"{'  ' if inner and inner[nth] else ''}- {item}" for nth, item in enumerate(items[:_MOST])]
    if len(items) > _MOST:
        listed.append(f"- and {len(items) - _MOST:,} more")
    return [f"### {title}", "", *listed, ""]


def _gap(gap: Gap) -> str:
    span = gap_span(gap)
    where = "" if span is None or span.path is None else f"{_code(f'{span.path}:{span.line}')} "
    scope = gap_scope(gap)
    what = "" if span is not None and span.path == gap.what else f"{_escaped(gap.what)}: "
    return f"{where}{what}{_escaped(gap.why)}{f' ({_escaped(scope)})' if scope else ''}"


def _row(finding: Finding) -> str:
    where = standpoint(span_at(finding.place), finding.subject)
    notes = [finding.condition] if finding.condition else []
    notes += ["tentative"] if finding.confidence == "tentative" else []
    said = finding.message + (f" ({'; '.join(notes)})" if notes else "")
    advice = finding.advice or (finding.fix.title if finding.fix else "")
    help_ = f"<br>Help: {_escaped(advice)}" if advice else ""
    if finding.fix is not None and finding.fix.command is not None:
        help_ += f"<br>Command: {_code(finding.fix.command)}"
    cells = [finding.severity.label, _code(finding.rule.id), _code(where), _escaped(said) + help_]
    return f"| {' | '.join(cells)} |\n"


def _escaped(text: str) -> str:
    """Text that no Markdown can hide in; a mention is broken up, or a template could call people into a thread."""
    return _MARKUP.sub(r"\\\1", visible(text)).replace("@", "@\u200b").replace("://", ":\u200b//")


def _code(text: str) -> str:
    shown = visible(text).replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest else f"{fence}{shown}{fence}"
