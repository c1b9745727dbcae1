"""Write docs/schema/*.json, the JSON Schemas of the files lambdalint reads and writes; with --check, only compare."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lambdalint.teach import schema  # noqa: E402 - the checkout comes before an installed package

FOLDER = ROOT / "docs" / "schema"


def main(arguments: list[str]) -> int:
    """Exit code: 0 current or written, 1 out of date."""
    texts = {FOLDER / f"{what}.json": schema(what) for what in ("config", "rule", "report")}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if arguments == ["--check"]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date; run tools/schemas.py", file=sys.stderr)
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(texts[path], encoding="utf-8")
    print(f"{len(stale)} of {len(texts)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
