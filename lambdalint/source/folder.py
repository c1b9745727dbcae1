"""Files below one folder, and nothing outside it.

Templates name files (``CodeUri``, ``${file(...)}``), and templates come from strangers: whatever leaves the root,
by ``..``, as an absolute path or through a link, is treated as absent.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

#: Largest file that is read, in bytes.
MAX_BYTES = 32 * 1024 * 1024


class Folder(Protocol):
    """Read access below a root. Paths are posix, relative to the root; ``.`` is the root itself."""

    def read(self, path: str) -> bytes | None:
        """Content of a regular file of at most ``MAX_BYTES``; None where there is none."""
        ...

    def open(self, path: str) -> BinaryIO | None:
        """A regular file of any size, to read pieces of it and close it; None where there is none."""
        ...

    def modified(self, path: str) -> int | None:
        """When the content of a file was last changed, in nanoseconds since 1970; None where that is not kept."""
        ...

    def files(self, path: str, limit: int) -> list[tuple[str, int]]:
        """Up to ``limit`` files at or below a path, in a fixed order: (path from the root, size in bytes)."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or folder stands there."""
        ...

    def is_dir(self, path: str) -> bool:
        """Whether a folder stands there."""
        ...

    def leads_out(self, path: str) -> bool:
        """Whether a link on the way leads out of the root, so that what stands behind it counts as absent."""
        ...

    def real(self, path: str) -> str | None:
        """What tells a file or folder from every other, links followed; None where there is none."""
        ...


def normal(path: str) -> str | None:
    """The path without ``.`` and ``..``; ``""`` for the root, None for what leaves it."""
    if path.startswith("/") or "\x00" in path:
        return None
    found = posixpath.normpath(path)
    if found == ".." or found.startswith("../"):
        return None
    return "" if found == "." else found


class DiskFolder:
    """A directory on disk."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(os.path.realpath(root))

    def _real(self, path: str) -> Path | None:
        """The file behind a path, links followed, if it stands below the root."""
        inner = normal(path)
        if inner is None:
            return None
        full = self.root / inner
        if not os.path.lexists(full):
            # Nothing is there, so no links need to be followed: most paths that are asked for are guesses.
            return None
        real = Path(os.path.realpath(full))
        return real if real.is_relative_to(self.root) else None

    def read(self, path: str) -> bytes | None:
        real = self._real(path)
        if real is None:
            return None
        try:
            status = real.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
                return None
            with real.open("rb") as file:
                return file.read(MAX_BYTES)
        except OSError:
            return None

    def open(self, path: str) -> BinaryIO | None:
        real = self._real(path)
        try:
            if real is None or not stat.S_ISREG(real.stat().st_mode):
                return None
            return real.open("rb")
        except OSError:
            return None

    def modified(self, path: str) -> int | None:
        real = self._real(path)
        try:
            return real.stat().st_mtime_ns if real is not None else None
        except OSError:
            return None

    def files(self, path: str, limit: int) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        seen: set[Path] = set()
        waiting = [normal(path)]
        while waiting and len(found) < limit:
            name = waiting.pop()
            real = None if name is None else self._real(name)
            if name is None or real is None:
                continue
            try:
                status = real.stat()
                if stat.S_ISREG(status.st_mode):
                    found.append((name, status.st_size))
                elif stat.S_ISDIR(status.st_mode) and real not in seen:
                    seen.add(real)  # a link to a folder above would never end
                    prefix = name + "/" if name else ""
                    names = sorted((child.name for child in real.iterdir()), reverse=True)
                    waiting.extend(prefix + child for child in names)
            except OSError:
                continue
        return found

    def exists(self, path: str) -> bool:
        real = self._real(path)
        return real is not None and real.exists()

    def is_dir(self, path: str) -> bool:
        real = self._real(path)
        return real is not None and real.is_dir()

    def leads_out(self, path: str) -> bool:
        inner = normal(path)
        return inner is not None and os.path.lexists(self.root / inner) and self._real(path) is None

    def real(self, path: str) -> str | None:
        real = self._real(path)
        return str(real) if real is not None and real.exists() else None


class DictFolder:
    """Files that stand in memory: for examples and tests."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files: dict[str, bytes] = {}
        for path, content in sorted(files.items()):
            name = normal(path)
            if name:
                self._files[name] = content.encode() if isinstance(content, str) else content

    def read(self, path: str) -> bytes | None:
        name = normal(path)
        return None if name is None else self._files.get(name)

    def open(self, path: str) -> BinaryIO | None:
        data = self.read(path)
        return None if data is None else BytesIO(data)

    def modified(self, path: str) -> int | None:
        return None

    def files(self, path: str, limit: int) -> list[tuple[str, int]]:
        name = normal(path)
        if name is None:
            return []
        prefix = name + "/" if name else ""
        inside = [(file, len(data)) for file, data in self._files.items() if file == name or file.startswith(prefix)]
        return inside[:limit]

    def exists(self, path: str) -> bool:
        name = normal(path)
        return name is not None and (name in self._files or self.is_dir(path))

    def is_dir(self, path: str) -> bool:
        name = normal(path)
        return name == "" or (name is not None and any(file.startswith(name + "/") for file in self._files))

    def leads_out(self, path: str) -> bool:
        return False

    def real(self, path: str) -> str | None:
        return normal(path) if self.exists(path) else None
