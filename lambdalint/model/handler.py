"""What a function's source and package say, asked for only when a rule needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from lambdalint.data import limits, permissions
from lambdalint.model.element import Element, derive
from lambdalint.model.thing import fact
from lambdalint.source.gap import Remark
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


class Evidence(Protocol):
    """Something found in source code."""

    @property
    def what(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...


class SideEffect(Protocol):
    """A call that must not happen twice."""

    @property
    def service(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def line(self) -> int: ...


class CodeArgument(Protocol):
    """A named argument of a call; ``kind`` says where its value comes from (see ``code.fact.Argument``)."""

    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str | None: ...


class CodeCall(Protocol):
    """A call of an AWS API and the IAM actions that it needs."""

    @property
    def actions(self) -> Sequence[str]: ...
    def argument(self, name: str) -> CodeArgument | None:
        """The argument of that name."""
        ...


class HandlerFacts(Protocol):
    """What was read from a handler's source."""

    @property
    def readable(self) -> bool: ...
    @property
    def why(self) -> str | None: ...
    @property
    def path(self) -> str | None: ...
    @property
    def idempotency(self) -> Sequence[Evidence]: ...
    @property
    def side_effects(self) -> Sequence[SideEffect]: ...
    @property
    def calls(self) -> Sequence[CodeCall]: ...
    @property
    def open(self) -> bool: ...
    @property
    def native(self) -> bool | None: ...
    @property
    def returns_batch_item_failures(self) -> bool | None: ...


class PackageFacts(Protocol):
    """What was measured of a deployment package, in bytes."""

    @property
    def zipped(self) -> int | None: ...
    @property
    def unzipped(self) -> int | None: ...
    @property
    def estimated(self) -> bool: ...
    @property
    def why(self) -> str | None: ...


class SampleFacts(Protocol):
    """A sample event beside the template."""

    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def function(self) -> str | None: ...


class CodeReader(Protocol):
    """Reads handlers and packages; given to the model by the run."""

    def handler(self, function: Function) -> HandlerFacts:
        """Read the source of a function's handler."""
        ...

    def package(self, function: Function) -> PackageFacts | None:
        """Measure the deployment package of a function; None where there is none to measure."""
        ...

    def samples(self, function: Function) -> Sequence[SampleFacts]:
        """The sample events of a function."""
        ...

    @property
    def remarks(self) -> Sequence[Remark]:
        """What was there and not looked at, so far."""
        ...


_NO_READER = Unknown("the source code was not looked at")


