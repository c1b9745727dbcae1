"""Intrinsic functions, evaluated lazily in one world.

``Resolver.resolve`` evaluates only the outermost function of a value; what stands inside is evaluated when it is
asked for. The answers are nodes (somebody's literal, wherever it stands), references to resources of the stack,
partly known text, nothing at all (``AWS::NoValue``) or Unknown with its reason.
Semantics: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from lambdalint.load.conditions import MAX_CHOICES, OTHER, Assignment, Fork
from lambdalint.load.stack import Stack
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.value import Given, Unknown


@dataclass(frozen=True, slots=True)
class Reference:
    """``Ref`` or ``Fn::GetAtt`` of a resource of the same stack (``attribute`` None for Ref)."""

    logical_id: str
    attribute: str | None
    origin: Origin

    @property
    def text(self) -> str:
        """The reference as ``Fn::Sub`` would write it."""
        return f"${{{self.logical_id}}}" if self.attribute is None else f"${{{self.logical_id}.{self.attribute}}}"


@dataclass(frozen=True, slots=True)
class Text:
    """Text of which some parts are known only at deployment; these stand in it as ``${Name}``.

    ``known`` is False when a part could be anything at all (an unresolvable parameter), written ``${?}``.
    """

    text: str
    origin: Origin
    known: bool = True
    why: Unknown | None = None


class Absent:
    """No value: a key that is not there, or ``AWS::NoValue``."""

    __slots__ = ()


ABSENT = Absent()

Resolved: TypeAlias = Node | Reference | Text | Absent | Unknown


class Supplied(Scalar):
    """A literal that a parameter or a mapping supplied: it stands where it is used, its text at ``literal``."""

    __slots__ = ("literal",)

    def __init__(self, use: Origin, text: str, literal: Origin | None, via: str) -> None:
        super().__init__(use.document, use.start, use.end, text, True, use.via or via)
        self.literal = literal


_PLACEHOLDER = re.compile(r"\$\{([^!][^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([a-z-]+)")
_MAX_TEXT = 100_000


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
        self._conditions: dict[str, bool | Unknown] = {}
        self._running: list[str] = []
        self._compared: dict[str, tuple[str, ...]] | None = None
        # While canonical text is built, a parameter without a value stands for itself: nothing needs to fork.
        self._symbolic = False

    # --- values ---------------------------------------------------------------------------------------------------

    def resolve(self, node: Node | None) -> Resolved:
        """Evaluate the outermost intrinsic function, if there is one. Raises Fork where a condition is open."""
        depth = 0
        current: Resolved = ABSENT if node is None else node
        while isinstance(current, Mapping) and len(current.items) == 1:
            (name,) = current.items
            function = _FUNCTIONS.get(name)
            if function is None:
                if name.startswith("Fn::"):
                    return Unknown(f"{name} is not evaluated", current)
                return current
            depth += 1
            if depth > 50:
                return Unknown("intrinsic functions are nested too deeply", current)
            current = function(self, current, current.items[name])
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
                return Given(found.text, found)
            case Reference():
                return Given(found.text, found.origin)
            case Text():
                if not found.known:
                    return found.why or Unknown("part of the text is not known", found.origin)
                return Given(found.text, found.origin)
            case Absent() | Unknown():
                return found
            case _:
                return Unknown("a text was expected here", found)

    def pattern(self, node: Node | None) -> tuple[str, bool, Origin] | Absent | Unknown:
        """Like ``text``, but partly unknown text is given too: (text with ``${?}`` for what is open, known, place)."""
        found = self._resolve_symbolically(node)
        if isinstance(found, Text):
            return found.text, found.known, found.origin
        given = self.text(node)
        return (given.value, True, given.origin) if isinstance(given, Given) else given

    def _resolve_symbolically(self, node: Node | None) -> Resolved:
        before, self._symbolic = self._symbolic, True
        try:
            return self.resolve(node)
        finally:
            self._symbolic = before

    def items(self, node: Node | None) -> list[Node] | Absent | Unknown:
        """The items of a list, ``Fn::If`` items resolved away; a single value counts as a list of one."""
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

    def parameter(self, name: str, use: Origin, condition: str | None = None) -> Resolved:
        """The value of a parameter or pseudo parameter at a place that uses it."""
        declared = self.stack.parameters.get(name)
        if declared is None and not name.startswith("AWS::"):
            return Unknown(f"{name} is declared nowhere in this template", use)
        if name in self.given:
            return self._typed(name, declared, self.given[name], use, None)
        if name in self.assignment:
            chosen = self.assignment[name]
            if chosen == OTHER:
                return self._open(name, use)
            return self._typed(name, declared, chosen, use, None)
        if declared is None:
            return self._pseudo(name, use)
        default = declared.get("Default")
        if isinstance(default, Scalar):
            return self._typed(name, declared, default.text, use, default)
        if self._symbolic:
            return self._open(name, use)
        allowed = declared.get("AllowedValues")
        if isinstance(allowed, Sequence) and 0 < len(allowed) <= MAX_CHOICES:
            choices = tuple(item.text for item in allowed if isinstance(item, Scalar))
            if len(choices) == len(allowed):
                raise Fork(name, choices, condition)
        return self._open(name, use)

    def _open(self, name: str, use: Origin) -> Resolved:
        if self._symbolic or name.startswith("AWS::"):
            return Text(f"${{{name}}}", use)
        return Unknown(f"parameter {name} has no value", use)

    def _pseudo(self, name: str, use: Origin) -> Resolved:
        match name:
            case "AWS::NoValue":
                return ABSENT
            case "AWS::Region" if self.region:
                return Supplied(use, self.region, None, "the region given")
            case "AWS::Partition" if self.region:
                return Supplied(use, partition(self.region), None, "the region given")
            case "AWS::URLSuffix" if self.region:
                suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
                return Supplied(use, suffix, None, "the region given")
            case _:
                return Text(f"${{{name}}}", use)

    def _typed(self, name: str, declared: Mapping | None, value: str, use: Origin, literal: Origin | None) -> Resolved:
        kind = declared.get("Type") if declared is not None else None
        written = kind.text if isinstance(kind, Scalar) else "String"
        if written.startswith("AWS::SSM::Parameter::Value"):
            return Unknown(f"parameter {name} is read from Systems Manager at deployment", use)
        via = f"parameter {name}"
        if written == "CommaDelimitedList" or written.startswith("List<"):
            parts: list[Node] = (
                [Supplied(use, part.strip(), literal, via) for part in value.split(",")] if value else []
            )
            return Sequence(use.document, use.start, use.end, parts, use.via or via)
        return Supplied(use, value, literal, via)

    # --- conditions -----------------------------------------------------------------------------------------------

    def condition(self, name: str, use: Origin) -> bool | Unknown:
        """Whether a named condition holds in this world. Raises Fork where that is open."""
        known = self._conditions.get(name)
        if known is not None:
            return known
        written = self.stack.conditions.get(name)
        if written is None:
            return Unknown(f"condition {name} is declared nowhere in this template", use)
        if name in self._running:
            return Unknown(f"condition {name} depends on itself", use)
        self._running.append(name)
        before, self._symbolic = self._symbolic, False
        try:
            truth = self._truth(written, name)
            if isinstance(truth, Unknown):
                atom = f"condition {name}"
                if atom not in self.assignment:
                    raise Fork(atom, ("true", "false"), name)
                truth = self.assignment[atom] == "true"
        finally:
            self._running.pop()
            self._symbolic = before
        self._conditions[name] = truth
        return truth

    def known_condition(self, name: str) -> bool | None:
        """Whether a named condition was found to hold in this world; None when nothing asked for it."""
        known = self._conditions.get(name)
        return known if isinstance(known, bool) else None

    def _truth(self, node: Node, name: str) -> bool | Unknown:
        if isinstance(node, Mapping) and len(node.items) == 1:
            ((function, argument),) = node.items.items()
            match function:
                case "Condition" if isinstance(argument, Scalar):
                    return self.condition(argument.text, argument)
                case "Fn::Not" if isinstance(argument, Sequence) and len(argument) == 1:
                    inner = self._truth(argument.items[0], name)
                    return inner if isinstance(inner, Unknown) else not inner
                case "Fn::And" | "Fn::Or" if isinstance(argument, Sequence):
                    return self._all(argument, name, decisive=function == "Fn::Or")
                case "Fn::Equals" if isinstance(argument, Sequence) and len(argument) == 2:
                    return self._equals(argument.items[0], argument.items[1], name)
        return Unknown(f"condition {name} cannot be evaluated", node)

    def _all(self, parts: Sequence, name: str, decisive: bool) -> bool | Unknown:
        unknown: Unknown | None = None
        for part in parts:
            truth = self._truth(part, name)
            if isinstance(truth, Unknown):
                unknown = unknown or truth
            elif truth is decisive:
                return decisive
        return unknown or (not decisive)

    def _equals(self, left: Node, right: Node, name: str) -> bool | Unknown:
        self._ask(left, right, name)
        self._ask(right, left, name)
        first, second = self.resolve(left), self.resolve(right)
        if isinstance(first, Scalar) and isinstance(second, Scalar):
            return first.text == second.text
        for side, other in ((left, second), (right, first)):
            parameter = _parameter_of(side)
            if parameter is not None and self.assignment.get(parameter) == OTHER and isinstance(other, Scalar):
                return False
        return Unknown(f"condition {name} compares what is known only at deployment", left)

    def _ask(self, side: Node, other: Node, name: str) -> None:
        """Fork over a parameter without a value that a condition compares with literals."""
        parameter = _parameter_of(side)
        if parameter is None or not isinstance(other, Scalar) or parameter in self.assignment:
            return
        found = self.parameter(parameter, side, name)
        if (isinstance(found, Unknown) and found.why.endswith("has no value")) or isinstance(found, Text):
            literals = self._literals_compared(parameter)
            if len(literals) < MAX_CHOICES:
                raise Fork(parameter, (*literals, OTHER), name)

    def _literals_compared(self, parameter: str) -> tuple[str, ...]:
        if self._compared is None:
            found: dict[str, dict[str, None]] = {}
            pending: list[Node] = list(self.stack.conditions.values())
            while pending:
                node = pending.pop()
                if isinstance(node, Mapping):
                    pair = node.get("Fn::Equals")
                    if isinstance(pair, Sequence) and len(pair) == 2:
                        for side, other in (pair.items, pair.items[::-1]):
                            name = _parameter_of(side)
                            if name is not None and isinstance(other, Scalar):
                                found.setdefault(name, {})[other.text] = None
                    pending.extend(node.items.values())
                elif isinstance(node, Sequence):
                    pending.extend(node.items)
            self._compared = {name: tuple(sorted(texts)) for name, texts in found.items()}
        return self._compared.get(parameter, ())


def partition(region: str) -> str:
    """The partition of a region, e.g. ``aws-cn``."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _parameter_of(node: Node) -> str | None:
    if isinstance(node, Mapping) and len(node.items) == 1:
        name = node.get("Ref")
        if isinstance(name, Scalar):
            return name.text
    return None


