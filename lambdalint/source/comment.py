"""The comments of a document: only real ones, never a ``#`` inside a value."""

from __future__ import annotations

import re

from lambdalint.record import record
from lambdalint.source.node import Document
from lambdalint.source.yaml import scalar_spans

_HASH = re.compile(r"(?:(?<=[ \t\r\n])|\A)#[^\r\n]*")


@record
class Comment:
    """One comment: the place of its ``#`` (both from 1), and its text without the ``#`` and surrounding blanks."""

    line: int
    column: int
    text: str
    #: Whether nothing else stands on the line.
    own_line: bool


def comments(document: Document) -> tuple[Comment, ...]:
    """The comments of a YAML document in order; none for JSON.

    A text that does not name lambdalint anywhere holds nothing for us, and is not looked through.
    """
    text = document.text
    if document.syntax == "json" or "lambdalint" not in text:
        return ()
    found: list[Comment] = []
    spans = scalar_spans(document)
    index = 0
    position = 0
    while (match := _HASH.search(text, position)) is not None:
        start = match.start()
        while index < len(spans) and spans[index][1] <= start:
            index += 1
        if index < len(spans) and spans[index][0] <= start:
            position = max(spans[index][1], start + 1)
            continue
        position = match.end()
        line, column = document.position(start)
        own_line = not text[start - column + 1 : start].strip()
        found.append(Comment(line, column, match.group()[1:].strip(), own_line))
    return tuple(found)
