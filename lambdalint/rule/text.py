"""How a value is shown to a reader."""

from __future__ import annotations

from typing import Any

from lambdalint.model.thing import Thing
from lambdalint.source.value import Default, Given, Many, Unknown


def shown(value: Any, limit: int | None = None) -> str:
    """A value as a reader wants it: 6, not 6.0; lists with commas; things by their name; "?" for what is unknown."""
    match value:
        case Unknown():
            text = "?"
        case Given() | Default():
            return shown(value.value, limit)
        case None:
            text = "none"
        case bool():
            text = "true" if value else "false"
        case float():
            text = f"{value:.4f}".rstrip("0").rstrip(".")
        case str():
            text = " ".join(value.split())
        case Many():
            text = ", ".join([*(shown(item) for item in value), *(["?"] if value.missing else [])])
        case tuple() | list():
            text = ", ".join(shown(item) for item in value)
        case set() | frozenset():
            text = ", ".join(sorted(shown(item) for item in value))
        case Thing():
            name = getattr(value, "name", None)
            text = value.kind if name is None else shown(name)
        case _:
            text = str(value)
    return f"{text[: limit - 3]}..." if limit is not None and len(text) > limit else text
