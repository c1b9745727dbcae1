"""``any all sum count len min max join``: one value out of a list, some of whose items may be out of sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lambdalint.rule.grammar import MAX_NUMBER
from lambdalint.rule.kleene import Evidence, Frame, Result, Run, bound, members, under, unknown
from lambdalint.rule.text import shown
from lambdalint.source.value import Unknown

#: Items that one evaluation of an expression may look at, over all its generators.
MAX_ITEMS = 10_000
#: Characters of a text that an expression makes.
MAX_TEXT = 10_000
#: The key in a frame of how many items may still be looked at: a list of that one number, shared by inner frames.
BUDGET = ""

_TOO_MANY = f"more than {MAX_ITEMS:,} items would have to be looked at"


class Stream(NamedTuple):
    """``element for name in source if condition``; for a plain list the element is the item itself.

    ``lack`` is the reason when the source is None.
    """

    source: Run
    name: str
    condition: Run | None
    element: Run
    lack: str


def _open(stream: Stream, frame: Frame) -> tuple[tuple[Any, ...] | None, Unknown | None, tuple[Evidence, ...]]:
    """The items, why some may be missing, and the evidence for the list; without a list: None and why there is none."""
    value, evidence = stream.source(frame)
    if type(value) is Unknown:
        return None, value, evidence
    listed = members(value)
    if listed is None:
        why, evidence = unknown(stream.lack if value is None else "a value is not a list", evidence)
        return None, why, evidence
    frame[BUDGET][0] -= len(listed[0])
    if frame[BUDGET][0] < 0:
        why, evidence = unknown(_TOO_MANY, evidence)
        return None, why, evidence
    return *listed, evidence


def quantifier(stream: Stream, decisive: bool) -> Run:
    """``any`` where True is decisive, ``all`` where False is: an item that decides does so whatever is missing."""
    condition = stream.condition
    element = stream.element if condition is None else under(condition, stream.element, not decisive)
    name = stream.name

    def run(frame: Frame) -> Result:
        items, missing, listed = _open(stream, frame)
        if items is None:
            return missing, listed
        inner = dict(frame)
        seen: list[Evidence] = []
        doubts: list[Evidence] = []
        doubt: Unknown | None = None
        for item in items:
            inner[name] = item_result = bound(item)
            value, evidence = element(inner)
            if value is decisive:
                return value, evidence or item_result[1] or listed
            if type(value) is Unknown:
                doubt = doubt or value
                doubts += evidence
            else:
                seen += evidence
        if doubt is None and missing is None:
            return not decisive, (*seen, *listed)
        if missing is not None:
            doubts.append(missing)
        return doubt or missing, tuple(doubts)

    return run


def fold(stream: Stream, combine: Callable[[list[Any], tuple[Evidence, ...]], Result]) -> Run:
    """A value made from all items that satisfy the condition; Unknown as soon as one of them is."""
    condition, element, name = stream.condition, stream.element, stream.name

    def results(items: tuple[Any, ...], frame: Frame) -> Iterator[Result]:
        inner = dict(frame)
        for item in items:
            inner[name] = bound(item)
            if condition is None:
                yield element(inner)
                continue
            held, reason = condition(inner)
            if held is True:
                yield element(inner)
            elif held is not False:
                yield held, reason

    def run(frame: Frame) -> Result:
        items, missing, listed = _open(stream, frame)
        if items is None:
            return missing, listed
        values: list[Any] = []
        seen: list[Evidence] = []
        for value, evidence in results(items, frame):
            if type(value) is Unknown:
                return value, evidence
            values.append(value)
            seen += evidence
        if missing is not None:
            return missing, (missing,)
        return combine(values, (*seen, *listed))

    return run


def total(values: list[Any], evidence: tuple[Evidence, ...]) -> Result:
    """``sum``: 0 for no items."""
    if not all(isinstance(value, int | float) for value in values):
        return unknown("an item of the sum is not a number", evidence)
    result = sum(values)
    return (result, evidence) if abs(result) <= MAX_NUMBER else unknown("a number becomes too large", evidence)


def count(values: list[Any], evidence: tuple[Evidence, ...]) -> Result:
    """``count``: the items that are not False, so ``count(t.kind == "s3" for t in x)`` counts those that are true."""
    return sum(1 for value in values if value is not False), evidence


def extreme(select: Callable[[list[Any]], Any]) -> Callable[[list[Any], tuple[Evidence, ...]], Result]:
    """``min`` or ``max``; Unknown for no items."""

    def combine(values: list[Any], evidence: tuple[Evidence, ...]) -> Result:
        if not values:
            return unknown("the list is empty, so it has no least or greatest item", evidence)
        if None in values:
            return unknown("an item has no value", evidence)
        try:
            return select(values), evidence
        except TypeError:
            return unknown("values of different kinds have no order", evidence)

    return combine


def joined(separator: str) -> Callable[[list[Any], tuple[Evidence, ...]], Result]:
    """``join``: the texts of the items, each once, with a separator between them."""

    def combine(values: list[Any], evidence: tuple[Evidence, ...]) -> Result:
        text = separator.join(dict.fromkeys(shown(value) for value in values))
        return (text, evidence) if len(text) <= MAX_TEXT else unknown("a text becomes too long", evidence)

    return combine


def length(part: Run, lack: str) -> Run:
    """``len`` of a list or a text."""

    def run(frame: Frame) -> Result:
        value, evidence = part(frame)
        if type(value) is Unknown:
            return value, evidence
        if isinstance(value, str):
            return len(value), evidence
        listed = members(value)
        if listed is None:
            return unknown(lack if value is None else "a value has no length", evidence)
        items, missing = listed
        return (len(items), evidence) if missing is None else (missing, (missing,))

    return run


def extreme_of(parts: list[Run], select: Callable[[list[Any]], Any]) -> Run:
    """``min`` or ``max`` of several arguments."""
    combine = extreme(select)

    def run(frame: Frame) -> Result:
        results = [part(frame) for part in parts]
        for value, evidence in results:
            if type(value) is Unknown:
                return value, evidence
        return combine([value for value, _ in results], tuple(part for _, evidence in results for part in evidence))

    return run
