"""GitLab Code Quality: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

from __future__ import annotations

from typing import Any

from lambdalint.check.finding import Finding, Report, Severity
from lambdalint.report.json import encoded
from lambdalint.report.options import RenderOptions
from lambdalint.report.place import span_at, stand_in_path
from lambdalint.report.words import visible

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
}


def gitlab(report: Report, options: RenderOptions) -> str:
    """A JSON array of findings. Fingerprints are unique: GitLab shows only the first of equal ones."""
    seen: dict[str, int] = {}
    issues = [_issue(finding, seen, options) for finding in report.findings]
    return "[\n" + ",\n".join(encoded(issue) for issue in issues) + "\n]\n" if issues else "[]\n"


def _issue(finding: Finding, seen: dict[str, int], options: RenderOptions) -> dict[str, Any]:
    span = span_at(finding.place)
    nth = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
    condition = f" ({finding.condition})" if finding.condition else ""
    path = stand_in_path(finding.subject) if span.path is None else options.repository_path(span.path)
    return {
        "description": visible(finding.message + condition),
        "check_name": finding.rule.id,
        "fingerprint": finding.fingerprint if nth == 1 else f"{finding.fingerprint}-{nth}",
        "severity": _SEVERITIES[finding.severity],
        "location": {"path": path, "lines": {"begin": span.line, "end": span.line}},
    }
