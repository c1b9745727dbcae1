"""Expressions of rules: checked when a rule is loaded, compiled once, evaluated for each thing.

``compile_expression`` checks an expression against the model; ``Expression(text)`` trusts it (the library's own rules
were checked when the index was written) and compiles it when it is first evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdalint.model.thing import Thing, fact
from lambdalint.rule import aggregate, kleene
from lambdalint.rule.kleene import Evidence, Run
from lambdalint.source.value import Default, Given, Unknown

if TYPE_CHECKING:
    import ast


class Outcome:
    """What an expression came to, and why.

    ``value`` is plain data, a thing, None, a tuple of these, or ``Unknown``. ``evidence`` are the model's values that
    decided, in order: the first one that somebody wrote is where a finding stands. ``things`` are those of which plain
    facts were read: they give the place where no value does.
    """

    __slots__ = ("_found", "value")

    def __init__(self, value: Any, found: tuple[Evidence, ...]) -> None:
        self.value = value
        # Most outcomes are a pass, of which nobody asks what decided.
        self._found = found

    @property
    def evidence(self) -> tuple[Given[Any] | Default[Any] | Unknown, ...]:
        """The model's values that decided, each once."""
        return tuple({id(item): item for item in self._found if not isinstance(item, Thing)}.values())

    @property
    def things(self) -> tuple[Thing, ...]:
        """The things of which plain facts decided, each once."""
        return tuple({id(item): item for item in self._found if isinstance(item, Thing)}.values())

    @property
    def sure(self) -> bool:
        """False where the outcome rests on something inferred, so that a finding is tentative."""
        return all(item.sure for item in self._found if isinstance(item, Given | Default))

    @property
    def why(self) -> str | None:
        """The reason, to stand after "because", when the value is Unknown; else None."""
        return self.value.why if isinstance(self.value, Unknown) else None


class Target(NamedTuple):
    """A fact that an expression names: whose it is, its name, and its value as the model gives it."""

    thing: Thing
    fact: str
    value: Any


class Expression:
    """An expression of the rule language. Two with the same text are equal.

    With ``truth`` it comes to True, False or Unknown and nothing else, as ``when`` and ``require`` need.
    """

    __slots__ = ("_run", "_tree", "text", "truth")

    def __init__(self, text: str, truth: bool = False) -> None:
        self.text = text
        self.truth = truth
        self._run: Run | None = None
        self._tree: ast.expr | None = None

    @property
    def tree(self) -> ast.expr:
        """The syntax tree.

        Raises:
            RuleError: the text is not in the language.
        """
        if self._tree is None:
            from lambdalint.rule.grammar import parse

            self._tree = parse(self.text)
        return self._tree

    def evaluate(self, env: Mapping[str, Any]) -> Outcome:
        """The outcome for things bound to names; ``env["option"]`` maps options to their values.

        What a fact raises (the fork of an undecided condition) passes through.
        """
        value, evidence = self.run(_frame(env))
        return Outcome(kleene.plain(value), evidence)

    @property
    def run(self) -> Run:
        """The compiled form."""
        if self._run is None:
            from lambdalint.rule.closure import build, condition

            self._run = condition(self.tree) if self.truth else build(self.tree)
        return self._run

    def target(self, env: Mapping[str, Any]) -> Target | None:
        """The fact that an expression such as ``mapping.source.visibility_timeout`` names, for a fix to set.

        None where the expression names none or its thing is out of sight.
        """
        import ast

        from lambdalint.rule.closure import build

        tree = self.tree
        if not isinstance(tree, ast.Attribute):
            return None
        owner, _ = build(tree.value)(_frame(env))
        if not isinstance(owner, Thing) or not isinstance(getattr(type(owner), tree.attr, None), fact):
            return None
        return Target(owner, tree.attr, getattr(owner, tree.attr))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


def _frame(env: Mapping[str, Any]) -> kleene.Frame:
    """The bound names as results, and the work that one evaluation may do."""
    frame: kleene.Frame = {aggregate.BUDGET: [aggregate.MAX_ITEMS]}
    for name, value in env.items():
        frame[name] = kleene.bound(value)
    return frame


def compile_expression(
    text: str, scope: Mapping[str, type[Thing]], options: Mapping[str, type], wants: str | None = None
) -> Expression:
    """An expression, checked: each name in ``scope`` stands for a thing of that kind.

    ``wants`` is what the place needs: "boolean" for ``when`` and ``require``, "fact" for the value that a fix sets.

    Raises:
        RuleError: the text is not in the language, a name or fact is unknown, or types do not fit.
    """
    import ast

    from lambdalint.rule.checker import check
    from lambdalint.rule.error import RuleError
    from lambdalint.rule.types import WORDS

    expression = Expression(text, truth=wants == "boolean")
    tree = expression.tree
    found = check(tree, text.strip(), scope, options)
    if wants == "fact":
        if not isinstance(tree, ast.Attribute) or (isinstance(tree.value, ast.Name) and tree.value.id == "option"):
            raise RuleError("a value of the model is needed here, such as function.timeout")
    elif wants is not None and found.names and not found.can_be(wants):
        raise RuleError(f"{WORDS[wants]} is needed here, but the expression is {found}")
    return expression
