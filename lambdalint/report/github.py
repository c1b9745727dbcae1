"""Workflow commands that GitHub Actions turns into annotations on the lines of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from lambdalint.check.finding import Finding, Report, Severity
from lambdalint.report.options import RenderOptions
from lambdalint.report.place import gap_span, span_at, standpoint
from lambdalint.report.summary import gap_scope
from lambdalint.report.words import counted, visible
from lambdalint.source.gap import Gap

_COMMANDS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "notice"}
#: GitHub shows this many annotations of each kind for a step; the others stand in its log only.
_SHOWN = 10


def github(report: Report, options: RenderOptions) -> str:
    """One command a line, the worst first because GitHub shows only the first few; empty when there is nothing."""
    worst_first = sorted(report.findings, key=lambda finding: -finding.severity)
    lines = [_finding(finding, options) for finding in worst_first]
    lines += [_gap(gap, options) for gap in report.gaps]
    lines += [f"::notice title={_property(report.tool)}::{_data(notice.message)}" for notice in report.notices]
    kinds = [line[2 : line.index(" ")] for line in lines]
    hidden = sum(max(kinds.count(kind) - _SHOWN, 0) for kind in ("error", "warning", "notice"))
    if hidden:
        more = f"GitHub shows {_SHOWN} annotations of a kind for a step; {counted(hidden, 'other')} stand in the log"
        lines.insert(0, f"::notice title={_property(report.tool)}::{_data(more)}")
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding, options: RenderOptions) -> str:
    span = span_at(finding.place)
    said = [finding.message + (f" ({finding.condition})" if finding.condition else "")]
    advice = finding.advice or (finding.fix.title if finding.fix else None)
    said += [f"Help: {advice}"] if advice else []
    if span.path is None:
        said.append(f"At: {standpoint(span, finding.subject)}")
    properties = {} if span.path is None else _file(span.path, span.line, span.column, options)
    title = f"{finding.rule.id} ({finding.severity.label})"
    return _command(_COMMANDS[finding.severity], {**properties, "title": title}, said)


def _gap(gap: Gap, options: RenderOptions) -> str:
    span = gap_span(gap)
    properties = {} if span is None or span.path is None else _file(span.path, span.line, span.column, options)
    scope = gap_scope(gap)
    said = f"{gap.what}: {gap.why}{f' ({scope})' if scope else ''}"
    return _command("warning", {**properties, "title": "not looked at"}, [said])


def _file(path: str, line: int, column: int, options: RenderOptions) -> dict[str, str]:
    return {"file": options.repository_path(path), "line": f"{line}", "endLine": f"{line}", "col": f"{column}"}


def _command(name: str, properties: dict[str, str], lines: list[str]) -> str:
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {listed}::{'%0A'.join(_data(line) for line in lines)}"


def _data(text: str) -> str:
    # Line ends never reach this point as such: visible() spells them out, as it does all control characters.
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
