"""Write docs/rules.md and docs/rules/<id>.md from the rule files; with --check, only compare."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lambdalint.rule.error import RuleFileError  # noqa: E402 - the checkout comes before an installed package
from lambdalint.rule.library import load_folder  # noqa: E402
from lambdalint.rule.rule import CATEGORIES, Rule  # noqa: E402
from lambdalint.teach import AUDIENCE, advice_in_dialects, kind_in_words, listing, readable  # noqa: E402

DOCS = ROOT / "docs"
HEADINGS = {"fail": "A finding", "pass": "No finding", "undecided": "Not decided"}


def main(arguments: list[str]) -> int:
    """Exit code: 0 current or written, 1 out of date, 2 a rule is not valid."""
    try:
        rules = load_folder(ROOT / "rules", base=ROOT)
    except RuleFileError as error:
        print(error, file=sys.stderr)
        return 2
    texts = {DOCS / "rules.md": overview(rules)} | {DOCS / "rules" / f"{rule.id}.md": page(rule) for rule in rules}
    stale = [path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    orphans = [path for path in (DOCS / "rules").glob("*.md") if path not in texts]
    if arguments == ["--check"]:
        for path in (*stale, *orphans):
            print(f"{path.relative_to(ROOT)} is out of date; run tools/rule_docs.py", file=sys.stderr)
        return 1 if stale or orphans else 0
    (DOCS / "rules").mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(texts[path], encoding="utf-8")
    for path in orphans:
        path.unlink()
    print(f"{len(stale)} of {len(texts)} written, {len(orphans)} removed")
    return 0


def overview(rules: list[Rule]) -> str:
    """All rules, a table for each category."""
    parts = ["# Rules", f"{len(rules)} rules. `lambdalint explain RULE` says the same in the terminal."]
    for category in CATEGORIES:
        own = [rule for rule in rules if rule.category == category]
        if own:
            parts += [f"## {category.capitalize()}", listing(own, "markdown").rstrip("\n")]
    return "\n\n".join(parts) + "\n"


def page(rule: Rule) -> str:
    """One rule, whole."""
    only = [AUDIENCE[rule.kind]] if rule.kind in AUDIENCE else []
    parts = [f"# {rule.id}", f"{rule.title}.", facts(rule), *only, "## Why", rule.why.strip()]
    if rule.advice is not None:
        parts += ["## What to do", readable(rule.advice) + "."]
        parts += [f"{line}." for line in advice_in_dialects(rule)]
    when = f" where `{' '.join(rule.when.text.split())}`" if rule.when.text != "True" else ""
    require = " ".join(rule.require.text.split())
    parts += ["## What it asks for", f"For every {kind_in_words(rule)}{when}:", f"```python\n{require}\n```"]
    if rule.options:
        rows = [
            f"| `{name}` | `{list(value) if isinstance(value, tuple) else value}` |"
            for name, value in rule.options.items()
        ]
        parts += ["## Options", "\n".join(["| Option | Default |", "| --- | --- |", *rows])]
        name, value = next(iter(rule.options.items()))
        shown = list(value) if isinstance(value, tuple) else value
        parts.append(f"```yaml\n# lambdalint.yaml\nrules:\n  {rule.id}: {{{name}: {shown}}}\n```")
    for verdict, heading in HEADINGS.items():
        example = next((item for item in rule.examples if item.verdict == verdict), None)
        if example is not None:
            parts += [f"## {heading}", fenced(example.text, example.lines)]
            if verdict == "fail" and example.fixed is not None:
                parts += ["After `lambdalint --fix`:", fenced(example.fixed, ())]
    parts += ["## Ignore it", f"```yaml\n# lambdalint: ignore[{rule.id}] why it is fine here\n```"]
    if rule.references:
        parts += ["## References", "\n".join(f"- <{address}>" for address in rule.references)]
    return "\n\n".join(parts) + "\n"


def facts(rule: Rule) -> str:
    """The table at the top of a page."""
    fix = "no" if rule.fix is None else "safe" if rule.fix.safe else "unsafe"
    rows = {
        "Category": rule.category,
        "Severity": rule.severity,
        "Confidence": rule.confidence,
        "Fix": fix,
        "Since": rule.since + ("" if rule.status == "stable" else f" ({rule.status})"),
    }
    if rule.aliases:
        rows["Known elsewhere as"] = ", ".join(f"`{alias}`" for alias in rule.aliases)
    return "\n".join([f"| {' | '.join(rows)} |", f"|{' --- |' * len(rows)}", f"| {' | '.join(rows.values())} |"])


def fenced(text: str, lines: tuple[int, ...]) -> str:
    """A template as a code block, the lines that are found marked."""
    shown = [
        f"{line}  # <- finding" if number in lines else line
        for number, line in enumerate(text.rstrip("\n").split("\n"), 1)
    ]
    return "\n".join(["```yaml", *shown, "```"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
