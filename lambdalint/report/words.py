"""Text that is safe to show: no control character passes, no line grows without end."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# C0 and C1 controls, line separators, and the marks that reorder or hide text (a "Trojan source"). Halves of
# characters stand with them: no terminal can be sent one.
_INVISIBLE = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)


def visible(text: str) -> str:
    r"""One line in which every control character is spelled out: ``\x1b``, ``\x0a``, ``\u202e``."""
    return spelled_out(text, _spelled) if not (text.isascii() and text.isprintable()) else text


def spelled_out(text: str, spell: Callable[[re.Match[str]], str]) -> str:
    """The text with each character that must not be shown replaced by what ``spell`` makes of it."""
    return _invisible().sub(spell, text)


@cache
def _invisible() -> re.Pattern[str]:
    return re.compile(_INVISIBLE)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def clipped(text: str, length: int) -> str:
    """The text, cut to a length with an ellipsis as its last character."""
    return text if len(text) <= length else text[: length - 1] + "…"


def counted(number: int, noun: str) -> str:
    """``1 document``, ``2 documents``; thousands are separated: ``12,345 checks``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
