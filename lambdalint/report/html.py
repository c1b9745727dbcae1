"""One self-contained page: no network, no library, readable without JavaScript, and safe to open.

Everything a template can name reaches the page through Jinja's autoescaping; the page's own style and script are
allowed by their hashes and nothing else is.
"""

from __future__ import annotations

import base64
import hashlib
import pkgutil
from typing import Any

from lambdalint.check.finding import Finding, Place, Report, RuleInfo
from lambdalint.record import record
from lambdalint.report.mask import shown_line
from lambdalint.report.options import posix
from lambdalint.report.place import first_line, gap_span, shows_source, span_at, span_of, standpoint
from lambdalint.report.prose import link, to_html
from lambdalint.report.summary import (
    SEVERITIES,
    coverage_lines,
    functions,
    gap_scope,
    reasons,
    severity_counts,
    verdict,
)
from lambdalint.report.words import clipped, visible
from lambdalint.source.gap import Gap

_CONTEXT = 2
_LONGEST = 240
#: Reports up to this size show every finding unfolded.
_UNFOLDED = 8


@record
class _Line:
    number: int
    before: str
    marked: str
    after: str


def html(report: Report) -> str:
    """The report as one HTML page."""
    from jinja2 import Environment, StrictUndefined

    style, script = _asset("report.css"), _asset("report.js")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_asset("report.html.jinja"))
    live = any(seen.account for seen in report.seen)
    return (
        template.render(
            title=f"{report.tool} report",
            tool=report.tool,
            version=report.version,
            policy=_policy(style, script),
            style=style,
            script=script,
            verdict=verdict(report),
            groups=_groups(report),
            shown=len(report.findings),
            unfolded=len(report.findings) <= _UNFOLDED,
            **_sums(report),
            rules=[_rule(rule) for rule in _rules(report)],
            reasons=[(visible(why), count) for why, count in reasons(report)],
            undecided=len(report.undecided),
            live=live,
            noun="region" if live else "document",
            asked=[(visible(line.strip()), line.startswith(" ")) for line in coverage_lines(report)],
            gaps=[_gap(gap) for gap in report.gaps],
            notices=[_notice(notice.message, notice.place) for notice in report.notices],
            suppressed=[
                {**_finding(item.finding), "by": item.by, "reason": visible(item.reason)} for item in report.suppressed
            ],
            documents=[
                {
                    "path": visible(_region(seen.account, seen.region) or posix(seen.document.path or "stdin")),
                    "dialect": seen.dialect,
                    "functions": seen.functions,
                }
                for seen in report.seen
            ],
            dates=sorted(report.data_dates.items()),
        )
        + "\n"
    )


def _asset(name: str) -> str:
    data = pkgutil.get_data("lambdalint.report", f"templates/{name}")
    if data is None:
        raise FileNotFoundError(f"lambdalint's own file templates/{name} is missing: install the package again")
    return data.decode("utf-8").replace("\r\n", "\n")


def _policy(style: str, script: str) -> str:
    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"

    allowed = [f"style-src {hashed(style)}", f"script-src {hashed(script)}", "img-src data:"]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _sums(report: Report) -> dict[str, Any]:
    counts = severity_counts(report.findings)
    total = max(len(report.findings), 1)
    bars = []
    start = 0.0
    for severity, count in counts.items():
        width = 100 * count / total
        bars.append({"severity": severity.label, "start": f"{start:.3f}", "width": f"{width:.3f}"})
        start += width
    return {
        "severities": [{"name": severity.label, "count": counts[severity]} for severity in SEVERITIES],
        "bars": bars,
        "functions": functions(report),
    }


def _groups(report: Report) -> list[dict[str, Any]]:
    """Findings by file, or by account and region, the worst first, as they stand without a script; it may group them
    otherwise."""
    groups: dict[str, list[dict[str, Any]]] = {}
    used: dict[str, int] = {}
    for finding in sorted(report.findings, key=lambda finding: -finding.severity):
        shown = _finding(finding)
        nth = used[finding.fingerprint] = used.get(finding.fingerprint, 0) + 1
        shown["id"] = finding.fingerprint if nth == 1 else f"{finding.fingerprint}-{nth}"
        groups.setdefault(shown["file"], []).append(shown)
    ordered = sorted(groups.items(), key=lambda item: (_rank(item[1][0]), -len(item[1]), item[0]))
    return [{"name": name, "findings": findings} for name, findings in ordered]


def _rank(shown: dict[str, Any]) -> int:
    return [severity.label for severity in SEVERITIES].index(shown["severity"])


def _region(account: str, region: str) -> str:
    """``account 123456789012, eu-west-1``; roles and the like belong to no region."""
    return f"account {account}{f', {region}' if region else ''}" if account else ""


