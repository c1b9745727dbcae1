"""Values as YAML and JSON text, in the style of what stands around them."""

from __future__ import annotations

import json
import re

from lambdalint.source.node import Document, Json, Scalar
from lambdalint.source.scalar import to_json

#: Text that can stand without quotes in every YAML context.
_BARE = re.compile(r"[A-Za-z0-9_./$](?:[\w./$@+ -]|:(?=[\w/:]))*+(?<! )", re.ASCII)
_BARE_END = re.compile(r"[^ :]\Z")


def scalar_text(value: Json, syntax: str, quote: str = "") -> str:
    """A value on one line: JSON, or YAML's flow style. ``quote`` is the quote that the old text had, if any."""
    if syntax == "json":
        text = json.dumps(value, ensure_ascii=False)
        return json.dumps(text) if quote and not isinstance(value, (str, list, dict)) and value is not None else text
    if isinstance(value, dict):
        inner = ", ".join(f"{yaml_text(key)}: {scalar_text(child, syntax)}" for key, child in value.items())
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(scalar_text(child, syntax) for child in value) + "]"
    if isinstance(value, str):
        return yaml_text(value, quote)
    text = json.dumps(value)
    if isinstance(value, float) and "." not in text:
        text = text.replace("e", ".0e")  # YAML 1.1 knows no 1e-7
    return quote + text + quote if value is not None else text


def yaml_text(value: str, quote: str = "") -> str:
    """A string as YAML: with the given quotes, else bare where it reads back as the same string, else quoted."""
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not quote and _BARE.fullmatch(value) and _BARE_END.search(value) and _is_text(value):
        return value
    # JSON's escapes are YAML's, but for characters beyond U+FFFF, which YAML writes as one escape.
    quoted = json.dumps(value, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_escaped, quoted))


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def _is_text(value: str) -> bool:
    """Whether plain text is a string to every YAML reader, dates included."""
    judged = to_json(Scalar(Document(None, ""), 0, 0, value, True))
    if judged != value or not isinstance(judged, str):
        return False
    return not (value[0].isdigit() or value[0] == ".") or not re.fullmatch(r"[0-9.eExXoO_:TtZz +-]+", value)


def block_lines(key: str, value: Json, step: str) -> list[str]:
    """A YAML entry in block style, one line each, without indentation of its own.

    ``key`` is what stands before the value: ``Name:`` or ``-``.
    """
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for name, child in value.items():
            lines.extend(block_lines(yaml_text(name) + ":", child, step))
    elif isinstance(value, list) and value:
        lines = []
        for child in value:
            lines.extend(block_lines("-", child, "  "))
    else:
        return [f"{key} {scalar_text(value, 'yaml')}"]
    if key == "-":
        return ["- " + lines[0], *("  " + line for line in lines[1:])]
    return [key, *(step + line for line in lines)]


def json_lines(value: Json, step: str) -> list[str]:
    """A JSON value over several lines, without indentation of its own."""
    return json.dumps(value, ensure_ascii=False, indent=step or None).split("\n")
