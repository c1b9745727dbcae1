"""Rules that are a little wrong, to prove that the examples would notice: every clause and every number matters."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lambdalint.record import record, replace
from lambdalint.rule.expression import Expression
from lambdalint.rule.grammar import parse
from lambdalint.rule.rule import Rule


@record
class Mutant:
    """A changed rule and what was changed: "require without mapping.enabled", "option factor 7 for 6"."""

    what: str
    rule: Rule


def clauses(text: str) -> Iterator[tuple[str, str]]:
    """(the clause, the expression without it) for each operand of ``and`` and ``or`` and each ``if`` of a generator."""
    tree = parse(text)
    for node in ast.walk(tree):
        parts = node.values if isinstance(node, ast.BoolOp) else node.ifs if isinstance(node, ast.comprehension) else []
        for index in range(len(parts)):
            clause = parts.pop(index)
            yield ast.unparse(clause), ast.unparse(tree)
            parts.insert(index, clause)


def numbers(text: str) -> Iterator[tuple[str, str]]:
    """("7 for 6", the expression with it) for each number, one more and one less."""
    tree = parse(text)
    for node in ast.walk(tree):
        if (
            not isinstance(node, ast.Constant)
            or isinstance(node.value, bool)
            or not isinstance(node.value, int | float)
        ):
            continue
        number = node.value
        for changed in (number + 1, number - 1):
            node.value = changed
            yield f"{changed} for {number}", ast.unparse(tree)
        node.value = number


def without_clause(rule: Rule) -> Iterator[Mutant]:
    """The rule with one clause of ``when`` or ``require`` left out, and with no ``when`` at all."""
    for clause, text in clauses(rule.require.text):
        yield Mutant(f"require without {clause}", replace(rule, require=Expression(text, truth=True)))
    for clause, text in clauses(rule.when.text):
        yield Mutant(f"when without {clause}", replace(rule, when=Expression(text, truth=True)))
    if not isinstance(rule.when.tree, ast.Constant):
        yield Mutant(f"no when: {rule.when.text.strip()}", replace(rule, when=Expression("True", truth=True)))


def with_other_number(rule: Rule) -> Iterator[Mutant]:
    """The rule with one number of ``when``, ``require`` or the options one larger or smaller."""
    for change, text in numbers(rule.require.text):
        yield Mutant(f"require with {change}", replace(rule, require=Expression(text, truth=True)))
    for change, text in numbers(rule.when.text):
        yield Mutant(f"when with {change}", replace(rule, when=Expression(text, truth=True)))
    for name, value in rule.options.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        for changed in (value + 1, value - 1):
            options = {**rule.options, name: changed}
            yield Mutant(f"option {name} {changed} for {value}", replace(rule, options=options))
