"""Names of files that do not depend on where a run stands, for patterns of the config and for fingerprints."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path


class Names:
    """Paths as they are seen from one folder: that of the config file, else the repository that holds the file.

    What lies outside of it, or in no repository, is named from ``here``, or absolutely where it lies outside of that.
    """

    def __init__(self, here: Path, base: Path | None = None) -> None:
        self.here = _posix(here)
        self.base = _posix(base) if base is not None else None
        self._repositories: dict[str, str | None] = {}

    def of(self, path: str) -> str:
        """The name of a file, from its path as seen from ``here``; ``.`` is the folder of the names itself."""
        whole = posixpath.normpath(posixpath.join(self.here, path.replace(os.sep, "/")))
        base = self.base or self._repository(whole) or self.here
        return _decoded(posixpath.relpath(whole, base) if _inside(whole, base) else whole)

    def _repository(self, path: str) -> str | None:
        """The nearest folder at or above a path that holds a repository."""
        known = self._repositories
        if path not in known:
            parent = posixpath.dirname(path)
            found = Path(path, ".git").exists()
            known[path] = path if found else self._repository(parent) if parent != path else None
        return known[path]


def _posix(folder: Path) -> str:
    return posixpath.normpath(os.path.normpath(folder.absolute()).replace(os.sep, "/"))


def _inside(path: str, base: str) -> bool:
    return path == base or path.startswith(base.rstrip("/") + "/")


def _decoded(path: str) -> str:
    """The name as UTF-8, whatever the locale that the system read it in; other bytes stay escaped."""
    if path.isascii():
        return path
    try:
        return path.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path
