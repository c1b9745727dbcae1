"""Versions, aliases, provisioned concurrency and layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lambdalint.load.intrinsics import Absent, Reference, Text
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, derive
from lambdalint.model.thing import fact
from lambdalint.source.node import Origin, Scalar, Sequence
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

ALIAS = "AWS::Lambda::Alias"
VERSION = "AWS::Lambda::Version"
LAYER = "AWS::Lambda::LayerVersion"
_SCALABLE = "AWS::ApplicationAutoScaling::ScalableTarget"

#: How canonical text refers to a resource, and how it names a function.
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")
_NAMED = re.compile(r"(function:(?:\$\{[^}]*\}|[^:/{}])+)(?=[:/])")
#: How Application Auto Scaling names provisioned concurrency: function, name, and alias or version.
#: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
_SCALED = re.compile(r"function:(?:\$\{[^}]*\}|[^:{}])+:((?:\$\{[^}]*\}|[^:{}])+)")
#: Qualifiers in the index of scalable targets: all aliases are scaled; one that is not known is; some one is.
_ALL, _OPEN, _ANY = "", "${?}", "*"


class Alias(Element):
    """An alias of a function."""

    kind = "alias"
    __slots__ = ()

    @fact
    def function(self) -> Function | Unknown | None:
        """The function that it names a version of."""
        from lambdalint.model.function import function_of

        return function_of(self.model, self.raw("FunctionName"), "account")

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
    def peak_utilization(self) -> Value[float | None]:
        """The largest share of its provisioned concurrency that was in use, from 0 to 1, on days on which the amount
        did not change (ProvisionedConcurrencyUtilization); None where nobody measured it."""
        from lambdalint.model.metrics import peak

        return peak(self, "ProvisionedConcurrencyUtilization")

    @fact
    def scaled(self) -> Value[bool]:
        """Whether Application Auto Scaling changes its provisioned concurrency."""
        assert self.resource is not None
        function = self.function
        names = [self.resource.logical_id]
        if isinstance(function, Element):
            names += names_of(function)
        elif isinstance(named := self.text("FunctionName"), Given):
            # The name of a function that is declared elsewhere, which an ARN ends in.
            names.append(f"function:{named.value.rpartition(':function:')[2]}")
        own = self.alias_name
        alias = None if isinstance(own, Unknown) else own.value
        targets, unresolved = self.model.kept("scalable targets", _scalable)
        for key in ((name, qualifier) for name in names for qualifier in (_ALL, alias) if qualifier is not None):
            if key in targets:
                return Given(True, targets[key].origin)
        if unresolved is not None:
            return Unknown("a scalable target of this template cannot be resolved", unresolved.origin)
        doubted = _ANY if alias is None or "${" in alias else _OPEN
        for name in names:
            if (name, doubted) in targets:
                why = "it is not known which alias of the function a scalable target is for"
                return Unknown(why, targets[name, doubted].origin)
        return self.model.unseen(_SCALABLE) or Default(False, self.origin)


def names_of(function: Function) -> list[str]:
    """What ``named_in`` says of a text that means a function: its logical id, or its name after ``function:``."""
    name = function.text("FunctionName")
    return [function.label, *([f"function:{name.value}"] if isinstance(name, Given) else [])]


def named_in(text: str) -> list[str]:
    """The resources that canonical text refers to, by logical id, and the functions that it names: ``function:x``."""
    return list(dict.fromkeys([*_REFERENCE.findall(text), *_NAMED.findall(text)]))


def _scalable(model: Model) -> tuple[dict[tuple[str, str], Resource], Resource | None]:
    """The first scalable target that speaks of each name and qualifier, and the first that is not wholly known."""
    found: dict[tuple[str, str], Resource] = {}
    unresolved: Resource | None = None
    for target in model.resources(_SCALABLE):
        pattern = model.resolver.pattern(target.properties.get("ResourceId"))
        if isinstance(pattern, tuple) and not pattern[0].startswith(("function:", "${")):
            # A table, or a service of ECS.
            continue
        if not isinstance(pattern, tuple) or not pattern[1]:
            unresolved = unresolved or target
            continue
        if any(name not in model.stack.resources for name in _REFERENCE.findall(pattern[0])):
            # A parameter may stand for any function or alias; for one that is named by it, too, it is clear.
            unresolved = unresolved or target
        whole = _SCALED.fullmatch(pattern[0])
        qualifier = whole[1] if whole is not None else _ALL
        names = [*named_in(pattern[0]), *_depends(target)]
        qualifiers = [qualifier, _ANY]
        if "${" in qualifier:
            aliases = [name for name in named_in(qualifier) if _is_alias(model, name)]
            # A reference to an alias means this alias alone.
            names, qualifiers = (aliases, [_ALL]) if aliases else (names, [*qualifiers, _OPEN])
        for name in names:
            for each in qualifiers:
                found.setdefault((name, each), target)
    return found, unresolved


def _is_alias(model: Model, logical_id: str) -> bool:
    resource = model.stack.resources.get(logical_id)
    return resource is not None and resource.type == ALIAS


def _depends(resource: Resource) -> set[str]:
    written = resource.attributes.get("DependsOn")
    if isinstance(written, Scalar):
        return {written.text}
    if isinstance(written, Sequence):
        return {item.text for item in written if isinstance(item, Scalar)}
    return set()


def published(function: Function) -> Value[bool]:
    """Whether the template publishes a version or an alias of a function."""
    published_by, doubt = function.model.kept("versions by function", _by_function)
    own = published_by.get(id(function))
    if own is not None:
        return Default(True, own.origin)
    doubt = doubt or function.model.unseen(VERSION, function.resource)
    return doubt or Default(False, function.origin)


def _by_function(model: Model) -> tuple[dict[int, Resource], Unknown | None]:
    """The first alias or version of each function, by its identity; and why another may be one of any function."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, Resource] = {}
    doubt: Unknown | None = None
    for resource in model.resources(ALIAS, VERSION):
        named = function_of(model, resource.properties.get("FunctionName"), "account")
        if isinstance(named, Function):
            found.setdefault(id(named), resource)
        elif isinstance(named, Unknown):
            doubt = doubt or Unknown(f"it is not known whose version {resource.logical_id} is", resource.origin)
    return found, doubt


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
