"""In words, in which of the cases that a template leaves open a finding holds: "when IsProd is false"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from lambdalint.load.conditions import CONDITION, EXPRESSION, Step, excluded
from lambdalint.load.intrinsics import Resolver

#: What was decided on the way to a world: what it is about (a condition, a parameter) -> the phrase that says how.
Case: TypeAlias = "dict[str, str]"

#: Alternatives that are spelled out; past it one of them stands for all.
_MAX_TERMS = 3


def case_of(steps: Sequence[Step], resolver: Resolver) -> Case:
    """The decisions that led to a world: conditions first, since a template's reader knows them by name."""
    conditions: Case = {}
    parameters: Case = {}
    for step in steps:
        truth = resolver.known_condition(step.condition) if step.condition is not None else None
        if truth is not None and step.condition is not None:
            conditions[CONDITION + step.condition] = f"{step.condition} is {str(truth).lower()}"
        if step.name.startswith(CONDITION):
            conditions[step.name] = f"{step.name.removeprefix(CONDITION)} is {step.value}"
        elif not step.name.startswith(EXPRESSION):
            parameters[step.name] = f"{step.name} is {_value(step)}"
        elif truth is None:
            parameters[step.name] = f"{step.condition} comes out in one of several ways"
    return {**conditions, **parameters}


def _value(step: Step) -> str:
    left_out = excluded(step.value)
    if left_out is None:
        return step.value or "empty"
    named = [value or "empty" for value in left_out]
    if len(named) == 1:
        return f"not {named[0]}"
    return f"neither {', '.join(named[:-1])} nor {named[-1]}" if named else "another value"


def in_words(inside: Sequence[Case], outside: Sequence[Case]) -> str:
    """The shortest words that are true of the cases inside and of none outside."""
    terms = list(dict.fromkeys(tuple(_shortened(case, outside).values()) for case in inside))
    terms = [term for term in terms if not any(set(other) < set(term) for other in terms)]
    if len(terms) > _MAX_TERMS:
        return f"in {len(inside)} of {len(inside) + len(outside)} cases, for instance when {' and '.join(terms[0])}"
    comma = "," if any(len(term) > 1 for term in terms) else ""
    return "when " + f"{comma} or ".join(" and ".join(term) for term in terms)


def _shortened(case: Case, outside: Sequence[Case]) -> Case:
    """A case without the decisions that tell it from no case outside; parameters are dropped before conditions."""
    kept = dict(case)
    for name in reversed(case):
        fewer = {other: phrase for other, phrase in kept.items() if other != name}
        if fewer and all(_excludes(fewer, other) or not _excludes(kept, other) for other in outside):
            kept = fewer
    return kept


def _excludes(term: Case, case: Case) -> bool:
    return any(case.get(name, phrase) != phrase for name, phrase in term.items())
