"""Environment variables of a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import limits, secrets
from lambdalint.load.intrinsics import Absent, Reference, Text
from lambdalint.model.element import Element
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping, Node, Scalar
from lambdalint.source.scalar import integer
from lambdalint.source.value import Default, Given, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


class Variable(Element):
    """One environment variable."""

    kind = "variable"
    __slots__ = ("node", "of")

    def __init__(self, of: Function, label: str, node: Node) -> None:
        super().__init__(of.model, of.resource, node.at(), label)
        self.of = of
        self.node = node

    @fact
    def function(self) -> Function:
        """The function that it belongs to."""
        return self.of

    @fact
    def reserved(self) -> Value[bool]:
        """Whether Lambda reserves the name for itself."""
        reserved = self.label in limits.RESERVED_ENVIRONMENT_NAMES
        # Whatever the value turns out to be, the name is there, unless it is AWS::NoValue.
        if reserved and isinstance(self.model.resolver.resolve(self.node), Absent):
            return Default(False, self.node)
        return Given(reserved, self.node.at())

    @fact
    def value(self) -> Value[str]:
        """Its literal text. Reports must never show it."""
        found = self.model.resolver.literal(self.node)
        return Unknown("it has no value", self.node) if isinstance(found, Absent) else found

    @property
    def refers(self) -> bool:
        """Whether its value is the name, ARN or address of a resource of this stack, or is built from such."""
        found = self.model.resolver.resolve(self.node)
        return isinstance(found, Reference) or (isinstance(found, Text) and found.known)

    def _kept(self) -> Mapping | None:
        """What the loader of a live account kept of the value; None for a value that is there itself."""
        found = self.node.get("Fn::Redacted") if isinstance(self.node, Mapping) else None
        return found if isinstance(found, Mapping) else None

    @fact
    def size(self) -> Value[int]:
        """Bytes of its name and value; Unknown where the value is known only at deployment."""
        kept = self._kept()
        if kept is not None:
            counted = kept.get("Bytes")
            size = integer(counted) if isinstance(counted, Scalar) else None
            return Given(len(self.label.encode()) + (size or 0), self.node.at())
        found = self.value
        if isinstance(found, Unknown):
            return found
        return Given(len(self.label.encode()) + len(found.value.encode()), self.node.at())

    @fact
    def secret(self) -> Value[str | None]:
        """What kind of secret its value is ("an AWS access key"), judged by its form; None when it is none.

        A dynamic reference to Secrets Manager counts: the resolved secret stands in clear text in the
        function's configuration.
        """
        kept = self._kept()
        if kept is not None:
            kind = kept.get("Kind")
            return Given(kind.text if isinstance(kind, Scalar) else None, self.node.at())
        found = self.model.resolver.resolve(self.node)
        match found:
            case Scalar():
                return Given(secrets.kind_of(self.label, found.text), found.at())
            case Reference() | Absent():
                return Default(None, self.node)
            case Text():
                return Given(secrets.kind_of(self.label, found.text), found.origin)
            case _:
                # What a parameter or an import brings at deployment is no secret in the template.
                return Default(None, self.node)


#: Bytes that the name, ARN or address of a resource of this stack has at most, in practice.
_REFERENCE_BYTES = 300


def size_of(function: Function) -> Value[int]:
    """Bytes of a function's environment, as far as they are known; Unknown where the rest could reach the limit."""
    least, most = 0, 0
    unknown: Unknown | None = function.environment.missing
    for variable in function.environment:
        size = variable.size
        if isinstance(size, Unknown):
            least += len(variable.label.encode())
            if variable.refers:
                most += len(variable.label.encode()) + _REFERENCE_BYTES
            else:
                unknown = unknown or size
        else:
            least += size.value
            most += size.value
    place = function.place("Environment", "Variables")
    if least > limits.ENVIRONMENT_BYTES or (unknown is None and most <= limits.ENVIRONMENT_BYTES):
        return Given(least, place) if place is not None else Default(least, function.origin)
    return unknown or Unknown("how long its environment is, is known only after deployment", function.origin)


def variables_of(function: Function) -> Many[Variable]:
    """The environment variables of a function."""
    entries = function.entries("Environment", "Variables")
    if isinstance(entries, Unknown):
        return Many((), entries)
    return Many(tuple(Variable(function, name, node) for name, node in entries if name != "Fn::Transform"))
