"""The JSON reports of several audits (the shards of an organization) as one report."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from lambdalint import __version__
from lambdalint.check.finding import (
    Covered,
    Finding,
    Fix,
    Notice,
    Place,
    Report,
    RuleInfo,
    Seen,
    Severity,
    Subject,
    Suppressed,
    Undecided,
)
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

_NOWHERE = Document(None, "")


class MergeError(Exception):
    """A file that is no report of this tool; one sentence."""


def merged(paths: Iterable[Path], rules: dict[str, RuleInfo], fail_on: Severity | None) -> Report:
    """One report of several. What two of them say alike (by fingerprint and thing) stands in it once.

    Raises:
        MergeError: a file cannot be read, is no JSON report of version 1, or speaks of files rather than accounts.
    """
    findings: dict[tuple[str, str], Finding] = {}
    undecided: list[Undecided] = []
    suppressed: dict[tuple[str, str], Suppressed] = {}
    gaps: dict[tuple[str, ...], Gap] = {}
    coverage: dict[tuple[str, str, str], Covered] = {}
    seen: dict[tuple[str, str], Seen] = {}
    notices: dict[str, Notice] = {}
    dates: dict[str, str] = {}
    for path in paths:
        record = _read(path)
        known = _Known(rules, path, record["summary"].get("advice", {}))
        for item in record["findings"]:
            finding = known.finding(item)
            findings.setdefault((finding.fingerprint, finding.subject.arn or ""), finding)
        for item in record["suppressed"]:
            finding = known.finding(item)
            key = (finding.fingerprint, finding.subject.arn or "")
            suppressed.setdefault(key, Suppressed(finding, item["by"], item["reason"]))
        said = {_left(item) for item in undecided}
        left = [
            Undecided(known.rule(item["rule"], {}), _subject(item["resource"]), item["why"], None)
            for item in record["undecided"]
        ]
        undecided += [item for item in left if _left(item) not in said]
        for item in record["gaps"]:
            gap = Gap(item["what"], item["why"], account=item["account"], region=item["region"])
            gaps.setdefault((gap.what, gap.why, gap.account or "", gap.region or ""), gap)
        for item in record["summary"].get("coverage", ()):
            entry = Covered(**item)
            coverage.setdefault((entry.account, entry.region, entry.action), entry)
        for region in _seen(record):
            seen.setdefault((region.account, region.region) if region.account else (str(path), str(len(seen))), region)
        notices.update({item["message"]: Notice(item["message"]) for item in record["summary"]["notices"]})
        dates.update(record["summary"]["data_dates"])
    used = {finding.rule.id: finding.rule for finding in findings.values()}
    return Report(
        tool="lambdalint",
        version=__version__,
        findings=tuple(findings.values()),
        undecided=tuple(undecided),
        suppressed=tuple(suppressed.values()),
        gaps=tuple(gaps.values()),
        notices=tuple(notices.values()),
        seen=tuple(seen[key] for key in sorted(seen)),
        rules=tuple({**rules, **used}[name] for name in sorted({**rules, **used})),
        data_dates=dates,
        fail_on=fail_on,
        coverage=tuple(coverage[key] for key in sorted(coverage)),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise MergeError(f"{path}: the report cannot be read") from None
    except ValueError:
        raise MergeError(f"{path}: this is not JSON; write reports with `-o {path.stem}.json`") from None
    if not isinstance(found, dict) or found.get("version") != 1 or "findings" not in found:
        raise MergeError(f"{path}: this is not a JSON report of lambdalint, version 1")
    if any(item["dialect"] != "aws" for item in found["documents"]):
        raise MergeError(f"{path}: this is a report about files; only reports of `lambdalint audit` are merged")
    return found


def _left(item: Undecided) -> tuple[str, str, str]:
    return item.rule.id, item.subject.arn or item.subject.logical_id or "", item.why


def _seen(record: dict[str, Any]) -> list[Seen]:
    """The regions that one report is about; earlier versions did not name them."""
    document = Document(None, "")
    named = record["summary"].get("regions")
    if named is None:
        return [Seen(document, item["dialect"], item["functions"]) for item in record["documents"]]
    return [Seen(document, "aws", item["functions"], item["account"], item["region"]) for item in named]


class _Known:
    """Records of one report as findings."""

    def __init__(self, rules: dict[str, RuleInfo], path: Path, advice: dict[str, dict[str, str]]) -> None:
        self._rules = rules
        self._advice = advice
        self._path = path

    def rule(self, name: str, item: dict[str, Any]) -> RuleInfo:
        """A rule of the library, or one of the user's own, of which the report knows less."""
        found = self._rules.get(name)
        if found is None:
            severity = Severity[item.get("severity", "medium").upper()]
            category = item.get("category", "correctness")
            found = self._rules[name] = RuleInfo(name, name, category, severity, item.get("confidence", "firm"), "")
        return found

    def finding(self, item: dict[str, Any]) -> Finding:
        advice = self._advice.get(item["rule"], {})
        confidence: Literal["firm", "tentative"] = "tentative" if item["confidence"] == "tentative" else "firm"
        return Finding(
            rule=self.rule(item["rule"], item),
            severity=Severity[item["severity"].upper()],
            confidence=confidence,
            message=item["message"],
            subject=_subject(item["resource"]),
            place=_place(item["location"], None),
            related=tuple(_place(each, each["label"]) for each in item["related"]),
            condition=item["condition"],
            fix=_fix(item["fix"]),
            fingerprint=item["fingerprint"],
            advice=advice.get(item["fingerprint"], advice.get("")),
        )


def _place(item: dict[str, Any], label: str | None) -> Place:
    if item["path"] is None:
        return Place(Origin(_NOWHERE, 0, 0), item["pointer"], label)
    # A file in the package of a function: its text is not at hand, only its lines are.
    lines = int(item["line"]) - 1
    return Place(Origin(Document(item["path"], "\n" * lines), lines, lines), item["pointer"], label)


def _fix(item: dict[str, Any] | None) -> Fix | None:
    command = item.get("command") if item is not None else None
    return Fix(str(command), False, (), command=str(command)) if command is not None else None


def _subject(item: dict[str, Any]) -> Subject:
    return Subject(item["type"], item["logical_id"], item["arn"], item["function"])
