"""For people at a terminal: findings with the source that decided, then what was and was not looked at."""

from __future__ import annotations

from collections.abc import Sequence

from lambdalint.check.finding import Finding, Place, Report, Severity
from lambdalint.report.frame import MOST_RELATED, Paint, frame
from lambdalint.report.place import gap_span, shows_source, span_at, standpoint
from lambdalint.report.summary import coverage_lines, gap_scope, undecided_sentence, verdict
from lambdalint.report.throng import split
from lambdalint.report.words import counted, visible
from lambdalint.source.gap import Gap

MOST_GAPS = 50
#: Places that are named of gaps that say the same.
_GAP_PLACES = 3

_ANSI = {
    "critical": "1;35",
    "high": "1;31",
    "medium": "1;33",
    "low": "1;36",
    "strong": "1",
    "gutter": "34",
    "primary": "1;31",
    "related": "36",
    "faint": "2",
}


def text(report: Report, *, color: bool, width: int) -> str:
    """The report for a terminal of ``width`` columns. Source frames are cut to it; messages stay whole, for grep."""
    paint = _coloured if color else _plain
    groups = _groups(report.findings)
    if report.coverage:
        # A file is read from its top; an account has no top, so what is worst stands first.
        groups.sort(key=lambda group: -max(finding.severity for finding in group))
    blocks = [_group(group, width, paint) for group in groups]
    return "\n\n".join("\n".join(lines) for lines in [*blocks, _tail(report, paint)]) + "\n"


def _plain(_role: str, words: str) -> str:
    return words


def _coloured(role: str, words: str) -> str:
    return f"\x1b[{_ANSI[role]}m{words}\x1b[0m"


def _groups(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings of one rule in one file belong together, where the first of them stands."""
    groups: dict[tuple[str | None, str], list[Finding]] = {}
    for finding in findings:
        path = finding.place.origin.document.path if finding.place else finding.subject.arn
        groups.setdefault((path, finding.rule.id), []).append(finding)
    return list(groups.values())


def _group(group: list[Finding], width: int, paint: Paint) -> list[str]:
    first, *others = group
    where = visible(standpoint(span_at(first.place), first.subject))
    severity = first.severity.label
    sure = " (tentative)" if first.confidence == "tentative" else ""
    head = f"{paint(severity, f'{severity}[{first.rule.id}]')}{sure}: {paint('strong', visible(first.message))}"
    if first.place is not None and first.place.origin.document.text and shows_source(first):
        gutter, source = frame(first.place, first.related, width, paint)
    else:
        named = [place for place in first.related if place.origin.document.path is not None]
        gutter, source = 1, [f"{paint('gutter', ' :::')} {_spot(place)}" for place in named[:MOST_RELATED]]
    lines = [head, f"{paint('gutter', ' ' * gutter + '-->')} {where}", *source]
    lines += [f"{' ' * gutter} {paint('gutter', '=')} {line}" for line in _advice(first)]
    said = _remedy(first)
    others, alike = split(first, others)
    lines += [f"{' ' * gutter} {paint('faint', 'also in')} {visible(line)}" for line in alike]
    for other in others:
        lines.append(f"{' ' * gutter} {_also(other, first.severity, paint)}")
        lines += [f"{' ' * gutter}   {paint('gutter', '=')} {line}" for line in _remedy(other) if line not in said]
    return lines


def _spot(place: Place) -> str:
    """A place whose text is not at hand: a file in the package of a live function."""
    span = span_at(place)
    return visible(f"{span.path}:{span.line} {place.label or ''}".rstrip())


def _advice(finding: Finding) -> list[str]:
    lines = _remedy(finding)
    if finding.condition:
        lines.append(f"condition: {visible(finding.condition)}")
    lines.append(f"docs: lambdalint explain {finding.rule.id}")
    return lines


def _remedy(finding: Finding) -> list[str]:
    lines = []
    if finding.fix is not None and finding.fix.command is not None:
        lines.append(f"command: {visible(finding.fix.command)}")
    elif finding.fix is not None:
        flag = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        lines.append(f"fix: {visible(finding.fix.title)} (lambdalint {flag})")
    if finding.advice and (finding.fix is None or finding.advice != finding.fix.title):
        lines.append(f"help: {visible(finding.advice)}")
    return lines


def _also(finding: Finding, usual: Severity, paint: Paint) -> str:
    where = visible(standpoint(span_at(finding.place), finding.subject))
    notes = [finding.severity.label] if finding.severity != usual else []
    notes += ["tentative"] if finding.confidence == "tentative" else []
    notes += [visible(finding.condition)] if finding.condition else []
    tail = f" ({'; '.join(notes)})" if notes else ""
    return f"{paint('faint', 'also at')} {where}  {visible(finding.message)}{tail}"


def _tail(report: Report, paint: Paint) -> list[str]:
    lines = [paint("strong", verdict(report))]
    undecided = undecided_sentence(report)
    if undecided is not None:
        lines.append(f"not decided: {visible(undecided)}")
    if report.gaps:
        lines.append(f"not looked at: {counted(len(report.gaps), 'thing')}")
        alike: dict[tuple[str, str], list[Gap]] = {}
        for gap in report.gaps:
            alike.setdefault((gap.what, gap.why), []).append(gap)
        groups = list(alike.values())
        lines += [f"  {_gap(group)}" for group in groups[:MOST_GAPS]]
        if len(groups) > MOST_GAPS:
            hidden = sum(len(group) for group in groups[MOST_GAPS:])
            lines.append(f"  and {hidden:,} more: --format json lists them all")
    if report.coverage:
        lines += ["asked:", *(f"  {visible(line)}" for line in coverage_lines(report))]
    for notice in report.notices:
        span = span_at(notice.place)
        where = f"{span.path}:{span.line}:{span.column}: " if span.path is not None else ""
        lines.append(f"note: {visible(where + notice.message)}")
    return lines


def _gap(alike: list[Gap]) -> str:
    """One line for gaps that say the same; of many the first places and how many more there are."""
    gap = alike[0]
    span = gap_span(gap)
    where = _listed([place for each in alike if (place := _gap_place(each))])
    # A file that could not be read is its own "what": saying it twice helps nobody.
    said = gap.why if span is not None and span.path == gap.what else f"{gap.what}: {gap.why}"
    scope = gap_scope(gap)
    if len(alike) > 1 and not where and scope:
        scope += f", and {len(alike) - 1:,} more"
    start = f"{where}: " if said is gap.why and where else f"{where} " if where else ""
    return visible(f"{start}{said}{f' ({scope})' if scope else ''}")


def _gap_place(gap: Gap) -> str:
    span = gap_span(gap)
    if span is None or span.path is None:
        return ""
    return f"{span.path}:{span.line}" if gap.origin is not None else span.path


def _listed(places: list[str]) -> str:
    more = len(places) - _GAP_PLACES
    return ", ".join(places[:_GAP_PLACES]) + (f" and {more:,} more" if more > 0 else "")
