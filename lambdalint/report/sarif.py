"""SARIF 2.1.0, shaped for GitHub code scanning and read by every other SARIF viewer.

https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from lambdalint.check.finding import Edit, Finding, Place, Report, RuleInfo, Severity, Suppressed
from lambdalint.record import record
from lambdalint.report.json import laid_out
from lambdalint.report.line_hash import line_hashes
from lambdalint.report.options import RenderOptions
from lambdalint.report.place import Span, first_line, gap_span, span_at, span_of, stand_in_path
from lambdalint.report.prose import to_plain
from lambdalint.report.summary import gap_scope, undecided_sentence
from lambdalint.report.words import clipped, visible
from lambdalint.source.node import Document

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_PROBLEMS = {"error": "error", "warning": "warning", "note": "recommendation"}
#: Inside GitHub's bands (critical over 9.0, high from 7.0, medium from 4.0), well away from their edges.
_SCORES = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "3.0"}
_PRECISIONS = {"firm": "high", "tentative": "medium"}
#: The most that GitHub keeps: characters of a description, tags of a rule.
_DESCRIPTION = 1024
_TAGS = 10

_CWE = re.compile(r"(?:external/cwe/)?cwe[-_ ]?0*(\d+)", re.IGNORECASE)
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_ADDRESS = re.compile(r"https://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")
_NOT_IN_A_PATH = re.compile("[\ud800-\udc7f\udd00-\udfff]")


@record
class _Entry:
    finding: Finding
    uri: str
    span: Span
    suppressed: Suppressed | None


def sarif(report: Report, options: RenderOptions) -> str:
    """The log as JSON. Suppressed findings are left out unless asked for: GitHub would open alerts for them."""
    entries = [_entry(finding, None, options) for finding in report.findings]
    if options.sarif_suppressed:
        entries += [_entry(item.finding, item, options) for item in report.suppressed]
    entries.sort(key=lambda entry: (entry.uri, entry.span.line, entry.span.column, entry.finding.rule.id))
    rules = {rule.id: rule for rule in [*(entry.finding.rule for entry in entries), *report.rules]}
    index = {name: position for position, name in enumerate(sorted(rules))}
    hashes: dict[int, list[str]] = {}
    run = {
        "tool": {"driver": _driver(report, [rules[name] for name in index])},
        "automationDetails": {"id": f"{options.category.rstrip('/')}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(_notes(report, options))}],
        "results": [_result(group, index, hashes, options) for group in _by_line(entries)],
    }
    return f'{{"$schema": "{_SCHEMA}", "version": "2.1.0", "runs": [\n{laid_out(run)}]}}\n'


def _entry(finding: Finding, suppressed: Suppressed | None, options: RenderOptions) -> _Entry:
    span = span_at(finding.place)
    if finding.place is not None:
        span = first_line(span, finding.place.origin.document)
    if span.path is not None:
        uri = uri_of(options.repository_path(span.path))
    elif finding.place is None or finding.subject.arn is not None:
        uri, span = uri_of(stand_in_path(finding.subject)), Span(None)
    else:
        uri = "stdin"
    return _Entry(finding, uri, span, suppressed)


def uri_of(path: str) -> str:
    """A percent-encoded URI reference; absolute paths become ``file:`` URIs."""
    whole = _NOT_IN_A_PATH.sub("\ufffd", path).encode("utf-8", "surrogateescape")
    if path.startswith("/"):
        return "file://" + quote(whole)
    return f"file:///{quote(whole)}" if re.match("[A-Za-z]:/", path) else quote(whole)


def _by_line(entries: list[_Entry]) -> list[list[_Entry]]:
    """Results of one rule on one line are one result: GitHub would show only one of them."""
    groups: dict[tuple[object, ...], list[_Entry]] = {}
    for entry in entries:
        # Things without a file all stand on line 1 of their own path.
        key = (entry.uri, entry.span.line, entry.finding.rule.id, entry.suppressed is not None)
        groups.setdefault(key, []).append(entry)
    return list(groups.values())


def _driver(report: Report, rules: list[RuleInfo]) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": report.tool, "version": report.version}
    if _SEMANTIC.fullmatch(report.version):
        driver["semanticVersion"] = report.version
    return {**driver, "rules": [_rule(rule) for rule in rules]}


def _rule(rule: RuleInfo) -> dict[str, Any]:
    level = _LEVELS[rule.severity]
    links = [reference for reference in rule.references if _ADDRESS.fullmatch(reference)]
    # A name that only repeats the id is refused by validators.
    name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", rule.id))
    explain = f"lambdalint explain {rule.id}"
    plain = to_plain(rule.why) or rule.title
    properties: dict[str, Any] = {"precision": _PRECISIONS[rule.confidence], "tags": _tags(rule)}
    if rule.category == "security":
        properties["security-severity"] = _SCORES[rule.severity]
    else:
        properties["problem.severity"] = _PROBLEMS[level]
    described = {
        "id": rule.id,
        **({"name": name} if name.lower() != rule.id.lower() else {}),
        "shortDescription": {"text": clipped(rule.title, _DESCRIPTION)},
        "fullDescription": {"text": clipped(plain, _DESCRIPTION)},
        "help": {
            "text": "\n".join([plain, *links, f"More: {explain}"]),
            "markdown": "\n".join(
                [
                    rule.why.rstrip() or rule.title,
                    "",
                    *(f"- <{address}>" for address in links),
                    "",
                    f"More: `{explain}`",
                ]
            ),
        },
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }
    return {**described, "helpUri": links[0]} if links else described


def _tags(rule: RuleInfo) -> list[str]:
    tags = [rule.category, "aws-lambda"]
    for tag in rule.tags:
        weakness = _CWE.fullmatch(tag)
        tags.append(f"external/cwe/cwe-{int(weakness[1]):03d}" if weakness else tag)
    # The tag "security" alone would make an alert of any category a security alert.
    unique = [tag for tag in dict.fromkeys(tags) if tag != "security" or rule.category == "security"]
    return unique[:_TAGS]


def _result(
    group: list[_Entry], index: dict[str, int], hashes: dict[int, list[str]], options: RenderOptions
) -> dict[str, Any]:
    first = group[0]
    finding = first.finding
    worst = max(entry.finding.severity for entry in group)
    message, related = _message(group, options)
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule.id],
        "level": _LEVELS[worst],
        "message": {"text": message},
        "locations": [_result_location(first)],
        "partialFingerprints": _fingerprints(first, hashes),
        "properties": {"severity": worst.label, "confidence": finding.confidence, "category": finding.rule.category},
    }
    if related:
        result["relatedLocations"] = related
    fixes = [fix for entry in group if (fix := _fix(entry.finding, options)) is not None]
    if fixes:
        result["fixes"] = fixes
    if options.sarif_suppressed:
        result["suppressions"] = [_suppression(entry.suppressed) for entry in group if entry.suppressed is not None]
    return result


def _suppression(suppressed: Suppressed) -> dict[str, str]:
    kind = "inSource" if suppressed.by in ("comment", "metadata") else "external"
    return {"kind": kind, "justification": visible(suppressed.reason or f"suppressed by {suppressed.by}")}


def _message(group: list[_Entry], options: RenderOptions) -> tuple[str, list[dict[str, Any]]]:
    """The alert's text and the locations that it links to; GitHub shows only those that the text mentions."""
    related: list[dict[str, Any]] = []

    def linked(label: str, place: Place) -> str | None:
        document = place.origin.document
        if document.path is None:
            return None
        span = first_line(span_of(place.origin), document)
        location = _location(uri_of(options.repository_path(document.path)), span)
        related.append({"id": len(related) + 1, "message": {"text": visible(label)}, **location})
        escaped = re.sub(r"([\\\[\]])", r"\\\1", visible(label))
        return f"[{escaped}]({len(related)})"

    said: list[str] = []
    for position, entry in enumerate(group):
        finding = entry.finding
        condition = f" ({visible(finding.condition)})" if finding.condition else ""
        sentence = visible(finding.message).replace("](", "] (") + condition
        if position and finding.place is not None:
            here = linked("on the same line", finding.place)
            sentence = f"Also {here}: {sentence}" if here else f"Also: {sentence}"
        links = [
            linked(place.label or place.origin.via or f"line {place.origin.line}", place) for place in finding.related
        ]
        kept = [link for link in links if link is not None]
        said.append(f"{sentence}{'' if sentence.endswith('.') else '.'}" + (f" See {', '.join(kept)}." if kept else ""))
        if finding.fix is not None and finding.fix.command is not None:
            said.append(f"This command mends it: {visible(finding.fix.command).replace('](', '] (')}")
    return " ".join(said), related


