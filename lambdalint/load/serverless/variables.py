"""Variables resolved: trees in which every ``${...}`` has become its value, or something unknown with its reason.

Nothing is resolved before it is asked for, so what a service never uses costs nothing and cannot fail.
https://www.serverless.com/framework/docs/providers/aws/guide/variables
"""

from __future__ import annotations

from lambdalint.load.nodes import is_null
from lambdalint.load.resolved import Supplied
from lambdalint.load.serverless.sources import Sources
from lambdalint.load.serverless.syntax import Literal, Source, Template, Variable, VariableSyntaxError, parse
from lambdalint.load.serverless.unknown import COMPOSED, FUNCTION, compose, is_unknown, unknown
from lambdalint.source.gap import Gap
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence

#: How deep values and variables may stand in each other, a variable counting for as much as it costs.
_MAX_DEPTH = 400
_VARIABLE = 8
#: How many values a tree may have after variables were replaced, and characters a text.
_MAX_SIZE = 200_000
_MAX_TEXT = 100_000


class Variables:
    """The variables of one service. ``gaps`` collects what is wrong with them."""

    def __init__(self, sources: Sources, gaps: list[Gap]) -> None:
        self.sources = sources
        self.gaps = gaps
        self._known: dict[int, tuple[Node, Node]] = {}
        self._sizes: dict[int, int] = {}
        self._active: dict[int, Scalar] = {}
        self._open: dict[int, tuple[Node, Node]] = {}
        self._opening: dict[int, Scalar] = {}
        self._depth = 0

    # --- trees --------------------------------------------------------------------------------------------------------

    def resolve(self, node: Node) -> Node:
        """The tree with all of its variables replaced; the same object where it has none."""
        if isinstance(node, Scalar):
            return self._replaced(node) if "${" in node.text else node
        known = self._known.get(id(node))
        if known is not None:
            return known[1]
        if isinstance(node, Mapping) and (FUNCTION in node.items or node.via == COMPOSED):
            return node
        if self._depth > _MAX_DEPTH:
            return self._problem(node, "this value", "its variables are nested too deeply; flatten them")
        self._depth += 1
        made = self._sequence(node) if isinstance(node, Sequence) else self._mapping(node)
        self._depth -= 1
        self._known[id(node)] = (node, made)
        return made

    def _sequence(self, node: Sequence) -> Node:
        items = [self.resolve(item) for item in node.items]
        same = all(new is old for new, old in zip(items, node.items, strict=True))
        made = node if same else Sequence(node.document, node.start, node.end, items, node.via)
        return self._sized(made, items)

    def _mapping(self, node: Mapping) -> Node:
        items = {key: self.resolve(value) for key, value in node.items.items()}
        same = all(items[key] is value for key, value in node.items.items())
        if "Fn::Sub" in items and not same:
            items["Fn::Sub"] = _substitutable(items["Fn::Sub"])
        made = node if same else Mapping(node.document, node.start, node.end, items, node.keys, node.via)
        made.duplicates = node.duplicates
        return self._sized(made, list(items.values()))

    def _sized(self, made: Mapping | Sequence, items: list[Node]) -> Node:
        size = 1 + sum(self._sizes.get(id(item), 1) for item in items)
        if size > _MAX_SIZE:
            why = f"its variables would make more than {_MAX_SIZE:,} values of it; include less"
            return self._problem(made, "this value", why)
        self._sizes[id(made)] = size
        return made

    # --- one text -----------------------------------------------------------------------------------------------------

    def _replaced(self, node: Scalar) -> Node:
        known = self._known.get(id(node))
        if known is not None:
            return known[1]
        problem = self._endless(node, self._active)
        if problem is not None:
            return problem
        self._active[id(node)] = node
        self._depth += _VARIABLE
        made = self._value(node)
        self._depth -= _VARIABLE
        del self._active[id(node)]
        self._known[id(node)] = (node, made)
        return made

    def _opened(self, node: Scalar) -> Node:
        """What a text stands for, with the variables in that left as they are.

        So a file that is included as a whole may use values of itself: only a value that needs itself is a circle.
        """
        known = self._open.get(id(node)) or self._known.get(id(node))
        if known is not None:
            return known[1]
        problem = self._endless(node, self._opening)
        if problem is not None:
            return problem
        variable = _only_variable(node)
        if variable is None:
            return self._replaced(node)
        self._opening[id(node)] = node
        self._depth += _VARIABLE
        found = self._variable(variable, node)
        if found is None:
            found = self._missing(variable, node)
        elif isinstance(found, Scalar) and "${" in found.text:
            found = self._opened(found)
        self._depth -= _VARIABLE
        del self._opening[id(node)]
        self._open[id(node)] = (node, found)
        return found

    def _endless(self, node: Scalar, active: dict[int, Scalar]) -> Node | None:
        """What stands for a text whose variables come to no end; None where they may."""
        if id(node) in active:
            chain = " -> ".join(_shown(item.text) for item in [*active.values(), node])
            return self._problem(node, _shown(node.text), f"it depends on itself ({chain}); break the circle")
        if self._depth > _MAX_DEPTH:
            return self._problem(node, _shown(node.text), "variables are nested too deeply here; flatten them")
        return None

    def _standing_at(self, node: Scalar, raw: Node) -> Node:
        """The value of a variable, where the variable is used."""
        value = self.resolve(raw)
        if isinstance(value, Scalar) and value.start != node.start:
            literal = value.literal if isinstance(value, Supplied) else value
            return Supplied(node, value.text, literal, node.text, value.plain)
        return value

    def _value(self, node: Scalar) -> Node:
        """What a text with variables means; a ``${`` that is left in it was escaped."""
        try:
            pieces = parse(node.text)
        except VariableSyntaxError as problem:
            why = f"the variable is not well-formed: {problem}; correct it"
            return self._problem(node, _shown(node.text), why)
        match pieces:
            case (Variable() as variable,):
                found = self._variable(variable, node)
                return self._standing_at(node, self._missing(variable, node) if found is None else found)
            case _ if all(isinstance(piece, str) for piece in pieces):
                text = "".join(piece for piece in pieces if isinstance(piece, str))
                return node if text == node.text else Scalar(node.document, node.start, node.end, text, False, node.via)
        return self._text(pieces, node)

    def _text(self, pieces: Template, node: Scalar) -> Node:
        """A text of several pieces; one that is partly unknown where a piece is."""
        found: list[str | Node] = []
        for piece in pieces:
            if isinstance(piece, str):
                found.append(piece)
                continue
            raw = self._variable(piece, node)
            value = self.resolve(self._missing(piece, node) if raw is None else raw)
            if isinstance(value, Scalar):
                found.append(value.text)
            elif isinstance(value, Mapping) and len(value.items) == 1:
                found.append(value)  # unknown, or an intrinsic function
            else:
                found.append(self._problem(node, piece.text, "it is a list or a map, and a text was expected"))
        if all(isinstance(part, str) for part in found):
            text = "".join(part for part in found if isinstance(part, str))
            if len(text) > _MAX_TEXT:
                return self._problem(node, "this text", f"it is longer than {_MAX_TEXT:,} characters")
            return Supplied(node, text, None, "variables")
        return compose(found, node)

    def _variable(self, variable: Variable, node: Scalar) -> Node | None:
        """The value of the first source that has one, not resolved itself; None where none has."""
        for source in variable.sources:
            match source:
                case Literal():
                    return Scalar(node.document, node.start, node.end, source.text, source.plain, variable.text)
                case Variable():
                    found = self._variable(source, node)
                case Source():
                    found = self._source(source, variable, node)
            if isinstance(found, Scalar) and "${" in found.text and source is not variable.sources[-1]:
                found = None if is_null(self._opened(found)) else found
            if found is not None and not is_null(found):
                return found
        return None

    def _source(self, source: Source, variable: Variable, node: Scalar) -> Node | None:
        words: list[str] = []
        for template in (source.address, *source.parameters):
            text = self._word(template, node)
            if not isinstance(text, str):
                return text
            words.append(text)
        return self.sources.look_up(self, source.type, words[0], words[1:], node, variable.text)

    def _word(self, template: Template, node: Scalar) -> str | Node:
        """The text of an address or parameter; the unknown value that stands in it."""
        pieces: list[str] = []
        for piece in template:
            if isinstance(piece, str):
                pieces.append(piece)
                continue
            raw = self._variable(piece, node)
            value = self.resolve(self._missing(piece, node) if raw is None else raw)
            if not isinstance(value, Scalar):
                why = "depends on a value that is not known"
                return value if is_unknown(value) else unknown(node, piece.text, why)
            pieces.append(value.text)
        return "".join(pieces)

    # --- paths --------------------------------------------------------------------------------------------------------

    def at(self, start: Node, path: list[str]) -> Node | None:
        """The value at a path, resolved only as far as the path needs it; None where there is none."""
        current: Node | None = start
        for key in path:
            if isinstance(current, Scalar) and "${" in current.text:
                current = self._opened(current)
            if is_unknown(current):
                return current
            if isinstance(current, Mapping):
                current = current.get(key)
            elif isinstance(current, Sequence):
                current = current.items[int(key)] if key.isdecimal() and int(key) < len(current) else None
            else:
                return None
        return current

    def get(self, start: Node, *path: str) -> Node | None:
        """``at`` of a path, fully resolved; None where nothing or null is written."""
        found = self.at(start, list(path))
        if found is None:
            return None
        made = self.resolve(found)
        return None if is_null(made) else made

    def note(self, what: str, why: str, origin: Origin) -> None:
        """Note something that could not be looked at."""
        gap(self.gaps, what, why, origin)

    # --- what is wrong ------------------------------------------------------------------------------------------------

    def _missing(self, variable: Variable, node: Scalar) -> Node:
        """What a variable without any value is: an error of the service, or something only given at deployment."""
        last = variable.sources[-1]
        kind = last.type if isinstance(last, Source) else "self"
        why = self.sources.why_missing(kind)
        if why is not None:
            return unknown(node, variable.text, why)
        if kind == "file":
            why = "there is no such file here, or no such key in it; add it, as what stands there is not looked at"
        else:
            why = "there is no such value, and no fallback is written; correct the path"
        return self._problem(node, variable.text, why)

    def _problem(self, node: Origin, what: str, why: str) -> Mapping:
        gap(self.gaps, f"variable {what}" if what.startswith("$") else what, why, node)
        return unknown(node, what, f"has no value, because {why.partition(';')[0]}")


