"""Recorded answers: what a call gave, kept as JSON or YAML, read back as if it had just been given.

The text is a map. Under the name of an operation (``lambda.ListFunctions``) stands its answer; for operations about one
function or thing (``lambda.GetPolicy``) a map from what was asked about to the answer. An answer that is
``{"Error": {"Code": ...}}`` is a refusal. ``pair: {account: ..., region: ...}`` says whose answers they are, and
``window: {since: ..., until: ...}`` which days CloudWatch was asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from lambdalint.load.aws.answer import Answer, Ok, refusal
from lambdalint.load.aws.evidence import Evidence, Pair, Window
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.load.aws.redact import redacted
from lambdalint.source.node import Mapping, Node, Origin, Scalar, Sequence
from lambdalint.source.read import parse, read_document
from lambdalint.source.scalar import to_json

_KEY = b"recorded"


class RecordError(Exception):
    """A text that holds no recorded answers; one sentence."""


def recorded_in(folder: Path) -> Evidence:
    """The evidence in a folder with one file for each operation: ``lambda.ListFunctions.json``.

    Raises:
        RecordError: a file is named after no operation.
        SourceError: a file is malformed.
    """
    files = sorted(folder.glob("*.json"))
    roots = [(file.name.removesuffix(".json"), parse(read_document(file, file.name))) for file in files]
    return recorded((name, root) for name, root in roots if root is not None)


def recorded(roots: Iterable[tuple[str, Node]], placed: bool = False) -> Evidence:
    """The evidence in some texts, each named after its operation; one without a name holds several.

    With ``placed``, resources stand where their records are written.

    Raises:
        RecordError: a text is no map, or names something that is no operation.
    """
    places: dict[int, Origin] = {}
    answers: dict[str, Any] = {}
    for name, root in roots:
        found = _plain(root, places)
        if not isinstance(found, dict):
            raise RecordError("recorded answers are a map from operations to answers")
        answers.update({name: found} if name else found)
    said = answers.pop("pair", None)
    window = answers.pop("window", None)
    strangers = [name for name in answers if name not in OPERATIONS]
    if strangers:
        raise RecordError(f"there is no operation '{strangers[0]}'; known are {', '.join(OPERATIONS)}")
    evidence = Evidence(_pair(said if isinstance(said, dict) else {}, answers), places=places if placed else {})
    evidence.window = _window(window) if isinstance(window, dict) else None
    for name, found in answers.items():
        for target, data in found.items() if OPERATIONS[name].target is not None else (("", found),):
            evidence.put(name, str(target), _answer(data))
    return evidence


def _answer(data: Any) -> Answer:
    error = data.get("Error") if isinstance(data, dict) else None
    if isinstance(error, dict):
        return refusal(str(error.get("Code", "")), str(error.get("Message", "")))
    return Ok(redacted(data if isinstance(data, dict) else {}, _KEY))


def _window(said: dict[str, Any]) -> Window:
    try:
        return Window(date.fromisoformat(str(said.get("since"))), date.fromisoformat(str(said.get("until"))))
    except ValueError:
        raise RecordError("window: since and until are days, such as 2026-11-21") from None


def _pair(said: dict[str, Any], answers: dict[str, Any]) -> Pair:
    functions = answers.get("lambda.ListFunctions", {}).get("Functions") or [{}]
    parts = str(functions[0].get("FunctionArn", "")).split(":")
    region, account = (parts[3], parts[4]) if len(parts) > 4 else ("us-east-1", "123456789012")
    return Pair(str(said.get("account", account)), str(said.get("region", region)))


def _plain(node: Node, places: dict[int, Origin]) -> Any:
    match node:
        case Mapping():
            found = {key: _plain(value, places) for key, value in node.items.items()}
            places[id(found)] = node.at()
            return found
        case Sequence():
            return [_plain(item, places) for item in node]
        case Scalar():
            return to_json(node)
