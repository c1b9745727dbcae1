"""Three-valued matching of IAM patterns: yes, no, or not to be known before deployment.

Both sides are canonical text: ``${Name}`` stands for a part that is known only at deployment (a reference, a pseudo
parameter, a parameter without value); the same name always stands for the same text. ``${?}`` stands for a part about
which nothing is known. In a pattern, ``*`` is any text and ``?`` any one character; in the text that is matched, they
stand for "some text", as in ``bucket/*``: some object of the bucket.

The answers are sound: True and False hold whatever the unknown parts turn out to be.
Semantics: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import TypeAlias

Aliases: TypeAlias = Mapping[str, tuple[str, ...]]

_TOKEN = re.compile(r"\$\{[^}]*\}|.", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_DYNAMIC = re.compile(r"\{\{(resolve:[^}]*)\}\}")
_PARTITION = re.compile(r"arn:(?:aws(?:-[a-z-]+)?|\$\{AWS::Partition\}):")
_MAX_VARIANTS = 16
_DIVIDERS = ("", "/", ":")

#: What pseudo parameters can be made of; the values are never empty.
_LETTERS = {
    "${AWS::AccountId}": re.compile(r"[0-9]"),
    "${AWS::Region}": re.compile(r"[a-z0-9-]"),
    "${AWS::StackName}": re.compile(r"[A-Za-z0-9-]"),
}
_ANYTHING = re.compile(r".", re.DOTALL)


def matches(pattern: str, text: str, aliases: Aliases | None = None) -> bool | None:
    """Whether ``pattern`` covers ``text``; None where that depends on what is not known.

    ``aliases`` gives other canonical texts for a placeholder: ``{"${Jobs.Arn}": ("arn:aws:sqs:...:jobs",)}``, with
    ``${?}`` for parts that are open (a generated name), never ``*``. Its keys also say which placeholders are resources
    of this template: two of them with different logical ids, neither of which mentions the other in its aliases, are
    different resources and never match.
    """
    if pattern == "*":
        return True
    answer = _covers(_canonical(pattern), _canonical(text), aliases or {})
    missing = 5 - pattern.count(":")
    if answer is False and pattern.startswith("arn:") and missing > 0 and "${" not in pattern:
        # IAM reads an ARN with fewer than six parts as if the missing ones were "*". Nobody means that, so no "yes".
        completed = _covers(_canonical(pattern) + ":*" * missing, _canonical(text), aliases or {})
        return None if completed is not False else False
    return answer


def _covers(pattern: str, text: str, aliases: Aliases) -> bool | None:
    if "${" not in pattern and "${" not in text and "*" not in text and "?" not in text:
        return pattern == text or (
            ("*" in pattern or "?" in pattern) and _compiled(pattern).fullmatch(text) is not None
        )
    if aliases and _different(pattern, text, aliases):
        return False
    answer: bool | None = None
    for left, right in product(_variants(pattern, aliases), _variants(text, aliases)):
        found = _judge(left, right)
        if found:
            return True
        if found is False:
            answer = False
    return answer


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _canonical(text: str) -> str:
    """Without what never tells two resources apart (a stack lives in one partition), dynamic references as ``${}``."""
    if text.startswith("arn:"):
        text = _PARTITION.sub("arn:aws:", text, count=1)
    return _DYNAMIC.sub(r"${\1}", text) if "{{" in text else text


def _variants(text: str, aliases: Aliases) -> list[str]:
    """The text, and the text with each aliased placeholder written in its other ways."""
    found = [text]
    for key in dict.fromkeys(_PLACEHOLDER.findall(text)):
        found += [_canonical(base.replace(key, other)) for base in found for other in aliases.get(key, ())]
    return list(dict.fromkeys(found))[:_MAX_VARIANTS]


@lru_cache(maxsize=8192)
def _judge(pattern: str, text: str) -> bool | None:
    if pattern == text and "*" not in text and "?" not in text:
        return True
    left, right = _tokens(pattern), _tokens(text)
    if _surely(left, right):
        return True
    return None if _possibly(*_without_common_ends(left, right)) else False


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    """Characters and placeholders."""
    return tuple(_TOKEN.findall(text))


def _surely(pattern: tuple[str, ...], text: tuple[str, ...]) -> bool:
    """Whether the pattern covers the text for every value: a placeholder is covered by itself and by ``*`` only."""
    states = _stars({0}, pattern)
    for symbol in text:
        opaque = len(symbol) > 1 or symbol in "*?"
        after = set()
        for state in states:
            if state == len(pattern):
                continue
            wanted = pattern[state]
            if wanted == "*":
                after.add(state)
            elif wanted == "?":
                if not opaque or symbol == "?":
                    after.add(state + 1)
            elif wanted == symbol and symbol not in ("*", "?", "${?}"):
                after.add(state + 1)
        if not after:
            return False
        states = _stars(after, pattern)
    return len(pattern) in states


def _stars(states: set[int], pattern: tuple[str, ...]) -> set[int]:
    """The states, and those reached by letting a ``*`` stand for nothing."""
    found = set(states)
    for state in states:
        after = state
        while after < len(pattern) and pattern[after] == "*":
            after += 1
            found.add(after)
    return found


def _different(pattern: str, text: str, aliases: Aliases) -> bool:
    """Whether both begin with whole ARNs or names of two different resources of this template."""
    first, second = _PLACEHOLDER.match(pattern), _PLACEHOLDER.match(text)
    if first is None or second is None or first[0] not in aliases or second[0] not in aliases:
        return False
    # What follows must not be able to continue the name: "${Jobs.Arn}-extra" may well be another resource's ARN.
    if (
        pattern[first.end() : first.end() + 1] not in _DIVIDERS
        or text[second.end() : second.end() + 1] not in _DIVIDERS
    ):
        return False
    one, other = _logical_id(first[0]), _logical_id(second[0])
    return one != other and not (_mentions(aliases[first[0]], other) or _mentions(aliases[second[0]], one))


def _logical_id(placeholder: str) -> str:
    return placeholder[2:-1].split(".", 1)[0]


def _mentions(texts: tuple[str, ...], logical_id: str) -> bool:
    return any(f"${{{logical_id}}}" in text or f"${{{logical_id}." in text for text in texts)


def _without_common_ends(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Both without what is the same at the start and at the end, wildcards excepted."""
    wild = ("*", "?", "${?}")
    shortest = min(len(left), len(right))
    start = 0
    while start < shortest and left[start] == right[start] and left[start] not in wild:
        start += 1
    end = 0
    while end < shortest - start and left[-1 - end] == right[-1 - end] and left[-1 - end] not in wild:
        end += 1
    return left[start : len(left) - end], right[start : len(right) - end]


