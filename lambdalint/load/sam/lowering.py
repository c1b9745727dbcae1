"""The state of one lowering: what has been produced so far, and the SAM resource being worked on."""

from __future__ import annotations

from typing import NamedTuple

from lambdalint.load.nodes import Part, build, build_map, get_att, given, intrinsic, ref, referred, text_of
from lambdalint.load.stack import Resource, Stack
from lambdalint.record import field, record
from lambdalint.source.gap import Gap
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

#: Logical ids of the APIs that events without one of their own share.
REST_API = "ServerlessRestApi"
HTTP_API = "ServerlessHttpApi"

#: Resource attributes that what a resource generates inherits from it.
INHERITED = ("DeletionPolicy", "UpdateReplacePolicy")


@record(frozen=False)
class Grants:
    """Policies of a role: managed ones (ARNs and intrinsics that stand for one) and inline ones."""

    managed: list[Part] = field(default_factory=list)
    inline: list[Node] = field(default_factory=list)


@record(frozen=False)
class Unit:
    """One SAM resource on its way: its properties with Globals merged in, and its resource attributes."""

    logical_id: str
    type: str
    properties: Mapping
    origin: Origin
    condition: Scalar | None = None
    attributes: dict[str, Node] = field(default_factory=dict)
    via: str | None = None
    #: APIs of which one event of the function catches every route; None until it is asked for.
    catch_all: frozenset[str] | None = None
    #: What events and destinations add to the execution role.
    grants: Grants = field(default_factory=Grants)

    def get(self, name: str) -> Node | None:
        """A property as written; None where it is absent or null."""
        return given(self.properties.items.get(name))


class Cause(NamedTuple):
    """What makes a generated resource come to be: its place and the phrase that names it."""

    origin: Origin
    via: str


class Event(NamedTuple):
    """One entry of ``Events``: ``logical_id`` is the id that resources made from it start with."""

    name: str
    logical_id: str
    type: str
    properties: Mapping
    cause: Cause

    def get(self, name: str) -> Node | None:
        """A property as written; None where it is absent or null."""
        return given(self.properties.items.get(name))


class Invoked(NamedTuple):
    """What an event invokes: the function or its alias, or a state machine."""

    unit: Unit
    logical_id: str
    by_arn: bool = False

    @property
    def name(self) -> dict[str, Part]:
        """What stands for it in ``FunctionName``."""
        return ref(self.logical_id)

    @property
    def arn(self) -> dict[str, Part]:
        """Its ARN. ``Ref`` gives the ARN of aliases and state machines, but the name of a function."""
        return ref(self.logical_id) if self.by_arn else get_att(self.logical_id, "Arn")


class Notice(NamedTuple):
    """Notifications that one S3 event asks of a bucket."""

    entries: list[Node]
    permission: str
    condition: str | None
    cause: Cause


class Route(NamedTuple):
    """A path and method of an API that an event asks for."""

    path: str
    method: str
    event: Event
    target: Invoked
    kind: str = "function"