def gap(gaps: list[Gap], what: str, why: str, origin: Origin) -> None:
    """Note something once that could not be looked at."""
    if not any(
        known.what == what
        and known.why == why
        and known.origin is not None
        and known.origin.start == origin.start
        and known.origin.document is origin.document
        for known in gaps
    ):
        gaps.append(Gap(what, why, origin.at()))


def _shown(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."


def _only_variable(node: Scalar) -> Variable | None:
    """The variable that a text is as a whole; None where it is more, or not well-formed."""
    try:
        pieces = parse(node.text)
    except VariableSyntaxError:
        return None
    return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], Variable) else None


def _substitutable(node: Node) -> Node:
    """The account in a text of ``Fn::Sub`` as that function writes it."""
    if isinstance(node, Sequence) and node.items:
        return Sequence(node.document, node.start, node.end, [_substitutable(node.items[0]), *node.items[1:]], node.via)
    join = node.items.get("Fn::Join") if isinstance(node, Mapping) else None
    parts = join.items[1] if isinstance(join, Sequence) and len(join) == 2 else None
    if not isinstance(parts, Sequence):
        return node
    texts: list[str] = []
    for part in parts.items:
        name = part.items.get("Ref") if isinstance(part, Mapping) else None
        if isinstance(part, Scalar):
            texts.append(part.text)
        elif isinstance(name, Scalar):
            texts.append(f"${{{name.text}}}")
        else:
            return node
    return Scalar(node.document, node.start, node.end, "".join(texts), False, node.via)
