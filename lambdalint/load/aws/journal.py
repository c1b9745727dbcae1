"""What was answered, on disk as soon as it is: a run that ends early goes on where it stopped.

Answers have lost their environment values before they come here (``redact``). The key of the hashes stands in a file
of its own that only its owner may read. Refusals are not kept, save that something does not exist: whoever resumes may
have been given the permission.
"""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

VERSION = "1"
_TABLES = {"answer", "note"}


class JournalError(Exception):
    """The journal cannot be used; one sentence with the next step."""


class Journal:
    """A SQLite file with one row for each page of each call."""

    def __init__(self, path: Path, resume: bool = False) -> None:
        """Open the journal; without ``resume`` a former one at the path is replaced.

        Raises:
            JournalError: there is nothing to resume, the file is something else, or it cannot be written.
        """
        import sqlite3

        self.path = path
        #: Whether it may hold answers of a former run.
        self.resumed = resume
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if resume and not path.exists():
                raise JournalError(f"{path}: there is no journal to resume; start without --resume")
            if not resume:
                _refuse_strangers(path)
                for suffix in ("", "-wal", "-shm", ".key"):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS answer (account TEXT, region TEXT, operation TEXT, target TEXT, "
                "page INTEGER, data TEXT, next TEXT, PRIMARY KEY (account, region, operation, target, page))"
                " WITHOUT ROWID"
            )
            self._database.execute("CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT)")
            self._check(resume)
            self.key = _key(Path(f"{path}.key"), resume)
        except sqlite3.Error as error:
            raise JournalError(f"{path}: not a journal that this version can use ({error})") from None
        except OSError as error:
            step = "name another file with --journal FILE"
            raise JournalError(f"{path}: the journal cannot be written: {error.strerror}; {step}") from None

    def _check(self, resume: bool) -> None:
        known = self.note("version")
        if resume and known != VERSION:
            raise JournalError(f"{self.path}: it was written by another version; start without --resume")
        self.set_note("version", VERSION)

    def get(self, account: str, region: str, operation: str, target: str, page: int) -> tuple[Any, str | None] | None:
        """The data of a page and the token of the next one; None for what is not there."""
        with self._lock:
            row = self._database.execute(
                "SELECT data, next FROM answer WHERE account=? AND region=? AND operation=? AND target=? AND page=?",
                (account, region, operation, target, page),
            ).fetchone()
        return None if row is None else (json.loads(row[0]), row[1])

    def put(
        self, account: str, region: str, operation: str, target: str, page: int, data: Any, following: str | None
    ) -> None:
        """Keep a page.

        Raises:
            JournalError: the file cannot be written any more (the disk is full).
        """
        import sqlite3

        text = json.dumps(data, default=_plain, separators=(",", ":"))
        try:
            with self._lock:
                self._database.execute(
                    "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (account, region, operation, target, page, text, following),
                )
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path}: the journal cannot be written ({error}); make room and go on with --resume"
            ) from None

    def note(self, name: str) -> str | None:
        """A fact about the run itself."""
        with self._lock:
            row = self._database.execute("SELECT value FROM note WHERE name=?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_note(self, name: str, value: str) -> None:
        """Keep a fact about the run itself."""
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def forget(self, account: str, region: str, operation: str, target: str) -> None:
        """Drop the pages of a list that has to be read from its start again."""
        with self._lock:
            self._database.execute(
                "DELETE FROM answer WHERE account=? AND region=? AND operation=? AND target=?",
                (account, region, operation, target),
            )

    def count(self) -> int:
        """How many pages are kept."""
        with self._lock:
            return int(self._database.execute("SELECT count(*) FROM answer").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()


def _refuse_strangers(path: Path) -> None:
    """Leave alone what is no journal: a slip in ``--journal`` must not cost anybody a file.

    Raises:
        JournalError: the file at the path holds something else.
    """
    import sqlite3
    from contextlib import closing

    if not path.is_file() or path.stat().st_size == 0:
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            tables = {str(row[0]) for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    except sqlite3.Error:
        tables = {"what is no database"}
    if not tables <= _TABLES:
        raise JournalError(f"{path}: this is no journal, so it is left as it is; name another file with --journal FILE")


def _key(path: Path, resume: bool) -> bytes:
    import os

    if not path.exists():
        if resume:
            # Under another key, values that did not change would not be known again.
            raise JournalError(f"{path}: the key of the journal is gone; start without --resume")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, os.urandom(32))
        os.close(descriptor)
    return path.read_bytes()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
