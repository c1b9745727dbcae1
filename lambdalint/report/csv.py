"""A table for spreadsheets: a row for each finding, suppressed ones included."""

from __future__ import annotations

import csv
import io

from lambdalint.check.finding import Finding, Report
from lambdalint.report.place import span_at
from lambdalint.report.words import visible

_COLUMNS = (
    "status",
    "severity",
    "confidence",
    "category",
    "rule",
    "message",
    "condition",
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "resource_type",
    "logical_id",
    "arn",
    "function",
    "fix",
    "fix_safe",
    "fingerprint",
    "reason",
)


def csv_table(report: Report) -> str:
    """CSV with a header. A cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for finding in report.findings:
        writer.writerow(_row("open", finding, ""))
    for item in report.suppressed:
        writer.writerow(_row(f"suppressed by {item.by}", item.finding, item.reason))
    return table.getvalue()


def _row(status: str, finding: Finding, reason: str) -> list[str]:
    span = span_at(finding.place)
    placed = finding.place is not None
    position = [span.line, span.column, span.end_line, span.end_column] if placed else [""] * 4
    subject = finding.subject
    cells = [
        status,
        finding.severity.label,
        finding.confidence,
        finding.rule.category,
        finding.rule.id,
        finding.message,
        finding.condition,
        span.path,
        *position,
        subject.type,
        subject.logical_id,
        subject.arn,
        subject.function,
        finding.fix.title if finding.fix else "",
        "" if finding.fix is None else "yes" if finding.fix.safe else "no",
        finding.fingerprint,
        reason,
    ]
    return [_cell(cell) for cell in cells]


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = visible(str(value))
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text
