"""Texts about rules: one explained, all listed, and the schemas of the files that users write."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lambdalint.rule.message import Message
from lambdalint.rule.rule import CATEGORIES, Rule

#: What people call the dialects that things are written in.
DIALECT_NAMES = {"sam": "SAM", "cloudformation": "CloudFormation", "serverless": "serverless.yml", "aws": "an account"}


def explanation(rule: Rule) -> str:
    """What a rule is about, why it matters, how it looks and what to do: the text of ``lambdalint explain``."""
    parts = [
        f"{rule.id}: {rule.title}",
        f"{rule.category}, severity {rule.severity}, {rule.confidence}"
        + (f", {rule.status}" if rule.status != "stable" else "")
        + f", since {rule.since}",
        rule.why.strip(),
    ]
    if rule.kind in AUDIENCE:
        parts.append(AUDIENCE[rule.kind])
    if rule.advice is not None:
        parts.append("\n".join([f"What to do: {readable(rule.advice)}", *advice_in_dialects(rule)]))
    if rule.fix is not None:
        parts.append(f"lambdalint --fix can mend it{'' if rule.fix.safe else ' (with --unsafe-fixes)'}.")
    condition = f"For every {kind_in_words(rule)}" + (
        f" where {' '.join(rule.when.text.split())}" if rule.when.text != "True" else ""
    )
    parts.append(f"{condition}:\n    {' '.join(rule.require.text.split())}")
    if rule.options:
        options = "\n".join(f"    {name}: {_shown(value)}" for name, value in rule.options.items())
        parts.append(f"Options (config: rules: {{{rule.id}: {{...}}}}):\n{options}")
    parts += _examples(rule)
    parts.append(f"Ignore it in one place: # lambdalint: ignore[{rule.id}] why it is fine here")
    if rule.aliases:
        parts.append(f"Known elsewhere as: {', '.join(rule.aliases)}")
    if rule.references:
        parts.append("\n".join(rule.references))
    return "\n\n".join(parts) + "\n"


_MEASURED = "Only `lambdalint audit --metrics` can tell: this is about what happened, not about what is written."
#: Kind of thing -> who can judge it, where templates hold no such thing.
AUDIENCE = {
    "metrics": _MEASURED,
    "recommendation": _MEASURED,
    "account": "Only `lambdalint audit` can tell: this is about a live account.",
}


def kind_in_words(rule: Rule) -> str:
    """What a rule judges, to stand after "every"."""
    return "function's metrics" if rule.kind == "metrics" else rule.kind.replace("_", " ")


def advice_in_dialects(rule: Rule) -> list[str]:
    """What to do where it is written otherwise, one line for each dialect."""
    return [f"In {DIALECT_NAMES[dialect]}: {readable(text)}" for dialect, text in rule.advice_in.items()]


def readable(message: Message) -> str:
    """The text of a message before it is about anything: what is computed for each finding stands in backquotes, and
    of texts that depend on the thing the usual one comes first."""
    return "".join(part if isinstance(part, str) else _computed(part.text) for part in message.parts)


def _computed(code: str) -> str:
    import ast

    tree = ast.parse(" ".join(code.split()), mode="eval").body
    texts = []
    while isinstance(tree, ast.IfExp):
        texts.append(tree.body)
        tree = tree.orelse
    words = [str(text.value) for text in (tree, *texts) if isinstance(text, ast.Constant) and text.value != ""]
    if not texts or len(words) <= len(texts):
        return f"`{code}`"
    usual, *others = words
    return f"{usual} (in other cases: {'; '.join(other[:1].lower() + other[1:] for other in others)})"


def _examples(rule: Rule) -> list[str]:
    """The first failing and the first passing example; the index holds none, so the rule's own file is read."""
    from lambdalint.rule.library import folder
    from lambdalint.rule.rule_file import load_file

    path = folder() / rule.category / f"{rule.id}.yaml"
    examples = rule.examples or (load_file(path).examples if path.is_file() else ())
    parts: list[str] = []
    for verdict, heading in (("fail", "A finding:"), ("pass", "No finding:")):
        example = next((item for item in examples if item.verdict == verdict), None)
        if example is not None:
            lines = example.text.rstrip("\n").split("\n")
            marked = [
                f"    {line}{'  # <- here' if number in example.lines else ''}" for number, line in enumerate(lines, 1)
            ]
            parts.append("\n".join([heading, *marked]))
    return parts


def _shown(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def listing(rules: Sequence[Rule], form: str) -> str:
    """All rules by category, as text, Markdown or JSON."""
    if form == "json":
        rows = [
            {
                "id": rule.id,
                "title": rule.title,
                "category": rule.category,
                "severity": rule.severity,
                "confidence": rule.confidence,
                "status": rule.status,
                "since": rule.since,
                "aliases": list(rule.aliases),
                "fix": rule.fix is not None,
            }
            for rule in rules
        ]
        return json.dumps(rows, indent=2) + "\n"
    if form == "markdown":
        lines = ["| Rule | What it finds | Severity |", "| --- | --- | --- |"]
        lines += [f"| [`{rule.id}`](rules/{rule.id}.md) | {rule.title} | {rule.severity} |" for rule in rules]
        return "\n".join(lines) + "\n"
    width = max((len(rule.id) for rule in rules), default=0)
    lines = []
    for category in CATEGORIES:
        own = [rule for rule in rules if rule.category == category]
        if own:
            lines += [category] + [f"  {rule.id:{width}}  {rule.severity:8}  {rule.title}" for rule in own] + [""]
    return "\n".join([*lines, f"{len(rules)} rules; `lambdalint explain RULE` says more"]) + "\n"


def schema(what: str) -> str:
    """The JSON Schema of ``config``, ``rule`` or ``report`` files."""
    if what == "config":
        from lambdalint.config_schema import ConfigFile

        found = ConfigFile.model_json_schema()
    elif what == "rule":
        from lambdalint.rule.schema import json_schema

        found = json_schema()
    else:
        from lambdalint.report.wire import report_schema

        found = report_schema()
    return json.dumps(found, indent=2) + "\n"
