"""Services of the Serverless Framework that are written as programs: only what was packaged from them can be read.

https://www.serverless.com/framework/docs/providers/aws/cli-reference/package
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from pathlib import Path

NAMES = frozenset({"serverless.ts", "serverless.js", "serverless.mjs", "serverless.cjs"})
WHY = (
    "A service that is written as a program is not run; run `serverless package`, then `lambdalint check .serverless` "
    "beside it."
)
#: The folder that a service is packaged into, and what stands in it beside the archives.
FOLDER = ".serverless"
TEMPLATE = "cloudformation-template-update-stack.json"
STATE = "serverless-state.json"
_FIRST = "cloudformation-template-create-stack.json"
#: A service written as data, in the order in which the framework looks for it, and several of them.
DATA = ("serverless.yml", "serverless.yaml", "serverless.json")
COMPOSED = ("serverless-compose.yml", "serverless-compose.yaml", "serverless-compose.json")


def is_program(path: str) -> bool:
    """Whether a file is a service written as a program, by its name."""
    return path.endswith((".ts", ".js", ".mjs", ".cjs")) and Path(path).name in NAMES


def packaged(program: str) -> str | None:
    """The template that was packaged from a program, if it is there and not older."""
    template = Path(program).parent / FOLDER / TEMPLATE
    try:
        fresh = template.stat().st_mtime_ns >= Path(program).stat().st_mtime_ns
    except OSError:
        return None
    return str(template) if fresh else None


def superseded(names: AbstractSet[str]) -> AbstractSet[str]:
    """Files of a folder that another one beside them stands for: the framework reads a service written as data before
    one written as a program, and deploys the bucket of the first template with the second as well."""
    found = NAMES if not names.isdisjoint(DATA) else frozenset()
    return found | {_FIRST} if TEMPLATE in names else found
