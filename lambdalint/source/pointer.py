"""Places as JSON pointers (https://www.rfc-editor.org/rfc/rfc6901)."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter

from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

_start = attrgetter("start")


def pointer_of(root: Node, origin: Origin, keys: dict[int, list[Scalar]] | None = None) -> str:
    """Pointer to the innermost value that covers a place, or whose key does.

    ``""`` names the root, and stands for a place outside it or in another document. ``keys`` keeps the keys of maps in
    order between calls for the same tree, so that many pointers into one large map cost little.
    """
    if origin.document is not root.document or not _covers(root, origin):
        return ""
    steps: list[str] = []
    node: Node | None = root
    while node is not None:
        if isinstance(node, Scalar):
            break
        step, node = _entry(node, origin, keys) if isinstance(node, Mapping) else _item(node, origin)
        if step is not None:
            steps.append(step.replace("~", "~0").replace("/", "~1"))
    return "".join("/" + step for step in steps)


def _covers(span: Origin, origin: Origin) -> bool:
    return span.start <= origin.start and origin.end <= span.end


def _entry(mapping: Mapping, origin: Origin, known: dict[int, list[Scalar]] | None) -> tuple[str | None, Node | None]:
    """The key that leads towards a place, and the value to go on with."""
    keys = known.get(id(mapping)) if known is not None else None
    if keys is None:
        keys = list(mapping.keys.values())
        if known is not None:
            known[id(mapping)] = keys
    index = bisect_right(keys, origin.start, key=_start) - 1
    if index >= 0:
        found = _inside(keys[index], mapping.items[keys[index].text], origin)
        if found is not None:
            return found
    # Merged and repeated keys are out of order, short tags have no keys: look at every one.
    for name, value in mapping.items.items():
        key = mapping.keys.get(name)
        if key is None:
            if _covers(value, origin):
                return name, value
        elif (found := _inside(key, value, origin)) is not None:
            return found
    for key, value in mapping.duplicates:
        if (found := _inside(key, value, origin)) is not None:
            return found
    for name in {key.text for key, _ in mapping.duplicates}:
        if _covers(mapping.first(name), origin):
            return name, None
    return None, None


def _inside(key: Scalar, value: Node, origin: Origin) -> tuple[str, Node | None] | None:
    if _covers(value, origin):
        return key.text, value
    return (key.text, None) if _covers(key, origin) else None


def _item(sequence: Sequence, origin: Origin) -> tuple[str | None, Node | None]:
    items = sequence.items
    index = bisect_right(items, origin.start, key=_start) - 1
    if index >= 0 and _covers(items[index], origin):
        return str(index), items[index]
    for position, item in enumerate(items):  # aliases stand elsewhere, out of order
        if _covers(item, origin):
            return str(position), item
    return None, None
