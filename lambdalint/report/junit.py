"""JUnit XML, which every CI system reads: a suite for each document, a failed case for each finding."""

from __future__ import annotations

from html import escape

from lambdalint.check.finding import Finding, Report
from lambdalint.report.options import posix
from lambdalint.report.place import gap_span, span_at, standpoint
from lambdalint.report.summary import gap_scope, undecided_sentence
from lambdalint.report.words import visible
from lambdalint.source.gap import Gap


def junit(report: Report) -> str:
    """The report as JUnit XML. Suppressed findings are skipped cases; what could not be looked at is an error."""
    suites: dict[str, list[str]] = {}
    for seen in report.seen:
        suites.setdefault(posix(seen.document.path or "stdin"), [])
    for finding in report.findings:
        suites.setdefault(_suite(finding), []).append(_failed(finding))
    for item in report.suppressed:
        reason = f"suppressed by {item.by}{f': {item.reason}' if item.reason else ''}"
        case = _case(item.finding, f"<skipped message={_quoted(reason)}/>")
        suites.setdefault(_suite(item.finding), []).append(case)
    for gap in report.gaps:
        span = gap_span(gap)
        suites.setdefault((span and span.path) or gap_scope(gap) or report.tool, []).append(_error(gap))
    body = "".join(_suite_element(name, cases) for name, cases in suites.items())
    cases = [case for group in suites.values() for case in group or [""]]
    undecided = undecided_sentence(report)
    if undecided is not None:
        body += (
            f'  <testsuite name="not decided" tests="0" failures="0" errors="0" skipped="0">\n'
            f"    <system-out>{_text(undecided)}</system-out>\n  </testsuite>\n"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites name={_quoted(report.tool)} {_totals(cases)}>\n{body}</testsuites>\n"
    )


def _suite_element(name: str, cases: list[str]) -> str:
    shown = cases or [f'    <testcase name="no problems found" classname={_quoted(name)}/>\n']
    return f"  <testsuite name={_quoted(name)} {_totals(shown)}>\n{''.join(shown)}  </testsuite>\n"


def _totals(cases: list[str]) -> str:
    kinds = {"failures": "<failure ", "errors": "<error ", "skipped": "<skipped "}
    counts = {name: sum(tag in case for case in cases) for name, tag in kinds.items()}
    return " ".join([f'tests="{len(cases)}"', *(f'{name}="{count}"' for name, count in counts.items())])


def _suite(finding: Finding) -> str:
    path = span_at(finding.place).path
    return path or finding.subject.arn or "stdin"


def _failed(finding: Finding) -> str:
    notes = [standpoint(span_at(finding.place), finding.subject)]
    notes += [f"condition: {finding.condition}"] if finding.condition else []
    advice = finding.advice or (finding.fix.title if finding.fix else None)
    notes += [f"help: {advice}"] if advice else []
    notes += [f"docs: lambdalint explain {finding.rule.id}"]
    body = "\n".join(_text(note) for note in notes)
    kind = f"{finding.severity.label} {finding.rule.category}"
    return _case(finding, f"<failure message={_quoted(finding.message)} type={_quoted(kind)}>{body}</failure>")


def _case(finding: Finding, outcome: str) -> str:
    span = span_at(finding.place)
    about = finding.subject.logical_id or finding.subject.arn or finding.subject.type
    name = f"{finding.rule.id}: {about}" + (f" (line {span.line})" if finding.place else "")
    file = f' file={_quoted(span.path)} line="{span.line}"' if span.path else ""
    return f"    <testcase name={_quoted(name)} classname={_quoted(_suite(finding))}{file}>{outcome}</testcase>\n"


def _error(gap: Gap) -> str:
    scope = gap_scope(gap)
    said = gap.why + (f" ({scope})" if scope else "")
    name = _quoted(f"not looked at: {gap.what}")
    return f'    <testcase name={name} classname="lambdalint"><error message={_quoted(said)} type="gap"/></testcase>\n'


def _quoted(text: str) -> str:
    return f'"{_text(text)}"'


def _text(text: str) -> str:
    return escape(visible(text))
