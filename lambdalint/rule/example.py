"""A rule's examples are its tests: run them and say in sentences what came out differently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lambdalint.rule.rule import Option, Rule

Verdict: TypeAlias = Literal["fail", "pass", "undecided"]


@dataclass(frozen=True, slots=True)
class Example:
    """An input and what the rule says about it.

    ``text`` is the input without the ``# finding`` marks; ``lines`` are those that had one. ``number`` counts from 1
    within the verdict, ``line`` is where the example stands in the rule file, ``as_of`` is an ISO date.
    """

    verdict: Verdict
    number: int
    dialect: str
    text: str
    lines: tuple[int, ...] = ()
    fixed: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    as_of: str | None = None
    note: str | None = None
    line: int | None = None

    @property
    def name(self) -> str:
        """What messages call it: "fail example 1 (sam)"."""
        return f"{self.verdict} example {self.number} ({self.dialect})"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule said about an example: (line, message) of each finding, why it was undecided, the fixed text."""

    findings: tuple[tuple[int, str], ...] = ()
    undecided: tuple[str, ...] = ()
    fixed: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that came out differently. ``path`` and ``line`` are the example's own place in the rule file."""

    rule: str
    sentence: str
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line) if part is not None)
        return f"{place}: {self.rule}: {self.sentence}" if place else f"{self.rule}: {self.sentence}"


#: Judges an example's text (without marks) by a rule with the example's options; given by the check layer.
Judge: TypeAlias = Callable[[Rule, Example], Judged]


def run_examples(rule: Rule, judge: Judge) -> list[Failure]:
    """Every way in which a rule differs from its examples; a rule without a fail or a pass example differs too."""
    failures = [
        Failure(rule.id, f"has no {verdict} example; a rule needs at least one", rule.path)
        for verdict in ("fail", "pass")
        if not any(example.verdict == verdict for example in rule.examples)
    ]
    for example in rule.examples:
        judged = judge(rule.configured(example.options), example)
        failures += [
            Failure(rule.id, f"{example.name}: {sentence}", rule.path, example.line)
            for sentence in differences(example, judged)
        ]
    return failures


def differences(example: Example, judged: Judged) -> list[str]:
    """What an example expected and did not get, as sentences."""
    match example.verdict:
        case "fail":
            sentences = _lines(example, judged)
            if example.fixed is not None and not sentences:
                sentences += _fixed(example.fixed, judged.fixed)
        case "pass":
            sentences = [f"expected no finding, {_got(judged)}"] if judged.findings or judged.undecided else []
        case "undecided":
            right = judged.undecided and not judged.findings
            sentences = [] if right else [f"expected it to be undecided, {_got(judged)}"]
    return sentences


def _lines(example: Example, judged: Judged) -> list[str]:
    found = {line for line, _ in judged.findings}
    missing = [line for line in example.lines if line not in found]
    extra = [(line, message) for line, message in judged.findings if line not in example.lines]
    sentences: list[str] = []
    if missing:
        sentences.append(f"expected a finding at {_numbers(missing)}, {_got(judged)}")
    elif extra:
        sentences.append(f"expected findings only at {_numbers(list(example.lines))}, {_got(judged)}")
    return sentences


def _numbers(lines: list[int]) -> str:
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines))}"


def _got(judged: Judged) -> str:
    got = [f"line {line}: {message}" for line, message in judged.findings]
    got += [f"undecided, because {why}" for why in judged.undecided]
    return f"got {'; '.join(got) or 'none'}"


def _fixed(expected: str, found: str | None) -> list[str]:
    if found is None:
        return ["expected a fix, got none"]
    if found.rstrip("\n") == expected.rstrip("\n"):
        return []
    ours, theirs = expected.rstrip("\n").split("\n"), found.rstrip("\n").split("\n")
    for number, (wanted, got) in enumerate(zip(ours, theirs, strict=False), start=1):
        if wanted != got:
            return [f"line {number} of the fixed text should be {wanted.strip()!r}, got {got.strip()!r}"]
    return [f"the fixed text should have {len(ours)} lines, got {len(theirs)}"]
