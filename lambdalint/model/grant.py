"""Statements and managed policies of an execution role, as things of their own.

Least privilege: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import iam
from lambdalint.data.managed import HARMLESS, OVERPOWERED
from lambdalint.load.via import policy_template_of
from lambdalint.model.breadth import Wide, effectively_star, width
from lambdalint.model.element import Element
from lambdalint.model.statement import Pattern, Statement
from lambdalint.model.thing import fact
from lambdalint.source.node import Origin
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.role import Role

_HARMLESS_SERVICES = ("logs:", "xray:", "ec2messages:", "ssmmessages:", "cloudwatch:putmetricdata")
#: What Lambda itself does with network interfaces: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
_INTERFACES = frozenset(
    f"ec2:{name}"
    for name in (
        "createnetworkinterface",
        "describenetworkinterfaces",
        "deletenetworkinterface",
        "assignprivateipaddresses",
        "unassignprivateipaddresses",
        "describesubnets",
        "describesecuritygroups",
        "describevpcs",
        "getsecuritygroupsforvpc",
    )
)


#: Kinds of sources that Lambda reaches through network interfaces of its own making.
_BROKERS = frozenset({"msk", "kafka", "mq", "documentdb"})


class Grant(Element):
    """One statement of a role's policies."""

    kind = "grant"
    __slots__ = ("of", "statement")

    def __init__(self, of: Role, statement: Statement) -> None:
        super().__init__(of.model, of.resource, statement.origin.at(), statement.label)
        self.of = of
        self.statement = statement

    @fact
    def role(self) -> Role:
        """The role that it belongs to."""
        return self.of

    @fact
    def function(self) -> Function | None:
        """The function that runs as the role, when there is exactly one."""
        return self.of.function

    @fact
    def written(self) -> bool:
        """Whether a person wrote the statement itself, rather than naming a policy template that holds it, or an event
        for which the Serverless Framework writes it."""
        via = self.statement.origin.via
        if self.role.model.stack.dialect == "serverless" and via is not None:
            return False
        return policy_template_of(via) is None

    @fact
    def conditioned(self) -> bool:
        """Whether it has a condition, which may make it narrow."""
        return self.statement.conditioned

    @fact
    def matters(self) -> bool:
        """Whether it allows anything but writing logs, traces and network interfaces."""
        names = [pattern.text.lower() for pattern in self.statement.actions]
        return any(not name.startswith(_HARMLESS_SERVICES) and name not in _INTERFACES for name in names)

    def _widths(self) -> tuple[Wide, ...]:
        known: tuple[Wide, ...] | None = self.__dict__.get("_known_widths")
        if known is None:
            known = self.__dict__["_known_widths"] = width(self.statement)
        return known

    @fact
    def allows_everything(self) -> Value[bool]:
        """Whether it allows every action on every resource, or all but those that ``NotAction`` or ``NotResource``
        name."""
        for wide in self._widths():
            if wide.kind == "everything" and wide.everywhere:
                return Given(True, wide.pattern.origin.at())
        return self._all_but() or self._open() or Default(False, self.origin)

    def _all_but(self) -> Given[bool] | Unknown | None:
        """Whether it allows everything but what it names; None where it does not."""
        statement = self.statement
        excluded = (*statement.not_actions, *statement.not_resources)
        every_action = statement.not_actions or any(
            not pattern.text.strip("*:") for pattern in _known(statement.actions)
        )
        every_resource = statement.not_resources or any(_everywhere(one) for one in _known(statement.resources))
        if statement.effect != "Allow" or not excluded or not every_action or not every_resource:
            return None
        if any(not pattern.text.strip("*:") for pattern in _known(excluded)):
            return None  # all but everything is nothing
        for pattern in excluded:
            if not pattern.known or pattern.text.removeprefix("${").removesuffix("}") in self.model.stack.parameters:
                return Unknown(f"what {self.label} leaves out is known only after deployment", pattern.origin.at())
        return Given(True, (statement.not_actions or statement.actions)[0].origin.at())

    @fact
    def exceptions(self) -> Value[str]:
        """What ``NotAction`` and ``NotResource`` name, as the end of a sentence: ", except iam:*"; empty without
        them."""
        excluded = _known((*self.statement.not_actions, *self.statement.not_resources))
        return Default(", except " + ", ".join(pattern.text for pattern in excluded) if excluded else "", self.origin)

    def _open(self) -> Unknown | None:
        """Why it is not known what it allows on every resource; None where that is known."""
        statement = self.statement
        narrow = statement.resources and not any(_star(pattern) for pattern in statement.resources)
        if statement.effect == "Deny" or narrow:
            return None
        for pattern in statement.actions:
            if not pattern.known or "${" in pattern.text:
                why = f"which actions {self.label} allows is known only after deployment"
                return Unknown(why, pattern.origin.at())
        return None

    @fact
    def whole_services(self) -> Value[str | None]:
        """The services of which it allows every action on every resource: ``s3:*, sqs:*``; None when there are none."""
        found = [wide for wide in self._widths() if wide.kind == "service" and wide.everywhere and not _harmless(wide)]
        if not found:
            return self._open() or Default(None, self.origin)
        return Given(", ".join(wide.pattern.text for wide in found), found[0].pattern.origin.at())

    @fact
    def unscoped_actions(self) -> Value[str | None]:
        """The actions that it allows on every resource although each could name its resource; None when there are
        none. Reading actions of a bare listing kind do not count, nor does what the configuration needs ``*`` for."""
        names: list[str] = []
        place: Origin | None = None
        for wide in self._widths():
            if wide.kind != "actions" or wide.resource is None or self._needed(wide):
                continue
            kept = [name for name in wide.actions if _worth_scoping(name)]
            if kept:
                names += [wide.pattern.text] if "*" in wide.pattern.text else kept
                place = place or wide.resource.origin
        if place is None:
            return self._open() or Default(None, self.origin)
        return Given(", ".join(dict.fromkeys(names)), place.at())

    def _needed(self, wide: Wide) -> bool:
        """Whether the configuration of the role's functions makes ``*`` right, or may do so."""
        match wide.need:
            case "vpc":
                return any(_attached(item) for item in self.of.functions)
            case "mapping":
                return any(len(item.mappings) > 0 for item in self.of.functions)
            case "sms":
                return True
            case _:
                return False

    @fact
    def passes_any_role(self) -> Value[bool]:
        """Whether it lets any role be passed to any service (``iam:PassRole`` on ``*``)."""
        for wide in self._widths():
            if wide.kind == "pass-role":
                return Given(True, wide.pattern.origin.at())
        return self._open() or Default(False, self.origin)


