"""One small syntax for every language that is read, so that each question is asked once.

``python.read`` and ``javascript.read`` turn source text into a ``Module``; nothing is run. Offsets are in bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lambdalint.record import record

#: Expressions nested deeper than this are not looked into.
DEPTH = 60


@record(frozen=False)
class Name:
    text: str
    start: int
    end: int


@record(frozen=False)
class Member:
    """``base.name``"""

    base: Expr
    name: str
    start: int
    end: int


@record(frozen=False)
class Item:
    """``base[key]``"""

    base: Expr
    key: Expr
    start: int
    end: int


@record(frozen=False)
class Invoke:
    """A call or, with ``new``, a construction. ``spread`` holds what ``**x`` or ``...x`` adds."""

    callee: Expr
    args: list[Expr]
    named: dict[str, Expr]
    spread: list[Expr]
    new: bool
    start: int
    end: int


@record(frozen=False)
class Text:
    value: str
    start: int
    end: int


@record(frozen=False)
class Template:
    """Text with parts that vary; each of these is ``{}`` in ``pattern``."""

    pattern: str
    parts: list[Expr]
    start: int
    end: int


@record(frozen=False)
class Number:
    value: int
    start: int
    end: int


@record(frozen=False)
class Record:
    items: dict[str, Expr]
    spread: list[Expr]
    start: int
    end: int


@record(frozen=False)
class Series:
    items: list[Expr]
    start: int
    end: int


@record(frozen=False)
class Either:
    """``a or b``, ``a ?? b``, ``b if a else c``"""

    options: list[Expr]
    start: int
    end: int


@record(frozen=False)
class Lambda:
    """A function written in place."""

    params: list[str]
    start: int
    end: int


@record(frozen=False)
class Opaque:
    start: int
    end: int


Expr: TypeAlias = Name | Member | Item | Invoke | Text | Template | Number | Record | Series | Either | Lambda | Opaque


def dotted(expr: Expr) -> str | None:
    """``a.b.c`` as text; None for anything else."""
    parts: list[str] = []
    while isinstance(expr, Member):
        parts.append(expr.name)
        expr = expr.base
    if not isinstance(expr, Name):
        return None
    parts.append(expr.text)
    return ".".join(reversed(parts))


def last_name(expr: Expr) -> str | None:
    """The name that a callee ends in: ``send`` of ``client.send``."""
    match expr:
        case Name(text=text):
            return text
        case Member(name=name):
            return name
        case _:
            return None


def joined(parts: Sequence[Expr], start: int, end: int) -> Text | Template:
    """Text put together from parts."""
    pattern: list[str] = []
    varying: list[Expr] = []
    for part in parts:
        match part:
            case Text(value=value):
                pattern.append(value)
            case Template(pattern=inner, parts=inner_parts):
                pattern.append(inner)
                varying.extend(inner_parts)
            case _:
                pattern.append("{}")
                varying.append(part)
    text = "".join(pattern)
    return Template(text, varying, start, end) if varying else Text(text, start, end)


def number(text: str, start: int, end: int) -> Number | Opaque:
    """A small whole number; anything else is not looked into."""
    return Number(int(text), start, end) if text.isdecimal() and len(text) < 18 else Opaque(start, end)
