"""Laws over the whole library, whatever the rules are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambdalint.audit.need import needs_metrics
from lambdalint.model.kinds import THINGS
from lambdalint.rule.library import load_folder, read_index
from lambdalint.rule.rule import CATEGORIES, Rule

ROOT = Path(__file__).parent.parent
RULES = load_folder(ROOT / "rules", THINGS, base=ROOT)
BY_RULE = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])

#: What a name must not begin with: it names the problem, so that it reads after "allow", never the remedy.
REMEDIES = ("no-", "use-", "require-", "ensure-", "disallow-", "missing-")


def test_there_are_rules_in_every_category() -> None:
    assert {rule.category for rule in RULES} == set(CATEGORIES)


@BY_RULE
def test_the_id_names_a_problem_in_kebab_case(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
    assert not rule.id.startswith(REMEDIES)


@BY_RULE
def test_the_prose_is_complete(rule: Rule) -> None:
    assert rule.title == rule.title.strip()
    assert "\n" not in rule.title
    assert not rule.title.endswith(".")
    assert 10 <= len(rule.title) <= 90
    assert len(rule.why.split()) >= 25
    assert rule.references
    assert all(reference.startswith("https://docs.aws.amazon.com/") for reference in rule.references[:1])
    assert rule.advice is not None or rule.fix is not None


#: What is written otherwise in a service of the Serverless Framework.
OTHERWISE = re.compile(
    r"\b(SAM|Globals|Architectures|AllowOrigins|AuthType|BatchSize|BisectBatchOnFunctionError|EventInvokeConfig"
    r"|FunctionResponseTypes|MaximumConcurrency|MaximumEventAgeInSeconds|MaximumRetryAttempts|MemorySize"
    r"|ReservedConcurrentExecutions|RetentionInDays|SourceArn|VpcConfig)\b"
)


@BY_RULE
def test_advice_speaks_the_language_of_serverless_yml(rule: Rule) -> None:
    """Not so that about versions: it is for those who call a function, and that about metrics: it is for accounts."""
    advice = rule.advice_in.get("serverless", rule.advice)
    if advice is not None and not needs_metrics(rule) and rule.id != "snapstart-on-latest":
        found = set(OTHERWISE.findall(advice.text))
        assert found <= ({"SourceArn"} if rule.kind == "permission" else set())


@BY_RULE
def test_examples_show_both_sides_in_both_dialects(rule: Rule) -> None:
    """What only an account can show, its recorded answers show."""
    live = needs_metrics(rule) or rule.kind == "account"
    dialects = ("aws",) if live else ("sam", "cloudformation")
    shown = {(example.verdict, example.dialect) for example in rule.examples}
    assert shown >= {(verdict, dialect) for verdict in ("fail", "pass") for dialect in dialects}
    assert not live or ("undecided", "aws") in shown


@BY_RULE
def test_security_rules_name_the_weakness(rule: Rule) -> None:
    if rule.category == "security":
        assert any(re.fullmatch(r"cwe-\d+", tag) for tag in rule.tags)


def test_no_two_rules_check_the_same() -> None:
    checks = [(rule.kind, rule.when.text.split(), rule.require.text.split()) for rule in RULES]
    assert [check for check in checks if checks.count(check) > 1] == []


def test_no_alias_is_a_rule_or_another_rules_alias_twice() -> None:
    ids = {rule.id for rule in RULES}
    assert not [alias for rule in RULES for alias in rule.aliases if alias in ids]


def test_the_index_is_current() -> None:
    index = ROOT / "rules" / "index.json"
    from lambdalint.rule.library import index_text

    assert index.read_text(encoding="utf-8") == index_text(RULES), "run tools/rule_index.py"
    assert [rule.id for rule in read_index(index.read_text(encoding="utf-8"), "index")] == [rule.id for rule in RULES]