def _possibly(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether some text is covered by both, taking every placeholder on its own: never False where one exists.

    Walks pairs of positions; a wide token (``*``, a placeholder) may take in any number of what the other side holds.
    """
    one, two = _wide(left), _wide(right)
    if (_ANYTHING,) in (one, two):
        return True
    pending = [(0, 0)]
    seen = set(pending)
    while pending:
        first, second = pending.pop()
        if first == len(one) and second == len(two):
            return True
        for step in _steps(one, first, two, second):
            if step not in seen:
                seen.add(step)
                pending.append(step)
    return False


_Symbol: TypeAlias = "str | re.Pattern[str]"


def _wide(tokens: tuple[str, ...]) -> tuple[_Symbol, ...]:
    """Each token as a character, or as what any number of its characters must look like; ``?`` stays itself."""
    return tuple(part if part != "*" and len(part) == 1 else _LETTERS.get(part, _ANYTHING) for part in tokens)


def _steps(one: tuple[_Symbol, ...], first: int, two: tuple[_Symbol, ...], second: int) -> list[tuple[int, int]]:
    a = one[first] if first < len(one) else None
    b = two[second] if second < len(two) else None
    found = []
    if isinstance(a, re.Pattern):
        found.append((first + 1, second))
        if isinstance(b, str) and (b == "?" or a.match(b)):
            found.append((first, second + 1))
    if isinstance(b, re.Pattern):
        found.append((first, second + 1))
        if isinstance(a, str) and (a == "?" or b.match(a)):
            found.append((first + 1, second))
    if isinstance(a, str) and isinstance(b, str) and (a == b or "?" in (a, b)):
        found.append((first + 1, second + 1))
    return found
