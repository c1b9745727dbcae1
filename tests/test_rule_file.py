# mypy: disable-error-code="no-any-return"
"""Rule files from outside: what is refused and where, the index, the runner of examples, mutants and the scaffold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lambdalint.model.thing import Thing, fact
from lambdalint.rule.error import RuleError, RuleFileError
from lambdalint.rule.example import Example, Judged, differences, run_examples
from lambdalint.rule.library import index_text, load_folder, read_index, write_index
from lambdalint.rule.mutant import with_other_number, without_clause
from lambdalint.rule.rule import Rule
from lambdalint.rule.rule_file import load_text
from lambdalint.rule.scaffold import scaffold
from lambdalint.rule.schema import json_schema
from lambdalint.source.node import Document, Origin, Scalar
from lambdalint.source.scalar import to_json
from lambdalint.source.value import Default, Given, Value
from lambdalint.source.yaml import parse_yaml


class Function(Thing):
    """As much of a function as these rules ask for."""

    kind = "function"

    def __init__(self, origin: Origin, timeout: Any) -> None:
        super().__init__(origin)
        self.given = timeout

    @fact
    def name(self) -> str:
        return "Worker"

    @fact
    def timeout(self) -> Value[int]:
        return self.given


KINDS: dict[str, type[Thing]] = {"function": Function}

RULE = """\
title: Function may run for too long
severity: high
confidence: firm
since: 0.1.0
aliases: [CKV_AWS_1]
for: function
when: explicit(function.timeout) and function.timeout > 0
require: function.timeout <= option.most
options: {most: 60, names: [a, b]}
message: >-
  {function.name} may run for
  {function.timeout} s, not in {join(option.names)}
at: function.timeout
advice: Lower it to {option.most} s
fix: {set: function.timeout, to: option.most, safe: true, title: "Set {option.most} s"}
why: |
  Because.
references:
  - https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
examples:
  fail:
    - sam: |
        Timeout: 61  # finding
      fixed: |
        Timeout: 60
    - sam: |
        Timeout: 31  # finding
      options: {most: 30}
  pass:
    - sam: |
        Timeout: 60
    - sam: |
        Timeout: 0
    - sam: |
        Memory: 128
  undecided:
    - sam: |
        Timeout: !Ref Hidden
      as_of: 2026-01-31
      parameters: {Other: 5, Flag: true}
