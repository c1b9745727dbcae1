"""Texts with ``{expression}`` segments: what a finding says. ``{{`` and ``}}`` stand for the braces themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lambdalint.model.thing import Thing
from lambdalint.rule.error import RuleError
from lambdalint.rule.expression import Expression, compile_expression
from lambdalint.rule.text import shown

#: Characters of one value in a message; a template's author may have written a very long one.
MAX_SHOWN = 200


class Message:
    """A text with segments, rendered on one line. Two with the same text are equal."""

    __slots__ = ("_parts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: tuple[str | Expression, ...] | None = None

    @property
    def parts(self) -> tuple[str | Expression, ...]:
        """The plain texts and the expressions between them.

        Raises:
            RuleError: a brace is not closed or not opened.
        """
        if self._parts is None:
            self._parts = tuple(_split(" ".join(self.text.split())))
        return self._parts

    def render(self, env: Mapping[str, Any]) -> str:
        """The text for things bound to names. What is unknown stands as "?"."""
        return "".join(
            part if isinstance(part, str) else shown(part.evaluate(env).value, MAX_SHOWN) for part in self.parts
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Message({self.text!r})"


def compile_message(text: str, scope: Mapping[str, type[Thing]], options: Mapping[str, type]) -> Message:
    """A message, each of whose segments is checked as ``compile_expression`` does.

    Raises:
        RuleError: a brace without its partner, or a segment that is not a valid expression.
    """
    message = Message(text)
    for part in message.parts:
        if isinstance(part, Expression):
            try:
                compile_expression(part.text, scope, options)
            except RuleError as error:
                raise RuleError(f"in {{{part.text}}}: {error.message}") from None
    return message


def _split(text: str) -> Iterator[str | Expression]:
    plain: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        if char in "{}" and text[index : index + 2] == char * 2:
            plain.append(char)
            index += 2
        elif char == "{":
            if plain:
                yield "".join(plain)
                plain = []
            end = _closing(text, index + 1)
            yield Expression(text[index + 1 : end].strip())
            index = end + 1
        elif char == "}":
            raise RuleError(f"column {index + 1}: '}}' without '{{'; write '}}}}' for the brace itself")
        else:
            plain.append(char)
            index += 1
    if plain:
        yield "".join(plain)


def _closing(text: str, start: int) -> int:
    """Where the brace stands that closes a segment; braces and quotes inside it are passed over."""
    quote = ""
    depth = 0
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}":
            if depth == 0:
                return index
            depth -= 1
    raise RuleError(f"column {start}: '{{' is not closed; write '{{{{' for the brace itself")
