"""Asking: pages, pace, retries, refusals and the journal, for every call alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from lambdalint.load.aws.answer import PASSING, Answer, Ok, Refused
from lambdalint.load.aws.client import Caller, Identity
from lambdalint.load.aws.journal import Journal
from lambdalint.load.aws.operation import OPERATIONS, Operation
from lambdalint.load.aws.pace import Bucket, Pace
from lambdalint.load.aws.redact import redacted
from lambdalint.load.aws.workers import Workers

T = TypeVar("T")

#: Tries of a call that AWS throttles, and of one that fails on the way.
THROTTLE_TRIES = 8
FAILURE_TRIES = 4
#: A permission is taken to be missing when this many calls were denied and none was answered.
DENIALS = 3
#: A call is taken not to work in a region when it was given up for this many targets and none was answered.
GIVEN_UP = 5
_MOST_PAGES = 100_000
#: In the journal: what was asked about does not exist.
_MISSING = "\0missing"
#: Stands for the region in what belongs to the account as a whole.
GLOBAL = "global"


class Asking:
    """Makes calls for any account. One for a whole audit: it knows what was denied, and which credentials expired."""

    def __init__(
        self,
        caller: Caller,
        pace: Pace,
        journal: Journal | None,
        threads: int = 32,
        on_call: Callable[[Operation, Answer], None] | None = None,
        pause: float = 0.2,
    ) -> None:
        self._caller = caller
        self._pace = pace
        self._journal = journal
        self._workers = Workers(threads)
        self._on_call = on_call
        self._pause = pause
        self._denials: dict[tuple[str, str], Refused | int] = {}
        #: By account, region and operation: how many calls were given up since one was answered.
        self._given_up: dict[tuple[str, str, str], Refused | int] = {}
        self._in_doubt: dict[tuple[str, str, str], asyncio.Lock] = {}
        #: Accounts whose credentials expired: nothing more is asked of them.
        self.expired: dict[str, Refused] = {}
        self._restarted: set[tuple[str, str, str, str]] = set()
        self.calls = 0
        self.throttled = 0
        self._key = journal.key if journal is not None else b"no journal"

    async def ask(
        self,
        who: Identity,
        region: str,
        name: str,
        target: str = "",
        given: dict[str, Any] | None = None,
        shown: Callable[[dict[str, Any]], None] | None = None,
    ) -> Answer:
        """The answer to a call, all pages together; from the journal where it is there. ``target`` tells it from other
        calls of its name, ``given`` are parameters that do not follow from the target. ``shown`` is given what must not
        be kept, too; such a call is made anew each time."""
        operation = OPERATIONS[name]
        pages: list[dict[str, Any]] = []
        token: str | None = None
        for number in range(_MOST_PAGES):
            kept = self._kept(who, region, name, target, number) if shown is None else None
            if kept is not None:
                data, token = kept
                if _MISSING in data:
                    return Refused("missing", data[_MISSING])
            else:
                answer = await self._page(who, region, operation, target, number, token, given or {}, shown)
                if isinstance(answer, Refused):
                    if token is not None and _lost_place(answer):
                        # The list cannot be read on: read it from its start, once.
                        return await self._afresh(who, region, operation, target, answer, given)
                    return answer
                data, token = answer.data, _following(operation, answer.data)
            pages.append(data)
            if token is None:
                break
        return Ok(_together(operation, pages))

    async def persist(self, call: Callable[[], T]) -> T | Refused:
        """Make a call that is none of the operations, as often as is worth it while it fails in a way that passes."""
        for tries in range(1, FAILURE_TRIES):
            answer = await self._workers.run(call)
            if not isinstance(answer, Refused) or answer.reason not in PASSING:
                return answer
            await asyncio.sleep(self._pause * 2**tries)
        return await self._workers.run(call)

    def drain(self, seconds: float) -> None:
        """Wait for the answers of calls that were made, but not longer than this."""
        self._workers.drain(seconds)

    def close(self) -> None:
        """Let the threads end."""
        self._workers.close()

    def _kept(self, who: Identity, region: str, name: str, target: str, page: int) -> tuple[Any, str | None] | None:
        # Who one is must be asked each time: somebody else may resume.
        if self._journal is None or not self._journal.resumed or name.startswith("sts."):
            return None
        found = self._journal.get(who.account, region, name, target, page)
        return None if found is None else (found[0], found[1] or None)

    async def _afresh(
        self,
        who: Identity,
        region: str,
        operation: Operation,
        target: str,
        refused: Refused,
        given: dict[str, Any] | None,
    ) -> Answer:
        key = (who.account, region, operation.name, target)
        if key in self._restarted:
            return refused
        self._restarted.add(key)
        if self._journal is not None:
            self._journal.forget(who.account, region, operation.name, target)
        return await self.ask(who, region, operation.name, target, given)

    async def _page(
        self,
        who: Identity,
        region: str,
        operation: Operation,
        target: str,
        number: int,
        token: str | None,
        given: dict[str, Any],
        shown: Callable[[dict[str, Any]], None] | None = None,
    ) -> Answer:
        parameters = {**operation.parameters(target), **given}
        if token is not None and operation.paging is not None:
            parameters[operation.paging.ask] = token
        bucket = self._pace.bucket(who.account, region, operation.bucket, operation.rate)
        where = who.home if region == GLOBAL else region

        def call() -> Answer:
            """Call and keep the answer, on the calling thread: it is kept even if nobody waits for it any more."""
            answer = self._caller.call(who, where, operation, parameters)
            if isinstance(answer, Ok):
                if shown is not None:
                    shown(answer.data)
                data = redacted(answer.data, self._key) if operation.service == "lambda" else answer.data
                if self._journal is not None:
                    following = _following(operation, data)
                    self._journal.put(who.account, region, operation.name, target, number, data, following)
            elif answer.reason == "missing" and self._journal is not None:
                # That there is none is an answer too, and the most frequent one of GetPolicy.
                self._journal.put(who.account, region, operation.name, target, number, {_MISSING: answer.code}, None)
            return answer

        kind = (who.account, region, operation.name)
        if not self._doubted(kind):
            return await self._tried(who, kind, operation, bucket, call)
        # Whether it works at all is not known: one call at a time finds that out.
        async with self._in_doubt.setdefault(kind, asyncio.Lock()):
            if self._doubted(kind):
                return await self._tried(who, kind, operation, bucket, call)
        return await self._tried(who, kind, operation, bucket, call)

    async def _tried(
        self,
        who: Identity,
        kind: tuple[str, str, str],
        operation: Operation,
        bucket: Bucket,
        call: Callable[[], Answer],
    ) -> Answer:
        """A call in its turn, again and again while it fails in a way that passes."""
        tries = 0
        while True:
            stopped = self._stopped(who, kind)
            if stopped is not None:
                return stopped
            wait = bucket.turn(time.monotonic())
            if wait > 0:
                await asyncio.sleep(wait)
                stopped = self._stopped(who, kind)
                if stopped is not None:
                    return stopped
            answer = await self._workers.run(call)
            self.calls += 1
            if self._on_call is not None:
                self._on_call(operation, answer)
            tries += 1
            if isinstance(answer, Ok) or answer.reason not in PASSING:
                self._given_up.pop(kind, None)
                return self._noted(who, operation, answer)
            if answer.reason == "throttled":
                self.throttled += 1
                bucket.throttled(time.monotonic())
            if tries >= (THROTTLE_TRIES if answer.reason == "throttled" else FAILURE_TRIES):
                known = self._given_up.get(kind, 0)
                if isinstance(known, int):
                    self._given_up[kind] = known + 1 if known + 1 < GIVEN_UP else answer
                return answer
            await asyncio.sleep(self._pause * 2 ** min(tries, 6))

    def _doubted(self, kind: tuple[str, str, str]) -> bool:
        """Whether the last calls of a kind were refused, and none was answered since."""
        account, _, name = kind
        denied = self._denials.get((account, name), 0)
        return kind in self._given_up or isinstance(denied, Refused) or denied > 0

    def _stopped(self, who: Identity, kind: tuple[str, str, str]) -> Refused | None:
        """Why a call is not worth making any more."""
        if who.account in self.expired:
            return self.expired[who.account]
        for known in (self._denials.get((who.account, kind[2])), self._given_up.get(kind)):
            if isinstance(known, Refused):
                return known
        return None

    def _noted(self, who: Identity, operation: Operation, answer: Answer) -> Answer:
        key = (who.account, operation.name)
        if isinstance(answer, Refused) and answer.reason == "expired":
            self.expired[who.account] = answer
        if isinstance(answer, Refused) and answer.reason == "denied":
            known = self._denials.get(key, 0)
            if isinstance(known, int) and known >= 0:
                self._denials[key] = known + 1 if known + 1 < DENIALS else answer
        elif isinstance(answer, Ok) or answer.reason == "missing":
            # One that is answered shows that the permission is there: denials are about single resources.
            self._denials[key] = -1
        return answer


def _lost_place(refused: Refused) -> bool:
    """Whether a list that was read so far cannot be read on: its token expired. Services have many codes for that, but
    the call itself is known to be right."""
    return refused.reason == "unsupported" or (
        refused.reason == "broken" and "token" in f"{refused.code}{refused.message}".lower()
    )


def _following(operation: Operation, data: dict[str, Any]) -> str | None:
    """The token of the next page."""
    return data.get(operation.paging.answer) or None if operation.paging is not None else None


def _together(operation: Operation, pages: list[dict[str, Any]]) -> dict[str, Any]:
    if len(pages) == 1:
        return pages[0]
    whole = dict(pages[0])
    for key in operation.paging.items if operation.paging is not None else ():
        whole[key] = [item for page in pages for item in page.get(key) or ()]
    return whole
