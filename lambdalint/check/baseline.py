"""The baseline: findings that were there before. Entries carry no line numbers, so edits above them do no harm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lambdalint.check.finding import Finding, Notice, Suppressed
from lambdalint.check.scope import Scope
from lambdalint.record import record

VERSION = 1


class BaselineError(Exception):
    """A baseline file that cannot be used: one sentence."""


@record
class Known:
    """A finding that a baseline accepts. ``path`` is None for things of an account, which have an ARN."""

    rule: str
    path: str | None
    arn: str | None = None

    @property
    def place(self) -> str | None:
        """Where it is, for people."""
        return self.arn or self.path


def write(findings: Iterable[Finding], name: Callable[[str], str] = str, kept: Iterable[dict[str, Any]] = ()) -> str:
    """The baseline of some findings, sorted, one entry a line group.

    ``name`` gives each file its name; ``kept`` are entries of the baseline before that still count.
    """
    entries: dict[str, dict[str, Any]] = {str(entry["fingerprint"]): entry for entry in kept}
    for finding in findings:
        entries[finding.fingerprint] = {
            "rule": finding.rule.id,
            "path": _path(finding, name),
            "resource": finding.subject.logical_id or finding.subject.arn,
            "field": finding.place.pointer if finding.place else "",
            "fingerprint": finding.fingerprint,
        }
    ordered = sorted(
        entries.values(),
        key=lambda entry: tuple(str(entry.get(name)) for name in ("path", "rule", "resource", "fingerprint")),
    )
    return json.dumps({"version": VERSION, "findings": ordered}, indent=1) + "\n"


def unseen(path: Path, scope: Scope) -> list[dict[str, Any]]:
    """The entries of a baseline file that a run says nothing about; none where there is no baseline yet."""
    try:
        return [entry for entry in _entries(path) if not _seen(_known(entry), scope)]
    except BaselineError:
        return []


def _path(finding: Finding, name: Callable[[str], str]) -> str | None:
    path = finding.place.origin.document.path if finding.place is not None and finding.subject.arn is None else None
    return name(path) if path is not None else None


def read(path: Path) -> dict[str, Known]:
    """The entries of a baseline file by fingerprint.

    Raises:
        BaselineError: the file cannot be read or is no baseline of this version.
    """
    return {str(entry["fingerprint"]): _known(entry) for entry in _entries(path)}


def _entries(path: Path) -> list[dict[str, Any]]:
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
    return entries


def _known(entry: Mapping[str, object]) -> Known:
    path, resource = entry.get("path"), str(entry.get("resource"))
    arn = resource if resource.startswith("arn:") else None
    return Known(str(entry.get("rule")), path if isinstance(path, str) else None, arn)


def apply(
    findings: list[Finding], known: Mapping[str, Known], scope: Scope | None = None
) -> tuple[list[Finding], list[Suppressed], list[Notice]]:
    """Findings that are new, those that the baseline knows, and which of its entries are gone.

    Only what the run looked at can be gone; without a scope that is everything.
    """
    standing = [finding for finding in findings if finding.fingerprint not in known]
    suppressed = [Suppressed(finding, "baseline", "known") for finding in findings if finding.fingerprint in known]
    scope = scope or Scope()
    found = {finding.fingerprint for finding in findings}
    gone = [entry for fingerprint, entry in known.items() if fingerprint not in found and _seen(entry, scope)]
    notices = []
    if gone:
        shown = ", ".join(sorted(f"{entry.rule} in {entry.place}" for entry in gone)[:3])
        count = "1 baseline entry is" if len(gone) == 1 else f"{len(gone)} baseline entries are"
        command = "lambdalint baseline" + (" --report FILE" if any(entry.arn for entry in gone) else "")
        notices = [Notice(f"{count} fixed ({shown}): run `{command}` to drop {_them(len(gone))}")]
    return standing, suppressed, notices


def _seen(entry: Known, scope: Scope) -> bool:
    if not (scope.everywhere and scope.ran(entry.rule)):
        return False
    if entry.arn is not None:
        return scope.saw_thing(entry.arn)
    return scope.pairs is None and (entry.path is None or scope.saw(entry.path))


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
