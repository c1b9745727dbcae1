"""One intent in several dialects gives equal models and equal findings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lambdalint.check.engine import judge
from lambdalint.check.finding import Finding
from lambdalint.load.conditions import Fork
from lambdalint.load.stack import Stack
from lambdalint.model.element import Element
from lambdalint.model.function import TYPE, Function
from lambdalint.model.kinds import THINGS
from lambdalint.model.model import Model, Settings
from lambdalint.model.thing import facts_of
from lambdalint.rule.library import load_folder
from lambdalint.run import build_in, info_of, load_document
from lambdalint.source.folder import DictFolder
from lambdalint.source.read import read_document
from lambdalint.source.value import Default, Given, Many, Unknown

ROOT = Path(__file__).parent.parent
SETTINGS = Settings(as_of=date(2026, 11, 21))
RULES = [(rule, info_of(rule)) for rule in load_folder(ROOT / "rules", THINGS)]
INTENTS = sorted(path.name for path in (ROOT / "fixtures" / "same").iterdir())


def stacks(intent: str, settings: Settings = SETTINGS) -> Iterator[Stack]:
    for path in sorted((ROOT / "fixtures" / "same" / intent).glob("*.y*ml")):
        stack = load_document(read_document(path, path.name), settings)
        assert isinstance(stack, Stack)
        yield stack


def content(value: Any) -> Any:
    """What a fact says, without where it says so."""
    match value:
        case Given() | Default():
            return value.value
        case Unknown():
            return "unknown"
        case Many():
            return sorted(str(content(item)) for item in value)
        case Element():
            return type(value).__name__
        case _:
            return value


def facts(stack: Stack, settings: Settings = SETTINGS) -> dict[str, dict[str, Any]]:
    model = Model(build_in(stack, settings, DictFolder({})))
    found: dict[str, dict[str, Any]] = {}
    for resource in model.declared(TYPE):
        function = model.thing(Function, resource)
        shown: dict[str, Any] = {}
        for name in facts_of(Function):
            try:
                shown[name] = content(getattr(function, name))
            except Fork as fork:
                shown[name] = f"depends on {fork.name}"
        found[function.label] = shown
    return found


def findings(stack: Stack, settings: Settings = SETTINGS) -> list[tuple[str, str, str, str | None]]:
    verdicts = judge(RULES, build_in(stack, settings, DictFolder({})))
    return sorted(
        (verdict.rule.id, verdict.confidence, verdict.message, verdict.condition)
        for verdict in verdicts
        if isinstance(verdict, Finding)
    )


@pytest.mark.parametrize("intent", INTENTS)
def test_models_are_equal(intent: str) -> None:
    first, *others = [facts(stack) for stack in stacks(intent)]
    assert others
    for other in others:
        assert other == first


@pytest.mark.parametrize("intent", INTENTS)
def test_findings_are_equal(intent: str) -> None:
    first, *others = [findings(stack) for stack in stacks(intent)]
    assert first
    for other in others:
        assert other == first
