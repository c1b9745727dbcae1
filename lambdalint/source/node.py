"""Text that knows where it is: documents and the trees read from them.

A tree is built once and never changed afterwards; nodes are plain slotted classes (not frozen dataclasses) because
a run builds hundreds of thousands of them. Every node is an ``Origin``: a span of a document, plus ``via``, the name
of what generated it when no person wrote this very value (``"Globals.Function"``, ``"SQS event Jobs"``).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class Document:
    """One text and the path it was read from (``None`` for text that has no file)."""

    __slots__ = ("_line_starts", "_shared", "path", "repeats", "root", "syntax", "text")

    def __init__(self, path: str | None, text: str) -> None:
        self.path = path
        self.text = text
        self.root: Node | None = None
        #: What the text was read as: it decides how plain scalars are judged and how edits are written.
        self.syntax: Literal["yaml", "json"] = "yaml"
        #: Whether some map has a key twice.
        self.repeats = False
        self._line_starts: list[int] | None = None
        self._shared: list[tuple[int, int]] | None = None

    @property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line; line ends are LF, CRLF or CR."""
        if self._line_starts is None:
            starts = [0]
            offset = 0
            for line in self.text.splitlines(keepends=True) if _only_yaml_breaks(self.text) else _lines(self.text):
                offset += len(line)
                starts.append(offset)
            if len(starts) > 1 and not self.text.endswith(("\n", "\r")):
                starts.pop()
            self._line_starts = starts
        return self._line_starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column (both from 1, in characters) of an offset into ``text``."""
        starts = self.line_starts
        index = bisect_right(starts, offset) - 1
        return index + 1, offset - starts[index] + 1

    def line(self, number: int) -> str:
        """Text of a line (from 1) without its line end; empty past the last line."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")

    def is_shared(self, start: int, end: int) -> bool:
        """Whether the text between two offsets stands for several values, through an anchor and its aliases."""
        if self._shared is None:
            self._shared = _outermost(_repeated(self)) if self.syntax == "yaml" and "*" in self.text else []
        index = bisect_right(self._shared, (start, len(self.text))) - 1
        return index >= 0 and end <= self._shared[index][1]

    def __repr__(self) -> str:
        return f"Document({self.path!r})"


def _repeated(document: Document) -> Iterator[tuple[int, int]]:
    """The spans of those values that stand at several places of the tree."""
    seen: set[int] = set()
    pending: list[Node] = [document.root] if document.root is not None else []
    while pending:
        node = pending.pop()
        if id(node) in seen:
            if node.document is document:
                yield node.start, node.end
            continue
        seen.add(id(node))
        if not isinstance(node, Scalar):
            pending.extend(node.items.values() if isinstance(node, Mapping) else node.items)


def _outermost(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those spans that lie in no other, in order."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not found or end > found[-1][1]:
            found.append((start, end))
    return found


_EXOTIC_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def _only_yaml_breaks(text: str) -> bool:
    return text.isascii() and not any(char in text for char in "\x0b\x0c\x1c\x1d\x1e")


def _lines(text: str) -> Iterator[str]:
    """Split at LF, CRLF and CR only: ``str.splitlines`` also splits at characters that editors do not."""
    start = 0
    length = len(text)
    while start < length:
        newline = text.find("\n", start)
        carriage = text.find("\r", start, newline if newline >= 0 else length)
        if carriage >= 0 and carriage + 1 != newline:
            end = carriage + 1
        elif newline >= 0:
            end = newline + 1
        else:
            end = length
        yield text[start:end]
        start = end


class Origin:
    """Where a value stands: ``document.text[start:end]``."""

    __slots__ = ("document", "end", "start", "via")

    def __init__(self, document: Document, start: int, end: int, via: str | None = None) -> None:
        self.document = document
        self.start = start
        self.end = end
        self.via = via

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.document.position(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.document.position(self.start)[1]

    def at(self) -> Origin:
        """The bare place, without the value: what reports keep."""
        return Origin(self.document, self.start, self.end, self.via)

    def __repr__(self) -> str:
        line, column = self.document.position(self.start)
        return f"{type(self).__name__}({self.document.path}:{line}:{column})"


class Scalar(Origin):
    """A single value as text. ``plain`` says that it was written without quotes, so its type is open."""

    __slots__ = ("plain", "text")

    def __init__(
        self, document: Document, start: int, end: int, text: str, plain: bool = False, via: str | None = None
    ) -> None:
        super().__init__(document, start, end, via)
        self.text = text
        self.plain = plain


class Sequence(Origin):
    """A list."""

    __slots__ = ("items",)

    def __init__(
        self, document: Document, start: int, end: int, items: list[Node] | None = None, via: str | None = None
    ) -> None:
        super().__init__(document, start, end, via)
        self.items: list[Node] = [] if items is None else items

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


class Mapping(Origin):
    """A map with text keys, in the order written. ``keys`` holds where each key stands."""

    __slots__ = ("_firsts", "duplicates", "items", "keys")

    def __init__(
        self,
        document: Document,
        start: int,
        end: int,
        items: dict[str, Node] | None = None,
        keys: dict[str, Scalar] | None = None,
        via: str | None = None,
    ) -> None:
        super().__init__(document, start, end, via)
        self.items: dict[str, Node] = {} if items is None else items
        self.keys: dict[str, Scalar] = {} if keys is None else keys
        #: Repeats of a key, in order: (the repeated key, its value). The last value is the one in ``items``.
        self.duplicates: list[tuple[Scalar, Node]] = []
        self._firsts: dict[str, Scalar] | None = None

    def repeat(self, key: Scalar, value: Node) -> None:
        """Write a key that is already there: the new value wins, the repeat is recorded."""
        name = key.text
        self.document.repeats = True
        if self._firsts is None:
            self._firsts = {}
        self._firsts.setdefault(name, self.keys.get(name, key))
        self.duplicates.append((key, value))
        self.items[name] = value
        self.keys[name] = key

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return self.items.get(key)

    def key(self, name: str) -> Origin:
        """Where the key stands; the map itself where the key has no place of its own."""
        return self.keys.get(name) or self

    def first(self, name: str) -> Origin:
        """Where the key stands first; differs from ``key`` only where the key is repeated."""
        return (self._firsts.get(name) if self._firsts else None) or self.key(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, key: str) -> bool:
        return key in self.items


Node: TypeAlias = Scalar | Sequence | Mapping


def make(value: Json, origin: Origin, via: str | None = None) -> Node:
    """Build nodes for a value that no one wrote, all standing at ``origin`` (the line that caused them)."""
    via = via or origin.via
    document, start, end = origin.document, origin.start, origin.end
    if isinstance(value, dict):
        mapping = Mapping(document, start, end, via=via)
        for key, child in value.items():
            mapping.items[key] = make(child, origin, via)
        return mapping
    if isinstance(value, list):
        return Sequence(document, start, end, [make(child, origin, via) for child in value], via)
    if isinstance(value, str):
        return Scalar(document, start, end, value, False, via)
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)
    return Scalar(document, start, end, text, True, via)
