"""Which files to look at."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint.load import serverless_program
from lambdalint.load.assembly import MANIFEST, is_assembly, templates_of
from lambdalint.record import record
from lambdalint.source.gap import Gap

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

#: Files that may be templates, by the end of their names.
SUFFIXES = (".yaml", ".yml", ".json", ".template", ".sam", ".cfn")

_NEVER = frozenset(
    {
        ".git", ".hg", ".svn", ".aws-sam", ".serverless", "cdk.out", "node_modules", "bower_components", "__pycache__",
        ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".terraform", "site-packages",
    }
)  # fmt: skip
_NOT_TEMPLATES = frozenset(
    {"package.json", "package-lock.json", "npm-shrinkwrap.json", "composer.lock", "pnpm-lock.yaml", "tsconfig.json"}
)


@record
class Found:
    """A file to look at. ``name`` is its posix path from the root, or as given where it stands outside."""

    path: Path
    name: str
    #: Whether it was named itself, so that it must be readable, rather than met in a directory.
    explicit: bool


def collect(
    paths: list[Path],
    root: Path,
    exclude: list[str] | None = None,
    elsewhere: Sequence[tuple[Path, list[str]]] = (),
) -> tuple[list[Found], list[Gap]]:
    """The files that are named and those below the directories that are, each once, in a fixed order.

    ``exclude`` holds patterns as in a .gitignore, from the root, ``elsewhere`` those of other folders, which count for
    less; like .gitignore itself they apply to what is met in directories, not to what is named. Links that lead out of
    the root are not followed. The gaps are paths that do not exist or cannot be read.
    """
    base = _absolute(root)
    found: dict[str, Found] = {}
    gaps: list[Gap] = []
    walk = _Walk(base, [*((_absolute(folder), lines) for folder, lines in elsewhere), (base, exclude or [])], gaps)
    for path in paths:
        full = _absolute(path)
        shown = _name(full, base, path)
        if not os.path.lexists(full):
            gaps.append(Gap(shown, "There is no such file or directory; check the spelling of the path.", path=shown))
        elif _inside(full, base) and not _inside(os.path.realpath(full), os.path.realpath(base)):
            gaps.append(
                Gap(shown, "This is a link that leads out of the project; name the file it leads to.", path=shown)
            )
        elif Path(full).is_dir():
            for file in walk.files(full):
                found.setdefault(file, Found(Path(file), _name(file, base, path), False))
        else:
            named, lost = _named(full, shown)
            gaps += lost
            for file in named:
                found[file] = Found(Path(file), _name(file, base, path), True)
    return _without_links(found), gaps


def _named(full: str, shown: str) -> tuple[list[str], list[Gap]]:
    """A file that was named; for the manifest of a cloud assembly its templates, for a compose file its services."""
    folder, name = os.path.split(full)
    if name == MANIFEST and Path(folder, "cdk.out").is_file():
        return templates_of(folder) or [full], []
    if name not in serverless_program.COMPOSED:
        return _service(full, shown)
    from lambdalint.load.serverless.compose import services_of

    services, gaps = services_of(Path(full), shown)
    files: list[str] = []
    for service in services:
        own, lost = _service(str(service), posixpath.join(posixpath.dirname(shown), os.path.relpath(service, folder)))
        files += own
        gaps += lost
    return files, gaps


def _service(full: str, shown: str) -> tuple[list[str], list[Gap]]:
    """A file; for a service written as a program what was packaged from it, or nothing, with a gap."""
    if not serverless_program.is_program(full):
        return [full], []
    template = serverless_program.packaged(full)
    return ([template], []) if template is not None else ([], [Gap(shown, serverless_program.WHY, path=shown)])


def _absolute(path: Path) -> str:
    return os.path.normpath(path.absolute())


def _inside(path: str, base: str) -> bool:
    return path == base or path.startswith(base.rstrip(os.sep) + os.sep)


def _name(full: str, base: str, given: Path) -> str:
    if _inside(full, base):
        return os.path.relpath(full, base).replace(os.sep, "/")
    return (given if full == _absolute(given) else Path(full)).as_posix()


def _without_links(found: dict[str, Found]) -> list[Found]:
    """Drop a link where the file it leads to is there as well."""
    return [
        file
        for full, file in found.items()
        if file.explicit or not file.path.is_symlink() or os.path.realpath(full) not in found
    ]


class _Walk:
    """Walks directories below a root; knows what .gitignore files and ``exclude`` leave out."""

    def __init__(self, base: str, exclude: list[tuple[str, list[str]]], gaps: list[Gap]) -> None:
        self.base = base
        self.real_base = os.path.realpath(base)
        self.gaps = gaps
        self.ignores: dict[str, list[tuple[str, GitIgnoreSpec]]] = {}
        self.exclude = [(folder, _spec(lines)) for folder, lines in exclude if lines]

    def files(self, top: str) -> Iterator[str]:
        """Candidates below a directory, sorted by name within each directory."""
        above = self._above(top)
        # A directory that is named is looked at even if it is ignored (cdk.out usually is).
        specs = [] if _ignored(top, True, above) else above
        waiting: list[tuple[str, bool, list[tuple[str, GitIgnoreSpec]]]] = [(top, True, specs)]
        while waiting:
            path, is_directory, specs = waiting.pop()
            if not is_directory:
                yield from self._candidate(path)
                continue
            entries = self._entries(path)
            names = {entry.name for entry in entries}
            templates = templates_of(path) if is_assembly(names) else None
            if templates is not None:
                yield from templates
                continue
            if "pyvenv.cfg" in names and path != top:
                continue
            if path not in self.ignores:
                self.ignores[path] = _read_ignore(path) if ".gitignore" in names else []
            specs = specs + self.ignores[path]
            passed_over = serverless_program.superseded(names)
            for entry in reversed(entries):
                if entry.name in passed_over:
                    continue
                is_directory = entry.is_dir(follow_symlinks=False)
                if self._wanted(entry, is_directory) and not _ignored(entry.path, is_directory, specs + self.exclude):
                    waiting.append((entry.path, is_directory, specs))

    def _candidate(self, path: str) -> Iterator[str]:
        """The file itself; for a program what was packaged from it, or nothing, with a gap."""
        found, lost = _service(path, _name(path, self.base, Path(path)))
        self.gaps += lost
        yield from found

    def _entries(self, path: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(path) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            shown = _name(path, self.base, Path(path))
            why = f"The directory could not be read ({error.strerror}); check its permissions, or exclude it."
            self.gaps.append(Gap(shown, why, path=shown))
            return []

    def _wanted(self, entry: os.DirEntry[str], is_directory: bool) -> bool:
        if is_directory:
            return entry.name not in _NEVER
        if entry.name in _NOT_TEMPLATES or not entry.name.endswith(SUFFIXES):
            return entry.name in serverless_program.NAMES and entry.is_file(follow_symlinks=False)
        if entry.is_symlink() and not _inside(os.path.realpath(entry.path), self.real_base):
            return False
        return entry.is_file()

    def _above(self, top: str) -> list[tuple[str, GitIgnoreSpec]]:
        """The .gitignore files between the root and a directory, the root's first."""
        specs: list[tuple[str, GitIgnoreSpec]] = []
        if _inside(top, self.base):
            path = self.base
            for part in Path(top).relative_to(self.base).parts:
                specs.extend(_read_ignore(path))
                path = f"{path.rstrip(os.sep)}{os.sep}{part}"
        return specs


def _read_ignore(directory: str) -> list[tuple[str, GitIgnoreSpec]]:
    try:
        with Path(directory, ".gitignore").open(encoding="utf-8", errors="replace") as file:
            lines = file.read(1_000_000).splitlines()
    except OSError:
        return []
    return [(directory, _spec(lines))]


def _spec(lines: list[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _ignored(path: str, is_directory: bool, specs: list[tuple[str, GitIgnoreSpec]]) -> bool:
    """Whether the last pattern that speaks of a path leaves it out: deeper files win over those above."""
    for directory, spec in reversed(specs):
        if not _inside(path, directory):
            continue
        inner = path[len(directory.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
        verdict = spec.check_file(inner + "/" if is_directory else inner).include
        if verdict is not None:
            return bool(verdict)
    return False
