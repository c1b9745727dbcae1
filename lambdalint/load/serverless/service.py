"""The state of one lowering: the service, its functions, and what has been made so far."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from lambdalint.load.nodes import Part, build, build_map, child, get_att, given, is_null, plain_map, text_of
from lambdalint.load.serverless.naming import normalized
from lambdalint.load.serverless.unknown import concat
from lambdalint.load.serverless.variables import Variables, gap
from lambdalint.load.stack import Resource, Stack
from lambdalint.record import field, record
from lambdalint.source.folder import Folder
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

#: What the framework is: up to version 3, or what came after it (version 4, and osls).
Generation = Literal["v3", "v4", "osls"]


_NOTHING = frozenset({"false", "False", "FALSE", "0"})
#: What the framework takes for a truth value even where it is a text, as the value of a variable often is.
_FALSE = "false"


@record
class Cause:
    """What makes a generated resource come to be: its place and the phrase that names it."""

    origin: Origin
    via: str


@record
class Event:
    """One entry of a function's ``events``. ``index`` counts from 1 over all of them."""

    kind: str
    value: Node
    index: int
    cause: Cause

    def get(self, *path: str) -> Node | None:
        """A setting of the event as written; None where it is absent or null."""
        return child(self.value, *path)

    @property
    def settings(self) -> Mapping | None:
        """The settings, where they are written as a map."""
        return plain_map(self.value)


@record
class Alias:
    """The alias that events of a function point at."""

    name: str
    logical_id: str


@record(frozen=False, eq=False)
class Function:
    """One entry of ``functions``. ``physical`` is its name in AWS, text or partly unknown."""

    name: str
    properties: Mapping
    origin: Origin
    physical: Part
    events: list[Event] = field(default_factory=list)
    alias: Alias | None = None
    condition: Scalar | None = None
    #: Whether a plugin brings it with it, code and all, so that nobody wrote it.
    brought: bool = False
    #: The role of its own that a plugin makes for it.
    own_role: str | None = None

    @property
    def prefix(self) -> str:
        """What the logical ids of its resources begin with."""
        return normalized(self.name)

    @property
    def logical_id(self) -> str:
        """The logical id of the function itself."""
        return f"{self.prefix}LambdaFunction"

    @property
    def arn(self) -> dict[str, Part]:
        """What invokes it: its ARN, qualified where it has an alias for that."""
        if self.alias is None:
            return get_att(self.logical_id, "Arn")
        return {"Fn::Join": [":", [get_att(self.logical_id, "Arn"), self.alias.name]]}

    @property
    def alias_id(self) -> str | None:
        """The logical id of the alias, for DependsOn."""
        return None if self.alias is None else self.alias.logical_id

    @property
    def cause(self) -> Cause:
        """The function as the cause of what it brings with it."""
        return Cause(self.origin, f"function {self.name}")

    def get(self, *path: str) -> Node | None:
        """A setting as written; None where it is absent or null."""
        return child(self.properties, *path)

    def given(self, *path: str) -> Node | None:
        """A setting; None where it is absent, null, or nothing (false, 0, an empty text)."""
        return truthy(self.get(*path))


