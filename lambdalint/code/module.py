"""One source file as ``Module``: its names, calls, functions and imports, found by offset or by name."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from lambdalint.code.syntax import Expr, Invoke, Item, Member
from lambdalint.record import field, record

# A name that is bound more often than this is not followed to every one of them.
_BINDINGS = 200

_WORD = re.compile(rb"[A-Za-z_$][\w$]*")


@record(frozen=False)
class Binding:
    """``name = value`` inside the bytes ``scope``; a name may be dotted (``self.queue``)."""

    name: str
    value: Expr
    scope: tuple[int, int]
    start: int


@record(frozen=False)
class FunctionSite:
    """A function or method: ``owner`` is its class, ``params`` are without ``self``."""

    name: str
    params: list[str]
    start: int
    end: int
    owner: str | None = None
    decorators: list[Expr] = field(default_factory=list)
    #: Number of parameters as written, rest parameters and those with defaults excepted.
    arity: int = 0


@record(frozen=False)
class ImportSite:
    """``names`` maps each local name to what it is in the module; None stands for the module itself."""

    module: str
    names: dict[str, str | None]
    start: int
    star: bool = False


@record(frozen=False)
class Unit:
    """A top-level function or class: code that does nothing until somebody mentions its name."""

    name: str
    start: int
    end: int
    registered: bool = False


@record(frozen=False)
class Access:
    """A read of a member or an item.

    ``guard``: 2 where the code copes with an exception for its absence, 1 where it copes with an empty value, else 0.
    """

    expr: Member | Item | Invoke
    guard: int


@record(frozen=False)
class Module:
    """One source file. ``source`` has its comments blanked, at the same offsets."""

    source: bytes
    imports: list[ImportSite] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    invokes: list[Invoke] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    functions: list[FunctionSite] = field(default_factory=list)
    #: (function's name, value) of each ``return``.
    returns: list[tuple[str, Expr]] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    exports: dict[str, Expr] = field(default_factory=dict)
    #: (module, name there, or ``*``; name here, or ``*``)
    reexports: list[tuple[str, str, str]] = field(default_factory=list)
    #: Names may be exported that the text does not show.
    exports_open: bool = False
    #: Export lists: they mention names without using them.
    silent: list[tuple[int, int]] = field(default_factory=list)
    #: Left sides that are items or members: ``os.environ["X"] = ...``.
    writes: list[Expr] = field(default_factory=list)
    #: Offsets of code that is chosen while running: ``eval``, ``import(name)``.
    dynamic: list[int] = field(default_factory=list)
    #: Spans of functions that keep what they make: ``global``, a cache decorator, ``??=``.
    caching: list[tuple[int, int]] = field(default_factory=list)
    error_line: int | None = None
    line_starts: list[int] = field(default_factory=list)
    #: For each function, the index of the one that it stands in.
    _parents: list[int | None] = field(default_factory=list)
    _indices: dict[tuple[int, int], int] = field(default_factory=dict)
    _importing: dict[str, ImportSite] | None = None
    _imports_in: dict[int | None, list[ImportSite]] | None = None
    _unit_starts: list[int] = field(default_factory=list)
    _units_named: dict[str, list[int]] = field(default_factory=dict)

    def line(self, offset: int) -> int:
        """Line (from 1) of an offset."""
        if not self.line_starts:
            self.line_starts = [0, *(found.end() for found in re.finditer(rb"\n", self.source))]
        return bisect_right(self.line_starts, offset)

    def unit_at(self, offset: int) -> int | None:
        """Index of the unit that holds an offset; None for code that always runs."""
        index = bisect_right(self._unit_starts, offset) - 1
        return index if index >= 0 and offset < self.units[index].end else None

    def function_at(self, offset: int) -> FunctionSite | None:
        """The innermost function that holds an offset."""
        index: int | None = bisect_right(self.functions, offset, key=lambda site: site.start) - 1
        while index is not None and index >= 0 and offset >= self.functions[index].end:
            index = self._parents[index]
        return self.functions[index] if index is not None and index >= 0 else None

    def around(self, site: FunctionSite) -> FunctionSite | None:
        """The function that a function stands in."""
        parent = self._parents[self._indices[site.start, site.end]]
        return self.functions[parent] if parent is not None else None

    def index_units(self) -> None:
        """Make ``unit_at`` ready, once all units are known."""
        self._unit_starts = [unit.start for unit in self.units]
        for index, unit in enumerate(self.units):
            self._units_named.setdefault(unit.name, []).append(index)

    def units_named(self, name: str) -> list[int]:
        """Indices of the units that go by a name."""
        return self._units_named.get(name, [])

    def nest(self) -> None:
        """Work out which function stands in which, once all are known."""
        self.functions.sort(key=lambda site: (site.start, -site.end))
        inside: list[int] = []
        for index, site in enumerate(self.functions):
            while inside and self.functions[inside[-1]].end <= site.start:
                inside.pop()
            self._parents.append(inside[-1] if inside else None)
            self._indices[site.start, site.end] = index
            inside.append(index)

    def outside_units(self) -> Iterator[tuple[int, int]]:
        """The spans of code that always runs, export lists excepted."""
        start = 0
        taken = sorted([(unit.start, unit.end) for unit in self.units] + self.silent)
        for begin, end in taken:
            if begin > start:
                yield start, begin
            start = max(start, end)
        if start < len(self.source):
            yield start, len(self.source)

    def importing(self, name: str) -> ImportSite | None:
        """The import that brings a name into the file."""
        if self._importing is None:
            self._importing = {local: site for site in reversed(self.imports) for local in site.names}
        return self._importing.get(name)

    def imports_for(self, unit: int | None, words: set[str]) -> list[ImportSite]:
        """The imports that stand in a unit (None: in code that always runs) and those of the names mentioned."""
        if self._imports_in is None:
            self._imports_in = {}
            for site in self.imports:
                self._imports_in.setdefault(self.unit_at(site.start), []).append(site)
        found = {id(site): site for site in self._imports_in.get(unit, ())}
        for word in words:
            mentioned = self.importing(word)
            if mentioned is not None:
                found[id(mentioned)] = mentioned
        found.update((id(site), site) for site in self._imports_in.get(None, ()) if site.star)
        return sorted(found.values(), key=lambda site: site.start)

    def words(self, start: int, end: int) -> set[str]:
        """The words in a span, those in text included."""
        return {word.decode() for word in _WORD.findall(self.source, start, end)}

    def bind(self, name: str, value: Expr, scope: tuple[int, int], start: int) -> None:
        """Note that a name stands for a value."""
        known = self.bindings.setdefault(name, [])
        if len(known) < _BINDINGS:
            known.append(Binding(name, value, scope, start))

    def lookup(self, name: str, offset: int) -> Binding | None:
        """The binding that a name stands for at an offset: innermost scope, then the nearest one before it."""
        best: Binding | None = None
        rank: tuple[int, bool, int] | None = None
        for binding in self.bindings.get(name, ()):
            begin, end = binding.scope
            if begin <= offset < end:
                before = binding.start <= offset
                this = (begin, before, binding.start if before else -binding.start)
                if rank is None or this > rank:
                    best, rank = binding, this
        return best


def finish(module: Module) -> Module:
    """Put everything in the order of the text."""
    module.imports.sort(key=lambda site: site.start)
    module.invokes.sort(key=lambda call: (call.start, call.end))
    module.accesses.sort(key=lambda access: access.expr.start)
    module.nest()
    module.units.sort(key=lambda unit: unit.start)
    module.index_units()
    return module


def blank(source: bytes, spans: list[tuple[int, int]]) -> bytes:
    """The source with spans (of comments) turned into spaces, lines kept."""
    if not spans:
        return source
    parts: list[bytes] = []
    position = 0
    for start, end in sorted(spans):
        if start < position:
            continue
        parts.append(source[position:start])
        parts.append(re.sub(rb"[^\r\n]", b" ", source[start:end]))
        position = end
    parts.append(source[position:])
    return b"".join(parts)
