"""A line on standard error that says how far an audit is; nothing where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdalint.audit.run import Progress

_EVERY_SECONDS = 0.2
_BAR = 24


class Line:
    """The line, rewritten in place a few times a second."""

    def __init__(self, tell: Callable[[str], object] | None) -> None:
        self._tell = tell
        self._start = time.monotonic()
        self._last = 0.0
        self._judging_since: float | None = None

    def show(self, progress: Progress) -> None:
        """Say how far it is."""
        now = time.monotonic()
        if self._tell is None or now - self._last < _EVERY_SECONDS:
            return
        self._last = now
        self._tell(f"\r\x1b[2K{self.text(progress, now)}")

    def text(self, progress: Progress, now: float) -> str:
        """``[#####-----] 120 of 500 functions, 260 calls, 14.8/s, 27 s left``."""
        rate = progress.calls / max(now - self._start, 0.001)
        calls = f"{progress.calls:,} calls, {rate:.1f}/s"
        if progress.listed < progress.pairs or not progress.functions:
            return (
                f"listing: {progress.listed:,} of {progress.pairs:,} regions, {progress.functions:,} functions, {calls}"
            )
        share = progress.asked / progress.functions
        full = round(_BAR * share)
        bar = "#" * full + "-" * (_BAR - full)
        if self._judging_since is None:
            self._judging_since = now
        left = ""
        if share > 0:
            seconds = (now - self._judging_since) * (1 - share) / share
            left = f", {seconds / 60:.0f} min left" if seconds > 90 else f", {seconds:.0f} s left"
        return f"[{bar}] {progress.asked:,} of {progress.functions:,} functions, {calls}{left}"

    def clear(self) -> None:
        """Take the line away."""
        if self._tell is not None and self._last:
            self._tell("\r\x1b[2K")
            self._last = 0.0
