"""Conditions whose truth is not known: worlds, and the forks between them.

A template is judged in a *world*: an assignment of values to those parameters that nobody gave a value. The first
world assigns nothing. When the evaluation of a rule needs a parameter that has no value, ``Fork`` is raised with the
values to try, and the engine judges the rule again in one world for each. So only the conditions that a rule touches
cost anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from lambdalint.record import record

_OTHER = "\0other"

#: What an assigned name starts with when it is no parameter: an expression that conditions compare with literals, and
#: a condition or a comparison that nothing is known of.
EXPRESSION = "\0expression "
CONDITION = "condition "

#: parameter, expression or condition -> chosen value.
Assignment: TypeAlias = "dict[str, str]"

MAX_CHOICES = 12


class Fork(Exception):  # noqa: N818 - control flow, not an error
    """The evaluation needs a value for ``name``; ``condition`` is the condition that asked for it, if one did."""

    def __init__(self, name: str, choices: tuple[str, ...], condition: str | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.choices = choices
        self.condition = condition

    @property
    def asked(self) -> str:
        """What is open, in a reader's words: the condition that asked, else the parameter."""
        return self.condition or self.name.removeprefix(CONDITION)


@record
class Step:
    """One decision on the way to a world."""

    name: str
    value: str
    condition: str | None


def other_than(values: Iterable[str]) -> str:
    """The choice "any value but these"."""
    return "\0".join((_OTHER, *values))


def excluded(choice: str) -> tuple[str, ...] | None:
    """The values that a choice made by ``other_than`` leaves out; None for a choice that is a value itself."""
    return tuple(choice.split("\0")[2:]) if choice.startswith(_OTHER) else None
