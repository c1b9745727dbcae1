"""Services of the Serverless Framework that are written as programs: only what was packaged from them can be read.

https://www.serverless.com/framework/docs/providers/aws/cli-reference/package
"""

from __future__ import annotations

from pathlib import Path

NAMES = frozenset({"serverless.ts", "serverless.js", "serverless.mjs", "serverless.cjs"})
WHY = (
    "A service that is written as a program is not run; run `serverless package`, then `lambdalint check .serverless` "
    "beside it."
)
_PACKAGED = ".serverless/cloudformation-template-update-stack.json"


def is_program(path: str) -> bool:
    """Whether a file is a service written as a program, by its name."""
    return path.endswith((".ts", ".js", ".mjs", ".cjs")) and Path(path).name in NAMES


def packaged(program: str) -> str | None:
    """The template that was packaged from a program, if it is there and not older."""
    template = Path(program).parent / _PACKAGED
    try:
        fresh = template.stat().st_mtime >= Path(program).stat().st_mtime
    except OSError:
        return None
    return str(template) if fresh else None
