"""YAML's anchors, aliases and merge keys, kept from growing without bound."""

from __future__ import annotations

from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence

#: How deep maps and lists may stand in each other, aliases followed.
MAX_DEPTH = 200
#: How many values aliases may add to a document.
MAX_ALIASED = 100_000

TOO_DEEP = f"Values are nested more than {MAX_DEPTH} deep; flatten this part of the template."


class Anchors:
    """The anchored values of a document and how much their aliases have added so far."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.nodes: dict[str, Node] = {}
        self.sizes: dict[int, tuple[int, int]] = {}
        self.unfinished: set[str] = set()
        self.added = 0

    def open(self, anchor: str | None) -> None:
        if anchor is not None:
            self.unfinished.add(anchor)

    def close(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self.nodes[anchor] = node
            self.unfinished.discard(anchor)

    def use(self, name: str, place: int, depth: int) -> Node:
        """The value of an alias that stands ``depth`` deep; raises ``SourceError`` for one that cannot be had."""
        if name in self.unfinished:
            raise malformed(self.document, place, f"The value of &{name} contains itself; remove *{name} here.")
        node = self.nodes.get(name)
        if node is None:
            raise malformed(
                self.document, place, f"There is no anchor &{name} before *{name}; define it, or quote a leading '*'."
            )
        size, height = self.sizes.get(id(node)) or self._measure(node, place)
        self.added += size
        if self.added > MAX_ALIASED:
            raise self._too_large(place)
        if depth + height > MAX_DEPTH:
            raise malformed(self.document, place, TOO_DEEP)
        return node

    def _measure(self, node: Node, place: int) -> tuple[int, int]:
        """Number of values and nesting of a node; never looks at more than the cap allows."""
        size = height = 0
        level: list[Node] = [node]
        while level:
            size += len(level)
            if size + self.added > MAX_ALIASED:
                raise self._too_large(place)
            below: list[Node] = []
            for item in level:
                if isinstance(item, Mapping):
                    below.extend(item.items.values())
                elif isinstance(item, Sequence):
                    below.extend(item.items)
            level = below
            height += 1
        self.sizes[id(node)] = size, height - 1
        return size, height - 1

    def _too_large(self, place: int) -> SourceError:
        return malformed(
            self.document,
            place,
            f"Aliases add more than {MAX_ALIASED:,} values to this document; write fewer aliases of aliases.",
        )


def merged(document: Document, key: Scalar, value: Node) -> list[Node]:
    """The maps that ``<<`` names, the one that loses first."""
    maps: list[Node] = list(reversed(value.items)) if isinstance(value, Sequence) else [value]
    for item in maps:
        if not isinstance(item, Mapping) or document.text[item.start] == "!":
            raise malformed(document, key.start, "<< merges maps only; give it an alias of a map, or a list of them.")
    return maps


def merge(mapping: Mapping, sources: list[Node]) -> None:
    """Put the keys of merged maps before the map's own, which win."""
    items: dict[str, Node] = {}
    keys: dict[str, Scalar] = {}
    for source in sources:
        if isinstance(source, Mapping):
            items.update(source.items)
            keys.update(source.keys)
    items.update(mapping.items)
    keys.update(mapping.keys)
    mapping.items = items
    mapping.keys = keys
