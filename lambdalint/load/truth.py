"""Whether the conditions of a template hold, in one world.

What a condition compares is either known, or it is asked for by a ``Fork``: over the literals that the template's
conditions compare it with, and "any other value". So two conditions about one parameter (IsProd, IsDev) are never
both true, whatever is compared: a parameter, or an expression that cannot be evaluated.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/conditions-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lambdalint.load.conditions import CONDITION, EXPRESSION, Fork, excluded, other_than
from lambdalint.load.resolved import parameter_of, partition
from lambdalint.load.stack import Depth
from lambdalint.source.node import Mapping, Node, Scalar, Sequence
from lambdalint.source.scalar import integer

if TYPE_CHECKING:
    from lambdalint.load.intrinsics import Resolver

#: How many conditions may stand on each other; CloudFormation's own templates need a handful.
_MAX_CHAIN = 60
#: ``!Sub "${Stage}"``, which is ``!Ref Stage``.
_ALONE = re.compile(r"\$\{([A-Za-z0-9:]+)\}")


class Truth:
    """The conditions of one stack in the world of a resolver; each is evaluated once."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.known: dict[str, bool] = {}
        # What a condition asks for stays the same within a world, however often it is used.
        self._open: dict[str, Fork] = {}
        self._running: list[str] = []
        self._compared: dict[str, tuple[str, ...]] | None = None

    @property
    def asking(self) -> str | None:
        """The condition that is being evaluated."""
        return self._running[-1] if self._running else None

    def holds(self, name: str) -> bool:
        """Whether a named condition holds. Raises Fork where that is open.

        A condition that is declared nowhere, has no readable form or depends on itself may be either.
        """
        known = self.known.get(name)
        if known is not None:
            return known
        open_one = self._open.get(name)
        if open_one is not None:
            raise Fork(open_one.name, open_one.choices, open_one.condition)
        written = self.resolver.stack.conditions.get(name)
        if written is None or name in self._running or len(self._running) >= _MAX_CHAIN:
            return self._either(CONDITION + name, name)
        self._running.append(name)
        try:
            truth = self._truth(written, name)
        except Fork as fork:
            self._open[name] = Fork(fork.name, fork.choices, fork.condition)
            raise
        finally:
            self._running.pop()
        self.known[name] = truth
        return truth

    def _either(self, name: str, condition: str) -> bool:
        chosen = self.resolver.assignment.get(name)
        if chosen is None:
            raise Fork(name, ("true", "false"), condition)
        if name == CONDITION + condition:
            self.known.setdefault(condition, chosen == "true")
        return chosen == "true"

    def _truth(self, node: Node, name: str) -> bool:
        depth = self.resolver.stack.links.depth
        if depth.level >= Depth.LIMIT:
            return self._either(EXPRESSION + _shape(node), name)
        depth.level += 1
        try:
            return self._evaluated(node, name)
        finally:
            depth.level -= 1

    def _evaluated(self, node: Node, name: str) -> bool:
        if isinstance(node, Mapping) and len(node.items) == 1:
            ((function, argument),) = node.items.items()
            match function:
                case "Condition" if isinstance(argument, Scalar):
                    return self.holds(argument.text)
                case "Fn::Not" if isinstance(argument, Sequence) and len(argument) == 1:
                    return not self._truth(argument.items[0], name)
                case "Fn::And" if isinstance(argument, Sequence) and argument.items:
                    return self._each(argument.items, name, decisive=False)
                case "Fn::Or" if isinstance(argument, Sequence) and argument.items:
                    return self._each(argument.items, name, decisive=True)
                case "Fn::Equals" if isinstance(argument, Sequence) and len(argument) == 2:
                    return self._equals(argument.items[0], argument.items[1], name)
        return self._either(EXPRESSION + _shape(node), name)

    def _each(self, parts: list[Node], name: str, decisive: bool) -> bool:
        """``Fn::And`` and ``Fn::Or``. A part that is known and decides spares the question for one that is open."""
        fork: Fork | None = None
        for part in parts:
            try:
                if self._truth(part, name) is decisive:
                    return decisive
            except Fork as open_part:
                fork = fork or open_part
        if fork is not None:
            raise fork
        return not decisive

    # --- comparisons ------------------------------------------------------------------------------------------------

    def _equals(self, left: Node, right: Node, name: str) -> bool:
        first, second = self._literal(left), self._literal(right)
        if first is not None and second is not None:
            return first == second
        if first is not None:
            return self._compare(right, first, name)
        if second is not None:
            return self._compare(left, second, name)
        one, other = sorted((subject_of(left), subject_of(right)))
        return one == other or self._either(f"{EXPRESSION}{one} = {other}", name)

    def _literal(self, node: Node) -> str | None:
        found = self.resolver.resolve(node)
        return found.text if isinstance(found, Scalar) and "{{resolve:" not in found.text else None

    def _compare(self, node: Node, literal: str, name: str) -> bool:
        """Whether something without a value equals a literal, by what the world says of it."""
        subject = subject_of(node)
        chosen = self.resolver.assignment.get(subject)
        if chosen is None:
            compared = self.literals(subject)
            choices = self._possible(subject, compared) if literal in compared else ()
            if subject == "AWS::Region":
                choices = tuple(choice for choice in choices if self._is_possible_region(choice))
            if choices:
                raise Fork(subject, choices, name)
        else:
            left_out = excluded(chosen)
            if left_out is None:
                return chosen == literal
            if literal in left_out:
                return False
        return self._either(f"{EXPRESSION}{subject} = {literal}", name)

    def _possible(self, subject: str, literals: tuple[str, ...]) -> tuple[str, ...]:
        """The values to try of a parameter or expression: literals that it may have, and any other."""
        declared = self.resolver.stack.parameters.get(subject)
        if declared is None:
            return (*literals, other_than(literals))
        allowed = declared.get("AllowedValues")
        if isinstance(allowed, Sequence) and all(isinstance(item, Scalar) for item in allowed):
            texts = {item.text for item in allowed if isinstance(item, Scalar)}
            others = (other_than(literals),) if texts - set(literals) else ()
            return (*(literal for literal in literals if literal in texts), *others)
        least = declared.get("MinLength")
        if least is not None and (integer(least) or 0) > 0:
            return (*(literal for literal in literals if literal), other_than(literals))
        return (*literals, other_than(literals))

    def _is_possible_region(self, choice: str) -> bool:
        """Whether a region lies in the partition that the world assumes."""
        assumed = self.resolver.assignment.get("AWS::Partition")
        if assumed is None or excluded(choice) is not None:
            return True
        left_out = excluded(assumed)
        return partition(choice) == assumed if left_out is None else partition(choice) not in left_out

    def literals(self, subject: str) -> tuple[str, ...]:
        """The literals that any condition of the template compares a parameter or expression with, sorted."""
        if self._compared is None:
            found: dict[str, set[str]] = {}
            base = self.resolver.without_assignment()
            plain = base.truth
            plain._compared = {}
            for left, right in _pairs(self.resolver.stack.conditions.values()):
                for side, other in ((left, right), (right, left)):
                    try:
                        literal = plain._literal(other)
                    except Fork:
                        continue
                    if literal is not None:
                        found.setdefault(subject_of(side), set()).add(literal)
            self._compared = {name: tuple(sorted(texts)) for name, texts in found.items()}
        return self._compared.get(subject, ())