@record(frozen=False, eq=False)
class Service:
    """The service being lowered."""

    stack: Stack
    variables: Variables
    root: Mapping
    name: Part
    stage: Part
    region: Node
    provider: Mapping
    place: Origin
    generation: Generation
    folder: Folder
    base: str
    functions: dict[str, Function] = field(default_factory=dict)
    #: Resources that the framework makes, before those that a person wrote are merged in.
    made: dict[str, Resource] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    #: The shared execution role, where there is one: its statements, principals and managed policies so far.
    has_role: bool = False
    statements: list[Part] = field(default_factory=list)
    principals: list[Part] = field(default_factory=list)
    managed: list[Part] = field(default_factory=list)
    #: Statements that plugins put among those that a person wrote for the shared role.
    plugin_statements: list[Part] = field(default_factory=list)
    #: What the shared role was given once and must not be given again.
    granted: set[str] = field(default_factory=set)
    #: What the framework's own functions may do, and what brought them in.
    custom_statements: list[Part] = field(default_factory=list)
    custom_cause: Cause | None = None

    def condition_of(self, function: Function) -> Scalar | None:
        """The condition of what a function brings with it; up to version 3 only the function itself has it."""
        return None if self.generation == "v3" else function.condition

    @property
    def prefix(self) -> Part:
        """``service-stage``, what names begin with."""
        return join(self.name, "-", self.stage)

    def setting(self, *path: str) -> Node | None:
        """A setting of the provider; None where it is absent or null."""
        return child(self.provider, *path)

    def top(self, *path: str) -> Node | None:
        """A value anywhere in the service, with its variables resolved; None where it is absent or null."""
        return self.variables.get(self.root, *path)

    def add(
        self,
        logical_id: str,
        kind: str,
        properties: dict[str, Part],
        cause: Cause,
        keys: Mapping | None = None,
        renamed: dict[str, str] | None = None,
        function: Function | None = None,
        depends_on: list[str | None] | str | None = None,
        attributes: dict[str, Part] | None = None,
    ) -> Resource:
        """Add a resource that ``cause`` brings with it.

        ``keys`` is the written map that the properties come from, ``renamed`` says under which names (new: written).
        ``function`` is the function that it belongs to.
        """
        stands = keys if keys is not None else cause.origin
        made = build_map(properties, stands, cause.via)
        if keys is not None:
            made.keys = {
                new: keys.keys[old] for new, old in (renamed or {}).items() if old in keys.keys and new in made.items
            }
        others: dict[str, Node] = {}
        needed = [depends_on] if isinstance(depends_on, str) else [item for item in depends_on or [] if item]
        if needed:
            others["DependsOn"] = build(list(needed), cause.origin, cause.via)
        for name, part in (attributes or {}).items():
            if part is not None:
                others[name] = build(part, cause.origin, cause.via)
        owner = function.logical_id if function is not None else None
        resource = Resource(logical_id, kind, made, cause.origin, None, cause.via, owner, others)
        self.made[logical_id] = resource
        return resource

    def gap(self, what: str, why: str, origin: Origin) -> None:
        """Note something that could not be looked at."""
        gap(self.stack.gaps, what, why, origin)

    def lost(self, what: str, node: Node, why: str) -> None:
        """Note something that is not known, unless what it is made of was noted there."""
        if not any(
            known.origin is not None and known.origin.start == node.start and known.origin.document is node.document
            for known in self.stack.gaps
        ):
            self.gap(what, why, node)

    def allow(self, actions: Part, resource: Part, origin: Origin, via: str) -> None:
        """Add a statement to the shared execution role, as far as there is one."""
        if self.has_role:
            self.statements.append(build({"Effect": "Allow", "Action": actions, "Resource": resource}, origin, via))


def join(*parts: Part) -> Part:
    """Texts, some of them perhaps partly unknown, as one."""
    return concat(*[part for part in parts if isinstance(part, (str, dict, Scalar, Mapping))])


def truthy(node: Node | None) -> Node | None:
    """The node, unless it is null, false (also as a text), 0 or an empty text."""
    if is_null(node):
        return None
    if isinstance(node, Scalar) and (node.text in {"", _FALSE} or (node.plain and node.text in _NOTHING)):
        return None
    return node


def first(*nodes: Node | None) -> Node | None:
    """The first that is not nothing."""
    for node in nodes:
        found = truthy(node)
        if found is not None:
            return found
    return None


def listed(node: Node | None) -> list[Node]:
    """The items of a list as written; a single value counts as a list of one."""
    found = given(node)
    if found is None:
        return []
    return found.items if isinstance(found, Sequence) else [found]


def key_values(*maps: Node | None) -> list[Part]:
    """Tags as CloudFormation wants them; later maps win."""
    found: dict[str, Part] = {}
    for node in maps:
        tags = plain_map(node)
        for key, value in tags.items.items() if tags is not None else ():
            found[key] = {"Key": key, "Value": value}
    return list(found.values())


def is_true(node: Node | None) -> bool:
    """Whether a setting is switched on: written, and not false."""
    return truthy(node) is not None


def word(node: Node | None) -> str:
    """The text of a value in capitals, empty where it is none."""
    return (text_of(node) or "").upper()


def events_of(service: Service, kind: str) -> Iterator[tuple[Function, Event]]:
    """Every event of a kind with its function."""
    for function in service.functions.values():
        for event in function.events:
            if event.kind == kind and truthy(event.value) is not None:
                yield function, event
