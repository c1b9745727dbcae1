"""What all declared things share: reading properties of a resource through the resolver, in one world."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from lambdalint.load.intrinsics import ABSENT, Absent, Reference, Resolved, Text
from lambdalint.load.stack import FRAMEWORK_DEFAULT, Resource
from lambdalint.model.thing import Thing, fact
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.scalar import boolean, integer, number
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.model import Model

T = TypeVar("T")
D = TypeVar("D")


class Element(Thing):
    """A thing of one model. ``resource`` is None for what is declared elsewhere (an ARN, an import)."""

    __slots__ = ("label", "model", "resource")

    def __init__(self, model: Model, resource: Resource | None, origin: Origin | None, label: str) -> None:
        super().__init__(origin)
        self.model = model
        self.resource = resource
        self.label = label

    @fact
    def name(self) -> str:
        """Its logical id, or the path of its construct where AWS CDK wrote the template; for what is declared
        elsewhere its ARN or name."""
        if self.resource is not None and self.label == self.resource.logical_id:
            return self.resource.construct or self.label
        return self.label

    @property
    def dialect(self) -> str:
        """The dialect whose names stand where it is written. What stands in the ``resources`` of a service is
        CloudFormation; a function of its own, and what the framework makes of it, is not."""
        dialect, resource = self.model.stack.dialect, self.resource
        is_plain = resource is not None and resource.via is None and resource.title is None
        return "cloudformation" if dialect == "serverless" and is_plain else dialect

    @property
    def elsewhere(self) -> Unknown | None:
        """Why nothing is known of it, if it is declared elsewhere."""
        if self.resource is None:
            return Unknown(f"{self.label} is declared elsewhere", self.origin)
        return None

    # --- reading ----------------------------------------------------------------------------------------------------

    def find(self, *path: str) -> Resolved:
        """The property at a path, its intrinsics evaluated on the way; ABSENT where nothing is written."""
        if self.resource is None:
            return Unknown(f"{self.label} is declared elsewhere", self.origin)
        current: Resolved = self.resource.properties
        if path and self._elsewhere_in_globals(path):
            return Unknown("the Globals of the whole template are not in this file", self.origin)
        for step in path:
            if not isinstance(current, Mapping):
                return current if isinstance(current, (Absent, Unknown)) else ABSENT
            if "Fn::Transform" in current and step not in current:
                return Unknown(f"a transform may set {step}", current)
            current = self.model.resolver.resolve(current.get(step))
        return current

    def _elsewhere_in_globals(self, path: tuple[str, ...]) -> bool:
        """Whether a function of a fragment leaves a property out, which Globals in another file may set."""
        resource = self.resource
        return (
            self.model.stack.fragment
            and resource is not None
            and resource.type == "AWS::Lambda::Function"
            and bool(path)
            and path[0] not in resource.properties
        )

    def raw(self, *path: str) -> Node | None:
        """The property at a path as written, or None; maps on the way are resolved."""
        parent = self.find(*path[:-1])
        return parent.get(path[-1]) if isinstance(parent, Mapping) else None

    def integer(self, *path: str, default: D) -> Value[int | D]:
        """A whole number."""
        return self._read(path, default, integer, "a whole number")

    def number(self, *path: str, default: D) -> Value[float | D]:
        """A number."""
        return self._read(path, default, number, "a number")

    def boolean(self, *path: str, default: D) -> Value[bool | D]:
        """True or false."""
        return self._read(path, default, boolean, "true or false")

    def string(self, *path: str, default: D) -> Value[str | D]:
        """Literal text."""
        return self._read(path, default, lambda scalar: scalar.text, "a text")

    def _read(
        self, path: tuple[str, ...], default: D, convert: Callable[[Scalar], T | None], expected: str
    ) -> Value[T | D]:
        found = self.find(*path)
        match found:
            case Absent():
                return Default(default, self.origin, True, path)
            case Unknown():
                return found
            case Scalar():
                if "{{resolve:" in found.text:
                    return Unknown(f"{path[-1]} is read at deployment", found)
                if found.plain and found.text in {"null", "~", ""}:
                    return Default(default, self.origin, True, path)
                value = convert(found)
                if value is None:
                    return Unknown(f"{path[-1]} is not {expected}", found)
                if found.via == FRAMEWORK_DEFAULT:
                    return Default(value, self.origin, True, path)
                literal = getattr(found, "literal", None)
                return Given(value, found.at(), literal)
            case Reference() | Text():
                return Unknown(f"{path[-1]} is known only after deployment", found.origin)
            case _:
                return Unknown(f"{path[-1]} is not {expected}", found)

    def entries(self, *path: str) -> Iterator[tuple[str, Node]] | Unknown:
        """The entries of a map as written."""
        found = self.find(*path)
        match found:
            case Mapping():
                return iter(found.items.items())
            case Absent():
                return iter(())
            case Unknown():
                return found
            case _:
                return Unknown(f"{path[-1]} is not a map", self.origin)

    def listed(self, *path: str) -> list[Resolved] | Unknown:
        """The items of a list, each resolved, without those that are ``AWS::NoValue``."""
        found = self.find(*path)
        match found:
            case Sequence():
                resolved = [self.model.resolver.resolve(item) for item in found.items]
                return [item for item in resolved if not isinstance(item, Absent)]
            case Absent():
                return []
            case Unknown():
                return found
            case Reference() | Text():
                return Unknown(f"{path[-1]} is known only after deployment", found.origin)
            case _:
                return [found]

    def text(self, *path: str) -> Given[str] | Absent | Unknown:
        """Canonical text (see ``Resolver.text``)."""
        if self.resource is None:
            return Unknown(f"{self.label} is declared elsewhere", self.origin)
        return self.model.resolver.text(self.raw(*path))

    def place(self, *path: str) -> Origin | None:
        """Where a property stands; the thing itself where it is not written."""
        found = self.raw(*path)
        return found.at() if found is not None else self.origin


def derive(value: Value[T], convert: Callable[[T], D]) -> Value[D]:
    """The same value with another content, at the same place."""
    match value:
        case Given():
            return Given(convert(value.value), value.origin, value.literal, value.sure)
        case Default():
            return Default(convert(value.value), value.origin, value.sure)
        case _:
            return value


def known(value: Value[T]) -> T | None:
    """The content, or None when it is unknown."""
    return None if isinstance(value, Unknown) else value.value