@record(frozen=False)
class Lowering:
    """The stack being built, with what later steps need to know of earlier ones."""

    stack: Stack
    parameters: dict[str, str]
    units: dict[str, Unit] = field(default_factory=dict)
    #: By logical id of the API: the routes that events add to it.
    routes: dict[str, list[Route]] = field(default_factory=dict)
    #: By logical id of the bucket: the notifications that events ask of it.
    notices: dict[str, list[Notice]] = field(default_factory=dict)
    #: Connectors, which are lowered when both ends have been.
    connectors: list[Unit] = field(default_factory=list)
    #: By logical id of a connector: the policies and permissions that it became.
    grants_of: dict[str, list[str]] = field(default_factory=dict)
    #: ``Function.Alias`` and its like -> the logical id that takes its place in references.
    aliases: dict[str, str] = field(default_factory=dict)

    def generate(
        self,
        unit: Unit,
        logical_id: str,
        kind: str,
        value: dict[str, Part],
        cause: Cause,
        keys: Mapping | None = None,
        condition: str | None = None,
        attributes: dict[str, Part] | None = None,
        renamed: dict[str, str] | None = None,
    ) -> Resource:
        """Add a resource that ``unit`` brings with it.

        ``keys`` is the written map whose keys ``value`` repeats, some of them (``renamed``: new name to written one)
        under another name. ``condition`` takes the place of the unit's own.
        """
        properties = build_map(value, cause.origin, cause.via, keys)
        if keys is not None:
            properties.start, properties.end, properties.document = keys.start, keys.end, keys.document
        if keys is not None and renamed:
            properties.keys.update(
                {new: keys.keys[old] for new, old in renamed.items() if old in keys.keys and new in value}
            )
        made: dict[str, Node] = {name: unit.attributes[name] for name in INHERITED if name in unit.attributes}
        for name, part in (attributes or {}).items():
            if part is not None:
                made[name] = build(part, cause.origin, cause.via)
        chosen = unit.condition if condition is None else scalar(condition, cause)
        resource = Resource(logical_id, kind, properties, cause.origin, chosen, cause.via, unit.logical_id, made)
        return self.add(resource)

    def add(self, resource: Resource) -> Resource:
        """Put a resource into the stack; one that a person declared is never displaced by a generated one."""
        known = self.stack.resources.get(resource.logical_id)
        if known is not None and known.via is None and resource.via is not None:
            return known
        self.stack.resources[resource.logical_id] = resource
        return resource

    def gap(self, what: str, why: str, origin: Origin) -> None:
        """Note something that could not be looked at."""
        self.stack.gaps.append(Gap(what, why, origin.at()))

    def resolve(self, node: Node | None) -> str | None:
        """The text of a scalar, or of the parameter that a ``Ref`` names, where its value is known."""
        text = text_of(node)
        if text is not None:
            return text
        name = referred(node)
        return self.parameters.get(name) if name is not None else None

    def negate(self, condition: str, cause: Cause, name: str | None = None) -> str:
        """The name of a condition that holds when ``condition`` does not; it is added where it is missing."""
        name = name or f"NOT{condition}"
        if name not in self.stack.conditions:
            value: dict[str, Part] = {"Fn::Not": [{"Condition": condition}]}
            self.stack.conditions[name] = build(value, cause.origin, cause.via)
        return name

    def both(self, first: str, second: str, cause: Cause) -> str:
        """The name of a condition that holds when both do; it is added where it is missing."""
        name = f"{first}AND{second}"
        name = name if len(name) < 64 else f"{name[:40]}{digest(name)}"
        if name not in self.stack.conditions:
            value: dict[str, Part] = {"Fn::And": [{"Condition": first}, {"Condition": second}]}
            self.stack.conditions[name] = build(value, cause.origin, cause.via)
        return name


def scalar(text: str, cause: Cause) -> Scalar:
    """A generated text."""
    origin = cause.origin
    return Scalar(origin.document, origin.start, origin.end, text, False, cause.via)


def digest(*values: str) -> str:
    """Ten hex digits that stay the same as long as the values do."""
    from hashlib import sha256

    return sha256("\0".join(values).encode("utf-8", "surrogatepass")).hexdigest()[:10]


def fingerprint(node: Node | None) -> str:
    """``digest`` of a tree, whatever its positions."""
    parts: list[str] = []
    pending: list[Node | str | None] = [node]
    while pending:
        item = pending.pop()
        match item:
            case None:
                parts.append("null")
            case str():
                parts.append(item)
            case Scalar():
                parts.append(item.text)
            case Sequence():
                parts.append("[")
                pending.append("]")
                pending.extend(reversed(item.items))
            case Mapping():
                parts.append("{")
                pending.append("}")
                for key, value in item.items.items():
                    pending.extend((value, key))
    return digest(*parts)


def entries(lowering: Lowering, unit: Unit, name: str) -> list[tuple[str, Mapping, Origin]]:
    """Name, map and key place of every entry of a map of maps (``Events``); other shapes become gaps."""
    node = unit.get(name)
    if node is None:
        return []
    if not isinstance(node, Mapping) or intrinsic(node) is not None:
        why = "its entries are not written as a map here, so what they create is not looked at"
        lowering.gap(f"{name} of {unit.logical_id}", f"{why}; write a map from name to entry", node)
        return []
    found = []
    for key, value in node.items.items():
        if isinstance(value, Mapping) and intrinsic(value) is None:
            found.append((key, value, node.key(key)))
        else:
            why = "it is not written as a map here, so what it creates is not looked at"
            lowering.gap(f"{name}.{key} of {unit.logical_id}", f"{why}; write its Type and Properties", node.key(key))
    return found
