"""Intrinsic functions, evaluated lazily in one world.

``Resolver.resolve`` evaluates only the outermost function of a value; what stands inside is evaluated when it is
asked for. The answers are nodes (somebody's literal, wherever it stands), references to resources of the stack,
partly known text, nothing at all (``AWS::NoValue``) or Unknown with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from lambdalint.load.conditions import MAX_CHOICES, Assignment, Fork, excluded
from lambdalint.load.functions import FUNCTIONS
from lambdalint.load.resolved import ABSENT, Absent, Reference, Resolved, Supplied, Text, partition
from lambdalint.load.stack import Depth, Stack
from lambdalint.load.truth import Truth
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Given, Outside, Unknown

_DYNAMIC = re.compile(r"\{\{resolve:([a-zA-Z-]+)(?::[^{}]*)?\}\}")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_MAX_NESTING = 50
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_STORED = "AWS::SSM::Parameter::Value<"


class Resolver:
    """Evaluates the intrinsics of one stack under given parameters, region and world."""

    def __init__(
        self,
        stack: Stack,
        parameters: dict[str, str] | None = None,
        region: str | None = None,
        assignment: Assignment | None = None,
    ) -> None:
        self.stack = stack
        self.given = parameters or {}
        self.region = region
        self.assignment = assignment or {}
        self.truth = Truth(self)
        # While canonical text is built, a parameter without a value stands for itself: nothing needs to fork.
        self.symbolic = False

    def without_assignment(self) -> Resolver:
        """The same stack under the same parameters, in the world that assigns nothing."""
        return Resolver(self.stack, self.given, self.region)

    # --- values ---------------------------------------------------------------------------------------------------

    def resolve(self, node: Node | None) -> Resolved:
        """Evaluate the outermost intrinsic function, if there is one. Raises Fork where a condition is open."""
        steps = 0
        current: Resolved = ABSENT if node is None else node
        while isinstance(current, Mapping) and len(current.items) == 1:
            (name,) = current.items
            function = FUNCTIONS.get(name)
            if function is None:
                if name.startswith("Fn::"):
                    return Unknown(f"{name} is not evaluated", current)
                return current
            steps += 1
            depth = self.stack.links.depth
            if steps > _MAX_NESTING or depth.level >= Depth.LIMIT:
                return Unknown("intrinsic functions are nested too deeply", current)
            depth.level += 1
            try:
                current = function(self, current, current.items[name])
            finally:
                depth.level -= 1
        return current

    def literal(self, node: Node | None) -> Given[str] | Absent | Unknown:
        """The text of a value that must be fully known here."""
        found = self.resolve(node)
        match found:
            case Scalar():
                if (dynamic := _DYNAMIC.search(found.text)) is not None:
                    return Unknown(f"{dynamic[1]} is read at deployment", found)
                return Given(found.text, found, found.literal if isinstance(found, Supplied) else None)
            case Absent() | Unknown():
                return found
            case Reference():
                return Unknown(f"{found.text} is known only after deployment", found.origin)
            case Text():
                return found.why or Unknown(f"{found.text} is known only after deployment", found.origin)
            case _:
                return Unknown("a text was expected here", found)

    def text(self, node: Node | None) -> Given[str] | Absent | Unknown:
        """Canonical text: what is known only at deployment stands in it as ``${Name}`` or ``${Name.Attribute}``."""
        found = self._resolve_symbolically(node)
        match found:
            case Scalar():
                return self._without_dynamic(found.text, found)
            case Reference():
                return Given(found.text, found.origin)
            case Text():
                if not found.known:
                    return found.why or Unknown("part of the text is not known", found.origin)
                return self._without_dynamic(found.text, found.origin)
            case Absent() | Unknown():
                return found
            case _:
                return Unknown("a text was expected here", found)

    def _without_dynamic(self, text: str, origin: Origin) -> Given[str] | Unknown:
        dynamic = _DYNAMIC.search(text)
        return Given(text, origin) if dynamic is None else Unknown(f"{dynamic[1]} is read at deployment", origin)

    def pattern(self, node: Node | None) -> tuple[str, bool, Origin] | Absent | Unknown:
        """Like ``text``, but partly unknown text is given too: (text with ``${?}`` for what is open, known, place)."""
        found = self._resolve_symbolically(node)
        match found:
            case Scalar():
                text, open_parts = _DYNAMIC.subn("${?}", found.text)
                return text, open_parts == 0, found
            case Text():
                text, open_parts = _DYNAMIC.subn("${?}", found.text)
                return text, found.known and open_parts == 0, found.origin
            case Reference():
                return found.text, True, found.origin
            case Absent() | Unknown():
                return found
            case _:
                return Unknown("a text was expected here", found)

    def _resolve_symbolically(self, node: Node | None) -> Resolved:
        with self._mode(symbolic=True):
            return self.resolve(node)

    @contextmanager
    def _mode(self, symbolic: bool) -> Iterator[None]:
        before, self.symbolic = self.symbolic, symbolic
        try:
            yield
        finally:
            self.symbolic = before

    def items(self, node: Node | None) -> list[Node] | Absent | Unknown:
        """The items of a list, each as it is written; a single value counts as a list of one."""
        found = self.resolve(node)
        match found:
            case Sequence():
                return found.items
            case Scalar() | Mapping():
                return [found]
            case Reference() | Text():
                return Unknown("a list was expected here", found.origin)
            case _:
                return found

    # --- parameters -----------------------------------------------------------------------------------------------

    def parameter(self, name: str, use: Origin) -> Resolved:
        """The value of a parameter or pseudo parameter at a place that uses it."""
        declared = self.stack.parameters.get(name)
        if declared is None and not name.startswith("AWS::"):
            return Unknown(f"{name} is declared nowhere in this template", use)
        if name in self.given:
            return self._typed(name, declared, self.given[name], use)
        if name in self.assignment:
            chosen = self.assignment[name]
            if excluded(chosen) is not None:
                return self._open(name, use)
            return self._typed(name, declared, chosen, use)
        if declared is None:
            return self._pseudo(name, use)
        if self.has_default(name):
            default = declared.get("Default")
            assert isinstance(default, Scalar)
            return self._typed(name, declared, default.text, use, default)
        if self.symbolic:
            return self._open(name, use)
        allowed = declared.get("AllowedValues")
        if isinstance(allowed, Sequence) and 0 < len(allowed) <= MAX_CHOICES:
            choices = tuple(item.text for item in allowed if isinstance(item, Scalar))
            if len(choices) == len(allowed):
                raise Fork(name, choices, self.truth.asking)
        return self._open(name, use)

    def has_default(self, name: str) -> bool:
        """Whether a parameter's ``Default`` is its value where none is given."""
        declared = self.stack.parameters.get(name)
        return (
            declared is not None
            and isinstance(declared.get("Default"), Scalar)
            and self.stack.links.set_elsewhere(name) is None
        )

    def is_list(self, name: str) -> bool:
        """Whether a parameter is a list, by its type: also one that is read from Systems Manager."""
        return _is_list(_type_of(self.stack.parameters.get(name)).removeprefix(_STORED))

    def has_value(self, name: str) -> bool:
        """Whether a parameter has a value in this world."""
        return name in self.given or name in self.assignment or self.has_default(name)

    def known_region(self) -> str | None:
        """The region that is given, or that this world assumes."""
        assumed = self.assignment.get("AWS::Region")
        given = self.region or self.given.get("AWS::Region")
        return given or (assumed if assumed is not None and excluded(assumed) is None else None)

    def known_account(self) -> str | None:
        """The account that is given (``--parameter AWS::AccountId=...``), or that this world assumes."""
        assumed = self.assignment.get("AWS::AccountId")
        return self.given.get("AWS::AccountId") or (
            assumed if assumed is not None and excluded(assumed) is None else None
        )

    def known_partition(self) -> str | None:
        """The partition of the region, or the one that this world assumes."""
        region = self.known_region()
        if region is not None:
            return partition(region)
        assumed = self.assignment.get("AWS::Partition")
        return assumed if assumed is not None and excluded(assumed) is None else None

    def _open(self, name: str, use: Origin) -> Resolved:
        if self.symbolic or name.startswith("AWS::"):
            return Text(f"${{{name}}}", use)
        why = self.stack.links.set_elsewhere(name) or f"parameter {name} has no value"
        return Unknown(why, use, Outside("parameter", name))

    def _pseudo(self, name: str, use: Origin) -> Resolved:
        within = self.known_partition()
        match name:
            case "AWS::NoValue":
                return ABSENT
            case "AWS::Region" if self.region:
                return Supplied(use, self.region, None, "the region given")
            case "AWS::Partition" if within is not None:
                return Supplied(use, within, None, "the region given")
            case "AWS::URLSuffix" if within is not None:
                suffix = "amazonaws.com.cn" if within == "aws-cn" else "amazonaws.com"
                return Supplied(use, suffix, None, "the region given")
            case "AWS::NotificationARNs":
                return Unknown("AWS::NotificationARNs is a list that is known only at deployment", use)
            case _:
                return Text(f"${{{name}}}", use)

    def _typed(
        self, name: str, declared: Mapping | None, value: str, use: Origin, literal: Scalar | None = None
    ) -> Resolved:
        written = _type_of(declared)
        if written.startswith(_STORED):
            why = f"parameter {name} is read from Systems Manager at deployment"
            return Unknown(why, use, Outside("parameter", name))
        via = f"parameter {name}"
        if _is_list(written):
            parts: list[Node] = (
                [Supplied(use, part.strip(), literal, via) for part in value.split(",")] if value else []
            )
            return Sequence(use.document, use.start, use.end, parts, use.via or via)
        # A value from outside is text, "0600" too; a Number is one where it is written as YAML writes it.
        plain = literal.plain if literal is not None else written == "Number" and _NUMBER.fullmatch(value) is not None
        return Supplied(use, value, literal, via, plain)

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, name: str) -> bool:
        """Whether a named condition holds in this world. Raises Fork where that is open."""
        with self._mode(symbolic=False):
            return self.truth.holds(name)

    def known_condition(self, name: str) -> bool | None:
        """Whether a named condition was found to hold in this world; None when nothing asked for it."""
        return self.truth.known.get(name)


def _type_of(declared: Mapping | None) -> str:
    kind = declared.get("Type") if declared is not None else None
    return kind.text if isinstance(kind, Scalar) else "String"


def _is_list(written: str) -> bool:
    return written.startswith(("CommaDelimitedList", "List<"))


__all__ = ["ABSENT", "Absent", "Reference", "Resolved", "Resolver", "Supplied", "Text", "partition"]
