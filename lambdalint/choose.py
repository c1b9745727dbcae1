"""Which rules run: the library and the user's own, chosen by id, category and status, with their options."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lambdalint.config import Config
from lambdalint.rule.error import RuleError, did_you_mean
from lambdalint.rule.library import builtin, load_folder
from lambdalint.rule.rule import CATEGORIES, Rule


def every_rule(config: Config) -> list[Rule]:
    """The built-in rules and those of ``rule-paths``, sorted by id.

    Raises:
        RuleError, RuleFileError: a rule file is wrong, or two rules share an id.
    """
    rules = {rule.id: rule for rule in builtin()}
    for folder in config.rule_paths:
        for rule in load_folder(Path(folder)):
            if rule.id in rules:
                raise RuleError(f"there is already a rule {rule.id}; give the file another name", rule.path)
            rules[rule.id] = rule
    return [rules[name] for name in sorted(rules)]


def chosen(
    rules: list[Rule], select: Iterable[str], ignore: Iterable[str], config: Config, preview: bool
) -> tuple[Rule, ...]:
    """The rules to run: selected and not ignored, preview ones only when named or asked for.

    Raises:
        RuleError: a name is neither a rule, an alias nor a category, or an option is wrong.
    """
    _check_names(rules, config)
    options = _options(rules, config)
    wanted = [*select]
    selected = _ids(rules, wanted)
    ignored = _ids(rules, ignore)
    by_name = {name for name in wanted if name not in CATEGORIES}
    return tuple(
        _configured(rule, options.get(rule.id, {}), config)
        for rule in rules
        if rule.id not in ignored
        and (not wanted or rule.id in selected)
        and (rule.status != "preview" or preview or rule.id in by_name or by_name & set(rule.aliases))
    )


def _configured(rule: Rule, options: dict[str, Any], config: Config) -> Rule:
    try:
        return rule.configured(options)
    except RuleError as error:
        raise RuleError(error.message, config.path) from None


def _check_names(rules: list[Rule], config: Config) -> None:
    try:
        _ids(rules, [*config.select, *config.ignore])
    except RuleError as error:
        raise RuleError(error.message, config.path) from None


def _options(rules: list[Rule], config: Config) -> dict[str, dict[str, Any]]:
    """The options that the config sets, by the ids of the rules, which it may call by an alias."""
    named = _named(rules)
    found: dict[str, dict[str, Any]] = {}
    for name, options in config.rules.items():
        ids = named.get(name, [])
        where = f"{config.path}: rules:"
        if not ids:
            raise RuleError(f"{where} there is no rule '{name}'{did_you_mean(name, {rule.id for rule in rules})}")
        if len(ids) > 1:
            raise RuleError(f"{where} {name} stands for {' and '.join(ids)}; write the rule that is meant")
        if ids[0] in found:
            raise RuleError(f"{where} {name} stands for {ids[0]}, whose options are set already; write them together")
        found[ids[0]] = options
    return found


def _named(rules: list[Rule]) -> dict[str, list[str]]:
    """Ids and aliases -> the ids of the rules that they stand for: those of other tools may stand for several."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        for name in (rule.id, *rule.aliases):
            found.setdefault(name, []).append(rule.id)
    return found


def _ids(rules: list[Rule], names: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    named = _named(rules)
    for name in names:
        if name in named:
            found.update(named[name])
        elif name in CATEGORIES:
            found.update(rule.id for rule in rules if rule.category == name)
        else:
            raise RuleError(f"there is no rule or category '{name}'{_hint(name, rules)}")
    return frozenset(found)


def _hint(name: str, rules: list[Rule]) -> str:
    """The end of a sentence about a name that nothing has: what is like it, own names before foreign ones."""
    for names in ([*(rule.id for rule in rules), *CATEGORIES], [alias for rule in rules for alias in rule.aliases]):
        found = did_you_mean(name, names)
        if "did you mean" in found:
            return found
    return f"; categories: {', '.join(CATEGORIES)}; `lambdalint rules` lists the rules"