def _ref(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not isinstance(argument, Scalar):
        return Unknown("Ref needs a name", use)
    name = argument.text
    if name in resolver.stack.resources:
        return Reference(name, None, use)
    return resolver.parameter(name, use)


def _get_att(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if isinstance(argument, Scalar):
        name, _, attribute = argument.text.partition(".")
    elif isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument.items[0], Scalar):
        name = argument.items[0].text
        second = resolver.resolve(argument.items[1])
        if not isinstance(second, Scalar):
            return Unknown(f"the attribute of {name} is not known", use)
        attribute = second.text
    else:
        return Unknown("Fn::GetAtt needs a resource and an attribute", use)
    if name not in resolver.stack.resources:
        return Unknown(f"{name} is declared nowhere in this template", use)
    return Reference(name, attribute, use)


def _sub(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    template: Node = argument
    own: Mapping | None = None
    if isinstance(argument, Sequence) and argument.items:
        template = argument.items[0]
        second = argument.items[1] if len(argument) > 1 else None
        own = second if isinstance(second, Mapping) else None
    if not isinstance(template, Scalar):
        return Unknown("Fn::Sub needs a text", use)

    def part(match: re.Match[str]) -> Resolved:
        name = match[1].strip()
        if own is not None and name in own:
            return resolver.resolve(own.get(name))
        if "." in name:
            owner, _, attribute = name.partition(".")
            if owner in resolver.stack.resources:
                return Reference(owner, attribute, use)
            return Unknown(f"{owner} is declared nowhere in this template", use)
        if name in resolver.stack.resources:
            return Reference(name, None, use)
        return resolver.parameter(name, use)

    parts: list[Resolved | str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template.text):
        parts += [template.text[end : match.start()].replace("${!", "${"), part(match)]
        end = match.end()
    parts.append(template.text[end:].replace("${!", "${"))
    if end == 0:
        return Scalar(use.document, use.start, use.end, str(parts[0]), False, use.via)
    return _concatenate(parts, use)


def _concatenate(parts: list[Resolved | str], use: Origin) -> Resolved:
    pieces: list[str] = []
    why: Unknown | None = None
    open_parts = False
    for part in parts:
        match part:
            case str():
                pieces.append(part)
            case Scalar():
                pieces.append(part.text)
            case Reference():
                pieces.append(part.text)
                open_parts = True
            case Text():
                pieces.append(part.text)
                open_parts = True
                why = why or (None if part.known else part.why)
            case Unknown():
                pieces.append("${?}")
                why = why or part
            case Absent():
                continue
            case _:
                return Unknown("a text was expected here", use)
    text = "".join(pieces)
    if len(text) > _MAX_TEXT:
        return Unknown("the text is too long to be followed", use)
    if why is not None:
        return Text(text, use, False, why)
    if open_parts:
        meaningful = [part for part in parts if part != ""]
        if len(meaningful) == 1 and isinstance(meaningful[0], Reference):
            return Reference(meaningful[0].logical_id, meaningful[0].attribute, use)
        return Text(text, use)
    return Supplied(use, text, None, "Fn::Sub")


def _join(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::Join needs a delimiter and a list", use)
    items = resolver.items(argument.items[1])
    if isinstance(items, Unknown):
        return items
    parts: list[Resolved | str] = []
    for item in [] if isinstance(items, Absent) else items:
        found = resolver.resolve(item)
        if isinstance(found, Absent):
            continue
        if parts:
            parts.append(argument.items[0].text)
        parts.append(found)
    return _concatenate(parts, use)


def _split(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::Split needs a delimiter and a text", use)
    found = resolver.literal(argument.items[1])
    if not isinstance(found, Given):
        return found if isinstance(found, Unknown) else Unknown("Fn::Split of nothing", use)
    delimiter = argument.items[0].text
    pieces = found.value.split(delimiter) if delimiter else [found.value]
    return Sequence(use.document, use.start, use.end, [Supplied(use, piece, None, "Fn::Split") for piece in pieces])


def _select(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 2):
        return Unknown("Fn::Select needs an index and a list", use)
    index = resolver.literal(argument.items[0])
    items = resolver.items(argument.items[1])
    if isinstance(items, Unknown):
        return items
    if not isinstance(index, Given) or not index.value.isdigit() or isinstance(items, Absent):
        return Unknown("Fn::Select needs a known index", use)
    position = int(index.value)
    return resolver.resolve(items[position]) if position < len(items) else Unknown("Fn::Select is out of range", use)


def _find_in_map(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) >= 3):
        return Unknown("Fn::FindInMap needs a map and two keys", use)
    current: Node | None = resolver.stack.mappings
    why: Unknown | None = None
    for key in argument.items[:3]:
        name = resolver.literal(key)
        if not isinstance(name, Given):
            why = name if isinstance(name, Unknown) else Unknown("Fn::FindInMap has a key without value", use)
            break
        current = current.get(name.value) if isinstance(current, Mapping) else None
    if why is not None:
        return why
    if current is not None:
        if isinstance(current, Scalar):
            return Supplied(use, current.text, current, "Mappings")
        return current
    fallback = argument.items[3] if len(argument) > 3 else None
    if isinstance(fallback, Mapping) and "DefaultValue" in fallback:
        return resolver.resolve(fallback.get("DefaultValue"))
    return Unknown("Fn::FindInMap finds no such entry", use)


def _if(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    if not (isinstance(argument, Sequence) and len(argument) == 3 and isinstance(argument.items[0], Scalar)):
        return Unknown("Fn::If needs a condition and two values", use)
    truth = resolver.condition(argument.items[0].text, argument.items[0])
    if isinstance(truth, Unknown):
        return truth
    return resolver.resolve(argument.items[1 if truth else 2])


def _import_value(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    name = resolver.text(argument)
    shown = f" {name.value}" if isinstance(name, Given) else ""
    return Unknown(f"the import{shown} is set by another stack", use)


def _length(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    items = resolver.items(argument)
    if isinstance(items, list):
        return Supplied(use, str(len(items)), None, "Fn::Length")
    return items if isinstance(items, Unknown) else Unknown("Fn::Length of nothing", use)


def _base64(resolver: Resolver, use: Mapping, argument: Node) -> Resolved:
    return Unknown("Fn::Base64 is encoded at deployment", use)


_FUNCTIONS: dict[str, Callable[[Resolver, Mapping, Node], Resolved]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::Base64": _base64,
}
