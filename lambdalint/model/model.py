"""One stack in one world, as things that rules judge, with the links between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from lambdalint.data.services import RESOURCE_TYPES, Arn, parse_arn, type_named
from lambdalint.load.conditions import Assignment, Fork
from lambdalint.load.intrinsics import Reference, Resolver
from lambdalint.load.stack import Resource, Stack
from lambdalint.model.element import Element
from lambdalint.model.framework import is_framework_owned
from lambdalint.record import field, record
from lambdalint.source.folder import DictFolder, Folder
from lambdalint.source.node import Node
from lambdalint.source.value import Given, Unknown

if TYPE_CHECKING:
    from lambdalint.model.handler import CodeReader

E = TypeVar("E", bound=Element)
T = TypeVar("T")

#: Where AWS demands that a thing lies which a value names: in the region of the stack, in its account and region, or
#: anywhere.
Beside: TypeAlias = Literal["region", "account"] | None

#: Attributes that name the same resource as its ARN does.
_ARN_ATTRIBUTES = frozenset({"Arn", "TopicArn", "QueueArn", "StreamArn", "FunctionArn", "AliasArn"})


@record
class Settings:
    """What a run fixes for every stack. ``as_of`` decides which runtimes count as deprecated."""

    as_of: date
    parameters: dict[str, str] = field(default_factory=dict)
    region: str | None = None


class Catalog:
    """What all worlds of a stack share: resources by type, and local files."""

    def __init__(
        self, stack: Stack, settings: Settings, folder: Folder | None, base: str, reader: CodeReader | None
    ) -> None:
        self.stack = stack
        self.settings = settings
        #: The repository that holds the template, and the template's folder in it.
        self.folder: Folder = folder if folder is not None else DictFolder({})
        self.base = base
        self.reader = reader
        #: What texts and files that define state machines say, by path and text; None where they are malformed.
        self.definitions: dict[tuple[str | None, str], Node | None] = {}
        self.by_type: dict[str, list[Resource]] = {}
        for resource in stack.resources.values():
            self.by_type.setdefault(resource.type, []).append(resource)


class Model:
    """The things of one stack in one world. Things are built when first asked for and then kept."""

    def __init__(self, catalog: Catalog, assignment: Assignment | None = None) -> None:
        self.catalog = catalog
        self.stack = catalog.stack
        self.settings = catalog.settings
        self.assignment = assignment or {}
        self.resolver = Resolver(catalog.stack, self.settings.parameters, self.settings.region, self.assignment)
        self._things: dict[tuple[type, str], Element] = {}
        self._kept: dict[str, Any] = {}

    def declared(self, *types: str) -> list[Resource]:
        """Every resource of the given types, whether or not it exists in this world."""
        return [resource for kind in types for resource in self.catalog.by_type.get(kind, ())]

    def resources(self, *types: str) -> list[Resource]:
        """Every resource of the given types that exists in this world."""
        return [resource for resource in self.declared(*types) if self.exists(resource)]

    def exists(self, resource: Resource) -> bool:
        """Whether the condition of a resource holds. Raises Fork where that is open."""
        if resource.condition is None:
            return True
        return self.resolver.condition(resource.condition.text)

    def thing(self, kind: type[E], resource: Resource) -> E:
        """The thing for a resource, the same object each time."""
        key = (kind, resource.logical_id)
        found = self._things.get(key)
        if found is None:
            found = self._things[key] = kind(self, resource, resource.origin, resource.title or resource.logical_id)
        return found  # type: ignore[return-value]

    def all(self, kind: type[E], *types: str) -> list[E]:
        """The things of the given resource types that exist in this world."""
        return [self.thing(kind, resource) for resource in self.resources(*types)]

    def unseen(self, kind: str, owner: Resource | None = None) -> Unknown | None:
        """Why resources of a type may be missing from the stack, in general or those of one resource; None where all
        are there."""
        if not self.stack.unseen:
            return None
        own = self.stack.unseen.get((kind, owner.logical_id)) if owner is not None else None
        why = own or self.stack.unseen.get((kind, None))
        return Unknown(why, owner.origin if owner is not None else None) if why is not None else None

    @property
    def live(self) -> bool:
        """Whether it is what an account holds, rather than what a template declares."""
        return self.stack.dialect == "aws"

    def owned(self, kind: type[E], resource_type: str, owner: Element, link: str = "function") -> tuple[E, ...]:
        """The things of a resource type whose fact ``link`` is ``owner``: looked for once, not once for each owner."""

        def by_owner(model: Model) -> dict[int, list[E]]:
            found: dict[int, list[E]] = {}
            for thing in model.all(kind, resource_type):
                found.setdefault(id(getattr(thing, link)), []).append(thing)
            return found

        return tuple(self.kept(f"{resource_type} by {link}", by_owner).get(id(owner), ()))

    # --- links ------------------------------------------------------------------------------------------------------

    def called(self, kind: str, name: str) -> Resource | None:
        """The resource of a type with this physical name; of several under different conditions the one that exists."""
        found = self.kept("names", _by_name).get((kind, name), [])
        if len(found) < 2:
            return found[0] if found else None
        return next((resource for resource in found if self.exists(resource)), found[0])

    def name_of(self, resource: Resource) -> Node | None:
        """What a resource's physical name is written as; None where it is made up at deployment."""
        row = RESOURCE_TYPES.get(resource.type)
        return resource.properties.get(row.name) if row is not None and row.name is not None else None

    def kept(self, name: str, build: Callable[[Model], T]) -> T:
        """What ``build`` makes of this model, made once; where a condition is open, it is asked for once too."""
        if name not in self._kept:
            try:
                self._kept[name] = build(self)
            except Fork as fork:
                self._kept[name] = fork
        found = self._kept[name]
        if isinstance(found, Fork):
            raise Fork(found.name, found.choices, found.condition)
        return found  # type: ignore[no-any-return]

    def target(self, node: Node | None, beside: Beside = None) -> Resource | str | Unknown | None:
        """What a value names: a resource of this stack, the canonical text of an outside ARN or name, or nothing.
        ``beside`` says where AWS demands that it lies (see ``named``)."""
        if node is None:
            return None
        found = self.resolver.resolve(node)
        if isinstance(found, Reference) and not (found.attribute or "").startswith("Outputs."):
            return self.stack.resources[found.logical_id]
        given = self.resolver.text(node)
        if isinstance(given, Given):
            return self.named(given.value, beside) or given.value
        return given if isinstance(given, Unknown) else None

    def named(self, text: str, beside: Beside = None) -> Resource | None:
        """The resource that a canonical ARN or a reference alone (``${Queue}``, ``${Queue.Arn}``) means, if this stack
        declares it.

        Names are unique only within one account and region. An ARN that writes these out means a resource of the stack
        only where they are known to be those of the stack, or where AWS takes no others (``beside``).
        """
        if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
            logical_id, _, attribute = text[2:-1].partition(".")
            if not attribute or attribute in _ARN_ATTRIBUTES:
                return self.stack.resources.get(logical_id)
        if self.live:
            return self._by_arn.get(text)
        arn = parse_arn(text)
        if arn is not None and self._is_here(arn, beside):
            kind_and_name = type_named(arn)
            if kind_and_name is not None:
                kind, name = kind_and_name
                inner = self._inner(name)
                if inner is not None and inner.type == kind:
                    return inner
                return self.called(kind, name)
        return None

    def _is_here(self, arn: Arn, beside: Beside) -> bool:
        """Whether an ARN surely is one of the account and region of the stack."""
        in_region = _fits(arn.region, self.resolver.known_region(), beside is not None)
        return in_region and _fits(arn.account, self.resolver.known_account(), beside == "account")

    @cached_property
    def _by_arn(self) -> dict[str, Resource]:
        return {item.arn: item for item in self.stack.resources.values() if item.arn is not None}

    def _inner(self, name: str) -> Resource | None:
        if name.startswith("${") and name.endswith("}"):
            return self.stack.resources.get(name[2:-1].partition(".")[0])
        return None

    def framework_owned(self, resource: Resource) -> bool:
        """Whether a framework wrote a resource (CDK's custom resource providers): its owner cannot change it."""
        return is_framework_owned(resource)


def _by_name(model: Model) -> dict[tuple[str, str], list[Resource]]:
    """(type, physical name) -> resources, for those with a literal or canonical name."""
    found: dict[tuple[str, str], list[Resource]] = {}
    for kind, row in RESOURCE_TYPES.items():
        for resource in model.declared(kind) if row.name is not None else ():
            given = model.resolver.text(model.name_of(resource))
            if isinstance(given, Given):
                found.setdefault((kind, given.value), []).append(resource)
    return found


def _fits(written: str, own: str | None, demanded: bool) -> bool:
    """Whether a part of an ARN is that of the stack: left out, left to the deployment, or the one that is known."""
    if not written or "${" in written:
        return True
    return demanded if own is None else written == own
