"""Execution roles: what they grant, to whom, and whether that is enough or too much.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lambdalint.data import permissions
from lambdalint.load.stack import Resource
from lambdalint.model.arn import aliases_of, arn_of
from lambdalint.model.breadth import effectively_star
from lambdalint.model.element import Element
from lambdalint.model.grant import Attachment, Grant
from lambdalint.model.model import Model
from lambdalint.model.policy import Index, applies
from lambdalint.model.resource_policy import policy_on
from lambdalint.model.role_policies import ROLE, managed_arns, policies_of
from lambdalint.model.source import Source
from lambdalint.model.statement import Statement
from lambdalint.model.thing import fact
from lambdalint.source.node import Node
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


class Role(Element):
    """An IAM role that functions of the stack run as."""

    kind = "role"
    __slots__ = ()

    @fact
    def functions(self) -> Many[Function]:
        """The functions of this template that run as it."""
        from lambdalint.model.function import TYPE, Function

        return Many(self.model.owned(Function, TYPE, self, "role"))

    @fact
    def function_count(self) -> Value[int]:
        """How many functions of this template run as it."""
        return Default(len(self.functions), self.origin)

    @fact
    def function(self) -> Function | None:
        """The function that runs as it, when there is exactly one."""
        return self.functions.items[0] if len(self.functions) == 1 else None

    @fact
    def generated(self) -> bool:
        """Whether a transform made it, so that nobody wrote it."""
        return self.resource is not None and self.resource.via is not None

    @fact
    def grants(self) -> Many[Grant]:
        """The statements of its policies, without those of AWS managed policies."""
        own = tuple(Grant(self, statement) for statement in self.statements() if not statement.by_aws)
        return Many(own, self.open())

    @fact
    def attachments(self) -> Many[Attachment]:
        """The AWS managed policies attached to it."""
        found = [
            Attachment(self, place, target.rpartition("/")[2])
            for place, target in managed_arns(self)
            if isinstance(target, str) and ":iam::aws:policy/" in target
        ]
        return Many(tuple(found), self.open())

    @fact
    def powers(self) -> Value[int]:
        """How many of its statements allow anything but writing logs, traces and network interfaces."""
        known = sum(1 for grant in self.grants if grant.matters) + len(self._meaningful())
        return self.open() or Default(0, self.origin) if known == 0 else Default(known, self.origin)

    @fact
    def allows_everything(self) -> Value[bool]:
        """Whether it allows every action on every resource (or all but a few that are named) without a condition, by a
        statement of its own or by AdministratorAccess."""
        unknown = self.open()
        for grant in self.grants:
            everything = grant.allows_everything
            if isinstance(everything, Unknown):
                unknown = unknown or everything
            elif everything.value and not grant.conditioned:
                return everything
        for attachment in self.attachments:
            if attachment.administrator and attachment.origin is not None:
                return Given(True, attachment.origin)
        return unknown or Default(False, self.origin)

    @fact
    def exceptions(self) -> Value[str]:
        """What the statement names that allows everything else, as the end of a sentence: ", except iam:*"; empty where
        it allows all."""
        everything = self.allows_everything
        for grant in self.grants:
            if grant.allows_everything == everything and not grant.conditioned:
                return grant.exceptions
        return Default("", self.origin)

    def _meaningful(self) -> list[Attachment]:
        return [attachment for attachment in self.attachments if not attachment.harmless]

    # --- statements -------------------------------------------------------------------------------------------------

    def statements(self) -> tuple[Statement, ...]:
        """Every statement that is known of its policies."""
        return self._policies()[0]

    def open(self) -> Unknown | None:
        """Why its policies are not all known, or None."""
        if self.resource is None:
            return Unknown(f"role {self.label} is declared elsewhere", self.origin)
        return self._policies()[1]

    def _policies(self) -> tuple[tuple[Statement, ...], Unknown | None]:
        known: tuple[tuple[Statement, ...], Unknown | None] | None = self.__dict__.get("_known_policies")
        if known is None:
            known = self.__dict__["_known_policies"] = policies_of(self) if self.resource is not None else ((), None)
        return known

    def _index(self) -> Index:
        known: Index | None = self.__dict__.get("_known_index")
        if known is None:
            known = self.__dict__["_known_index"] = Index(self.statements())
        return known

    # --- questions --------------------------------------------------------------------------------------------------

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Other texts for the resources of the stack (see ``glob.matches``)."""
        return self.model.kept("aliases", aliases_of)

    def allowed(self, action: str, resource: str | None) -> bool | Unknown:
        """Whether it allows an action on a resource (canonical ARN)."""
        answer = self._index().allows(action, resource, self.aliases())
        if answer:
            return True
        why = self.open()
        if why is not None:
            return why
        return (
            False
            if answer is False
            else Unknown(f"whether {self.label} allows {action} depends on its resources", self.origin)
        )

    def grants_any(self, actions: Iterable[str]) -> list[str] | Unknown:
        """Those of the actions that it allows on anything at all; Unknown when none is and its policies are not all
        known."""
        found = [
            action
            for action in actions
            if any(
                statement.effect == "Allow" and not statement.by_aws and _speaks_of(statement, action)
                for statement in self._index().about(action)
            )
        ]
        return found or self.open() or self._veiled() or []

    def _veiled(self) -> Unknown | None:
        """Why a statement may allow more than can be seen here, or None."""
        statement = self._index().veiled
        return Unknown(f"what {statement.label} allows is not known", statement.origin.at()) if statement else None

    def needed_by_destinations(self) -> frozenset[str]:
        """The actions that it needs for destinations and dead-letter queues of its functions, whatever their code
        does."""
        known: frozenset[str] | None = self.__dict__.get("_known_needs")
        if known is None:
            from lambdalint.model.destination import destinations_of

            targets = [item.target for function in self.functions for item in destinations_of(function)]
            kinds = [target.type for target in targets if isinstance(target, Source)]
            names = [kind.value for kind in kinds if not isinstance(kind, Unknown)]
            actions = (action for name in names for action in permissions.DESTINATION_ACTIONS.get(name, ()))
            known = self.__dict__["_known_needs"] = frozenset(actions)
        return known

    def names_in_grant(self, actions: Iterable[str], source: Source) -> Value[bool]:
        """Whether a statement that names the source (not ``*``) allows one of the actions on it."""
        for action in actions:
            arn = arn_of(source, action.partition(":")[0])
            for statement in self._index().about(action):
                resources = statement.resources
                named = statement.effect == "Allow" and bool(resources)
                named = named and not any(effectively_star(pattern.text) for pattern in resources)
                if named and applies(statement, action, arn, self.aliases()) is True:
                    return Given(True, statement.origin.at(), sure=False)
        return self.open() or Default(False, self.origin)