def _finding(finding: Finding) -> dict[str, Any]:
    span = span_at(finding.place)
    subject = finding.subject
    parts = (subject.arn or "").split(":", 5)
    region = _region(parts[4], parts[3]) if len(parts) > 5 else ""
    function = visible(subject.function or "")
    return {
        "rule": finding.rule.id,
        "title": visible(finding.rule.title),
        "category": finding.rule.category,
        "severity": finding.severity.label,
        "tentative": finding.confidence == "tentative",
        "message": visible(finding.message),
        "condition": visible(finding.condition or ""),
        "where": visible(standpoint(span, subject)),
        "file": visible(span.path or region or subject.arn or "stdin"),
        "line": str(span.line) if finding.place else "",
        "resource": visible(subject.logical_id or subject.arn or subject.type),
        "type": visible(subject.type),
        "arn": visible(subject.arn or ""),
        "function": function,
        # The same name means another function in another region.
        "owner": f"{function} ({visible(region)})" if function and region else function,
        "snippet": _snippet(finding.place, _CONTEXT) if shows_source(finding) else [],
        "related": [_related(place) for place in finding.related] if shows_source(finding) else [],
        "fix": _fix(finding),
        "advice": visible(finding.advice or ""),
        "fingerprint": finding.fingerprint,
    }


def _fix(finding: Finding) -> dict[str, str] | None:
    if finding.fix is None:
        return None
    if finding.fix.command is not None:
        return {"command": visible(finding.fix.command), "title": visible(finding.fix.title)}
    flag = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
    safe = "safe" if finding.fix.safe else "unsafe"
    return {"command": "", "title": visible(finding.fix.title), "flag": flag, "safe": safe}


def _related(place: Place) -> dict[str, Any]:
    span = span_of(place.origin)
    # What was read of an account stands on no line.
    known = span.path is not None or place.origin.document.text
    where = f"{span.path or 'stdin'}:{span.line}:{span.column}" if known else ""
    label = place.label or (f"from {place.origin.via}" if place.origin.via else "")
    return {"label": visible(label), "where": visible(where), "snippet": _snippet(place, 0)}


def _snippet(place: Place | None, context: int) -> list[_Line]:
    """The lines around a place; the part that the place covers on its first line is marked."""
    if place is None or not place.origin.document.text:
        return []
    document = place.origin.document
    span = first_line(span_of(place.origin), document)
    last = len(document.line_starts)
    lines = []
    for number in range(max(span.line - context, 1), min(span.line + context, last) + 1):
        text = shown_line(document, number)
        if number == span.line:
            first, end = span.column - 1, max(span.end_column - 1, span.column - 1)
            before = text[:first] if first <= _LONGEST // 2 else "…" + text[first - _LONGEST // 4 : first]
            marked, after = clipped(text[first:end], _LONGEST), clipped(text[end : end + _LONGEST], _LONGEST // 2)
            lines.append(_Line(number, _source(before), _source(marked), _source(after)))
        else:
            lines.append(_Line(number, _source(clipped(text[: 2 * _LONGEST], _LONGEST)), "", ""))
    while lines and lines[-1].number > span.line and not lines[-1].before.strip():
        lines.pop()
    while lines and lines[0].number < span.line and not lines[0].before.strip():
        lines.pop(0)
    return lines


def _source(text: str) -> str:
    return visible(text.replace("\t", "    "))


def _rules(report: Report) -> list[RuleInfo]:
    """The rules that this page speaks of: a catalogue of all would bury them."""
    found = [*report.findings, *(item.finding for item in report.suppressed)]
    return [rule for _, rule in sorted({finding.rule.id: finding.rule for finding in found}.items())]


def _rule(rule: RuleInfo) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": visible(rule.title),
        "severity": rule.severity.label,
        "category": rule.category,
        # These two are HTML, escaped by ``prose``; the template marks them as such.
        "why": to_html(rule.why),
        "references": [link(reference, reference) for reference in rule.references],
    }


def _gap(gap: Gap) -> dict[str, str]:
    span = gap_span(gap)
    where = "" if span is None else f"{span.path}:{span.line}"
    return {
        "where": visible(where),
        # A file that could not be read is its own "what"; its path says it already.
        "what": "" if span is not None and span.path == gap.what else visible(gap.what),
        "why": visible(gap.why),
        "scope": visible(gap_scope(gap)),
    }


def _notice(message: str, place: Place | None) -> dict[str, str]:
    span = span_at(place)
    return {"message": visible(message), "where": "" if span.path is None else visible(f"{span.path}:{span.line}")}
