"""Everything that was answered about one account in one region, by operation and target."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from lambdalint.load.aws.answer import Answer, Ok, Refused, in_words
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.record import field, record
from lambdalint.source.node import Origin


@record
class Pair:
    """One region of one account. ``partition`` is the first part of its ARNs."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, rest: str) -> str:
        """The ARN of one of its resources."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"

    @property
    def label(self) -> str:
        """``account 123456789012, eu-west-1``."""
        return f"account {self.account}, {self.region}"


@record
class Window:
    """The days that are asked about, in UTC: from the start of ``since`` to the end of ``until``."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """Full days; the last one, which is not over, does not count."""
        return (self.until - self.since).days


@record(frozen=False)
class Evidence:
    """The answers about one pair. What nobody asked for is not in it."""

    pair: Pair
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    #: Where the records of a recorded answer stand, by the identity of the record.
    places: dict[int, Origin] = field(default_factory=dict)
    #: Functions that are judged; None means all.
    wanted: frozenset[str] | None = None
    #: The days that CloudWatch was asked about.
    window: Window | None = None
    #: Function -> what was read of its code, or why nothing was. Empty where nobody asked for code.
    code: dict[str, Any] = field(default_factory=dict)

    def put(self, operation: str, target: str, answer: Answer) -> None:
        """Keep an answer."""
        self.answers[operation, target] = answer

    def answer(self, operation: str, target: str = "") -> Answer | None:
        """The answer to a call; None for a call that nobody made."""
        return self.answers.get((operation, target))

    def data(self, operation: str, target: str = "") -> dict[str, Any]:
        """The data of an answer; empty where there is none."""
        found = self.answers.get((operation, target))
        return found.data if isinstance(found, Ok) else {}

    def items(self, operation: str, key: str, target: str = "") -> list[dict[str, Any]]:
        """The items of a list that was asked for."""
        found = self.data(operation, target).get(key)
        return found if isinstance(found, list) else []

    def all(self, operation: str) -> Iterator[tuple[str, Answer]]:
        """Every answer of an operation, with what it was asked about."""
        return ((target, answer) for (name, target), answer in self.answers.items() if name == operation)

    def deleted(self) -> list[str]:
        """Functions that were there when they were listed, and are not any more."""
        return [
            target
            for target, answer in self.all("lambda.GetFunction")
            if isinstance(answer, Refused) and answer.reason == "missing"
        ]

    def why_not(self, operation: str, target: str = "") -> str | None:
        """Why there is no data, as a phrase after "because"; None where there is. What is missing is data: nothing."""
        found = self.answers.get((operation, target))
        if isinstance(found, Ok) or (isinstance(found, Refused) and found.reason == "missing"):
            return None
        name = OPERATIONS[operation].action if operation in OPERATIONS else operation
        if found is None:
            return f"{name} was not called"
        return f"{in_words(found)} ({name})"
