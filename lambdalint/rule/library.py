"""Where rules come from: folders of rule files, and the index of the rules that lambdalint brings along.

The index is JSON made from the rule files (``tools/rule_index.py``), so that a run reads no YAML and loads no
pydantic. It holds everything but the examples, and its expressions were checked when it was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdalint.rule.error import RuleError, RuleFileError
from lambdalint.rule.expression import Expression
from lambdalint.rule.message import Message
from lambdalint.rule.rule import CATEGORIES, Rule, RuleFix

if TYPE_CHECKING:
    from lambdalint.model.thing import Thing

INDEX = "index.json"
_VERSION = 1


def load_folder(path: Path, kinds: Mapping[str, type[Thing]] | None = None, base: Path | None = None) -> list[Rule]:
    """The rules in a folder, or in one file, sorted by id.

    The folder holds ``<category>/<id>.yaml``, or is such a category itself. ``base`` is what paths in messages are
    relative to.

    Raises:
        RuleFileError: a file is no valid rule, or two rules have the same id; every mistake of every file.
    """
    from lambdalint.rule.rule_file import load_file

    rules: dict[str, Rule] = {}
    errors: list[RuleError] = []
    if not path.exists():
        raise RuleFileError([RuleError(f"there is no rule folder or file '{path}'; check rule-paths", str(path))])
    for file in [path] if path.is_file() else _files(path):
        name = _name(file, base)
        if file.resolve().parent.name not in CATEGORIES:
            errors.append(
                RuleError(f"a rule stands in a folder named after its category: {', '.join(CATEGORIES)}", name)
            )
            continue
        try:
            rule = load_file(file, kinds, name)
        except RuleFileError as error:
            errors += error.errors
            continue
        other = rules.setdefault(rule.id, rule)
        if other is not rule:
            errors.append(RuleError(f"the rule {rule.id} exists already, in {other.path}; rename one", name))
    if errors:
        raise RuleFileError(errors)
    return sorted(rules.values(), key=lambda rule: rule.id)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith((".yaml", ".yml")) and not name.startswith("."):
                yield Path(parent, name)


def _name(path: Path, base: Path | None) -> str:
    if base is not None and path.resolve().is_relative_to(base.resolve()):
        return path.resolve().relative_to(base.resolve()).as_posix()
    return path.as_posix()


def folder() -> Path:
    """The folder of the built-in rules: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    packaged = package / "rules"
    return packaged if packaged.is_dir() else package.parent / "rules"


def builtin() -> list[Rule]:
    """The rules that lambdalint brings along, without their examples, sorted by id.

    Raises:
        RuleFileError: the index is missing or from another version.
    """
    path = folder() / INDEX
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RuleFileError([RuleError("there is no index of the rules; run tools/rule_index.py", str(path))]) from None
    return read_index(text, str(path))


def read_index(text: str, path: str) -> list[Rule]:
    """The rules of an index.

    Raises:
        RuleFileError: it was written by another version.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or found.get("version") != _VERSION:
        raise RuleFileError([RuleError("the index of the rules is not of this version; run tools/rule_index.py", path)])
    return [_rule(entry) for entry in found["rules"]]


def write_index(path: Path, kinds: Mapping[str, type[Thing]] | None = None) -> bool:
    """Write the index of the rules in a folder into it; whether it changed.

    Raises:
        RuleFileError: a rule is not valid.
    """
    text = index_text(load_folder(path, kinds, base=path.resolve().parent))
    index = path / INDEX
    if index.exists() and index.read_text(encoding="utf-8") == text:
        return False
    index.write_text(text, encoding="utf-8")
    return True


def index_text(rules: list[Rule]) -> str:
    """The index of these rules: the same text for the same rules."""
    entries = [_entry(rule) for rule in sorted(rules, key=lambda rule: rule.id)]
    return json.dumps({"version": _VERSION, "rules": entries}, indent=1, ensure_ascii=False) + "\n"


_PLAIN = ("id", "category", "path", "title", "severity", "confidence", "since", "kind", "status", "why")
_LISTS = ("aliases", "tags", "references")


def _entry(rule: Rule) -> dict[str, Any]:
    entry: dict[str, Any] = {name: getattr(rule, name) for name in _PLAIN}
    entry |= {name: list(getattr(rule, name)) for name in _LISTS if getattr(rule, name)}
    entry |= {"when": rule.when.text, "require": rule.require.text, "message": rule.message.text}
    if rule.options:
        entry["options"] = {
            name: list(value) if isinstance(value, tuple) else value for name, value in rule.options.items()
        }
    if rule.at is not None:
        entry["at"] = rule.at.text
    if rule.advice is not None:
        entry["advice"] = rule.advice.text
    if rule.advice_in:
        entry["advice_in"] = {dialect: text.text for dialect, text in rule.advice_in.items()}
    if rule.command is not None:
        entry["command"] = rule.command.text
    if rule.fix is not None:
        entry["fix"] = {"set": rule.fix.set.text, "to": rule.fix.to.text, "safe": rule.fix.safe}
        if rule.fix.title is not None:
            entry["fix"]["title"] = rule.fix.title.text
    return entry


def _rule(entry: dict[str, Any]) -> Rule:
    fix, options = entry.get("fix"), entry.get("options", {})
    known: dict[str, Any] = {name: entry[name] for name in _PLAIN}
    known |= {name: tuple(entry.get(name, ())) for name in _LISTS}
    return Rule(
        **known,
        when=Expression(entry["when"], truth=True),
        require=Expression(entry["require"], truth=True),
        message=Message(entry["message"]),
        at=Expression(entry["at"]) if "at" in entry else None,
        advice=Message(entry["advice"]) if "advice" in entry else None,
        advice_in={dialect: Message(text) for dialect, text in entry.get("advice_in", {}).items()},
        fix=_fix(fix) if fix else None,
        command=Message(entry["command"]) if "command" in entry else None,
        options={name: tuple(value) if isinstance(value, list) else value for name, value in options.items()},
    )


def _fix(entry: dict[str, Any]) -> RuleFix:
    title = Message(entry["title"]) if "title" in entry else None
    return RuleFix(Expression(entry["set"]), Expression(entry["to"]), entry["safe"], title)
