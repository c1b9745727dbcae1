"""The baseline: findings that were there before. Entries carry no line numbers, so edits above them do no harm."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from lambdalint.check.finding import Finding, Notice, Suppressed

VERSION = 1


class BaselineError(Exception):
    """A baseline file that cannot be used: one sentence."""


def write(findings: Iterable[Finding]) -> str:
    """The baseline of some findings, sorted, one entry a line group."""
    entries = sorted(
        (
            {
                "rule": finding.rule.id,
                "path": finding.place.origin.document.path if finding.place else None,
                "resource": finding.subject.logical_id,
                "field": finding.place.pointer if finding.place else "",
                "fingerprint": finding.fingerprint,
            }
            for finding in findings
        ),
        key=lambda entry: (str(entry["path"]), str(entry["rule"]), str(entry["resource"]), str(entry["fingerprint"])),
    )
    return json.dumps({"version": VERSION, "findings": entries}, indent=1) + "\n"


def read(path: Path) -> dict[str, str]:
    """fingerprint -> "rule in path" of a baseline file.

    Raises:
        BaselineError: the file cannot be read or is no baseline of this version.
    """
    try:
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}; write one with `lambdalint baseline`") from None
    except ValueError as error:
        raise BaselineError(f"{path}: is not valid JSON: {error}") from None
    entries = parsed.get("findings") if isinstance(parsed, dict) and parsed.get("version") == VERSION else None
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and "fingerprint" in entry for entry in entries
    ):
        raise BaselineError(f"{path}: is no baseline of version {VERSION}; write it anew with `lambdalint baseline`")
    return {str(entry["fingerprint"]): f"{entry.get('rule')} in {entry.get('path')}" for entry in entries}


def apply(findings: list[Finding], known: dict[str, str]) -> tuple[list[Finding], list[Suppressed], list[Notice]]:
    """Findings that are new, those that the baseline knows, and which of its entries are gone."""
    standing = [finding for finding in findings if finding.fingerprint not in known]
    suppressed = [Suppressed(finding, "baseline", "known") for finding in findings if finding.fingerprint in known]
    gone = set(known) - {finding.fingerprint for finding in findings}
    notices = []
    if gone:
        shown = ", ".join(sorted(known[entry] for entry in gone)[:3])
        notices = [Notice(f"{len(gone)} baseline entries are fixed ({shown}): run `lambdalint baseline` to drop them")]
    return standing, suppressed, notices
