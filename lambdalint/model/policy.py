"""What policies allow: one question, answered yes, no, or not to be known before deployment.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, for one account, without
permissions boundaries and organization policies: these can only take away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lambdalint.model.breadth import Breadth, Wide, effectively_star, width
from lambdalint.model.glob import Aliases, matches
from lambdalint.model.statement import (
    Pattern,
    Principal,
    Statement,
    as_written,
    literal_text,
    managed_statements,
    parse_statements,
)


def allows(
    statements: Iterable[Statement], action: str, resource: str | None, aliases: Aliases | None = None
) -> bool | None:
    """Whether these statements together allow an action on a resource; None where that cannot be known here.

    ``resource`` is canonical text; ``"*"`` for an action that takes no resource; None for a resource of which nothing
    is known. ``aliases`` gives other texts for the same resource (see ``glob.matches``).

    A Deny that surely matches decides. A condition of an Allow is taken to hold: the question is whether the grant is
    there. A Deny under a condition, or one that may match, takes a "yes" back to None.
    """
    granted: bool | None = False
    denied: bool | None = False
    for statement in statements:
        applies_here = applies(statement, action, resource, aliases)
        if applies_here is False:
            continue
        if statement.effect == "Deny":
            if applies_here and not statement.conditioned:
                return False
            denied = None
        elif statement.effect == "Allow":
            granted = granted or applies_here or None
        else:
            denied = None
            granted = granted or None
    return None if granted and denied is None else granted


def applies(statement: Statement, action: str, resource: str | None, aliases: Aliases | None = None) -> bool | None:
    """Whether a statement speaks of an action on a resource, whatever it then says about it."""
    on_action = _on_action(statement, action.lower())
    if on_action is False:
        return False
    on_resource = _on_resource(statement, resource, aliases)
    return False if on_resource is False else True if on_action and on_resource else None


class Index:
    """The statements of a role by the action that they speak of, each looked through once: where many functions share
    a role, the same is asked of all of its statements for each of them."""

    def __init__(self, statements: tuple[Statement, ...]) -> None:
        self._statements = statements
        #: The first statement that may allow more than can be seen here: effect or actions are not fully known.
        self.veiled = next((statement for statement in statements if _is_veiled(statement)), None)
        self._about: dict[str, tuple[Statement, ...]] = {}
        self._named: dict[str, dict[str, Statement] | None] = {}

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements that speak of an action, or may."""
        found = self._about.get(action)
        if found is None:
            wanted = action.lower()
            found = self._about[action] = tuple(
                statement for statement in self._statements if _on_action(statement, wanted) is not False
            )
        return found

    def allows(self, action: str, resource: str | None, aliases: Aliases | None = None) -> bool | None:
        """As ``allows`` of all of the statements."""
        if resource is not None and self.naming(action, resource) is not None:
            return True
        return allows(self.about(action), action, resource, aliases)

    def naming(self, action: str, resource: str) -> Statement | None:
        """The first statement that surely allows an action on a resource by its very name; None where none does or
        another one may take it back."""
        if action not in self._named:
            self._named[action] = _named(self.about(action), action.lower())
        named = self._named[action]
        return named.get(resource) if named is not None and "*" not in resource and "?" not in resource else None


def _is_veiled(statement: Statement) -> bool:
    return statement.effect is None or any(not each.known or "${" in each.text for each in statement.actions)


def _named(statements: tuple[Statement, ...], action: str) -> dict[str, Statement] | None:
    if any(statement.effect != "Allow" for statement in statements):
        return None
    found: dict[str, Statement] = {}
    for statement in statements:
        if _on_action(statement, action):
            for pattern in statement.resources:
                if pattern.known:
                    found.setdefault(pattern.text, statement)
    return found


def _on_action(statement: Statement, action: str) -> bool | None:
    return _any(statement.actions, statement.not_actions, lambda text: matches(text.lower(), action))


def _on_resource(statement: Statement, resource: str | None, aliases: Aliases | None) -> bool | None:
    if not statement.resources and not statement.not_resources:
        # A trust policy, or one attached to its resource.
        return True if resource is None else None
    return _any(statement.resources, statement.not_resources, lambda text: _covers(text, resource, aliases))


def _covers(pattern: str, resource: str | None, aliases: Aliases | None) -> bool | None:
    if not pattern.strip("*"):
        return bool(pattern)
    if resource is None:
        return None
    if resource == "*":
        return None if "${" in pattern or "{{" in pattern else False
    return matches(pattern, resource, aliases)


def _any(
    patterns: tuple[Pattern, ...], excluded: tuple[Pattern, ...], matching: Callable[[str], bool | None]
) -> bool | None:
    """Whether one of the patterns matches; with ``Not...`` elements, whether none of the excluded ones does."""
    if excluded and not patterns:
        found = _any(excluded, (), matching)
        return None if found is None else not found
    answer: bool | None = False
    for pattern in patterns:
        match = matching(pattern.text) if pattern.known else None
        if match:
            return True
        if match is None:
            answer = None
    return answer


__all__ = [
    "Aliases",
    "Breadth",
    "Index",
    "Pattern",
    "Principal",
    "Statement",
    "Wide",
    "allows",
    "applies",
    "as_written",
    "effectively_star",
    "literal_text",
    "managed_statements",
    "matches",
    "parse_statements",
    "width",
]
