"""Values that are not known here: they stand in the tree as a call of ``Fn::ServerlessVariable``.

No such function exists; the resolver answers it with Unknown, as it does any function that it cannot evaluate.
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, ref
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

FUNCTION = "Fn::ServerlessVariable"


def unknown(origin: Origin, text: str, why: str) -> Mapping:
    """The value of ``text`` (as written), which is not known because ``why`` ("is read from ... at deployment")."""
    document, start, end = origin.document, origin.start, origin.end
    pair: list[Node] = [Scalar(document, start, end, text), Scalar(document, start, end, why)]
    return Mapping(document, start, end, {FUNCTION: Sequence(document, start, end, pair)})


def is_unknown(node: Node | None) -> bool:
    """Whether the whole of a value is unknown."""
    return isinstance(node, Mapping) and FUNCTION in node.items


def text_with_unknowns(node: Node | None) -> str | None:
    """A text, or one of which parts are unknown, with ``?`` for these; None for everything else.

    The framework sees a plain text there, so what depends on "is it a text" must not depend on what is unknown.
    """
    if isinstance(node, Scalar):
        return node.text
    if not isinstance(node, Mapping) or len(node.items) != 1:
        return None
    join = node.items.get("Fn::Join")
    if not isinstance(join, Sequence) or node.via != COMPOSED:
        return None
    parts = join.items[1].items if len(join.items) == 2 and isinstance(join.items[1], Sequence) else []
    return "".join(part.text if isinstance(part, Scalar) else "?" for part in parts)


#: ``via`` of a text that was composed around unknown parts.
COMPOSED = "variables"


def compose(pieces: list[str | Node], origin: Origin) -> Mapping:
    """A text with parts that are not known."""
    document, start, end = origin.document, origin.start, origin.end
    items: list[Node] = [
        Scalar(document, start, end, piece, False, COMPOSED) if isinstance(piece, str) else piece
        for piece in pieces
        if piece != ""
    ]
    delimiter = Scalar(document, start, end, "", False, COMPOSED)
    join = Sequence(document, start, end, [delimiter, Sequence(document, start, end, items, COMPOSED)], COMPOSED)
    return Mapping(document, start, end, {"Fn::Join": join}, via=COMPOSED)


def concat(*parts: str | Node | dict[str, Part]) -> Part:
    """A text put together from texts, which may be partly unknown, and from intrinsic functions."""
    pieces: list[Part] = []
    for part in parts:
        item: Part = part.text if isinstance(part, Scalar) else part
        if isinstance(item, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += item
        elif item != "":
            pieces.append(item)
    if not pieces:
        return ""
    if len(pieces) == 1:
        return pieces[0]
    return {"Fn::Join": ["", pieces]}


ACCOUNT_ID = ref("AWS::AccountId")
