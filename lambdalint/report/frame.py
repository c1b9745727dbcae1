"""Source frames for terminals: lines with numbers, marks beneath them, nothing wider than asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from lambdalint.check.finding import Place
from lambdalint.record import record
from lambdalint.report.mask import shown_line
from lambdalint.report.place import first_line, span_of
from lambdalint.report.words import clipped, visible
from lambdalint.source.node import Document

Paint: TypeAlias = Callable[[str, str], str]

MOST_RELATED = 6
_TAB = 4


@record
class _Mark:
    line: int
    column: int
    end_column: int
    label: str
    primary: bool


def frame(place: Place, related: Sequence[Place], width: int, paint: Paint) -> tuple[int, list[str]]:
    """The gutter's width, and the lines of a frame: the place first, related places of other documents after it.

    ``paint(role, text)`` colours; roles are ``gutter``, ``primary`` and ``related``.
    """
    documents: dict[int, Document] = {id(place.origin.document): place.origin.document}
    marks: dict[int, list[_Mark]] = {id(place.origin.document): [_mark(place, primary=True)]}
    for other in related[:MOST_RELATED]:
        documents.setdefault(id(other.origin.document), other.origin.document)
        marks.setdefault(id(other.origin.document), []).append(_mark(other, primary=False))
    gutter = max(len(str(mark.line)) for group in marks.values() for mark in group)
    bar = paint("gutter", " " * gutter + " |")
    lines: list[str] = []
    for key, document in documents.items():
        if lines:
            first = marks[key][0]
            arrow = paint("gutter", " " * gutter + ":::")
            lines.append(f"{arrow} {visible(document.path or 'stdin')}:{first.line}:{first.column}")
        lines.append(bar)
        lines += _document(document, marks[key], gutter, max(width, 40), paint)
    if len(related) > MOST_RELATED:
        lines.append(f"{bar} … and {len(related) - MOST_RELATED} more")
    lines.append(bar)
    return gutter, lines


def _mark(place: Place, primary: bool) -> _Mark:
    span = first_line(span_of(place.origin), place.origin.document)
    via = f"from {place.origin.via}" if place.origin.via else ""
    return _Mark(span.line, span.column, span.end_column, visible(place.label or via), primary)


def _document(document: Document, marks: list[_Mark], gutter: int, width: int, paint: Paint) -> list[str]:
    by_line: dict[int, list[_Mark]] = {}
    for mark in marks:
        by_line.setdefault(mark.line, []).append(mark)
    room = width - gutter - 3
    bar = paint("gutter", " " * gutter + " |")
    lines: list[str] = []
    previous = 0
    for number in sorted(by_line):
        if previous and number > previous + 1:
            lines.append(paint("gutter", "..."))
        previous = number
        here = sorted(by_line[number], key=lambda mark: not mark.primary)
        shown, offset, cut = _window(shown_line(document, number), here[0].column, room)
        source = ("…" if offset else "") + "".join(form for form, _ in shown) + ("…" if cut else "")
        lines.append(f"{paint('gutter', f'{number:>{gutter}} |')} {source}".rstrip())
        for mark in here:
            under = _underline(mark, shown, offset)
            if under is None:
                continue
            indent, length = under
            label = clipped(mark.label, max(room - indent - length - 1, 16)) if mark.label else ""
            drawn = ("^" if mark.primary else "-") * length + (f" {label}" if label else "")
            lines.append(f"{bar} {' ' * indent}{paint('primary' if mark.primary else 'related', drawn)}")
    return lines


def _underline(mark: _Mark, shown: list[tuple[str, int]], offset: int) -> tuple[int, int] | None:
    """Columns of blanks, then columns of mark; None when the mark lies outside the part of the line that is shown."""
    start = mark.column - 1 - offset
    if start > len(shown) or (start < 0 and mark.end_column - 1 <= offset):
        return None
    start = max(start, 0)
    stop = max(mark.end_column - 1 - offset, start)
    indent = sum(columns for _, columns in shown[:start]) + (1 if offset else 0)
    return indent, max(sum(columns for _, columns in shown[start:stop]), 1)


def _window(text: str, column: int, room: int) -> tuple[list[tuple[str, int]], int, bool]:
    """What to show of a line: (form, columns) of each character, the index of the first one, and whether more follow.

    Only the part near the mark is read: a minified template is one line of megabytes.
    """
    shown, cut = _fill(text, 0, room)
    if not cut:
        return shown, 0, False
    offset = max(0, min(column - 1, len(text)) - room // 3)
    if offset == 0:
        shown, cut = _fill(text, 0, room - 1)
        return shown, 0, cut
    shown, cut = _fill(text, offset, room - 2)
    return shown, offset, cut


def _fill(text: str, start: int, room: int) -> tuple[list[tuple[str, int]], bool]:
    shown: list[tuple[str, int]] = []
    used = 0
    for index in range(start, len(text)):
        form, columns = _form(text[index], used)
        if used + columns > room:
            return shown, True
        shown.append((form, columns))
        used += columns
    return shown, False


def _form(character: str, used: int) -> tuple[str, int]:
    if " " <= character <= "~":
        return character, 1
    if character == "\t":
        columns = _TAB - used % _TAB
        return " " * columns, columns
    form = visible(character)
    if form != character or character.isascii():
        return form, len(form)
    from unicodedata import combining, east_asian_width

    if combining(character):
        return character, 0
    return character, 2 if east_asian_width(character) in "WF" else 1
