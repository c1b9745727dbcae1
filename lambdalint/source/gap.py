"""What could not be looked at. A gap is never "clean": it is printed, counted and reaches the exit code."""

from __future__ import annotations

from lambdalint.record import record
from lambdalint.source.node import Document, Origin


@record
class Gap:
    """Something that was asked for and not looked at.

    ``what`` names the thing ("template.yaml", "AWS::Include of s3://..."), ``why`` says what stood in the way and
    the next step. ``path`` stands in where the thing has no readable text (a file that is not UTF-8).
    """

    what: str
    why: str
    origin: Origin | None = None
    path: str | None = None
    account: str | None = None
    region: str | None = None


@record
class Remark:
    """Something that the reader of a report should know of a run, and that is neither a finding nor a gap."""

    message: str
    origin: Origin


class SourceError(Exception):
    """A text that is malformed: one sentence, its place, and what to do about it."""

    def __init__(self, message: str, path: str | None, line: int, column: int, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        #: The place in the text, as far as there is text; None for a file that could not be read at all.
        self.origin = origin


def malformed(document: Document, offset: int, message: str) -> SourceError:
    """The error for what stands at an offset of a document."""
    start = min(max(offset, 0), len(document.text))
    line, column = document.position(start)
    origin = Origin(document, start, min(start + 1, len(document.text)))
    return SourceError(message, document.path, line, column, origin)
