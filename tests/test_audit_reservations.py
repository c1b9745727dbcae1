"""Reserved concurrency of live functions: who is asked for it, and what is not known of those who are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, Fault, Fleet, Proxy

from lambdalint.audit.need import calls_for
from lambdalint.audit.run import Heard, Progress, audit
from lambdalint.audit.scope import Scope
from lambdalint.load.aws.ask import Asking
from lambdalint.load.aws.client import Boto
from lambdalint.load.aws.journal import Journal
from lambdalint.load.aws.pace import Pace
from lambdalint.load.aws.survey import Order
from lambdalint.rule.library import load_folder
from lambdalint.run import info_of

pytestmark = pytest.mark.usefixtures("credentials")

ROOT = Path(__file__).resolve().parent.parent
NAMES = {"reserved-concurrency-zero", "mapping-concurrency-above-reserved", "reserved-concurrency-starves-pool"}
RULES = [(rule, info_of(rule)) for rule in load_folder(ROOT / "rules") if rule.id in NAMES]
COUNT = 100


class Reserving(Fleet):
    """100 functions, some of which reserve concurrency; queues trigger some, with or without a limit."""

    def __init__(self, reserved: dict[str, int], polled: dict[str, int | None]) -> None:
        super().__init__({ACCOUNT: {REGION: COUNT}})
        self.reserved = reserved
        self.polled = polled

    def __call__(self, name: str, region: str, account: str, request: bytes) -> Any:
        if name == "lambda.GetAccountSettings":
            free = 1000 - sum(self.reserved.values())
            return {"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": free}}
        if name == "lambda.ListEventSourceMappings":
            return {"EventSourceMappings": [self._mapping(name, limit) for name, limit in self.polled.items()]}
        if name == "lambda.GetFunction":
            function = request.partition(b"/functions/")[2].split()[0].decode()
            if function in self.reserved:
                return {"Concurrency": {"ReservedConcurrentExecutions": self.reserved[function]}}
            return {"Tags": {}}
        return super().__call__(name, region, account, request)

    @staticmethod
    def _mapping(function: str, limit: int | None) -> dict[str, Any]:
        found: dict[str, Any] = {
            "UUID": f"of-{function}",
            "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs",
            "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        }
        return found if limit is None else {**found, "ScalingConfig": {"MaximumConcurrency": limit}}


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    found = Proxy(answer=Reserving({}, {}))
    monkeypatch.setenv("AWS_ENDPOINT_URL", found.url)
    yield found
    found.close()


def run(journal: Path | None = None, resume: bool = False, deep: bool = False) -> Heard:
    boto = Boto(threads=8)
    kept = Journal(journal, resume) if journal is not None else None
    asking = Asking(boto, Pace(1.0, factor=1000), kept, threads=8, pause=0.001)
    order = Order(calls_for([rule for rule, _ in RULES], deep), (), deep)
    heard = audit(Scope(), order, RULES, date(2026, 11, 21), boto, asking, Progress())
    if kept is not None:
        kept.close()
    return heard


def said(heard: Heard) -> set[tuple[str, str]]:
    return {(item.rule.id, (item.subject.arn or "").rpartition(":")[2]) for item in heard.findings}


def left_open(heard: Heard) -> Counter[str]:
    """How often a rule is undecided."""
    return Counter(item.rule.id for item in heard.undecided)


#: What functions reserve, what polls them with which limit; how many are asked, what is found, how many stay open.
CASES: dict[str, tuple[dict[str, int], dict[str, int | None], int, set[tuple[str, str]], int]] = {
    "nobody reserves anything": ({}, {"fn-00007": 5}, 0, set(), 100),
    "a queue with a limit tells whom to ask": (
        {"fn-00050": 4},
        {"fn-00001": None, "fn-00050": 5},
        1,
        {("mapping-concurrency-above-reserved", "fn-00050")},
        99,
    ),
    "whoever is polled comes next": ({"fn-00050": 4}, {"fn-00050": None}, 1, set(), 99),
    "else all may be asked": ({"fn-00099": 4}, {}, 100, set(), 0),
    "those who reserve come one after the other": ({"fn-00000": 4, "fn-00003": 6}, {}, 9, set(), 91),
    "a zero adds nothing to the sum": (
        {"fn-00000": 4, "fn-00098": 0},
        {},
        1,
        set(),
        99,
    ),
    "a zero is seen where it is asked for": (
        {"fn-00003": 4, "fn-00004": 0},
        {},
        9,
        {("reserved-concurrency-zero", "fn-00004")},
        91,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_functions_are_asked_until_all_that_is_reserved_is_found(
    proxy: Proxy, case: tuple[dict[str, int], dict[str, int | None], int, set[tuple[str, str]], int]
) -> None:
    reserved, polled, asked, found, open_ones = case
    proxy.answer = Reserving(reserved, polled)
    heard = run()
    assert proxy.calls["lambda.GetFunction"] == asked
    assert said(heard) == found
    assert left_open(heard)["reserved-concurrency-zero"] == open_ones
    assert {item.why for item in heard.undecided if item.rule.id == "reserved-concurrency-zero"} <= {
        "a reservation of 0 shows only where the function itself is asked (--deep)"
    }
    assert left_open(heard)["mapping-concurrency-above-reserved"] == 0


def test_deep_audits_ask_everybody(proxy: Proxy) -> None:
    proxy.answer = Reserving({"fn-00098": 0}, {})
    heard = run(deep=True)
    assert proxy.calls["lambda.GetFunction"] == COUNT
    assert said(heard) == {("reserved-concurrency-zero", "fn-00098")}
    assert left_open(heard)["reserved-concurrency-zero"] == 0


def test_everybody_is_asked_where_the_account_does_not_say(proxy: Proxy) -> None:
    proxy.answer = Reserving({"fn-00003": 4, "fn-00098": 0}, {})
    proxy.reset(Fault("GetAccountSettings", status=403, code="AccessDeniedException"))
    heard = run()
    assert proxy.calls["lambda.GetFunction"] == COUNT
    assert said(heard) == {("reserved-concurrency-zero", "fn-00098")}


def test_a_resumed_audit_asks_the_same_functions(proxy: Proxy, tmp_path: Path) -> None:
    proxy.answer = Reserving({"fn-00003": 4, "fn-00004": 0}, {})
    proxy.latency = 0.01
    first = run(tmp_path / "journal.sqlite")
    proxy.reset()
    second = run(tmp_path / "journal.sqlite", resume=True)
    assert said(second) == said(first)
    assert proxy.calls == {"sts.GetCallerIdentity": 1}
