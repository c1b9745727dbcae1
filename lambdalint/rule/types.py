"""What the rule language knows of a value before any template is read: from the annotations of the model's facts."""

from __future__ import annotations

import collections.abc
import datetime
import types
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from lambdalint.model.thing import Thing, facts_of, type_of
from lambdalint.source.value import Default, Given, Many, Unknown

#: How a sentence names each kind of value.
WORDS = {
    "number": "a number",
    "text": "text",
    "boolean": "true or false",
    "date": "a date",
    "none": "None",
    "thing": "a thing",
    "list": "a list",
    "any": "anything",
}


@dataclass(frozen=True, slots=True)
class Type:
    """The kinds of value that an expression can have; "any" says that nothing is known.

    ``things`` are the classes of a thing, ``item`` is the type of a list's items, ``words`` are the only texts it can
    be (from a ``Literal``), and ``written`` says that somebody may have written it, so ``explicit`` makes sense.
    """

    names: frozenset[str]
    things: tuple[type[Thing], ...] = ()
    item: Type | None = None
    words: frozenset[str] | None = None
    written: bool = False

    @property
    def open(self) -> bool:
        """Whether nothing is known."""
        return "any" in self.names

    def can_be(self, *names: str) -> bool:
        """Whether it can be of one of these kinds, as far as is known."""
        return self.open or not self.names.isdisjoint(names)

    def __str__(self) -> str:
        return " or ".join(sorted(WORDS[name] for name in self.names)) or "unknown"


ANY = Type(frozenset({"any"}))
NOTHING = Type(frozenset())
NUMBER = Type(frozenset({"number"}))
TEXT = Type(frozenset({"text"}))
BOOLEAN = Type(frozenset({"boolean"}))
NONE = Type(frozenset({"none"}))
DATE = Type(frozenset({"date"}))


def a_thing(*kinds: type[Thing]) -> Type:
    """The type of things of these kinds."""
    return Type(frozenset({"thing"}), things=kinds)


def a_list(item: Type) -> Type:
    """The type of lists of ``item``."""
    return Type(frozenset({"list"}), item=item)


def union(*parts: Type) -> Type:
    """What a value can be that is one of several."""
    things: list[type[Thing]] = []
    words: set[str] = set()
    closed = True
    for part in parts:
        things.extend(kind for kind in part.things if kind not in things)
        if "text" in part.names:
            closed = closed and part.words is not None
            words |= part.words or set()
    items = [part.item for part in parts if part.item is not None]
    return Type(
        frozenset().union(*(part.names for part in parts)),
        tuple(things),
        union(*items) if items else None,
        frozenset(words) if closed and words else None,
        any(part.written for part in parts),
    )


def of_option(default: type) -> Type:
    """The type of an option, from the type of its default."""
    if default is bool:
        return BOOLEAN
    if default in (int, float):
        return NUMBER
    return TEXT if default is str else a_list(TEXT)


def of_constant(value: object) -> Type:
    """The type of a constant."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, str):
        return Type(frozenset({"text"}), words=frozenset({value}))
    return NUMBER


_PLAIN: dict[object, Type] = {
    bool: BOOLEAN,
    int: NUMBER,
    float: NUMBER,
    str: TEXT,
    type(None): NONE,
    None: NONE,
    Unknown: NOTHING,
    datetime.date: DATE,
    datetime.datetime: DATE,
}
_LISTS = (Many, tuple, list, set, frozenset, collections.abc.Sequence, collections.abc.Set, collections.abc.Iterable)


def of_annotation(annotation: Any) -> Type:
    """The type that an annotation of the model gives; what the language has no word for is "any"."""
    if isinstance(annotation, type) and issubclass(annotation, Thing):
        return a_thing(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        known = _PLAIN.get(annotation)
        if known is None:
            return a_list(ANY) if annotation in _LISTS else ANY
        return known
    if origin in (Union, types.UnionType):
        return union(*(of_annotation(argument) for argument in arguments))
    if origin in (Given, Default):
        inner = of_annotation(arguments[0])
        return Type(inner.names, inner.things, inner.item, inner.words, written=True)
    if origin is Literal:
        return union(*(of_constant(argument) for argument in arguments))
    if origin in _LISTS:
        items = [of_annotation(argument) for argument in arguments if argument is not Ellipsis]
        return a_list(union(*items) if items else ANY)
    return ANY


_FACT_TYPES: dict[tuple[type[Thing], str], Type | None] = {}


def fact_type(kind: type[Thing], name: str) -> Type | None:
    """The type of a fact of a kind of thing or of its more special kinds; None when none of them has it."""
    key = (kind, name)
    if key not in _FACT_TYPES:
        _FACT_TYPES[key] = _fact_type(kind, name)
    return _FACT_TYPES[key]


def _fact_type(kind: type[Thing], name: str) -> Type | None:
    found = facts_of(kind).get(name)
    if found is not None:
        return of_annotation(type_of(found))
    special = [inner for child in kind.__subclasses__() if (inner := fact_type(child, name)) is not None]
    return union(*special) if special else None


def fact_names(kind: type[Thing]) -> set[str]:
    """Every fact that ``fact_type`` knows of a kind."""
    names = set(facts_of(kind))
    for child in kind.__subclasses__():
        names |= fact_names(child)
    return names
