"""Changes to a text that keep everything else: comments, indentation, quotes and line ends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lambdalint.record import record
from lambdalint.source.node import Document, Json, Mapping, Origin, Sequence
from lambdalint.source.write import block_lines, json_lines, scalar_text, yaml_text

_REST_OF_LINE = re.compile(r"[^\r\n]*")
_NOTHING_MORE = re.compile(r"[ \t]*(?:(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)")
_CLOSING = re.compile(r"(?:\s|,|(?<=[\s,])#[^\r\n]*)*+[}\]]")


@record
class TextEdit:
    """Put ``text`` where ``document.text[start:end]`` stands."""

    document: Document
    start: int
    end: int
    text: str


def replace_scalar(node: Origin, value: Json) -> TextEdit:
    """Write another value where one stands; a quoted value stays quoted, lists and maps go on one line."""
    document, start, end = node.document, node.start, node.end
    source = document.text
    raw = source[start:end]
    if start == end:
        before = source[:start].rstrip(" \t")
        if not before.endswith((":", "-")):
            raise ValueError("there is no value here that could be replaced")
        gap = "" if source[start - 1].isspace() else " "
        return TextEdit(document, start, end, gap + scalar_text(value, document.syntax))
    quote = raw[0] if raw[0] in "\"'" else ""
    text = scalar_text(value, document.syntax, quote)
    # A kept block scalar (|+) ends after its line break.
    return TextEdit(document, start, end, text + (_newline(document) if raw.endswith("\n") else ""))


def insert_entry(mapping: Mapping, key: str, value: Json) -> TextEdit:
    """Add an entry at the end of a map. Raises ``ValueError`` where the text has no safe place for it."""
    if mapping.via is not None or key in mapping.items:
        raise ValueError("only a map that a person wrote, without this key, takes a new entry")
    document = mapping.document
    if document.text.startswith("{", mapping.start):
        written = scalar_text(key, document.syntax)
        children: tuple[Origin, ...] = (*mapping.keys.values(), *mapping.items.values())
        spots = [child for child in children if _within(child, mapping)]
        return _insert_flow(mapping, spots, written + ": ", value)
    written_out = any(key.start == mapping.start for key in mapping.keys.values())
    if not written_out and not document.text.startswith("<<", mapping.start):
        raise ValueError("this map is not written as keys and values")
    return _insert_block(mapping, block_lines(yaml_text(key) + ":", value, _step(document)))


def append_item(sequence: Sequence, value: Json) -> TextEdit:
    """Add an item at the end of a list. Raises ``ValueError`` where the text has no safe place for it."""
    if sequence.via is not None:
        raise ValueError("only a list that a person wrote takes a new item")
    if sequence.document.text.startswith("[", sequence.start):
        items: list[Origin] = [node for node in sequence.items if _within(node, sequence)]
        return _insert_flow(sequence, items, "", value)
    if not sequence.document.text.startswith("-", sequence.start):
        raise ValueError("this list is not written as items")
    return _insert_block(sequence, block_lines("-", value, _step(sequence.document)))


def apply(text: str, edits: Iterable[TextEdit]) -> str:
    """The text after all edits; equal edits count once. Raises ``ValueError`` where two overlap."""
    parts: list[str] = []
    position = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, edit.end)):
        if edit.start < position:
            raise ValueError("two edits change the same text")
        parts.append(text[position : edit.start])
        parts.append(edit.text)
        position = edit.end
    parts.append(text[position:])
    return "".join(parts)


def diff(document: Document, edits: Iterable[TextEdit]) -> str:
    """The edits as a unified diff, empty where they change nothing."""
    from difflib import unified_diff

    old = document.text
    new = apply(old, edits)
    path = document.path or "template"
    lines = unified_diff(_split(old), _split(new), f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)


def _split(text: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _within(node: Origin, parent: Origin) -> bool:
    """Whether a child stands in its parent's text: an alias's value and a merged key stand elsewhere."""
    return parent.start < node.start and node.end < parent.end


def _insert_block(node: Mapping | Sequence, lines: list[str]) -> TextEdit:
    """New lines after the last line of a block, before what stands after it."""
    document, end = node.document, node.end
    text = document.text
    newline = _newline(document)
    column = document.position(node.start)[1] - 1
    indent = " " * column
    body = newline.join(indent + line for line in lines)
    if text[end - 1] == "\n":  # the block ends with a kept block scalar (|+)
        return TextEdit(document, end, end, body + newline)
    rest = _NOTHING_MORE.match(text, end)
    if rest is None:
        raise ValueError("something else stands on the last line of this block")
    return TextEdit(document, rest.end(), rest.end(), newline + body)


def _insert_flow(node: Mapping | Sequence, inside: list[Origin], key: str, value: Json) -> TextEdit:
    """A new entry before the closing bracket, on a line of its own if the last entry has one."""
    document = node.document
    text, syntax = document.text, document.syntax
    if not node.items:
        if text[node.start + 1 : node.end - 1].strip():
            raise ValueError("a comment stands between the brackets")
        return TextEdit(document, node.start + 1, node.end - 1, key + scalar_text(value, syntax))
    last = max((span.end for span in inside), default=None)
    if last is None or (closing := _CLOSING.match(text, last)) is None or closing.end() != node.end:
        raise ValueError("the last entry is an alias; add the new one by hand")
    starts = document.line_starts
    first_of_last = _line_of_last(node, inside)
    line_start = starts[document.position(first_of_last)[0] - 1]
    lead = text[line_start:first_of_last]
    if lead.strip():
        return TextEdit(document, last, last, ", " + key + scalar_text(value, syntax))
    newline = _newline(document)
    found = _REST_OF_LINE.match(text, last)
    rest = found.group() if found else ""
    if rest.strip() and not rest.lstrip(", \t").startswith("#") and rest.strip() != ",":
        rest = ""  # the closing bracket stands on the same line
    comma = "" if rest.lstrip().startswith(",") else ","
    lines = json_lines(value, _step(document)) if syntax == "json" else [scalar_text(value, syntax)]
    entry = (newline + lead).join([key + lines[0], *lines[1:]])
    return TextEdit(document, last, last + len(rest), comma + rest.rstrip() + newline + lead + entry)


def _line_of_last(node: Mapping | Sequence, inside: list[Origin]) -> int:
    if isinstance(node, Mapping):
        own = [key.start for key in node.keys.values() if _within(key, node)]
        return max(own, default=node.start)
    return max((span.start for span in inside), default=node.start)


def _newline(document: Document) -> str:
    first = document.text.find("\n")
    return "\r\n" if first > 0 and document.text[first - 1] == "\r" else "\n"


_FIRST_INDENT = re.compile(r"^([ \t]+)(?![ \t#-])\S", re.MULTILINE)


def _step(document: Document) -> str:
    """What one level of indentation is in a document."""
    found = _FIRST_INDENT.search(document.text)
    return found.group(1) if found and len(found.group(1)) <= 8 else "  "
