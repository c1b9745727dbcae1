"""Threads that make calls for one event loop. They never keep the process alive: a hanging call must not."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Literal, TypeVar

T = TypeVar("T")


class Workers:
    """A fixed number of daemon threads, started as they are needed."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = 0
        #: Threads that nothing has been given to; below zero, work waits for a thread.
        self._free = 0
        self._busy = 0
        self._tasks: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Future[Any], Callable[[], Any]] | None] = (
            SimpleQueue()
        )
        self._lock = threading.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work on one of the threads; what it raises is raised here."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            if self._free <= 0 and self._started < self._count:
                self._started += 1
                self._free += 1
                threading.Thread(target=self._serve, daemon=True, name=f"call-{self._started}").start()
            # Claimed here, not where the thread wakes up: until then, it would seem free to many.
            self._free -= 1
        self._tasks.put((loop, future, work))
        return await future

    def drain(self, seconds: float) -> None:
        """Wait until the work that has begun is done, but not longer than this."""
        until = time.monotonic() + seconds
        while self._busy > 0 and time.monotonic() < until:
            time.sleep(0.01)

    def close(self) -> None:
        """Let the threads end once they are idle."""
        for _ in range(self._started):
            self._tasks.put(None)

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            with self._lock:
                self._busy += 1
            loop, future, work = task
            try:
                with _Handover(loop, future) as handover:
                    handover.result = work()
            finally:
                with self._lock:
                    self._busy -= 1
                    self._free += 1


class _Handover:
    """Hands what work on a thread comes to over to the loop that waits for it: its result, or what it raised.

    That is so for what asks the program to end, too (KeyboardInterrupt, SystemExit): it ends by the loop that waits,
    not by a thread of many, which goes on with other work. Whoever was cancelled waits no more and is handed nothing.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
        self._loop = loop
        self._future = future
        self.result: Any = None

    def __enter__(self) -> _Handover:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, trouble: BaseException | None, trace: TracebackType | None
    ) -> Literal[True]:
        # A loop that was closed meanwhile has nobody who waits.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, self._future, self.result, trouble)
        return True


def _settle(future: asyncio.Future[Any], result: Any, trouble: BaseException | None) -> None:
    if future.done():
        return
    if isinstance(trouble, StopIteration):
        # Futures refuse it: it would end whatever generator it passes.
        future.set_exception(RuntimeError(repr(trouble)))
    elif trouble is not None:
        future.set_exception(trouble)
    else:
        future.set_result(result)
