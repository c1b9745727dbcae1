"""The syntax of variables: ``${type(parameters):address, fallback, ...}``, nested to any depth.

https://www.serverless.com/framework/docs/providers/aws/guide/variables
"""

from __future__ import annotations

import json
import re
from typing import TypeAlias

from lambdalint.record import record

#: How deep variables may stand in each other.
MAX_NESTED = 30

_START = re.compile(r"(\\*)\$\{")
_TYPE = re.compile(r"([a-z][A-Za-z0-9.-]*)(?=[:(])")
_WORD = re.compile(r"[A-Za-z0-9.+-]+")
_QUOTED = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"")
_SPACES = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?")


class VariableSyntaxError(Exception):
    """A variable that is not well-formed; one phrase."""


@record
class Literal:
    """A value written as a fallback: a quoted text, a number, true, false or null."""

    text: str
    plain: bool


@record
class Source:
    """A place to look for the value: ``self``, ``opt``, ``file`` and so on."""

    type: str
    parameters: tuple[Template, ...]
    address: Template


@record
class Variable:
    """What stands between ``${`` and ``}``: sources, of which the first with a value wins. ``text`` is all of it."""

    sources: tuple[Source | Literal | Variable, ...]
    text: str


#: A text with variables in it.
Template: TypeAlias = "tuple[str | Variable, ...]"


def parse(text: str) -> Template:
    """The pieces of a text; ``${AWS::Region}`` and ``${Name}``, which mean something to CloudFormation, stay text.

    Raises:
        VariableSyntaxError: a variable is begun and not well-formed.
    """
    return _Reader(text).all()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def all(self) -> Template:
        pieces: list[str | Variable] = []
        text = self.text
        while (found := _START.search(text, self.at)) is not None:
            slashes = len(found[1])
            pieces.append(text[self.at : found.start()] + "\\" * (slashes // 2))
            self.at = found.end()
            variable = None if slashes % 2 else self._variable()
            pieces.append("${" if variable is None else variable)
        pieces.append(text[self.at :])
        return _joined(pieces)

    def _variable(self) -> Variable | None:
        """The variable whose ``${`` ends here; None, and nothing read, for what is none."""
        found = _TYPE.match(self.text, self.at)
        if found is None or self.text.startswith("::", found.end()):
            return None
        self.depth += 1
        if self.depth > MAX_NESTED:
            raise VariableSyntaxError(f"variables are nested more than {MAX_NESTED} deep")
        start = self.at - 2
        sources: list[Source | Literal | Variable] = [self._source(found[1], found.end())]
        while (mark := self._mark()) == ",":
            sources.append(self._fallback())
        if mark != "}":
            raise VariableSyntaxError("its closing bracket is missing")
        self.depth -= 1
        return Variable(tuple(sources), self.text[start : self.at])

    def _source(self, kind: str, end: int) -> Source:
        self.at = end
        parameters: list[Template] = []
        if self.text.startswith("(", self.at):
            self.at += 1
            mark = ","
            while mark == ",":
                parameters.append(self._piece(",)"))
                mark = self._mark()
            if mark != ")":
                raise VariableSyntaxError(f"the bracket of {kind}( is not closed")
            self._skip()
        address: Template = ()
        if self.text.startswith(":", self.at):
            self.at += 1
            address = self._piece(",}")
        return Source(kind, tuple(part for part in parameters if part), address)

    def _fallback(self) -> Source | Literal | Variable:
        self._skip()
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            return Literal(_unquoted(quoted), False)
        if self.text.startswith("${", self.at):
            self.at += 2
            nested = self._variable()
            if nested is None:
                raise VariableSyntaxError("what stands after the comma is no variable")
            return nested
        found = _TYPE.match(self.text, self.at)
        if found is not None:
            return self._source(found[1], found.end())
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise VariableSyntaxError("a fallback is missing after the comma")
        self.at = word.end()
        plain = word[0] in {"true", "false", "null"} or _NUMBER.fullmatch(word[0]) is not None
        return Literal(word[0], plain)

    def _piece(self, ends: str) -> Template:
        """Text with variables up to one of the marks, or a quoted text."""
        self._skip()
        text = self.text
        quoted = _QUOTED.match(text, self.at)
        if quoted is not None:
            self.at = quoted.end()
            self._skip()
            return (_unquoted(quoted),)
        pieces: list[str | Variable] = []
        start = self.at
        while self.at < len(text) and text[self.at] not in ends:
            if text.startswith("${", self.at):
                before = text[start : self.at]
                self.at += 2
                nested = self._variable()
                if nested is not None:
                    pieces += [before, nested]
                    start = self.at
            else:
                self.at += 1
        pieces.append(text[start : self.at])
        joined = list(_joined(pieces))
        if joined and isinstance(joined[0], str):
            joined[0] = joined[0].lstrip()
        if joined and isinstance(joined[-1], str):
            joined[-1] = joined[-1].rstrip()
        return tuple(piece for piece in joined if piece != "")

    def _mark(self) -> str:
        self._skip()
        mark = self.text[self.at : self.at + 1]
        self.at += 1
        return mark

    def _skip(self) -> None:
        found = _SPACES.match(self.text, self.at)
        self.at = found.end() if found is not None else self.at


def _joined(pieces: list[str | Variable]) -> Template:
    """The pieces with neighbouring texts put together and empty ones left out."""
    found: list[str | Variable] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return tuple(found)


def _unquoted(found: re.Match[str]) -> str:
    if found[1] is not None:
        return found[1]
    try:
        value = json.loads(found[0], strict=False)
    except ValueError:
        return found[2]
    return str(value)
