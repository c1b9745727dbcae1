"""JSON text to the same tree as YAML, with exact places.

The standard library's parser tells no offsets, so the text is cut into tokens by one regular expression and put
together with an explicit stack.
"""

from __future__ import annotations

import re

from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence

#: How deep objects and arrays may stand in each other.
MAX_DEPTH = 200

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
      ("(?:[^"\\\x00-\x1f]++|\\.)*+")
    | ([{}\[\],:])
    | ((?:-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+|true|false|null)(?![\w.+-]))
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\r\n]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING, _MARK = 1, 2

# What may come next.
_VALUE, _VALUE_OR_CLOSE, _KEY, _KEY_OR_CLOSE, _COLON, _COMMA_OR_CLOSE, _NOTHING = range(7)
_KEYS = (_KEY, _KEY_OR_CLOSE)


def parse_json(document: Document) -> Node | None:
    """Read a document as JSON and set its ``root``; None for blank text. Raises ``SourceError``."""
    text = document.text
    match_token = _TOKEN.match
    stack: list[tuple[Mapping | Sequence | None, Scalar | None]] = []
    here: Mapping | Sequence | None = None
    key: Scalar | None = None
    root: Node | None = None
    state = _VALUE
    position = _skip_blank(text, 0)
    if position == len(text):
        return None
    while state != _NOTHING:
        token = match_token(text, position)
        if token is None:
            raise _problem(document, position, state, here)
        group = token.lastindex
        start = token.start(group or 0)
        position = token.end()
        value: Node
        if group == _MARK:
            mark = text[start]
            if mark == ",":
                if state != _COMMA_OR_CLOSE:
                    raise _problem(document, start, state, here)
                state = _KEY if type(here) is Mapping else _VALUE
                continue
            if mark == ":":
                if state != _COLON:
                    raise _problem(document, start, state, here)
                state = _VALUE
                continue
            if mark in "{[":
                if state > _VALUE_OR_CLOSE:
                    raise _problem(document, start, state, here)
                if len(stack) >= MAX_DEPTH:
                    raise malformed(
                        document,
                        start,
                        f"Values are nested more than {MAX_DEPTH} deep; flatten this part of the template.",
                    )
                stack.append((here, key))
                here = Mapping(document, start, start) if mark == "{" else Sequence(document, start, start)
                state = _KEY_OR_CLOSE if mark == "{" else _VALUE_OR_CLOSE
                continue
            wanted = _KEY_OR_CLOSE if mark == "}" else _VALUE_OR_CLOSE
            if here is None or (state not in (wanted, _COMMA_OR_CLOSE)) or (mark == "}") != (type(here) is Mapping):
                raise _problem(document, start, state, here)
            here.end = position
            value = here
            here, key = stack.pop()
        elif state in _KEYS:
            if group != _STRING:
                raise _problem(document, start, state, here)
            key = Scalar(document, start, position, _string(document, start, position))
            state = _COLON
            continue
        elif state > _VALUE_OR_CLOSE:
            raise _problem(document, start, state, here)
        elif group == _STRING:
            value = Scalar(document, start, position, _string(document, start, position))
        else:
            value = Scalar(document, start, position, text[start:position], True)
        state = _COMMA_OR_CLOSE
        if here is None:
            root = value
            state = _NOTHING
        elif isinstance(here, Sequence):
            here.items.append(value)
        elif key is not None:
            if key.text in here.items:
                here.repeat(key, value)
            else:
                here.items[key.text] = value
                here.keys[key.text] = key
    if _skip_blank(text, position) < len(text):
        raise _problem(document, position, state, here)
    document.syntax = "json"
    document.root = root
    return root


def _skip_blank(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


def _string(document: Document, start: int, end: int) -> str:
    raw = document.text[start + 1 : end - 1]
    if "\\" not in raw:
        return raw
    import json

    try:
        value = json.loads(document.text[start:end])
    except ValueError as error:
        place = start + getattr(error, "pos", 0)
        raise malformed(
            document, place, "This escape is unknown in JSON; write '\\\\' for a backslash, '\\uXXXX' for a character."
        ) from None
    # Half of a surrogate pair is no character: it could not even be printed.
    return _LONE_SURROGATE.sub("\ufffd", value)


def _problem(document: Document, position: int, state: int, here: Mapping | Sequence | None) -> SourceError:
    """What stands in the way at a place where the next token did not fit."""
    text = document.text
    place = _skip_blank(text, position)
    char = text[place : place + 1]
    closing = "}" if isinstance(here, Mapping) else "]"
    if not char:
        if here is None:
            return malformed(document, place, "The text ends before a value; write the template's object.")
        return malformed(
            document, here.start, f"This '{text[here.start]}' is never closed; add the missing '{closing}'."
        )
    if char in "}]" and state in (_KEY, _VALUE) and text[:place].rstrip().endswith(","):
        comma = text.rindex(",", 0, place)
        return malformed(document, comma, f"JSON allows no comma before '{char}'; remove it.")
    if char in "/#":
        return malformed(document, place, "JSON has no comments; remove this one, or write the template in YAML.")
    if char == "'":
        return malformed(document, place, "JSON text stands in double quotes, not in single ones; replace them.")
    if char == '"' and state not in (_COLON, _COMMA_OR_CLOSE, _NOTHING):
        return malformed(
            document,
            place,
            "The quoted text that begins here is not closed on its line; add '\"', write line breaks as \\n.",
        )
    if char < " " and char not in "\t\r\n":
        return malformed(document, place, f"The control character U+{ord(char):04X} is not allowed here; remove it.")
    return malformed(document, place, _EXPECTED[state].format(closing=closing))


_EXPECTED = {
    _VALUE: "A value is missing or is not JSON here; write a number, true, false, null, or text in double quotes.",
    _VALUE_OR_CLOSE: "This is not a JSON value; write a number, true, false, null, or text in double quotes.",
    _KEY: "A key in double quotes must stand here.",
    _KEY_OR_CLOSE: "A key in double quotes must stand here, or the closing '}}'.",
    _COLON: "A ':' must stand between a key and its value; add it before this.",
    _COMMA_OR_CLOSE: "A ',' or the closing '{closing}' must stand before this; add it.",
    _NOTHING: "This stands after the end of the template's JSON; remove it.",
}