def _pairs(conditions: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    """Both sides of every ``Fn::Equals``."""
    pending = list(conditions)
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping):
            pair = node.get("Fn::Equals")
            if isinstance(pair, Sequence) and len(pair) == 2:
                yield pair.items[0], pair.items[1]
            pending.extend(node.items.values())
        elif isinstance(node, Sequence):
            pending.extend(node.items)


def subject_of(node: Node) -> str:
    """What an open side of a comparison is called in assignments: the parameter, or the expression as it is written."""
    name = parameter_of(node)
    if name is None and isinstance(node, Mapping) and isinstance(text := node.get("Fn::Sub"), Scalar):
        alone = _ALONE.fullmatch(text.text)
        name = alone[1] if alone is not None else None
    return name or EXPRESSION + _shape(node)


def _shape(node: Node) -> str:
    parts: list[str] = []
    pending: list[Node | str] = [node]
    while pending:
        item = pending.pop()
        match item:
            case str():
                parts.append(item)
            case Scalar():
                parts.append(repr(item.text))
            case Sequence():
                parts.append("[")
                pending.append("]")
                pending.extend(reversed(item.items))
            case Mapping():
                parts.append("{")
                pending.append("}")
                for key, value in reversed(item.items.items()):
                    pending.extend((value, f"{key}:"))
    return " ".join(parts)
