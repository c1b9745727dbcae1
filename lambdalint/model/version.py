"""Versions, aliases, provisioned concurrency and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.load.intrinsics import Absent, Reference, Text
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, derive
from lambdalint.model.thing import fact
from lambdalint.source.node import Origin, Scalar, Sequence
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

ALIAS = "AWS::Lambda::Alias"
VERSION = "AWS::Lambda::Version"
LAYER = "AWS::Lambda::LayerVersion"


class Alias(Element):
    """An alias of a function."""

    kind = "alias"
    __slots__ = ()

    @fact
    def function(self) -> Function | Unknown | None:
        """The function that it names a version of."""
        from lambdalint.model.function import function_of

        return function_of(self.model, self.raw("FunctionName"))

    @fact
    def alias_name(self) -> Value[str]:
        """The name of the alias, e.g. ``live``."""
        found = self.text("Name")
        return Unknown("the alias has no name", self.origin) if isinstance(found, Absent) else found

    @fact
    def provisioned_concurrency(self) -> Value[int | None]:
        """Provisioned concurrent executions; None without provisioned concurrency."""
        return self.integer("ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions", default=None)

    @fact
    def scaled(self) -> Value[bool]:
        """Whether Application Auto Scaling changes its provisioned concurrency."""
        assert self.resource is not None
        logical_id = self.resource.logical_id
        function = self.function
        own = function.resource.logical_id if isinstance(function, Element) and function.resource is not None else None
        for target in self.model.resources("AWS::ApplicationAutoScaling::ScalableTarget"):
            pattern = self.model.resolver.pattern(target.properties.get("ResourceId"))
            if not isinstance(pattern, tuple) or not pattern[1]:
                return Unknown("a scalable target of this template cannot be resolved", target.origin)
            if own is not None and own in pattern[0] or logical_id in pattern[0] or logical_id in _depends(target):
                return Given(True, target.origin)
        return Default(False, self.origin)


def _depends(resource: Resource) -> set[str]:
    written = resource.attributes.get("DependsOn")
    if isinstance(written, Scalar):
        return {written.text}
    if isinstance(written, Sequence):
        return {item.text for item in written if isinstance(item, Scalar)}
    return set()


class Layer(Element):
    """One layer of a function."""

    kind = "layer"
    __slots__ = ()

    @fact
    def arn(self) -> Value[str]:
        """Its canonical ARN, or the reference to it."""
        return Given(self.label, self.origin) if self.origin is not None else Unknown("the layer is not known")

    @fact
    def architectures(self) -> Value[str]:
        """The architectures that it is built for, joined by a comma; Unknown where nobody says."""
        if self.resource is not None and self.resource.type == LAYER:
            items = self.listed("CompatibleArchitectures")
            if isinstance(items, Unknown):
                return items
            names = [item.text for item in items if isinstance(item, Scalar)]
            if names:
                return Given(",".join(names), self.place("CompatibleArchitectures") or self._here())
        lowered = self.label.lower()
        if "arm64" in lowered or "aarch64" in lowered:
            return Default("arm64", self.origin, sure=False)
        if "x86" in lowered or "amd64" in lowered:
            return Default("x86_64", self.origin, sure=False)
        return Unknown(f"it is not known for which architecture layer {self.label} is built", self.origin)

    @fact
    def on_arm64(self) -> Value[bool]:
        """Whether it is built for arm64, alone or among others."""
        return derive(self.architectures, lambda names: "arm64" in names.split(","))

    @fact
    def x86_only(self) -> bool:
        """Whether it is known to be built for x86_64 only."""
        found = self.architectures
        return not isinstance(found, Unknown) and found.value == "x86_64"

    def _here(self) -> Origin:
        assert self.origin is not None
        return self.origin


def layers_of(function: Function) -> Many[Layer]:
    """The layers of a function."""
    items = function.listed("Layers")
    if isinstance(items, Unknown):
        return Many((), items)
    model = function.model
    found: list[Layer] = []
    missing: Unknown | None = None
    for item in items:
        match item:
            case Scalar():
                found.append(Layer(model, None, item.at(), item.text))
            case Reference():
                resource = model.stack.resources.get(item.logical_id)
                found.append(Layer(model, resource, item.origin, item.logical_id))
            case Text():
                found.append(Layer(model, None, item.origin, item.text))
            case Unknown():
                # One entry is one layer, whichever it is.
                found.append(Layer(model, None, item.origin or function.origin, "an unknown layer"))
            case _:
                missing = Unknown("the layers are not a list of ARNs", function.origin)
    return Many(tuple(found), missing)
