"""Reserved concurrency: who has to be asked for it, and what follows for those who were not.

No list tells what functions reserve; only each function does. But the account tells how much concurrency it has, and
how much of that nobody reserves: the difference is the sum of all reservations, so once it is found, nobody else
reserves anything. A reservation of 0 is in no sum: it shows only in the answer of its function.
https://docs.aws.amazon.com/lambda/latest/api/API_AccountLimit.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.tree import unseen

OPERATION = "lambda.GetFunction"
_SETTINGS = "lambda.GetAccountSettings"
#: In ``Stack.unseen``: whether a function reserves 0.
OF_ZERO = "a reservation of 0"
WHY_NOT_ZERO = "a reservation of 0 shows only where the function itself is asked (--deep)"


def likely_first(evidence: Evidence, names: Iterable[str]) -> list[str]:
    """The functions in the order in which they are asked: first those whose queues have a limit, which rules compare
    with the reservation, then those that anything polls, then the rest."""
    rank: dict[str, int] = {}
    for item in evidence.items("lambda.ListEventSourceMappings", "EventSourceMappings"):
        name = str(item.get("FunctionArn", "")).partition(":function:")[2].partition(":")[0]
        limited = bool((item.get("ScalingConfig") or {}).get("MaximumConcurrency"))
        rank[name] = min(rank.get(name, 1), 0 if limited else 1)
    return sorted(names, key=lambda name: rank.get(name, 2))


class Outstanding:
    """How much of what the account says is reserved has not been found yet; kept up while functions are asked."""

    def __init__(self, evidence: Evidence) -> None:
        limits = evidence.data(_SETTINGS).get("AccountLimit") or {}
        total, free = limits.get("ConcurrentExecutions"), limits.get("UnreservedConcurrentExecutions")
        self._evidence = evidence
        #: None where the account does not say how much is reserved.
        self._left: int | None = total - free if isinstance(total, int) and isinstance(free, int) else None
        if self._left is not None:
            self._left -= sum(self._found(name) for name, _ in evidence.all(OPERATION))

    def __bool__(self) -> bool:
        return self._left is None or self._left > 0

    def asked(self, name: str) -> None:
        """A function has answered."""
        if self._left is not None:
            self._left -= self._found(name)

    def _found(self, name: str) -> int:
        return (self._evidence.data(OPERATION, name).get("Concurrency") or {}).get("ReservedConcurrentExecutions") or 0


def why_unknown(evidence: Evidence, name: str, outstanding: Outstanding) -> str | None:
    """Why it is not known how much a function reserves, leaving open only whether it is 0; None where it is."""
    if evidence.answer(OPERATION, name) is not None:
        return evidence.why_not(OPERATION, name)
    if not outstanding:
        return None
    return evidence.why_not(_SETTINGS) or "it was not asked what it reserves"


def reserved(evidence: Evidence, name: str, outstanding: Outstanding) -> Any:
    """How much concurrency a function reserves: a number, None for none, or a mark that it is not known."""
    why = why_unknown(evidence, name, outstanding)
    if why is not None:
        return unseen(why)
    return (evidence.data(OPERATION, name).get("Concurrency") or {}).get("ReservedConcurrentExecutions")
