"""YAML text to a tree in which every value knows where it stands.

Built from the parser's events with an explicit stack: the C parser's own tree builders recurse and end the process
on deeply nested input. CloudFormation's short tags become the long form here (``!Ref X`` is ``{"Ref": X}``), so
nothing after this module knows tags.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lambdalint.source.anchor import MAX_DEPTH, TOO_DEEP, Anchors, merge, merged
from lambdalint.source.gap import SourceError, malformed
from lambdalint.source.node import Document, Mapping, Node, Scalar, Sequence

_STANDARD = "tag:yaml.org,2002:"
_TYPED_PLAINLY = frozenset(_STANDARD + name for name in ("int", "float", "bool", "null"))
_BARE_FUNCTIONS = frozenset({"Ref", "Condition"})

_GAP = r"(?:\s++(?:#[^\r\n]*+)?+)*+"
_ANCHOR = re.compile(r"&[^\s,\[\]{}]++" + _GAP)
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*+" + _GAP + r")*+")
_HEADER = re.compile(r"[^\r\n]*+[\r\n]?")
# Compiled only for the error: so large a class costs 6 ms.
_UNPRINTABLE = "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


def parse_yaml(document: Document) -> Node | None:
    """Read a document as YAML and set its ``root``; None for a document without content.

    Raises ``SourceError`` for text that is not one YAML document, has keys that are not text, nests deeper than
    ``MAX_DEPTH`` or grows by more than ``MAX_ALIASED`` values through aliases.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = _build(document, loader(document.text).get_event)
    except yaml.MarkedYAMLError as error:
        from lambdalint.source.problem import explain

        raise explain(document, error) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        raise _unprintable(document) from None
    document.syntax = "yaml"
    document.root = root
    return root


