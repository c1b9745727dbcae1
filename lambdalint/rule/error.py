"""What can be wrong with a rule, as sentences with a place and a next step."""

from __future__ import annotations

from collections.abc import Iterable


class RuleError(Exception):
    """One thing wrong with a rule. ``path`` and ``line`` are filled in as soon as they are known."""

    def __init__(self, message: str, path: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        return f"{place}: {self.message}" if place else self.message


class RuleFileError(Exception):
    """Everything wrong with one or more rule files, so that a person can mend all of it at once."""

    def __init__(self, errors: Iterable[RuleError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, else the choice when it is short."""
    import difflib

    choice = sorted(known)
    nearest = difflib.get_close_matches(word, choice, n=1)
    if nearest:
        return f"; did you mean '{nearest[0]}'?"
    if not choice:
        return ""
    if len(choice) > 12:
        choice = [*choice[:12], "..."]
    return f"; known: {', '.join(choice)}"
