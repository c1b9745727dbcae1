"""Execution roles: what they grant, to whom, and whether that is enough or too much.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lambdalint.load.intrinsics import Absent, Reference, Resolved, Text
from lambdalint.load.stack import Resource
from lambdalint.model.arn import aliases_of, arn_of
from lambdalint.model.breadth import effectively_star
from lambdalint.model.element import Element
from lambdalint.model.grant import Attachment, Grant
from lambdalint.model.model import Model
from lambdalint.model.policy import allows, applies
from lambdalint.model.resource_policy import policy_on
from lambdalint.model.source import Source
from lambdalint.model.statement import Pattern, Statement, managed_statements, parse_statements
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

ROLE = "AWS::IAM::Role"
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


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
        own = tuple(Grant(self, statement) for statement in self.statements() if not _managed(statement))
        return Many(own, self.open())

    @fact
    def attachments(self) -> Many[Attachment]:
        """The AWS managed policies attached to it."""
        return Many(tuple(self._attachments()), self.open())

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
            known = self.__dict__["_known_policies"] = self._collect()
        return known

    def _collect(self) -> tuple[tuple[Statement, ...], Unknown | None]:
        if self.resource is None:
            return (), None
        found: list[Statement] = []
        unknown: Unknown | None = None
        for item in _known_items(self.listed("Policies")):
            if isinstance(item, Mapping):
                document = item.get("PolicyDocument")
                if document is not None:
                    found += self._parse(document, f"inline policy of {self.label}")
            else:
                unknown = unknown or _reason(item, self)
        for node, target in self._managed_arns():
            statements = self._managed(node, target)
            if isinstance(statements, Unknown):
                unknown = unknown or statements
            else:
                found += statements
        attached, open_ones = self.model.kept("policies by role", _by_role)
        own = attached.get(id(self.resource), [])
        for resource in own:
            document = resource.properties.get("PolicyDocument")
            if document is not None:
                found += self._parse(document, f"policy {resource.logical_id}")
        for resource in open_ones:
            if all(resource is not one for one in own):
                unknown = unknown or Unknown(f"policy {resource.logical_id} may be attached to it", resource.origin)
        return tuple(found), unknown

    def _parse(self, document: Node, label: str) -> tuple[Statement, ...]:
        resolver = self.model.resolver

        def text_of(node: Node) -> Given[str] | Unknown | None:
            found = resolver.pattern(node)
            if isinstance(found, tuple):
                return Given(found[0], node)
            return None if isinstance(found, Absent) else found

        def resolve(node: Node) -> Node | Unknown | None:
            found = resolver.resolve(node)
            if isinstance(found, (Unknown, Mapping, Sequence)):
                return found
            return None if isinstance(found, Absent) else node

        return parse_statements(document, text_of, label, resolve)

    def _managed_arns(self) -> list[tuple[Origin, Resource | str | Unknown | None]]:
        written = self.find("ManagedPolicyArns")
        if isinstance(written, Unknown):
            return [(self._here(), written)]
        if not isinstance(written, Sequence):
            return []
        return [(self._chosen(item), self.model.target(item)) for item in written]

    def _chosen(self, item: Node) -> Origin:
        """Where the policy of an entry is written: inside the ``Fn::If``, if there is one."""
        found = self.model.resolver.resolve(item)
        match found:
            case Reference() | Text():
                inner = found.origin
            case Scalar() if found.via is None or item.via is not None:
                inner = found
            case _:
                return item
        return (
            inner if item.document is inner.document and item.start <= inner.start and inner.end <= item.end else item
        )

    def _managed(self, place: Origin, target: Resource | str | Unknown | None) -> tuple[Statement, ...] | Unknown:
        match target:
            case None:
                return ()
            case Unknown():
                return target
            case str():
                statements = managed_statements(target.replace("arn:${AWS::Partition}:", "arn:aws:"), place)
                return (
                    statements if statements is not None else Unknown(f"policy {target} is declared elsewhere", place)
                )
            case Resource():
                document = target.properties.get("PolicyDocument")
                if document is None:
                    return Unknown(f"policy {target.logical_id} is not readable", place)
                return self._parse(document, f"managed policy {target.logical_id}")

    def _attachments(self) -> list[Attachment]:
        return [
            Attachment(self, place, target.rpartition("/")[2])
            for place, target in self._managed_arns()
            if isinstance(target, str) and ":iam::aws:policy/" in target
        ]

    # --- questions --------------------------------------------------------------------------------------------------

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Other texts for the resources of the stack (see ``glob.matches``)."""
        return self.model.aliases(aliases_of)

    def allowed(self, action: str, resource: str | None) -> bool | Unknown:
        """Whether it allows an action on a resource (canonical ARN)."""
        answer = allows(self.statements(), action, resource, self.aliases())
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
                statement.effect == "Allow" and not _managed(statement) and _speaks_of(statement, action)
                for statement in self.statements()
            )
        ]
        return found or self.open() or self._veiled() or []

    def _veiled(self) -> Unknown | None:
        """Why a statement may allow more than can be seen here, or None."""
        for statement in self.statements():
            if statement.effect is None or not all(_plain(pattern) for pattern in statement.actions):
                return Unknown(f"what {statement.label} allows is not known", statement.origin.at())
        return None

    def names_in_grant(self, actions: Iterable[str], source: Source) -> Value[bool]:
        """Whether a statement that names the source (not ``*``) allows one of the actions on it."""
        for action in actions:
            arn = arn_of(source, action.partition(":")[0])
            for statement in self.statements():
                resources = statement.resources
                named = statement.effect == "Allow" and bool(resources)
                named = named and not any(effectively_star(pattern.text) for pattern in resources)
                if named and applies(statement, action, arn, self.aliases()) is True:
                    return Given(True, statement.origin.at(), sure=False)
        return self.open() or Default(False, self.origin)

    def _here(self) -> Origin:
        assert self.origin is not None
        return self.origin


