"""Every rule against its own examples, and against variants of itself and of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lambdalint.examples import judge_example
from lambdalint.model.kinds import THINGS
from lambdalint.rule.example import Example, Judged, run_examples
from lambdalint.rule.library import load_folder
from lambdalint.rule.mutant import Mutant, with_other_number, without_clause
from lambdalint.rule.rule import Rule
from lambdalint.source.edit import TextEdit, apply
from lambdalint.source.node import Document, Mapping, Node, Scalar
from lambdalint.source.read import parse

ROOT = Path(__file__).parent.parent
RULES = load_folder(ROOT / "rules", THINGS, base=ROOT)


def named(rules: list[Rule]) -> list[object]:
    return [pytest.param(rule, id=rule.id) for rule in rules]


@pytest.mark.parametrize("rule", named(RULES))
def test_examples_come_out_as_marked(rule: Rule) -> None:
    assert [str(failure) for failure in run_examples(rule, judge_example)] == []


@pytest.mark.parametrize("rule", named([rule for rule in RULES if rule.fix is not None]))
def test_a_fixed_example_passes_and_needs_no_second_fix(rule: Rule) -> None:
    fixed = [example for example in rule.examples if example.fixed is not None]
    assert fixed, "a rule with a fix shows it in an example"
    for example in fixed:
        judged = judge_example(rule, dataclasses.replace(example, text=example.fixed or ""))
        assert (judged.findings, judged.fixed) == ((), None)


def outcome(judged: Judged) -> tuple[tuple[int, ...], bool]:
    return tuple(sorted(line for line, _ in judged.findings)), bool(judged.undecided)


@cache
def outcomes(index: int) -> list[tuple[tuple[int, ...], bool]]:
    rule = RULES[index]
    return [outcome(judge_example(rule, example)) for example in rule.examples]


def unnoticed(rule: Rule, mutants: Iterator[Mutant]) -> list[str]:
    expected = outcomes(RULES.index(rule))
    return [
        mutant.what
        for mutant in mutants
        if [outcome(judge_example(mutant.rule, example)) for example in rule.examples] == expected
    ]


@pytest.mark.parametrize("rule", named(RULES))
def test_every_clause_matters(rule: Rule) -> None:
    assert unnoticed(rule, without_clause(rule)) == []


@pytest.mark.parametrize("rule", named(RULES))
def test_every_number_matters(rule: Rule) -> None:
    assert unnoticed(rule, with_other_number(rule)) == []


def hidden(example: Example) -> Iterator[tuple[str, Example]]:
    """The example once for each value in its resources' properties, that value hidden behind a parameter."""
    if example.dialect not in {"sam", "cloudformation"}:
        return
    document = Document("template.yaml", example.text)
    root = parse(document)
    resources = root.get("Resources") if isinstance(root, Mapping) else None
    if not isinstance(resources, Mapping):
        return
    pending: list[Node] = [
        properties
        for resource in resources.items.values()
        if isinstance(resource, Mapping) and isinstance(properties := resource.get("Properties"), Mapping)
    ]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar):
            if node.text and node.end > node.start and not node.text.startswith("AWS::"):
                edit = TextEdit(document, node.start, node.end, "!Ref HiddenByTest")
                text = apply(document.text, [edit]) + "\nParameters: {HiddenByTest: {Type: String}}\n"
                yield document.text[node.start : node.end], dataclasses.replace(example, text=text)
        elif isinstance(node, Mapping):
            if not any(key.startswith(("Fn::", "Ref", "Condition")) for key in node):
                pending.extend(value for key, value in node.items.items() if key not in {"Type", "Version"})
        else:
            pending.extend(node.items)


@pytest.mark.parametrize("rule", named(RULES))
def test_hiding_a_value_never_makes_a_finding(rule: Rule) -> None:
    """What cannot be known is undecided: a passing example stays clean whichever of its values is hidden."""
    alarms = [
        f"{example.name}: {value}"
        for example in rule.examples
        if example.verdict == "pass" and "Parameters" not in example.text
        for value, variant in hidden(example)
        if judge_example(rule, variant).findings
    ]
    assert alarms == []
