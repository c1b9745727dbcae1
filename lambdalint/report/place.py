"""Where findings stand: spans in lines and columns, paths with ``/``, and the one order of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from lambdalint.check.finding import Finding, Place, Report, Subject
from lambdalint.record import record, replace
from lambdalint.report.options import posix
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

T = TypeVar("T")

#: The tag of rules that find secrets in clear text: https://cwe.mitre.org/data/definitions/312.html
_CLEARTEXT = "cwe-312"


@record
class Span:
    """Lines and columns count from 1, in characters; ``end_column`` is the column after the last character."""

    path: str | None
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


NOWHERE = Span(None)


def span_of(origin: Origin) -> Span:
    """The span of an origin without trailing blanks (a YAML block runs on to the next key)."""
    document = origin.document
    text = document.text
    start = min(max(origin.start, 0), len(text))
    end = min(max(origin.end, start), len(text))
    while end > start and text[end - 1] in " \t\r\n":
        end -= 1
    line, column = document.position(start)
    end_line, end_column = document.position(end)
    return Span(document.path and posix(document.path), line, column, end_line, end_column)


def shows_source(finding: Finding) -> bool:
    """Whether a report may print the lines of a finding: a secret must not wander into logs and artifacts."""
    return _CLEARTEXT not in finding.rule.tags


def span_at(place: Place | None) -> Span:
    """The span of a place; ``NOWHERE`` when there is none."""
    return NOWHERE if place is None else span_of(place.origin)


def first_line(span: Span, document: Document) -> Span:
    """The part of a span that stands on its first line: pull requests show only alerts whose lines all changed."""
    if span.end_line == span.line:
        return span
    end = len(document.line(span.line).rstrip()) + 1
    return replace(span, end_line=span.line, end_column=max(end, span.column))


def gap_span(gap: Gap) -> Span | None:
    """Where a gap stands: its text, else the first line of its file, else None."""
    if gap.origin is not None and gap.origin.document.path is not None:
        return span_of(gap.origin)
    return Span(posix(gap.path)) if gap.path is not None else None


def standpoint(span: Span, subject: Subject) -> str:
    """``path:line:column``; for what no file declares, the ARN or the name of the thing."""
    if span.path is not None:
        return f"{span.path}:{span.line}:{span.column}"
    name = subject.arn or subject.logical_id
    if span is NOWHERE:
        return name or subject.type
    return f"stdin:{span.line}:{span.column}" if subject.arn is None else subject.arn


def stand_in_path(subject: Subject) -> str:
    """A path for what no file declares, for formats that refuse results without a file.

    ``arn:aws:lambda:eu-west-1:123:function:f`` becomes ``lambda/123/eu-west-1/function/f``.
    """
    parts = (subject.arn or "").split(":", 5)
    if len(parts) == 6:
        _, _, service, region, account, resource = parts
        return "/".join([service or "-", account or "-", region or "-", *resource.replace(":", "/").split("/")])
    return "/".join([*subject.type.split("::"), subject.logical_id or "-"])


def arranged(report: Report) -> Report:
    """The report in its fixed order (path, line, column, rule), whatever order a caller built it in."""
    return replace(
        report,
        findings=_ordered(report.findings, [_finding_key(finding) for finding in report.findings]),
        undecided=_ordered(
            report.undecided,
            [(*_key(span_at(item.place)), item.rule.id, _name(item.subject), item.why) for item in report.undecided],
        ),
        suppressed=_ordered(
            report.suppressed, [(*_finding_key(item.finding), item.by, item.reason) for item in report.suppressed]
        ),
        gaps=_ordered(
            report.gaps,
            [(*_key(gap_span(gap) or NOWHERE), gap.account or "", gap.region or "", gap.what) for gap in report.gaps],
        ),
        rules=_ordered(report.rules, [(rule.id,) for rule in report.rules]),
    )


def _finding_key(finding: Finding) -> tuple[Any, ...]:
    subject = _name(finding.subject)
    place = (*_key(span_at(finding.place)), *_owner(finding.subject))
    return (*place, finding.rule.id, subject, finding.fingerprint, finding.message)


def _owner(subject: Subject) -> tuple[str, str, str]:
    """Account, region and function of a thing of a live account."""
    parts = (subject.arn or "").split(":", 5)
    if len(parts) < 6:
        return "", "", ""
    return parts[4], parts[3], subject.function or parts[5]


def _name(subject: Subject) -> str:
    return subject.arn or subject.logical_id or ""


def _key(span: Span) -> tuple[Any, ...]:
    return (span.path is None, span.path or "", span.line, span.column)


def _ordered(items: Sequence[T], keys: Sequence[tuple[Any, ...]]) -> tuple[T, ...]:
    return tuple(items[index] for index in sorted(range(len(items)), key=keys.__getitem__))
