"""The code of live functions: each package is downloaded once, read, and dropped before the next takes its place.

Nothing of it is kept in the journal: what is resumed is downloaded again, from an address that is asked for again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO, Protocol

from lambdalint.load.aws.answer import Answer, Refused, in_words
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.workers import Workers
from lambdalint.record import record

GET_FUNCTION = "lambda.GetFunction"
#: Packages that are on this machine at the same time, of all accounts and regions together.
AT_ONCE = 4


@record
class Unread:
    """Code that was not read: ``why`` after "because". ``asked`` says whether its package was asked for, or could
    not be."""

    why: str
    asked: bool = True


class Fetch(Protocol):
    """Downloads a package."""

    def __call__(self, url: str, digest: str | None) -> BinaryIO | str:
        """An open file, or why there is none."""
        ...


class Ask(Protocol):
    """Asks about a function and shows the whole answer, the address of its package included."""

    def __call__(self, name: str, target: str, *, shown: Callable[[dict[str, Any]], None]) -> Awaitable[Answer]:
        """The answer without what must not be kept."""
        ...


class Packages:
    """Reads the code of functions. ``read`` says what the open package of a function of this configuration says."""

    def __init__(self, fetch: Fetch, read: Callable[[BinaryIO, dict[str, Any]], Any]) -> None:
        self._fetch = fetch
        self._read = read
        self._workers = Workers(AT_ONCE)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def survey(self, ask: Ask, evidence: Evidence, names: list[str]) -> None:
        """Put what the code of some functions says into the evidence. Functions with the same package share it."""
        wanted = set(names)
        alike: dict[str, dict[str, dict[str, Any]]] = {}
        for item in evidence.items("lambda.ListFunctions", "Functions"):
            name = item["FunctionName"]
            if name not in wanted:
                continue
            if item.get("PackageType") == "Image":
                evidence.code[name] = Unread("its code is a container image, which is not downloaded")
            else:
                alike.setdefault(str(item.get("CodeSha256") or name), {})[name] = item
        remaining = iter(alike.values())

        async def serve() -> None:
            for group in remaining:
                async with self._room:
                    evidence.code.update(await self._group(ask, group))

        await asyncio.gather(*(serve() for _ in range(AT_ONCE)))

    def close(self) -> None:
        """Let the threads end."""
        self._workers.close()

    async def _group(self, ask: Ask, group: dict[str, dict[str, Any]]) -> dict[str, Any]:
        for name in group:
            shown: dict[str, Any] = {}
            answer = await ask(GET_FUNCTION, name, shown=shown.update)
            if not (isinstance(answer, Refused) and answer.reason == "missing"):
                break
        if isinstance(answer, Refused):
            # The call has a gap of its own.
            return dict.fromkeys(group, Unread(f"{in_words(answer)} (lambda:GetFunction)", asked=False))
        location = (shown.get("Code") or {}).get("Location")
        if not location:
            return dict.fromkeys(group, Unread("AWS gave no address of its package"))
        digest = (shown.get("Configuration") or {}).get("CodeSha256")
        return await self._workers.run(lambda: self._looked(str(location), digest, group))

    def _looked(self, location: str, digest: str | None, group: dict[str, dict[str, Any]]) -> dict[str, Any]:
        found = self._fetch(location, digest)
        if isinstance(found, str):
            return dict.fromkeys(group, Unread(found))
        said: dict[str, Any] = {}
        read: dict[str, Any] = {}
        with found:
            for name, item in group.items():
                # Most functions with the same package differ in nothing that decides how it is read.
                key = repr([item.get(field) for field in ("Handler", "Runtime", "Layers")])
                if key not in read:
                    each = self._read(found, item)
                    read[key] = Unread(each) if isinstance(each, str) else each
                said[name] = read[key]
        return said
