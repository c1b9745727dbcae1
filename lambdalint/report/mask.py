"""Sources as reports show them: what has the form of a secret is covered, whatever the finding is about."""

from __future__ import annotations

import re
from functools import lru_cache

from lambdalint.data import secrets
from lambdalint.source.node import Document


def shown_line(document: Document, number: int) -> str:
    """A line of a document (from 1) without its line end; every character of a secret is a ``*``."""
    return _covered(document).line(number)


@lru_cache(maxsize=256)
def _covered(document: Document) -> Document:
    """The document with its secrets covered, line for line and column for column."""
    text = document.text
    parts: list[str] = []
    position = 0
    for start, end in secrets.spans(text):
        if end > position:
            parts += [text[position:start], re.sub(r"[^\r\n]", "*", text[max(start, position) : end])]
            position = end
    return Document(document.path, "".join([*parts, text[position:]])) if parts else document