def _known(patterns: tuple[Pattern, ...]) -> list[Pattern]:
    return [pattern for pattern in patterns if pattern.known]


def _everywhere(pattern: Pattern) -> bool:
    """Whether it covers every resource of every service."""
    return pattern.text.startswith(("*", "arn:*")) and effectively_star(pattern.text)


def _star(pattern: Pattern) -> bool:
    """Whether it may cover every resource. What a parameter brings is taken to be narrow: nobody passes ``*``."""
    return not pattern.known or effectively_star(pattern.text)


def _attached(function: Function) -> bool:
    """Whether Lambda needs network interfaces for it: it is in a VPC, or polls a broker that is in one."""
    if isinstance(function.in_vpc, Unknown) or function.in_vpc.value:
        return True
    kinds = [mapping.source_type for mapping in function.mappings]
    return any(isinstance(kind, Unknown) or kind.value in _BROKERS for kind in kinds)


def _harmless(wide: Wide) -> bool:
    return wide.pattern.text.lower().startswith(("logs:", "xray:", "ec2messages:", "ssmmessages:"))


def _worth_scoping(name: str) -> bool:
    action = iam.action(name)
    return action is not None and action.level != "list"


class Attachment(Element):
    """An AWS managed policy that is attached to a role."""

    kind = "attachment"
    __slots__ = ("of",)

    def __init__(self, of: Role, place: Origin, label: str) -> None:
        super().__init__(of.model, of.resource, place.at(), label)
        self.of = of

    @fact
    def role(self) -> Role:
        """The role that it is attached to."""
        return self.of

    @fact
    def function(self) -> Function | None:
        """The function that runs as the role, when there is exactly one."""
        return self.of.function

    @fact
    def harmless(self) -> bool:
        """Whether it only lets Lambda do what the configuration asks: logs, traces, polling, network interfaces."""
        return self.label in HARMLESS

    @fact
    def administrator(self) -> bool:
        """Whether it is AdministratorAccess, which allows everything."""
        return self.label == "AdministratorAccess"

    @fact
    def too_broad(self) -> Value[bool]:
        """Whether it grants far more than a function needs: administration, or everything of a service."""
        broad = self.label in OVERPOWERED or "FullAccess" in self.label
        return Given(broad, self.origin) if self.origin is not None else Default(broad)