def _result_location(entry: _Entry) -> dict[str, Any]:
    subject = entry.finding.subject
    location = _location(entry.uri, entry.span)
    name = subject.arn or subject.logical_id
    if name is not None:
        logical = {"fullyQualifiedName": name, "kind": "resource"}
        location["logicalLocations"] = [{"name": subject.logical_id, **logical} if subject.logical_id else logical]
    return location


def _location(uri: str, span: Span) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": _region(span)}}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _fingerprints(entry: _Entry, hashes: dict[int, list[str]]) -> dict[str, str]:
    """GitHub's own line hash where a file can be hashed, else one that stays with the finding; and our fingerprint."""
    place = entry.finding.place
    line_hash = f"{entry.finding.fingerprint[:16]}:1"
    if place is not None and entry.span.path is not None:
        document = place.origin.document
        known = hashes.get(id(document))
        if known is None:
            known = hashes[id(document)] = line_hashes(document.text)
        line_hash = known[entry.span.line - 1]
    return {"primaryLocationLineHash": line_hash, "lambdalint/v1": entry.finding.fingerprint}


def _fix(finding: Finding, options: RenderOptions) -> dict[str, Any] | None:
    if finding.fix is None:
        return None
    changes: dict[int, tuple[Document, list[Edit]]] = {}
    for edit in finding.fix.edits:
        if edit.document.path is not None:
            changes.setdefault(id(edit.document), (edit.document, []))[1].append(edit)
    if not changes:
        return None
    return {
        "description": {"text": visible(finding.fix.title)},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri_of(options.repository_path(document.path or ""))},
                "replacements": [_replacement(edit) for edit in edits],
            }
            for document, edits in changes.values()
        ],
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    line, column = edit.document.position(edit.start)
    end_line, end_column = edit.document.position(edit.end)
    region = _region(Span(None, line, column, end_line, end_column))
    return {"deletedRegion": region, "insertedContent": {"text": edit.text}}


def _notes(report: Report, options: RenderOptions) -> Iterator[dict[str, Any]]:
    for gap in report.gaps:
        scope = gap_scope(gap)
        said = f"Not looked at: {gap.what}: {gap.why}{f' ({scope})' if scope else ''}"
        yield _note("warning", said, gap_span(gap), gap.origin.document if gap.origin else None, options)
    undecided = undecided_sentence(report)
    if undecided is not None:
        yield _note("note", f"Not decided: {undecided}", None, None, options)
    for notice in report.notices:
        place = notice.place
        yield _note("note", notice.message, span_at(place), place.origin.document if place else None, options)


def _note(
    level: str, text: str, span: Span | None, document: Document | None, options: RenderOptions
) -> dict[str, Any]:
    note: dict[str, Any] = {"level": level, "message": {"text": visible(text)}}
    if span is not None and span.path is not None:
        narrow = first_line(span, document) if document is not None else span
        note["locations"] = [_location(uri_of(options.repository_path(span.path)), narrow)]
    return note