def _speaks_of(statement: Statement, action: str) -> bool:
    return any(pattern.known and pattern.text.lower() == action.lower() for pattern in statement.actions)


def role_of(model: Model, node: Node | None) -> Role | Unknown | None:
    """The role that a value names."""
    target = model.target(node, "account")
    match target:
        case Resource():
            return (
                model.thing(Role, target)
                if target.type == ROLE
                else Unknown(f"{target.logical_id} is not a role", target.origin)
            )
        case str():
            assert node is not None
            return Role(model, None, node.at(), target)
        case _:
            return target


def granted(role: Role, actions: Iterable[str], source: Source) -> Value[bool]:
    """Whether a role allows all of the actions on a source or target."""
    unknown: Unknown | None = None
    for action in actions:
        answer = role.allowed(action, arn_of(source, action.partition(":")[0]))
        if answer is False:
            other = policy_on(source)
            return other or Default(False, sure=source.resource is not None)
        if isinstance(answer, Unknown):
            unknown = unknown or answer
    return unknown or Default(True)


def ungranted(role: Role, actions: Iterable[str], source: Source) -> list[str]:
    """Those of the actions that a role surely does not allow on a source or target."""
    return [action for action in actions if role.allowed(action, arn_of(source, action.partition(":")[0])) is False]
