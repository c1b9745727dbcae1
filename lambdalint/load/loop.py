"""The turns of a loop (``Fn::ForEach``): copies of its body with the identifier replaced by a value."""

from __future__ import annotations

from lambdalint.source.node import Mapping, Node, Scalar, Sequence

#: How many values the copies of all loops of a template may have together. CloudFormation itself takes 500 resources.
MAX_COPIES = 200_000


class TooManyCopiesError(Exception):
    """The copies of a loop are more than anyone can have meant."""


class Turn:
    """One turn of a loop: the identifier and its value; ``via`` says which loop."""

    __slots__ = ("_forms", "name", "value", "via")

    def __init__(self, name: str, value: str, via: str) -> None:
        self.name = name
        self.value = value
        self.via = via
        letters = "".join(letter for letter in value if letter.isalnum())
        # ``&{X}`` is for logical ids: it leaves out what these may not contain.
        self._forms = ((f"${{{name}}}", value), (f"&{{{name}}}", letters))

    def applied(self, text: str) -> str:
        """A text with the identifier replaced by the value."""
        for form, value in self._forms:
            if form in text:
                text = text.replace(form, value)
        return text


class Copies:
    """Copies of the bodies of all loops of a template, counted together."""

    def __init__(self) -> None:
        self._made = 0

    def of(self, node: Node, turn: Turn) -> Node:
        """A copy of a loop's body for one turn; parts that do not name the identifier are shared.

        Raises:
            TooManyCopiesError: the template has more than ``MAX_COPIES`` copied values.
        """
        self._made += 1
        if self._made > MAX_COPIES:
            raise TooManyCopiesError
        if isinstance(node, Scalar):
            text = turn.applied(node.text)
            if text == node.text:
                return node
            return Scalar(node.document, node.start, node.end, text, node.plain, turn.via)
        if isinstance(node, Sequence):
            items = [self.of(item, turn) for item in node.items]
            if all(new is old for new, old in zip(items, node.items, strict=True)):
                return node
            return Sequence(node.document, node.start, node.end, items, turn.via)
        reference = node.get("Ref")
        if len(node.items) == 1 and isinstance(reference, Scalar) and reference.text == turn.name:
            return Scalar(node.document, node.start, node.end, turn.value, False, turn.via)
        return self._map(node, turn)

    def _map(self, node: Mapping, turn: Turn) -> Mapping:
        items: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        changed = False
        for name, value in node.items.items():
            new_name = turn.applied(name)
            items[new_name] = new = self.of(value, turn)
            key = node.keys.get(name)
            if key is not None:
                renamed = new_name != name
                keys[new_name] = (
                    Scalar(key.document, key.start, key.end, new_name, key.plain, turn.via) if renamed else key
                )
            changed = changed or new is not value or new_name != name
        if not changed:
            return node
        return Mapping(node.document, node.start, node.end, items, keys, turn.via)
