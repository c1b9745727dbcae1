"""Report -> text, json, sarif, html, junit, github, gitlab, markdown, csv."""

from lambdalint.report.formats import FORMATS, format_for, render
from lambdalint.report.options import RenderOptions

__all__ = ["FORMATS", "RenderOptions", "format_for", "render"]