def _by_role(model: Model) -> tuple[dict[int, list[Resource]], list[Resource]]:
    """The policy resources attached to each role (by the identity of its resource), and those with an open target."""
    attached: dict[int, list[Resource]] = {}
    open_ones: list[Resource] = []
    for policy in model.resources(*_ATTACHED):
        targets = _targets(model, policy)
        for target in targets:
            role = model.called(ROLE, target) if isinstance(target, str) else target
            if isinstance(role, Resource):
                own = attached.setdefault(id(role), [])
                if not own or own[-1] is not policy:
                    own.append(policy)
        if any(isinstance(target, Unknown) for target in targets):
            open_ones.append(policy)
    return attached, open_ones


def _targets(model: Model, policy: Resource) -> list[Resource | str | Unknown | None]:
    """What the roles are that a policy resource names: one in ``RoleName``, a list in ``Roles``."""
    if policy.type == "AWS::IAM::RolePolicy":
        return [model.target(policy.properties.get("RoleName"))]
    found = model.resolver.items(policy.properties.get("Roles"))
    if isinstance(found, list):
        return [model.target(node) for node in found]
    return [found] if isinstance(found, Unknown) else []


def _speaks_of(statement: Statement, action: str) -> bool:
    return any(pattern.known and pattern.text.lower() == action.lower() for pattern in statement.actions)


def _plain(pattern: Pattern) -> bool:
    return pattern.known and "${" not in pattern.text


def _managed(statement: Statement) -> bool:
    """Whether AWS wrote it: the statements of its managed policies all stand at the line that attaches the policy."""
    origin = statement.origin
    effect = origin.items.get("Effect") if isinstance(origin, Mapping) else None
    return statement.label.startswith("managed policy ") and (effect is None or effect.start == origin.start)


def _known_items(items: list[Resolved] | Unknown) -> list[Resolved]:
    return [items] if isinstance(items, Unknown) else items


def _reason(item: Resolved, role: Role) -> Unknown:
    if isinstance(item, Unknown):
        return item
    if isinstance(item, Text) and item.why is not None:
        return item.why
    return Unknown(f"a policy of {role.label} is known only after deployment", role.origin)


def role_of(model: Model, node: Node | None) -> Role | Unknown | None:
    """The role that a value names."""
    target = model.target(node)
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
