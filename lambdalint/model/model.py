"""One stack in one world, as things that rules judge, with the links between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from lambdalint.data.services import parse_arn
from lambdalint.load.conditions import Assignment
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
        self._aliases: dict[str, tuple[str, ...]] | None = None

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

    @cached_property
    def names(self) -> dict[tuple[str, str], list[Resource]]:
        """(type, physical name) -> resources, for those with a literal or canonical name."""
        found: dict[tuple[str, str], list[Resource]] = {}
        for kind, properties in _NAME_PROPERTIES.items():
            for resource in self.declared(kind):
                given = self.resolver.text(resource.properties.get(properties))
                if isinstance(given, Given):
                    found.setdefault((kind, given.value), []).append(resource)
        return found

    def called(self, kind: str, name: str) -> Resource | None:
        """The resource of a type with this physical name; of several under different conditions the one that exists."""
        found = self.names.get((kind, name), [])
        if len(found) < 2:
            return found[0] if found else None
        return next((resource for resource in found if self.exists(resource)), found[0])

    def name_of(self, resource: Resource) -> Node | None:
        """What a resource's physical name is written as; None where it is made up at deployment."""
        return resource.properties.get(_NAME_PROPERTIES.get(resource.type, ""))

    def aliases(self, build: Callable[[Model], dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
        """Other texts for the resources of the stack, built once (by ``arn.aliases_of``, which knows their ARNs)."""
        if self._aliases is None:
            self._aliases = build(self)
        return self._aliases

    def kept(self, name: str, build: Callable[[Model], T]) -> T:
        """What ``build`` makes of this model, made once."""
        if name not in self._kept:
            self._kept[name] = build(self)
        return self._kept[name]  # type: ignore[no-any-return]

    def target(self, node: Node | None) -> Resource | str | Unknown | None:
        """What a value names: a resource of this stack, the canonical text of an outside ARN or name, or nothing."""
        if node is None:
            return None
        found = self.resolver.resolve(node)
        if isinstance(found, Reference) and not (found.attribute or "").startswith("Outputs."):
            return self.stack.resources[found.logical_id]
        given = self.resolver.text(node)
        if isinstance(given, Given):
            return self.named(given.value) or given.value
        return given if isinstance(given, Unknown) else None

    def named(self, text: str) -> Resource | None:
        """The resource that a canonical ARN or a reference alone (``${Queue}``, ``${Queue.Arn}``) means, if this stack
        declares it. An ARN of another region than the one that is known means none."""
        if text.startswith("${") and text.endswith("}") and text.count("${") == 1:
            logical_id, _, attribute = text[2:-1].partition(".")
            if not attribute or attribute in _ARN_ATTRIBUTES:
                return self.stack.resources.get(logical_id)
        if self.live:
            # Names are unique only within one account and region, which the ARN says.
            return self._by_arn.get(text)
        arn = parse_arn(text)
        if arn is not None and not self._is_elsewhere(arn.region):
            kind_and_prefix = _ARN_TYPES.get(arn.service)
            if kind_and_prefix is not None:
                kind, prefix = kind_and_prefix
                here = self.settings.region
                if here and arn.region and "${" not in arn.region and arn.region != here:
                    return None
                name = arn.resource.removeprefix(prefix)
                inner = self._inner(name)
                if inner is not None and inner.type == kind:
                    return inner
                return self.called(kind, name)
        return None

    def _is_elsewhere(self, region: str) -> bool:
        """Whether a region of an ARN is another than that of the stack."""
        own = self.resolver.known_region()
        return own is not None and region != "" and "${" not in region and region != own

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


_NAME_PROPERTIES = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
}

_ARN_TYPES = {
    "lambda": ("AWS::Lambda::Function", "function:"),
    "sqs": ("AWS::SQS::Queue", ""),
    "sns": ("AWS::SNS::Topic", ""),
    "kinesis": ("AWS::Kinesis::Stream", "stream/"),
    "s3": ("AWS::S3::Bucket", ""),
    "dynamodb": ("AWS::DynamoDB::Table", "table/"),
    "iam": ("AWS::IAM::Role", "role/"),
}