def scalar_spans(document: Document) -> list[tuple[int, int]]:
    """Where the scalars of a document stand, in order, as far as it can be read.

    A ``#`` in these spans is no comment; the header line of a block scalar and what stands between an anchor or tag
    and its value are left out.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = document.text
    spans: list[tuple[int, int]] = []
    try:
        next_event: Callable[[], Any] = loader(text).get_event
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                end = event.end_mark.index
                start = _skip(_PROPERTIES, text, event.start_mark.index, end)
                if event.style in ("|", ">"):
                    start = _skip(_HEADER, text, start, end)
                spans.append((start, end))
    except (yaml.YAMLError, UnicodeEncodeError):
        pass
    return spans


def _build(document: Document, next_event: Callable[[], Any]) -> Node | None:
    from yaml import events

    scalar, alias, document_end = events.ScalarEvent, events.AliasEvent, events.DocumentEndEvent
    map_start, list_start = events.MappingStartEvent, events.SequenceStartEvent
    map_end, list_end = events.MappingEndEvent, events.SequenceEndEvent
    text = document.text
    anchors = Anchors(document)
    merges: dict[int, list[Node]] = {}
    stack: list[tuple[Mapping | Sequence, Scalar | None, Any]] = []
    top = Sequence(document, 0, 0)
    here: Mapping | Sequence = top
    append = top.items.append
    mapping: Mapping | None = None
    key: Scalar | None = None
    end = 0  # of the last leaf: where libyaml's own end of a block runs on to the next token
    while (event := next_event()) is not None:
        kind = type(event)
        value: Node
        if kind is scalar:
            start = event.start_mark.index
            end = event.end_mark.index
            style = event.style
            if style == "|" or style == ">":
                end = _block_end(text, start, end)
            if event.tag is None and event.anchor is None:
                value = Scalar(document, start, end, event.value, not style)
            else:
                value = _decorated(document, event, end)
                anchors.close(event.anchor, value)
        elif kind is map_start or kind is list_start:
            if len(stack) >= MAX_DEPTH:
                raise malformed(document, event.start_mark.index, TOO_DEEP)
            start = event.start_mark.index
            opener = None
            if event.tag is not None or event.anchor is not None:
                opener = event
                start = _skip(_PROPERTIES, text, start, event.end_mark.index)
                anchors.open(event.anchor)
            stack.append((here, key, opener))
            key = None
            if kind is map_start:
                here = mapping = Mapping(document, start, start)
            else:
                here = Sequence(document, start, start)
                mapping = None
                append = here.items.append
            continue
        elif kind is map_end or kind is list_end:
            close = event.end_mark.index
            if close > event.start_mark.index:  # a bracket; the end of a block has no text of its own
                end = close
            value = here
            value.end = max(end, value.start)
            if merges and id(value) in merges and isinstance(value, Mapping):
                merge(value, merges.pop(id(value)))
            here, key, opener = stack.pop()
            if isinstance(here, Mapping):
                mapping = here
            else:
                mapping = None
                append = here.items.append
            if opener is not None:
                value = _tagged(document, opener.tag, opener.start_mark.index, value)
                anchors.close(opener.anchor, value)
        elif kind is alias:
            end = event.end_mark.index
            value = anchors.use(event.anchor, event.start_mark.index, len(stack))
        elif kind is document_end:
            _expect_end(document, next_event)
            break
        else:
            continue
        if mapping is None:
            append(value)
        elif key is None:
            if type(value) is not Scalar:
                raise malformed(document, value.start, _KEY_NOT_TEXT)
            key = value
        else:
            name = key.text
            if name == "<<" and key.plain:
                merges.setdefault(id(mapping), []).extend(merged(document, key, value))
            elif name in mapping.items:
                mapping.repeat(key, value)
            else:
                mapping.items[name] = value
                mapping.keys[name] = key
            key = None
    root = top.items[0] if top.items else None
    return None if isinstance(root, Scalar) and root.plain and not root.text else root


_KEY_NOT_TEXT = (
    "A key must be text, not a map, a list or a tagged value; put the key in quotes "
    '(a placeholder such as {{ name }} needs them: "{{ name }}").'
)


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = pattern.match(text, start, end)
    return found.end() if found else start


def _block_end(text: str, start: int, end: int) -> int:
    """End of the last line of a block scalar that is not blank; blank lines are content only under ``+``."""
    start = _skip(_PROPERTIES, text, start, end)
    body = text[start:end]
    header = body[: len(body) - len(body.partition("\n")[2])].partition("#")[0]
    if "+" in header:
        return end
    kept = start + len(body.rstrip(" \t\r\n"))
    while kept < end and text[kept] not in "\r\n":
        kept += 1
    return kept


def _decorated(document: Document, event: Any, end: int) -> Node:
    """A scalar with an anchor or a tag."""
    text, tag, plain = document.text, event.tag, not event.style
    start = _skip(_ANCHOR, text, event.start_mark.index, end)
    if tag is not None and tag.startswith(_STANDARD):
        _refuse_foreign(document, tag, start)
        return Scalar(document, start, end, event.value, tag in _TYPED_PLAINLY)
    inner = _skip(_PROPERTIES, text, start, end)
    if tag is None or tag == "!":
        return Scalar(document, inner, end, event.value, plain)
    return _tagged(document, tag, start, Scalar(document, inner, end, event.value))


def _tagged(document: Document, tag: str | None, start: int, node: Node) -> Node:
    """The long form of a value with a short tag."""
    if tag is None or tag == "!":
        return node
    if tag.startswith(_STANDARD) or not tag.startswith("!"):
        _refuse_foreign(document, tag, start)
        return node
    name = tag[1:]
    if name == "GetAtt" and isinstance(node, Scalar):
        node = _split_attribute(node)
    start = _skip(_ANCHOR, document.text, start, node.start)
    function = name if name in _BARE_FUNCTIONS else "Fn::" + name
    return Mapping(document, start, node.end, {function: node})


def _refuse_foreign(document: Document, tag: str, start: int) -> None:
    if not tag.startswith(_STANDARD) or tag.startswith(_STANDARD + "python/"):
        shown = tag.replace(_STANDARD, "!!")
        raise malformed(document, start, f"The tag {shown} means nothing in a template; remove it.")


def _split_attribute(node: Scalar) -> Sequence:
    """``A.B.C`` as ``[A, B.C]``, each part at its own place where the text is written as it reads."""
    document, start, end, value = node.document, node.start, node.end, node.text
    parts = value.split(".", 1)
    raw = document.text[start:end]
    shift = 0 if raw == value else 1 if raw[1:-1] == value else None
    if shift is None:
        items: list[Node] = [Scalar(document, start, end, part) for part in parts]
    else:
        first = start + shift
        items = [Scalar(document, first, first + len(parts[0]), parts[0])]
        if len(parts) > 1:
            second = first + len(parts[0]) + 1
            items.append(Scalar(document, second, second + len(parts[1]), parts[1]))
    return Sequence(document, start, end, items)


def _expect_end(document: Document, next_event: Callable[[], Any]) -> None:
    """A template is one document; an empty one after it does no harm."""
    from yaml import events

    place = 0
    while (event := next_event()) is not None:
        kind = type(event)
        if kind is events.DocumentStartEvent:
            place = event.start_mark.index
        elif issubclass(kind, events.NodeEvent) and (kind is not events.ScalarEvent or event.value):
            raise malformed(
                document,
                place,
                "A second YAML document begins here, and a template is one document; "
                "remove this '---' or move what follows to a file of its own.",
            )


def _unprintable(document: Document) -> SourceError:
    found = re.search(_UNPRINTABLE, document.text)
    place = found.start() if found else 0
    what = f"U+{ord(found.group()):04X}" if found else "that cannot be printed"
    return malformed(
        document, place, f"The character {what} is not allowed in YAML; remove it, or write it as an escape in quotes."
    )
