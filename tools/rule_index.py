"""Write rules/index.json from the rule files; with --check, say whether it is current and change nothing."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lambdalint.rule.error import RuleFileError  # noqa: E402 - the checkout comes before an installed package
from lambdalint.rule.library import INDEX, index_text, load_folder, write_index  # noqa: E402


def main(arguments: list[str]) -> int:
    """Exit code: 0 current or written, 1 out of date, 2 a rule is not valid."""
    rules = ROOT / "rules"
    try:
        if arguments != ["--check"]:
            print("written" if write_index(rules) else "unchanged")
            return 0
        index = rules / INDEX
        current = index.exists() and index.read_text(encoding="utf-8") == index_text(load_folder(rules, base=ROOT))
    except RuleFileError as error:
        print(error, file=sys.stderr)
        return 2
    if not current:
        print("rules/index.json is out of date; run tools/rule_index.py", file=sys.stderr)
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