class Code(Element):
    """The source and package of a function."""

    kind = "code"
    __slots__ = ("of",)

    def __init__(self, of: Function) -> None:
        super().__init__(of.model, of.resource, of.origin, of.label)
        self.of = of

    @property
    def facts(self) -> HandlerFacts | None:
        """What was read; None when nobody reads code in this run. Readers keep what they read."""
        reader = self.model.catalog.reader
        return reader.handler(self.of) if reader is not None else None

    @fact
    def readable(self) -> Value[bool]:
        """Whether the handler's source was found and understood."""
        found = self.facts
        return Default(found is not None and found.readable, self.origin)

    @fact
    def idempotency(self) -> Value[str | None]:
        """Evidence that repeated events do no harm, e.g. "Powertools idempotency"; None without any."""
        found = self.facts
        if found is None or not found.readable:
            return Unknown(found.why if found is not None and found.why else _NO_READER.why, self.origin)
        if found.idempotency:
            first = found.idempotency[0]
            return Default(f"{first.what} ({first.path}:{first.line})", self.origin)
        return Default(None, self.origin, sure=not found.open)

    @fact
    def side_effects(self) -> Value[str | None]:
        """What the function does that must not happen twice ("sns:Publish"), read from its code, else inferred from
        what its role allows; None when nothing of the kind is seen."""
        found = self.facts
        if found is not None and found.readable:
            calls = sorted({f"{call.service}:{call.operation}" for call in found.side_effects})
            if calls or not found.open:
                return Default(", ".join(calls) or None, self.origin)
        return self._granted_side_effects()

    def _granted_side_effects(self) -> Value[str | None]:
        from lambdalint.model.role import Role

        role = self.of.role
        if not isinstance(role, Role):
            return role or Unknown("the function has no role", self.origin)
        explained = {*permissions.PASSED_ON, *role.needed_by_destinations()}
        granted = role.grants_any([action for action in permissions.REPEATABLE_NEVER if action not in explained])
        if isinstance(granted, Unknown):
            return granted
        return Default(", ".join(granted) or None, self.origin, sure=False)

    @fact
    def idempotent(self) -> Value[bool]:
        """Whether repeated events are known to do no harm: declared, durable, or shown by the code. Without readable
        code it counts as not shown, and what follows is tentative."""
        declared = self.of.declared_idempotent
        if isinstance(declared, Given):
            return declared
        durable = self.of.durable
        if not isinstance(durable, Unknown) and durable.value:
            return durable
        evidence = self.idempotency
        if isinstance(evidence, Unknown):
            return Default(False, self.origin, sure=False)
        return Default(evidence.value is not None, self.origin, sure=evidence.sure)

    @fact
    def native(self) -> Value[bool]:
        """Whether the package holds code compiled for one architecture."""
        found = self.facts
        if found is None or found.native is None:
            return Unknown(found.why if found is not None and found.why else _NO_READER.why, self.origin)
        return Default(found.native, self.origin)

    @fact
    def portable(self) -> Value[bool]:
        """Whether the package runs on either architecture as it is. Without code at hand it is taken to do so, and what
        follows is tentative; not for ``provided`` runtimes, whose bootstrap is compiled as a rule. Unknown where it is
        open which code it is."""
        native = self.native
        if not isinstance(native, Unknown):
            return derive(native, lambda found: not found)
        family = self.of.runtime_family
        for settled in (self.of.find("Code"), self.of.handler, family):
            if isinstance(settled, Unknown):
                return settled
        compiled = not isinstance(family, Unknown) and family.value == "provided"
        return Default(not compiled, self.origin, sure=False)

    @fact
    def zipped_most(self) -> Value[float]:
        """MB of a zip file that can be uploaded directly; a larger one has to go through S3."""
        return Default(limits.ZIP_DIRECT_BYTES / limits.MIB, self.origin)

    @fact
    def unzipped_most(self) -> Value[float]:
        """MB that the unzipped package and its layers may have together."""
        return Default(limits.UNZIPPED_BYTES / limits.MIB, self.origin)

    @fact
    def zipped_share(self) -> Value[float]:
        """Percent of the limit for direct uploads that the zipped package has."""
        return derive(self.zipped, lambda size: round(100 * size * limits.MIB / limits.ZIP_DIRECT_BYTES, 2))

    @fact
    def unzipped_share(self) -> Value[float]:
        """Percent of the limit for unzipped packages that the package has."""
        return derive(self.unzipped, lambda size: round(100 * size * limits.MIB / limits.UNZIPPED_BYTES, 2))

    @fact
    def zipped(self) -> Value[float]:
        """MB of the deployment package as uploaded."""
        return self._size("zipped")

    @fact
    def unzipped(self) -> Value[float]:
        """MB of the deployment package unzipped, with those layers whose content is at hand."""
        return self._size("unzipped")

    def _size(self, which: str) -> Value[float]:
        reader = self.model.catalog.reader
        package = reader.package(self.of) if reader is not None else None
        size = None if package is None else package.zipped if which == "zipped" else package.unzipped
        if size is None or package is None:
            why = package.why if package is not None else None
            return Unknown(why or "the package is not at hand", self.origin)
        place = self.of.place("Code")
        megabytes = round(size / (1024 * 1024), 1)
        if place is None:
            return Default(megabytes, self.origin, sure=not package.estimated)
        return Given(megabytes, place, sure=not package.estimated)
