"""Three-valued logic that remembers what decided.

Every part of an expression is compiled to a ``Run``: a function from the bound names to a ``Result``, which is a value
and the evidence for it. A value is plain Python data, a thing, None or ``Unknown``; the evidence are the model's values
(and, where a plain fact was read, the thing it belongs to) that decided, in order. ``False and Unknown`` is False and
rests on the first alone; ``True and Unknown`` is Unknown and rests on the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from lambdalint.model.thing import Thing
from lambdalint.rule.grammar import MAX_NUMBER
from lambdalint.source.value import Default, Given, Many, Unknown

Evidence: TypeAlias = "Given[Any] | Default[Any] | Unknown | Thing"
Result: TypeAlias = "tuple[Any, tuple[Evidence, ...]]"
Frame: TypeAlias = dict[str, Any]
Run: TypeAlias = Callable[[Frame], Result]


def unknown(why: str, evidence: tuple[Evidence, ...] = ()) -> Result:
    """A result that cannot be known, placed at the first thing or value that the evidence names."""
    origin = next((part.origin for part in evidence if part.origin is not None), None)
    value = Unknown(why, origin)
    return value, (*evidence, value)


def truth(run: Run, lack: str) -> Run:
    """The same, but never anything other than True, False or Unknown."""

    def judged(frame: Frame) -> Result:
        value, evidence = run(frame)
        if value is True or value is False or type(value) is Unknown:
            return value, evidence
        return unknown(lack if value is None else "a value is neither true nor false", evidence)

    return judged


def junction(runs: Iterable[Run], decisive: bool) -> Run:
    """``and`` where False is decisive, ``or`` where True is."""
    parts = tuple(runs)

    def run(frame: Frame) -> Result:
        seen: tuple[Evidence, ...] = ()
        open_value: Unknown | None = None
        open_evidence: tuple[Evidence, ...] = ()
        for part in parts:
            value, evidence = part(frame)
            if value is decisive:
                return value, evidence
            if type(value) is Unknown:
                open_value = open_value or value
                open_evidence += evidence
            else:
                seen += evidence
        if open_value is not None:
            return open_value, open_evidence
        return not decisive, seen

    return run


def negation(part: Run) -> Run:
    """``not``."""

    def run(frame: Frame) -> Result:
        value, evidence = part(frame)
        return (value if type(value) is Unknown else not value), evidence

    return run


def choice(test: Run, then: Run, otherwise: Run) -> Run:
    """``then if test else otherwise``: the value's own evidence stands before the test's."""

    def run(frame: Frame) -> Result:
        value, evidence = test(frame)
        if type(value) is Unknown:
            return value, evidence
        chosen, reason = then(frame) if value else otherwise(frame)
        return chosen, reason + evidence

    return run


def under(condition: Run, element: Run, absent: bool) -> Run:
    """``element`` where ``condition`` holds; ``absent``, which never decides the quantifier, where it does not."""

    def run(frame: Frame) -> Result:
        held, reason = condition(frame)
        if held is False:
            return absent, reason
        value, evidence = element(frame)
        if held is True:
            return value, evidence + reason
        if value is absent:
            return value, evidence
        return held, reason

    return run


def either_unknown(left: Result, right: Result) -> Result | None:
    """The result of an operation of which an operand is Unknown; None where both are known."""
    if type(left[0]) is Unknown:
        return left[0], left[1] + (right[1] if type(right[0]) is Unknown else ())
    return right if type(right[0]) is Unknown else None


_NUMBERS = (int, float)
_ATOMS = frozenset({str, int, float, bool, type(None)})

Pair: TypeAlias = Callable[[Result, Result], Result]


def comparison(first: Run, steps: Iterable[tuple[Pair, Run]]) -> Run:
    """A chain such as ``a < b <= c``: the conjunction of its pairs, each operand evaluated once."""
    chain = tuple(steps)
    if len(chain) == 1:
        pair, second = chain[0]
        return lambda frame: pair(first(frame), second(frame))

    def run(frame: Frame) -> Result:
        left = first(frame)
        seen: tuple[Evidence, ...] = ()
        undecided: Result | None = None
        for pair, part in chain:
            right = part(frame)
            value, evidence = result = pair(left, right)
            if value is False:
                return result
            if type(value) is Unknown:
                undecided = undecided or result
            seen += evidence
            left = right
        return undecided or (True, seen)

    return run


def equality(equal: bool) -> Pair:
    """``==`` or ``!=``. None equals None only; lists are equal when their items are."""

    def pair(left: Result, right: Result) -> Result:
        open_result = either_unknown(left, right)
        if open_result is not None:
            return open_result
        evidence = left[1] + right[1]
        if type(right[0]) in _ATOMS or type(left[0]) in _ATOMS:
            return (left[0] == right[0]) is equal, evidence
        ours, theirs = members(left[0]), members(right[0])
        if ours is None or theirs is None:
            return (left[0] == right[0]) is equal, evidence
        values = [[bound(item)[0] for item in side[0]] for side in (ours, theirs)]
        missing = (
            ours[1] or theirs[1] or next((item for side in values for item in side if type(item) is Unknown), None)
        )
        if missing is not None:
            return missing, (*evidence, missing)
        return (values[0] == values[1]) is equal, evidence

    return pair


def order(operator: Callable[[Any, Any], bool], lacks: tuple[str, str]) -> Pair:
    """``<`` and its kin; ``lacks`` are the reasons when a side is None."""

    def pair(left: Result, right: Result) -> Result:
        open_result = either_unknown(left, right)
        if open_result is not None:
            return open_result
        try:
            return operator(left[0], right[0]), left[1] + right[1]
        except TypeError:
            for (value, evidence), lack in zip((left, right), lacks, strict=True):
                if value is None:
                    return unknown(lack, evidence)
            return unknown("values of different kinds have no order", left[1] + right[1])

    return pair


def membership(inside: bool, lack: str) -> Pair:
    """``in`` or ``not in`` a list, whose items may be unknown; ``lack`` is the reason when the list is None."""

    def pair(left: Result, right: Result) -> Result:
        open_result = either_unknown(left, right)
        if open_result is not None:
            return open_result
        listed = members(right[0])
        if listed is None:
            return unknown(lack if right[0] is None else "what stands after 'in' is not a list", right[1])
        items, missing = listed
        wanted, reason = left
        for item in items:
            value, evidence = bound(item)
            if type(value) is Unknown:
                missing = missing or value
            elif value == wanted:
                return inside, reason + (evidence or right[1])
        if missing is not None:
            return missing, (*reason, missing)
        return not inside, reason + right[1]

    return pair


def arithmetic(operator: Callable[[Any, Any], Any], left: Run, right: Run, lacks: tuple[str, str]) -> Run:
    """``+ - * / // %`` on numbers."""

    def run(frame: Frame) -> Result:
        ours, theirs = left(frame), right(frame)
        open_result = either_unknown(ours, theirs)
        if open_result is not None:
            return open_result
        for (value, evidence), lack in ((ours, lacks[0]), (theirs, lacks[1])):
            if not isinstance(value, _NUMBERS):
                return unknown(lack if value is None else "a value is not a number", evidence)
        evidence = ours[1] + theirs[1]
        try:
            result = operator(ours[0], theirs[0])
        except (ZeroDivisionError, OverflowError):
            return unknown("the numbers cannot be divided or are too large", evidence)
        if not -MAX_NUMBER <= result <= MAX_NUMBER:
            return unknown("a number becomes too large", evidence)
        return result, evidence

    return run


def members(value: Any) -> tuple[tuple[Any, ...], Unknown | None] | None:
    """The items of a list and why some may be missing; None for what is not a list."""
    if type(value) is Many:
        return value.items, value.missing
    if type(value) is tuple:
        return value, None
    if isinstance(value, list | set | frozenset):
        return tuple(value if isinstance(value, list) else sorted(value, key=repr)), None
    return None


def bound(item: Any) -> Result:
    """The result that an item of a list, or a thing given to a rule, stands for."""
    kind = type(item)
    if kind is Given or kind is Default:
        return item.value, (item,)
    if kind is Unknown or isinstance(item, Thing):
        return item, (item,)
    return item, ()


def plain(value: Any) -> Any:
    """A value for use outside: a list as a tuple, each item unwrapped, with an Unknown in place of what is missing."""
    if isinstance(value, Many):
        items = tuple(bound(item)[0] for item in value.items)
        return items if value.missing is None else (*items, value.missing)
    if isinstance(value, tuple | list):
        return tuple(bound(item)[0] for item in value)
    return value
