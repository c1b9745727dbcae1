"""The functions about a single value: ``explicit known lower startswith endswith contains matches``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lambdalint.model.thing import Thing
from lambdalint.rule.kleene import Evidence, Frame, Result, Run, bound, members, unknown
from lambdalint.source.value import Default, Given, Unknown

#: Characters of a text that ``matches`` looks at.
MAX_MATCHED = 1000


def explicit(part: Run) -> Run:
    """Whether somebody wrote the value: a ``Default`` was not written, and neither was what is not there."""

    def run(frame: Frame) -> Result:
        value, evidence = part(frame)
        if type(value) is Unknown:
            return value, evidence
        source = evidence[0] if evidence else None
        if isinstance(source, Given | Default):
            return isinstance(source, Given), evidence
        return value is not None, evidence

    return run


def known(part: Run) -> Run:
    """Whether the value can be known here: the one function that tells Unknown from a value."""

    def run(frame: Frame) -> Result:
        value, evidence = part(frame)
        return type(value) is not Unknown, evidence

    return run


def textual(test: Callable[..., Any], parts: list[Run], lack: str) -> Run:
    """A function of texts; Unknown when an argument is Unknown, None or not a text.

    ``test`` returns None for a text that is too long to be looked at.
    """

    def run(frame: Frame) -> Result:
        arguments: list[Any] = []
        seen: tuple[Evidence, ...] = ()
        for part in parts:
            value, evidence = part(frame)
            if type(value) is Unknown:
                return value, evidence
            seen += evidence
            argument = _texts(value) if arguments else value if isinstance(value, str) else None
            if argument is None:
                return unknown(lack if value is None else "a value is not text", seen)
            arguments.append(argument)
        result = test(*arguments)
        return (result, seen) if result is not None else unknown("a text is too long to be matched", seen)

    return run


def _texts(value: Any) -> tuple[str, ...] | None:
    """The second argument of ``startswith`` and its kin: one text, or any of a list."""
    if isinstance(value, str):
        return (value,)
    listed = members(value)
    if listed is None or listed[1] is not None:
        return None
    texts = tuple(bound(item)[0] for item in listed[0])
    return texts if all(isinstance(text, str) for text in texts) else None


def startswith(text: str, starts: tuple[str, ...]) -> bool:
    """Whether the text starts with one of these."""
    return text.startswith(starts)


def endswith(text: str, ends: tuple[str, ...]) -> bool:
    """Whether the text ends with one of these."""
    return text.endswith(ends)


def contains(text: str, parts: tuple[str, ...]) -> bool:
    """Whether the text contains one of these."""
    return any(part in text for part in parts)


def matching(pattern: str) -> Callable[[str], bool | None]:
    """Whether a part of the text matches the regular expression (``^`` and ``$`` bind it to the ends)."""
    compiled = re.compile(pattern)

    def test(text: str) -> bool | None:
        return None if len(text) > MAX_MATCHED else compiled.search(text) is not None

    return test


def doubts(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """The evidence that was inferred, not read: it travels along a chain of facts, so that doubt is not lost."""
    return tuple(item for item in evidence if isinstance(item, Given | Default) and not item.sure)


def reached(raw: Any, owner: Thing, before: tuple[Evidence, ...]) -> Result:
    """What a fact of a thing stands for: its own value is the evidence; for a plain fact the thing itself is."""
    kind = type(raw)
    if kind is Given or kind is Default:
        return raw.value, (raw, *before) if before else (raw,)
    if kind is Unknown or isinstance(raw, Thing):
        return raw, (raw, *before) if before else (raw,)
    return raw, (owner, *before) if before else (owner,)
