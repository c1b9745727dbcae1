"""The facts that rules use, read from their expressions: what an audit must be able to tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from lambdalint.load.aws.metrics import metrics_of
from lambdalint.load.aws.plan import BY_NAME, NEEDS, OPT_IN, calls_of, needs_of
from lambdalint.model.kinds import THINGS
from lambdalint.model.thing import Thing
from lambdalint.rule.expression import Expression
from lambdalint.rule.rule import Rule

if TYPE_CHECKING:
    import ast


@cache
def facts_of(rule: Rule) -> frozenset[str]:
    """Every fact that a rule may read, by kind: ``function.timeout``; and its own kind, as ``function.``."""
    from lambdalint.rule.checker import check

    found = {f"{rule.kind}."}

    def note(kind: type[Thing], name: str) -> None:
        found.add(f"{kind.kind}.{name}")

    for tree in _expressions(rule):
        check(tree, "", {rule.kind: THINGS[rule.kind]}, rule.option_types(), note)
    return frozenset(found)


def calls_for(rules: Iterable[Rule], deep: bool = False, metrics: bool = False) -> frozenset[str]:
    """The calls that some rules need between them; without ``metrics``, none for rules that need metrics."""
    facts = [facts_of(rule) for rule in rules]
    return calls_of({fact for own in facts if metrics or not _measured(own) for fact in own}, deep)


def metrics_for(rules: Iterable[Rule]) -> frozenset[str]:
    """The metrics that some rules need between them."""
    return metrics_of(fact for rule in rules for fact in facts_of(rule))


def needs_metrics(rule: Rule, named: bool = False) -> bool:
    """Whether a rule can judge only what is asked with ``audit --metrics``; ``named`` says that the user named it, for
    which some calls are made, too."""
    return not _opt_in(facts_of(rule)) <= (BY_NAME if named else frozenset())


def _measured(facts: Iterable[str]) -> bool:
    return bool(_opt_in(facts))


def _opt_in(facts: Iterable[str]) -> frozenset[str]:
    return OPT_IN.intersection(call for need in needs_of(facts) for call in NEEDS[need])


def _expressions(rule: Rule) -> Iterator[ast.expr]:
    yield rule.when.tree
    yield rule.require.tree
    if rule.at is not None:
        yield rule.at.tree
    for message in rule.messages:
        yield from (part.tree for part in message.parts if isinstance(part, Expression))
