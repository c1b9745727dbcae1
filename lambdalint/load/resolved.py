"""What evaluating a value gives: a literal, a reference, partly known text, nothing at all, or Unknown."""

from __future__ import annotations

from typing import TypeAlias

from lambdalint.record import record
from lambdalint.source.node import Mapping, Node, Origin, Scalar
from lambdalint.source.value import Unknown


@record
class Reference:
    """``Ref`` or ``Fn::GetAtt`` of a resource of the same stack (``attribute`` None for Ref)."""

    logical_id: str
    attribute: str | None
    origin: Origin

    @property
    def text(self) -> str:
        """The reference as ``Fn::Sub`` would write it."""
        return f"${{{self.logical_id}}}" if self.attribute is None else f"${{{self.logical_id}.{self.attribute}}}"


@record
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
    """A literal that a parameter or a mapping supplied: it stands where it is used, its text (or the text that it was
    made of) at ``literal``. It is ``plain`` where the literal is: what a function puts together is text."""

    __slots__ = ("literal",)

    def __init__(self, use: Origin, text: str, literal: Origin | None, via: str, plain: bool = False) -> None:
        super().__init__(use.document, use.start, use.end, text, plain, use.via or via)
        self.literal = literal


def parameter_of(node: Node | None) -> str | None:
    """The name in ``{"Ref": name}``, written alone."""
    if isinstance(node, Mapping) and len(node.items) == 1:
        name = node.get("Ref")
        if isinstance(name, Scalar):
            return name.text
    return None


def partition(region: str) -> str:
    """The partition of a region, e.g. ``aws-cn``.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
