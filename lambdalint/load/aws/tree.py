"""Nodes for what no file holds. They have no text, but an order: a place in it is a place in the tree.

``source.pointer`` finds the way to a value by comparing spans, so spans that are nested as the tree is are enough to
say which property a finding is about.
"""

from __future__ import annotations

from typing import Any

from lambdalint.load.stack import Resource, Stack
from lambdalint.source.node import Document, Mapping, Node, Origin, Scalar, Sequence, make

#: Says of a property that it was not looked at; its content is the reason. ``load.intrinsics`` answers Unknown.
UNSEEN = "Fn::NotLookedAt"

VIA = "the account"


def unseen(why: str) -> dict[str, Any]:
    """A property whose value could not be looked at."""
    return {UNSEEN: why}


class Tree:
    """Builds the stack of one pair."""

    def __init__(self, name: str) -> None:
        self.document = Document(None, "")
        self.stack = Stack(self.document, "aws", name=name)
        self._next = 1
        self._twins: dict[tuple[str, str], int] = {}
        self._resources = Mapping(self.document, 0, 0)
        self.document.root = Mapping(self.document, 0, 0, {"Resources": self._resources})

    def add(
        self,
        name: str,
        kind: str,
        properties: dict[str, Any],
        arn: str | None,
        place: Origin | None,
        key: str | None = None,
    ) -> Resource:
        """Add a resource under its name, or a variation of it where another kind has that name.

        ``key`` tells it from others of its name for good: places in the tree are part of fingerprints.
        """
        taken = self.stack.resources
        logical_id = key or name
        if logical_id in taken:
            word = kind.rpartition("::")[2]
            number = self._twins[logical_id, word] = self._twins.get((logical_id, word), 0) + 1
            logical_id = f"{logical_id} ({word}{f' {number}' if number > 1 else ''})"
        if place is not None:
            node = make(properties, place, VIA)
            origin = place
            assert isinstance(node, Mapping)
        else:
            start = self._next
            self._next += 1
            node = self._map(properties)
            self._next += 1
            whole = Mapping(self.document, start, self._next, {"Properties": node}, via=VIA)
            self._resources.items[logical_id] = whole
            self._resources.keys[logical_id] = Scalar(self.document, start, start + 1, logical_id)
            self._resources.end = self._next
            root = self.document.root
            assert root is not None
            root.end = self._next
            # The key alone: a finding about the resource as a whole has its pointer.
            origin = Origin(self.document, start, start + 1, VIA)
        resource = Resource(logical_id, kind, node, origin, arn=arn, title=name)
        taken[logical_id] = resource
        return resource

    def _map(self, value: dict[str, Any]) -> Mapping:
        start = self._next
        self._next += 1
        items = {key: self._node(child) for key, child in value.items()}
        self._next += 1
        return Mapping(self.document, start, self._next, items, via=VIA)

    def _node(self, value: Any) -> Node:
        if isinstance(value, dict):
            return self._map(value)
        start = self._next
        self._next += 2
        if isinstance(value, list):
            items = [self._node(child) for child in value]
            self._next += 1
            return Sequence(self.document, start, self._next, items, VIA)
        if isinstance(value, str):
            return Scalar(self.document, start, start + 1, value, False, VIA)
        text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
        return Scalar(self.document, start, start + 1, text, True, VIA)
