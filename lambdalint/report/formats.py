"""The one door to the formats. Each is imported only when it is asked for, so a run pays for no other."""

from __future__ import annotations

import re

from lambdalint.check.finding import Report
from lambdalint.report.options import RenderOptions
from lambdalint.report.place import arranged

FORMATS = ("text", "json", "sarif", "html", "junit", "github", "gitlab", "markdown", "csv")

_SUFFIXES = {
    ".sarif": "sarif",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".xml": "junit",
    ".md": "markdown",
    ".csv": "csv",
    ".txt": "text",
}

_HALF_CHARACTERS = "[\ud800-\udfff]"
_DEFAULTS = RenderOptions()


def format_for(path: str) -> str | None:
    """The format that a file's suffix stands for (``findings.sarif`` -> ``sarif``), or None."""
    lowered = path.lower()
    if lowered.endswith(".sarif.json"):
        return "sarif"
    return next((name for suffix, name in _SUFFIXES.items() if lowered.endswith(suffix)), None)


def render(
    report: Report, name: str, /, *, color: bool = False, width: int = 100, options: RenderOptions = _DEFAULTS
) -> str:
    """The report as text that ends in a newline and can be written as UTF-8.

    ``color`` (ANSI) and ``width`` (columns) matter to ``text`` only. The same report always gives the same text.
    Raises ValueError for a format that is not in ``FORMATS``.
    """
    rendered = _render(arranged(report), name, color, width, options)
    # A template may spell half a character ("\ud800"), which no encoding can carry.
    return rendered if rendered.isascii() else re.sub(_HALF_CHARACTERS, "\ufffd", rendered)


def _render(report: Report, name: str, color: bool, width: int, options: RenderOptions) -> str:
    match name:
        case "text":
            from lambdalint.report.text import text

            return text(report, color=color, width=width)
        case "json":
            from lambdalint.report.json import json_report

            return json_report(report)
        case "sarif":
            from lambdalint.report.sarif import sarif

            return sarif(report, options)
        case "html":
            from lambdalint.report.html import html

            return html(report)
        case "junit":
            from lambdalint.report.junit import junit

            return junit(report)
        case "github":
            from lambdalint.report.github import github

            return github(report, options)
        case "gitlab":
            from lambdalint.report.gitlab import gitlab

            return gitlab(report, options)
        case "markdown":
            from lambdalint.report.markdown import markdown

            return markdown(report, options)
        case "csv":
            from lambdalint.report.csv import csv_table

            return csv_table(report)
    raise ValueError(f"there is no format {name!r}; choose one of {', '.join(FORMATS)}")
