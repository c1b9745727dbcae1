"""Whole projects and the report that each must give.

``UPDATE_GOLDEN=1 pytest tests/test_projects.py`` writes the reports anew; the difference is then for a person to read.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdalint.cli import main

PROJECTS = Path(__file__).resolve().parent.parent / "fixtures" / "projects"
NAMES = sorted(path.name for path in PROJECTS.iterdir() if path.is_dir())


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand where the projects are, in an environment that says nothing."""
    for name in [*os.environ]:
        if name.startswith("AWS_") or name in {"NO_COLOR", "FORCE_COLOR", "CI"}:
            monkeypatch.delenv(name)
    monkeypatch.chdir(PROJECTS)
    yield
    gc.enable()


@pytest.mark.parametrize("name", NAMES)
def test_report_of_a_project(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check", name, "--isolated", "--as-of=2026-11-21", "--color=never"])
    report = capsys.readouterr().out
    golden = PROJECTS / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(report, encoding="utf-8")
    assert report == golden.read_text(encoding="utf-8")
    assert code == (0 if name == "clean" else 1)


def test_the_clean_project_is_clean() -> None:
    assert (PROJECTS / "clean.txt").read_text(encoding="utf-8").startswith("No problems found in 1 document")
