"""The line hash by which GitHub code scanning knows an alert again when lines above it move.

GitHub's uploader computes this hash for results that come without one and warns about results whose hash differs from
its own, so the value must be exact. A line's hash covers the 100 characters from its first one on, blanks left out.
See https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import accumulate

_WINDOW = 100
_BASE = 37
_MASK = (1 << 64) - 1
_DROP = pow(_BASE, _WINDOW, 1 << 64)
#: What stands after the last character of a file, before the zeros that fill the last windows.
_END = 0xFFFF


def line_hashes(text: str) -> list[str]:
    """The hash of every line, as GitHub writes it: hexadecimal, then ``:n`` for the n-th line with that hash.

    Lines end with LF, CRLF or CR; the empty line after a last line end counts. Characters are UTF-16 code units.
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    wide = not kept.isascii() and max(kept) > "\uffff"
    units = [*_units(kept, wide), _END, *([0] * _WINDOW)]
    # Hash of everything up to each unit; the hash of a window is the difference between its two ends.
    upto = list(accumulate(units, lambda known, unit: (_BASE * known + unit) & _MASK, initial=0))
    seen: dict[str, int] = {}
    hashes = []
    start = 0
    for line in kept.split("\n"):
        value = f"{(upto[start + _WINDOW] - upto[start] * _DROP) & _MASK:x}"
        seen[value] = seen.get(value, 0) + 1
        hashes.append(f"{value}:{seen[value]}")
        start += (len(_units(line, wide)) if wide else len(line)) + 1
    return hashes


def _units(text: str, wide: bool) -> memoryview | bytes | list[int]:
    if text.isascii():
        return text.encode("ascii")
    if not wide:
        return [ord(character) for character in text]
    encoding = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
    return memoryview(text.encode(encoding, "surrogatepass")).cast("H")


def of_lines(text: str, lines: Iterable[int]) -> dict[int, str]:
    """The hashes of the lines asked for (from 1)."""
    hashes = line_hashes(text)
    return {line: hashes[line - 1] for line in lines if 1 <= line <= len(hashes)}
