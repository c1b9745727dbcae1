"""The files that a report is written to: ``-o FILE``, with the format that its suffix says, or ``-o FORMAT=FILE``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint.report import FORMATS, RenderOptions, format_for, render
from lambdalint.request import UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.check.finding import Report


def targets_of(entries: list[str]) -> list[tuple[str, Path]]:
    """The formats and files that ``-o`` names.

    Raises:
        UsageError: there is no such format, or the suffix is that of none.
    """
    targets: list[tuple[str, Path]] = []
    for entry in entries:
        name, equals, path = entry.partition("=")
        chosen = name if equals else format_for(entry)
        if chosen not in FORMATS:
            wrong = f"there is no format '{name}'" if equals else "no format has this suffix"
            raise UsageError(f"-o {entry}: {wrong}; write FORMAT=FILE with one of {', '.join(FORMATS)}")
        targets.append((chosen, Path(path if equals else entry)))
    return targets


def write_files(report: Report, targets: list[tuple[str, Path]], options: RenderOptions) -> None:
    """Write a report to files, whose folders are made where they are missing.

    Raises:
        UsageError: a file cannot be written.
    """
    for chosen, target in targets:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(render(report, chosen, options=options), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"-o {target}: cannot be written: {error.strerror}") from None


def options_of(parsed: Namespace, here: Path) -> RenderOptions:
    """What reports say beside what was found, as the command line asks for it."""
    return RenderOptions(
        root=str(_root(here)),
        here=str(here),
        sarif_suppressed=parsed.sarif_suppressed,
        category=parsed.sarif_category,
    )


def _root(start: Path) -> Path:
    """The folder of the repository, or the one that the run starts from."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)
