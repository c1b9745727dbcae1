"""The lossless report for programs: version 1, whose shape is frozen (``wire.py`` states it as types)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lambdalint.check.finding import Covered, Finding, Fix, Place, Report, Subject
from lambdalint.report.options import posix
from lambdalint.report.place import Span, gap_span, span_at
from lambdalint.report.summary import functions, severity_counts
from lambdalint.report.words import spelled_out


def json_report(report: Report) -> str:
    """The report as JSON, one record a line: it compares well and is written fast."""
    return laid_out(
        {
            "version": 1,
            "tool": {"name": report.tool, "version": report.version},
            "findings": [_finding(finding) for finding in report.findings],
            "undecided": [
                {
                    "rule": item.rule.id,
                    "resource": _resource(item.subject),
                    "why": item.why,
                    "location": _location(item.place),
                }
                for item in report.undecided
            ],
            "suppressed": [
                {**_finding(item.finding), "by": item.by, "reason": item.reason} for item in report.suppressed
            ],
            "gaps": [
                {
                    "what": gap.what,
                    "why": gap.why,
                    "location": None if (span := gap_span(gap)) is None else _spanned(span, ""),
                    "account": gap.account,
                    "region": gap.region,
                }
                for gap in report.gaps
            ],
            "documents": [
                {
                    "path": seen.document.path and posix(seen.document.path),
                    "dialect": seen.dialect,
                    "functions": seen.functions,
                }
                for seen in report.seen
            ],
            "summary": _summary(report),
        }
    )


def laid_out(record: Mapping[str, Any]) -> str:
    """JSON with a line for every key, and for every item of a list: the encoder's own indenting is ten times slower."""
    lines = []
    for key, value in record.items():
        if isinstance(value, list) and value:
            items = ",\n".join(f"  {encoded(item)}" for item in value)
            lines.append(f' "{key}": [\n{items}\n ]')
        else:
            lines.append(f' "{key}": {encoded(value)}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def encoded(value: Any) -> str:
    """JSON in which letters stay readable and everything that a terminal could obey is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() and "\x7f" not in text else spelled_out(text, _escaped)


def _escaped(match: re.Match[str]) -> str:
    # Half a character has no place in JSON that others must read.
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else f"\\u{ord(match[0]):04x}"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "category": finding.rule.category,
        "severity": finding.severity.label,
        "confidence": finding.confidence,
        "message": finding.message,
        "resource": _resource(finding.subject),
        "location": _location(finding.place),
        "related": [{**_location(place), "label": place.label} for place in finding.related],
        "condition": finding.condition,
        "fix": None if finding.fix is None else _fix(finding.fix),
        "fingerprint": finding.fingerprint,
    }


def _fix(fix: Fix) -> dict[str, Any]:
    command = {} if fix.command is None else {"command": fix.command}
    return {"title": fix.title, "safe": fix.safe, **command}


def _resource(subject: Subject) -> dict[str, Any]:
    return {
        "type": subject.type,
        "logical_id": subject.logical_id,
        "arn": subject.arn,
        "function": subject.function,
    }


def _location(place: Place | None) -> dict[str, Any]:
    return _spanned(span_at(place), "" if place is None else place.pointer)


def _spanned(span: Span, pointer: str) -> dict[str, Any]:
    return {
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "pointer": pointer,
    }


def _covered(item: Covered) -> dict[str, Any]:
    return {
        "account": item.account,
        "region": item.region,
        "action": item.action,
        "asked": item.asked,
        "answered": item.answered,
        "why": item.why,
    }


def _advice(report: Report) -> dict[str, dict[str, str]]:
    """What to do, by rule: under ``""`` what its first finding says, by fingerprint what others say.

    Reports of audits are merged, and what is merged must still say how to mend it.
    """
    found: dict[str, dict[str, str]] = {}
    for finding in [*report.findings, *(item.finding for item in report.suppressed)]:
        if finding.advice:
            own = found.setdefault(finding.rule.id, {"": finding.advice})
            if own[""] != finding.advice:
                own[finding.fingerprint] = finding.advice
    return dict(sorted(found.items()))


def _summary(report: Report) -> dict[str, Any]:
    categories: dict[str, int] = {}
    for finding in report.findings:
        categories[finding.rule.category] = categories.get(finding.rule.category, 0) + 1
    regions = [
        {"account": seen.account, "region": seen.region, "functions": seen.functions}
        for seen in report.seen
        if seen.account
    ]
    return {
        "findings": len(report.findings),
        "by_severity": {severity.label: count for severity, count in severity_counts(report.findings).items()},
        "by_category": dict(sorted(categories.items())),
        "undecided": len(report.undecided),
        "suppressed": len(report.suppressed),
        "gaps": len(report.gaps),
        "documents": len(report.seen),
        "functions": functions(report),
        "rules": len(report.rules),
        "fail_on": None if report.fail_on is None else report.fail_on.label,
        "data_dates": dict(sorted(report.data_dates.items())),
        **({"coverage": [_covered(item) for item in report.coverage]} if report.coverage else {}),
        **({"regions": regions, "advice": _advice(report)} if regions else {}),
        "notices": [
            {"message": notice.message, "location": None if notice.place is None else _location(notice.place)}
            for notice in report.notices
        ],
    }
