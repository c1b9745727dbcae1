"""The facts that rules use, read from their expressions: what an audit must be able to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lambdalint.load.aws.plan import calls_of
from lambdalint.model.kinds import THINGS
from lambdalint.model.thing import Thing
from lambdalint.rule.expression import Expression
from lambdalint.rule.rule import Rule

if TYPE_CHECKING:
    import ast


def facts_of(rule: Rule) -> frozenset[str]:
    """Every fact that a rule may read, by kind: ``function.timeout``; and its own kind, as ``function.``."""
    from lambdalint.rule.checker import check

    found = {f"{rule.kind}."}

    def note(kind: type[Thing], name: str) -> None:
        found.add(f"{kind.kind}.{name}")

    for tree in _expressions(rule):
        check(tree, "", {rule.kind: THINGS[rule.kind]}, rule.option_types(), note)
    return frozenset(found)


def calls_for(rules: Iterable[Rule], deep: bool = False) -> frozenset[str]:
    """The calls that some rules need between them."""
    return calls_of({fact for rule in rules for fact in facts_of(rule)}, deep)


def _expressions(rule: Rule) -> Iterator[ast.expr]:
    yield rule.when.tree
    yield rule.require.tree
    if rule.at is not None:
        yield rule.at.tree
    for message in (rule.message, rule.advice):
        parts = message.parts if message is not None else ()
        yield from (part.tree for part in parts if isinstance(part, Expression))
