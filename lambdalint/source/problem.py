"""What a YAML parser's complaint means, in a sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

#: Words of the parser; whether the place to look at is where the construct began; the sentence.
#: ``{line}`` is the line where the construct began, ``{char}`` the character in the way.
_SENTENCES: tuple[tuple[str, bool, str], ...] = (
    ("unexpected end of stream", True, "The quoted text that begins here is never closed; add the closing quote."),
    (
        "unexpected document indicator",
        True,
        "The quoted text that begins here runs into a '---' line; add the closing quote.",
    ),
    (
        "could not find expected ':'",
        True,
        "This line is neither a key nor part of a value; write 'key: value', or check the indentation and the quotes.",
    ),
    (
        "mapping values are not allowed",
        False,
        "A ':' is not allowed here; put a value that contains ': ' in quotes, or check the indentation.",
    ),
    ("violates indentation", False, "A tab is used for indentation; YAML allows only spaces there."),
    ("where an indentation space is expected", False, "A tab is used for indentation; YAML allows only spaces there."),
    (
        "found unknown escape character",
        False,
        "This escape is unknown in double quotes; write '\\\\' for a backslash, or use single quotes.",
    ),
    ("hexdecimal number", False, "This escape needs hexadecimal digits; complete it, or use single quotes."),
    ("Unicode character escape", False, "This escape is not a Unicode character; correct its digits."),
    (
        "block sequence entries are not allowed",
        False,
        "A list item cannot begin here; start it on its own line, indented under its key.",
    ),
    (
        "mapping keys are not allowed",
        False,
        "A key cannot begin here; start it on its own line, or quote a leading '?'.",
    ),
    (
        "comment or line break",
        False,
        "Only a comment may follow '|' or '>' on its line; start the text on the next line.",
    ),
    ("indentation indicator equal to 0", False, "The number after '|' or '>' must be 1 to 9; correct or remove it."),
    (
        "alphabetic or numeric character",
        False,
        "'*' and '&' must be followed by the name of an anchor; put a value that begins with them in quotes.",
    ),
    (
        "whitespace or line break",
        False,
        "A space must follow the tag; put a value that begins with '!' in quotes.",
    ),
    (
        "undefined tag handle",
        False,
        "This tag is not one of CloudFormation's; put a value that begins with '!' in quotes.",
    ),
    (
        "did not find expected key",
        False,
        "This does not fit the map that begins in line {line}; align it with the keys there, or close a quote.",
    ),
    (
        "expected '-' indicator",
        False,
        "This does not fit the list that begins in line {line}; align it with the '-' there.",
    ),
    ("expected ',' or ']'", False, "The list '[' of line {line} is not closed before this; add a ',' or a ']'."),
    ("expected ',' or '}'", False, "The map '{{' of line {line} is not closed before this; add a ',' or a '}}'."),
    ("expected node content", False, "A value is missing before this; write one, or remove the comma or bracket."),
    (
        "<document start>",
        False,
        "This stands after the end of the document; check its indentation, or remove it.",
    ),
    ("incompatible YAML document", False, "This %YAML version is not known; remove the directive."),
    ("duplicate %YAML directive", False, "The %YAML directive stands twice; remove one."),
)


def explain(document: Document, error: MarkedYAMLError) -> SourceError:
    """The error of a YAML parser as one of ours."""
    problem = error.problem or error.context or ""
    marks = (error.context_mark, error.problem_mark)
    began, place = (mark.index if mark is not None else None for mark in marks)
    place = place if place is not None else began or 0
    began = began if began is not None else place
    char = document.text[place : place + 1]
    if "cannot start any token" in problem:
        return malformed(document, place, _no_token(char))
    for words, at_beginning, sentence in _SENTENCES:
        if words in problem:
            line = document.position(min(began, len(document.text)))[0]
            return malformed(document, began if at_beginning else place, sentence.format(line=line))
    return malformed(
        document,
        place,
        "This is not valid YAML; check the indentation, quotes and brackets of this line and the one above.",
    )


def _no_token(char: str) -> str:
    if char == "\t":
        return "A tab is used for indentation; YAML allows only spaces there."
    return f"A value cannot begin with '{char}'; put it in quotes."