"""


def load(text: str, name: str = "too-long", category: str = "cost") -> Rule:
    return load_text(Document(f"rules/{category}/{name}.yaml", text), name, category, KINDS)


def judge(rule: Rule, example: Example) -> Judged:
    """A stand-in for the loaders: an example is one line, "Timeout: 61"."""
    document = Document(None, example.text)
    root = parse_yaml(document)
    value = to_json(root) if root is not None else None
    assert isinstance(value, dict)
    origin = Scalar(document, 0, 1, "")
    seconds = value.get("Timeout")
    timeout: Any = Given(seconds, origin) if isinstance(seconds, int) else Default(3, origin)
    if isinstance(seconds, dict):
        from lambdalint.source.value import Unknown

        timeout = Unknown("parameter Hidden has no value", origin)
    env = rule.env(Function(origin, timeout))
    held = rule.when.evaluate(env)
    outcome = rule.require.evaluate(env)
    for part in (held, outcome):
        if part.why is not None:
            return Judged(undecided=(part.why,))
        if part is held and part.value is False:
            return Judged()
    if outcome.value is True:
        return Judged()
    fixed = f"Timeout: {rule.fix.to.evaluate(env).value}\n" if rule.fix is not None else None
    return Judged(findings=((1, rule.message.render(env)),), fixed=fixed)


def test_a_rule_file_says_everything_once() -> None:
    rule = load(RULE)
    assert (rule.id, rule.category, rule.path) == ("too-long", "cost", "rules/cost/too-long.yaml")
    assert (rule.title, rule.severity, rule.confidence) == ("Function may run for too long", "high", "firm")
    assert (rule.status, rule.aliases, rule.kind) == ("stable", ("CKV_AWS_1",), "function")
    assert rule.options == {"most": 60, "names": ("a", "b")}
    first, second, *_, last = rule.examples
    assert (first.verdict, first.text, first.lines, first.line) == ("fail", "Timeout: 61\n", (1,), 22)
    assert (second.number, second.options) == (2, {"most": 30})
    assert (last.name, last.as_of) == ("undecided example 1 (sam)", "2026-01-31")
    assert last.parameters == {"Other": "5", "Flag": "true"}


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        (
            "title: Function may",
            "titel: Function may",
            ["1: 'title' is missing", "1: unknown key 'titel'; did you mean"],
        ),
        ("too long\n", "too long.\n", ["1: title: must not end with a period"]),
        ("title: Function", "title: |\n  Function\n ", ["1: title: must be one line of text"]),
        ("severity: high", "severity: hihg", ["2: severity is 'hihg'; did you mean 'high'?"]),
        ("severity: high", "severity: error", ["2: severity is 'error'; known: critical, high, low, medium"]),
        ("since: 0.1.0", "since: 0.1", ["4: since must be text"]),
        ("since: 0.1.0", "since: soon", ["4: since: must be a version such as 0.1.0"]),
        ("[CKV_AWS_1]", "CKV_AWS_1", ["5: aliases must be a list"]),
        ("for: function", "for: funktion", ["6: for: there is no kind of thing 'funktion'; did you mean 'function'?"]),
        ("timeout > 0", "timout > 0", ["7: when: column 32: function has no fact 'timout'; did you mean 'timeout'?"]),
        ("require: function.timeout <= option.most", "require: option.most", ["8: require: true or false is needed"]),
        ("most: 60", "most: 60, spare: 1", ["9: option 'spare' is never used"]),
        ("most: 60", "Most: 60", ["9: options: must have lower-case names"]),
        ("most: 60", "most: {a: 1}", ["9: options.most must be true, false, a number, text or a list of texts"]),
        (
            "{function.name} may",
            "{function.nam} may",
            ["10: message: in {function.nam}: column 1: function has no fact"],
        ),
        ("at: function.timeout", "at: functon", ["13: at: column 1: there is no 'functon' here; did you mean"]),
        (
            "to {option.most} s",
            "to {option.least} s",
            ["14: advice: in {option.least}: column 1: the rule has no option"],
        ),
        ("fix: {set: function.timeout", "fix: {set: 3", ["15: fix.set: a value of the model is needed here"]),
        ("safe: true", "sfae: true", ["15: 'fix.safe' is missing", "15: unknown key 'fix.sfae'; did you mean 'safe'?"]),
        ("safe: true", "safe: maybe", ["15: fix.safe must be"]),
        ("https://docs", "http://docs", ["18: references: must hold https addresses"]),
        ("61  # finding", "61", ["22: a fail example marks the line of each finding"]),
        (
            "pass:\n    - sam: |\n        Timeout: 60",
            "pass:\n    - sam: |\n        Timeout: 60  # finding",
            ["30: a line of a pass example is marked"],
        ),
        ("      fixed: |", "      fixd: |", ["24: unknown key 'examples.fail.1.fixd'; did you mean 'fixed'?"]),
        ("options: {most: 30}", "options: {mots: 30}", ["28: the rule has no option 'mots'; did you mean 'most'?"]),
        ("      as_of:", "      aws: x\n      as_of:", ["37: examples.undecided.1: needs exactly one of sam"]),
        ("severity: high", "severity: high\nseverity: low", ["is written twice; keep one"]),
        ("examples:", "examples: [", ["rules/cost/too-long.yaml:"]),
        (RULE, "[]", ["1: a rule is a map"]),
        (RULE, "", ["1: a rule is a map"]),
    ],
)
def test_a_mistake_has_its_line_the_field_and_a_next_step(old: str, new: str, errors: list[str]) -> None:
    assert old in RULE
    with pytest.raises(RuleFileError) as raised:
        load(RULE.replace(old, new, 1))
    found = [str(error) for error in raised.value.errors]
    assert len(found) == len(errors)
    for sentence, expected in zip(found, errors, strict=True):
        assert sentence.startswith("rules/cost/too-long.yaml:")
        assert expected in sentence


def test_the_name_of_the_file_and_its_folder_count() -> None:
    with pytest.raises(RuleFileError, match="written in kebab-case"):
        load(RULE, name="Too_Long")
    with pytest.raises(RuleFileError, match=r"the folder 'costs' is not a category; did you mean 'cost'\?"):
        load(RULE, category="costs")


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"most": 90}, {"most": 90, "names": ("a", "b")}),
        ({"most": 2.5, "names": ["z"]}, {"most": 2.5, "names": ("z",)}),
        ({"mots": 90}, "rule too-long has no option 'mots'; did you mean 'most'?"),
        ({"most": "90"}, "option most of rule too-long is '90'; it needs a number, as its default 60 is"),
        ({"most": True}, "it needs a number"),
        ({"names": "a"}, "it needs a list of texts, as its default [a, b] is"),
        ({"names": [1]}, "it needs a list of texts"),
    ],
)
def test_options_keep_the_type_of_their_default(options: dict[str, object], outcome: object) -> None:
    rule = load(RULE)
    if isinstance(outcome, str):
        with pytest.raises(RuleError) as raised:
            rule.configured(options)
        assert outcome in str(raised.value)
    else:
        assert rule.configured(options).options == outcome
        assert rule.options["most"] == 60


def test_the_index_holds_the_whole_rule_but_its_examples(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    for category, name in (("cost", "too-long"), ("security", "also-long")):
        (folder / category).mkdir(parents=True)
        (folder / category / f"{name}.yaml").write_text(RULE, encoding="utf-8")
    rules = load_folder(folder, KINDS, base=tmp_path)
    assert [(rule.id, rule.path) for rule in rules] == [
        ("also-long", "rules/security/also-long.yaml"),
        ("too-long", "rules/cost/too-long.yaml"),
    ]
    assert write_index(folder, KINDS)
    assert not write_index(folder, KINDS)
    text = (folder / "index.json").read_text(encoding="utf-8")
    assert text == index_text(rules)
    for read, rule in zip(read_index(text, "index.json"), rules, strict=True):
        assert read.examples == ()
        assert {name: getattr(read, name) for name in Rule.__match_args__ if name != "examples"} == {
            name: getattr(rule, name) for name in Rule.__match_args__ if name != "examples"
        }
        assert [judge(read, example) for example in rule.examples] == [judge(rule, e) for e in rule.examples]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 0, "rules": []}'])
def test_an_index_of_another_version_is_refused(text: str) -> None:
    with pytest.raises(RuleFileError, match="not of this version"):
        read_index(text, "index.json")


def test_a_folder_reports_every_mistake_of_every_file(tmp_path: Path) -> None:
    for place in ("cost/a.yaml", "security/a.yaml", "cost/b.yml", "flat.yaml", "cost/notes.txt", ".hidden/c.yaml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(RULE.replace("high", "hihg") if "b.yml" in place else RULE, encoding="utf-8")
    (tmp_path / "cost" / "c.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleFileError) as raised:
        load_folder(tmp_path, KINDS, base=tmp_path)
    found = sorted(str(error) for error in raised.value.errors)
    assert [sentence.split(":")[0] for sentence in found] == [
        "cost/b.yml",
        "cost/c.yaml",
        "flat.yaml",
        "security/a.yaml",
    ]
    assert "named after its category" in found[2]
    assert "exists already, in cost/a.yaml" in found[3]
    assert [rule.id for rule in load_folder(tmp_path / "security", KINDS)] == ["a"]
    assert [rule.id for rule in load_folder(tmp_path / "cost" / "a.yaml", KINDS)] == ["a"]
    with pytest.raises(RuleFileError, match="there is no rule folder or file"):
        load_folder(tmp_path / "nowhere", KINDS)


def test_the_examples_of_a_right_rule_pass() -> None:
    assert run_examples(load(RULE), judge) == []


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Timeout: 61  #", "Timeout: 59  #", "fail example 1 (sam): expected a finding at line 1, got none"),
        (
            "        Timeout: 61  #",
            "        A: 1\n        Timeout: 61  #",
            "expected a finding at line 2, got line 1: Work",
        ),
        ("        Timeout: 60\n    - sam", "        Timeout: 59\n    - sam", "line 1 of the fixed text should be"),
        (
            "  pass:\n    - sam: |\n        Timeout: 60",
            "  pass:\n    - sam: |\n        Timeout: 70",
            "expected no finding",
        ),
        ("!Ref Hidden", "5", "undecided example 1 (sam): expected it to be undecided, got none"),
        (
            "        Memory: 128",
            "        Timeout: !Ref A",
            "pass example 3 (sam): expected no finding, got undecided, because",
        ),
    ],
)
def test_an_example_that_comes_out_differently_says_how(old: str, new: str, sentence: str) -> None:
    assert old in RULE
    failures = run_examples(load(RULE.replace(old, new, 1)), judge)
    assert len(failures) == 1
    assert sentence in str(failures[0])
    assert str(failures[0]).startswith("rules/cost/too-long.yaml:")


def test_findings_at_other_lines_are_named() -> None:
    example = Example("fail", 1, "sam", "a\nb\n", lines=(2,))
    assert differences(example, Judged(findings=((2, "right"), (1, "wrong")))) == [
        "expected findings only at line 2, got line 2: right; line 1: wrong"
    ]
    assert differences(example, Judged(findings=((2, "one"), (2, "two")))) == []


def test_a_rule_without_examples_is_no_tested_rule() -> None:
    bare = load(RULE.split("examples:", maxsplit=1)[0])
    assert [failure.sentence for failure in run_examples(bare, judge)] == [
        "has no fail example; a rule needs at least one",
        "has no pass example; a rule needs at least one",
    ]


def test_mutants_drop_each_clause_and_move_each_number() -> None:
    text = RULE.replace("function.timeout <= option.most", "function.timeout <= option.most or 7 in (1, 2)")
    assert [mutant.what for mutant in without_clause(load(text))] == [
        "require without function.timeout <= option.most",
        "require without 7 in (1, 2)",
        "when without explicit(function.timeout)",
        "when without function.timeout > 0",
        "no when: explicit(function.timeout) and function.timeout > 0",
    ]
    assert [mutant.what for mutant in with_other_number(load(text))] == [
        *(f"require with {change}" for change in ("8 for 7", "6 for 7", "2 for 1", "0 for 1", "3 for 2", "1 for 2")),
        *("when with 1 for 0", "when with -1 for 0"),
        *("option most 61 for 60", "option most 59 for 60"),
    ]
    nested = RULE.replace(
        "function.timeout <= option.most", "not any(True for a in option.names if a == 'x' if a == 'y')"
    )
    nested = (
        nested.replace("{option.most}", "{option.names}").replace("to: option.most", "to: 9").replace("most: 60, ", "")
    )
    nested = nested.replace("      options: {most: 30}\n", "")
    assert [mutant.rule.require.text for mutant in without_clause(load(nested))][:2] == [
        "not any((True for a in option.names if a == 'y'))",
        "not any((True for a in option.names if a == 'x'))",
    ]


def test_the_examples_notice_the_mutants_that_matter() -> None:
    rule = load(RULE)
    noticed = {mutant.what for mutant in without_clause(rule) if run_examples(mutant.rule, judge)}
    assert "when without explicit(function.timeout)" not in noticed
    noticed = {mutant.what for mutant in with_other_number(rule) if run_examples(mutant.rule, judge)}
    assert {"option most 61 for 60", "option most 59 for 60"} <= noticed


def test_the_scaffold_is_a_valid_rule_and_fits_the_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    rule = load(scaffold("my-own-rule"), name="my-own-rule")
    assert [example.verdict for example in rule.examples] == ["fail", "pass"]
    assert rule.examples[0].lines == (6,)
    for text in (scaffold("my-own-rule"), RULE):
        root = parse_yaml(Document(None, text))
        assert root is not None
        jsonschema.validate(to_json(root), json_schema())
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(json_schema())))
