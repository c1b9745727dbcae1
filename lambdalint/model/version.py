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
        function = self.function
        marks = _marks(self.resource.logical_id)
        if function is not None and not isinstance(function, Unknown):
            marks += mentions(function)
        elif isinstance(named := self.text("FunctionName"), Given):
            # The name of a function that is declared elsewhere, which an ARN ends in.
            name = named.value.rpartition(":function:")[2]
            marks += (f"function:{name}:", f"function:{name}/")
        kind = "AWS::ApplicationAutoScaling::ScalableTarget"
        for target in self.model.resources(kind):
            pattern = self.model.resolver.pattern(target.properties.get("ResourceId"))
            if not isinstance(pattern, tuple) or not pattern[1]:
                return Unknown("a scalable target of this template cannot be resolved", target.origin)
            if any(mark in pattern[0] for mark in marks) or self.resource.logical_id in _depends(target):
                return Given(True, target.origin)
        return self.model.unseen(kind) or Default(False, self.origin)


def mentions(function: Function) -> tuple[str, ...]:
    """Parts of canonical text that mean a function, by reference or by its name."""
    name = function.text("FunctionName")
    named = (f"function:{name.value}:", f"function:{name.value}/") if isinstance(name, Given) else ()
    return (*_marks(function.label), *named)


def _marks(logical_id: str) -> tuple[str, ...]:
    """How texts refer to a resource."""
    return f"${{{logical_id}}}", f"${{{logical_id}."


def _depends(resource: Resource) -> set[str]:
    written = resource.attributes.get("DependsOn")
    if isinstance(written, Scalar):
        return {written.text}
    if isinstance(written, Sequence):
        return {item.text for item in written if isinstance(item, Scalar)}
    return set()


def published(function: Function) -> Value[bool]:
    """Whether the template publishes a version or an alias of a function."""
    from lambdalint.model.function import function_of

    doubt: Unknown | None = None
    for resource in function.model.resources(ALIAS, VERSION):
        named = function_of(function.model, resource.properties.get("FunctionName"))
        if named is function:
            return Default(True, resource.origin)
        if isinstance(named, Unknown):
            doubt = doubt or Unknown(f"it is not known whose version {resource.logical_id} is", resource.origin)
    for gap in function.model.stack.gaps:
        # What SAM would publish under a name that is not known was not lowered.
        if gap.what == f"AutoPublishAlias of {function.label}":
            doubt = doubt or Unknown("the name of its alias is not known", gap.origin)
    doubt = doubt or function.model.unseen(VERSION, function.resource)
    return doubt or Default(False, function.origin)


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
