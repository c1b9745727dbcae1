"""What a run looks at: only what it could have found again is gone, and only there a suppression is unused."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from lambdalint.record import record


@record
class Scope:
    """The files and rules of a run. Names of files are those of ``source.names``; the default is everything."""

    name: Callable[[str], str] = str
    #: Names of the files and folders that were asked for; ``.`` is everything.
    paths: tuple[str, ...] = (".",)
    #: Files that could not be looked at, or not all of them.
    lost: frozenset[str] = frozenset()
    #: Ids, categories and aliases of rules that did not run.
    skipped: frozenset[str] = frozenset()
    #: Whether templates were judged in every environment.
    everywhere: bool = True
    #: Account and region of what an audit looked at, with everything in it; None for a run over files.
    pairs: frozenset[tuple[str, str]] | None = None
    #: Accounts of which an audit looked at every region.
    accounts: frozenset[str] = frozenset()

    def saw_thing(self, arn: str) -> bool:
        """Whether a thing of an account was looked at, with whatever could be wrong with it."""
        _, _, _, region, account, _ = (*arn.split(":", 5), *[""] * 5)[:6]
        return (account, region) in (self.pairs or ()) if region else account in self.accounts

    def saw(self, name: str) -> bool:
        """Whether a file, or all of a folder (``""`` is everything), was looked at."""
        return name not in self.lost and any(
            path == "." or name == path or name.startswith(f"{path}/") for path in self.paths
        )

    def saw_all(self, pattern: str) -> bool:
        """Whether every file that a glob may name was looked at."""
        fixed = pattern[: min((pattern.find(char) for char in "*?[" if char in pattern), default=len(pattern))]
        folder = fixed if fixed == pattern else fixed.rpartition("/")[0]
        return self.saw(folder) and not any(fnmatchcase(name, pattern) for name in self.lost)

    def ran(self, pattern: str) -> bool:
        """Whether every rule that a glob of ids, or a category, may name has run."""
        return not any(fnmatchcase(name, pattern) for name in self.skipped)
