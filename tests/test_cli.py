"""The command line from outside: exit codes, outputs, suppressions, fixes, and every sentence about bad input."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lambdalint import __version__
from lambdalint.cli import main
from lambdalint.source.read import MAX_BYTES

ROOT = Path(__file__).resolve().parent.parent
BROKEN = ROOT / "fixtures" / "broken"
RULE = "sqs-visibility-timeout-too-short"
AS_OF = "--as-of=2026-11-21"

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Timeout: 30
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
CLEAN = TEMPLATE.replace("VisibilityTimeout: 30", "VisibilityTimeout: 180")
#: A change to the template that puts one finding on line 8.
ONLY = f"--select={RULE}"


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project to stand in, whose environment says nothing about colours, CI or AWS."""
    for name in [*os.environ]:
        if name.startswith(("AWS_", "GITHUB_")) or name in {"NO_COLOR", "FORCE_COLOR", "CI", "COLUMNS"}:
            monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    gc.enable()


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 2
        found = capsys.readouterr()
        assert "Traceback" not in found.err + found.out
        return Outcome(code, found.out, found.err)

    return call


def process(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    scrubbed = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "lambdalint.cli", *arguments],
        cwd=cwd,
        env={**scrubbed, "PYTHONPATH": str(ROOT), **more},
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


# --- bad input ------------------------------------------------------------------------------------------------------

#: File, exit code, and the whole line that it must produce; None where it is passed over in silence.
SENTENCES = [
    ("alias-bomb.yaml", ":14: Aliases add more than 100,000 values to this document; write fewer aliases of aliases."),
    ("binary.template", ": The file is UTF-16 or binary; save it as UTF-8."),
    ("cut-off.json", ":3: This '{' is never closed; add the missing '}'."),
    ("deep-nesting.yaml", ":9: Values are nested more than 200 deep; flatten this part of the template."),
    (
        "events-a-list.yaml",
        ":10 Events of Worker: its entries are not written as a map here, so what they create is not looked at; "
        "write a map from name to entry",
    ),
    (
        "globals-a-string.yaml",
        ":3 section Globals: it is no map from a kind of resource to properties, so nothing is inherited from it; "
        "write Function: and below it what all functions share",
    ),
    (
        "macro.yaml",
        ":2 macro Company::Standards: it may change every resource, and only AWS can run it; "
        "check the processed template as well",
    ),
    (
        "missing-include.yaml",
        ":9 AWS::Include of ./missing.yaml: there is no such file in the repository, so it is not judged; "
        "correct the path",
    ),
    (
        "not-utf-8.yaml",
        ":2: The byte 0xE9 is not UTF-8 (the file may be Latin-1 or Windows-1252); save the file as UTF-8.",
    ),
    ("properties-a-list.yaml", ":6 properties of Worker: Properties must be a map"),
    ("resource-a-string.yaml", ":3 resource Worker: it has no Type, so it cannot be judged; add one"),
    ("resource-without-type.yaml", ":3 resource Worker: it has no Type, so it cannot be judged; add one"),
    ("resources-a-list.yaml", ":3 section Resources: Resources must be a map of names to definitions"),
    (
        "serverless.yml",
        ":7 variable ${file(settings.yml):timeout}: there is no such file here, or no such key in it; add it, as what "
        "stands there is not looked at",
    ),
    ("tab-in-indentation.yaml", ":4: A tab is used for indentation; YAML allows only spaces there."),
    (
        "two-documents.yaml",
        ":9: A second YAML document begins here, and a template is one document; remove this '---' or move what "
        "follows to a file of its own.",
    ),
    ("unclosed-bracket.yaml", ":10: The list '[' of line 9 is not closed before this; add a ',' or a ']'."),
    ("unclosed-quote.yaml", ":2: The quoted text that begins here is never closed; add the closing quote."),
    (
        "unknown-alias.yaml",
        ":9: There is no anchor &shared before *shared; define it, or quote a leading '*'.",
    ),
]
#: Odd, but readable: judged like any other template, or nothing to do with it.
READABLE = {
    "comments-only.yaml",
    "cyclic-conditions.yaml",
    "duplicate-key.yaml",
    "empty.yaml",
    "properties-null.yaml",
    "trailing-comma.json",
    "unknown-intrinsic.yaml",
}


@pytest.mark.parametrize(("name", "sentence"), SENTENCES)
def test_bad_input_is_named_with_its_line_and_the_next_step(name: str, sentence: str, run: Run, project: Path) -> None:
    (project / name).write_bytes((BROKEN / name).read_bytes())
    outcome = run(ONLY, name)
    assert outcome.code == 3
    assert f"  {name}{sentence}\n" in outcome.out


@pytest.mark.parametrize("name", sorted(READABLE))
def test_odd_input_stops_nothing(name: str, run: Run, project: Path) -> None:
    (project / name).write_bytes((BROKEN / name).read_bytes())
    assert run(ONLY, name).code == 0


def test_every_broken_file_has_its_sentence() -> None:
    assert {path.name for path in BROKEN.iterdir()} == {name for name, _ in SENTENCES} | READABLE


def test_broken_files_hide_nothing(run: Run, project: Path) -> None:
    for path in BROKEN.iterdir():
        (project / path.name).write_bytes(path.read_bytes())
    (project / "template.yaml").write_text(TEMPLATE)
    (project / "large.yaml").write_text("Description: AWSTemplateFormatVersion\n" + "#" * MAX_BYTES)
    outcome = run(ONLY, "--format=json")
    report = json.loads(outcome.out)
    assert outcome.code == 1
    assert [(item["location"]["path"], item["location"]["line"]) for item in report["findings"]] == [
        ("template.yaml", 8)
    ]
    gaps = {gap["location"]["path"] for gap in report["gaps"] if gap["location"] is not None}
    assert gaps >= {name for name, _ in SENTENCES} | {"large.yaml"}


@pytest.mark.parametrize(
    ("name", "unknown"),
    [("unknown-intrinsic.yaml", "Fn::Multiply is not evaluated"), ("cyclic-conditions.yaml", "is not known")],
)
def test_what_cannot_be_evaluated_is_unknown(name: str, unknown: str, run: Run) -> None:
    outcome = run("inspect", "--resolved", BROKEN / name)
    assert outcome.code == 0
    (document,) = json.loads(outcome.out)["documents"]
    assert unknown in document["resources"]["Worker"]["Properties"]["Timeout"]["Unknown"]


# --- exit codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "arguments", "code"),
    [
        ("clean", [], 0),
        ("finding", [], 1),
        ("broken", [], 3),
        ("clean broken", [], 3),
        ("finding broken", [], 1),
        ("finding broken", ["--select=no-such-rule"], 2),
        ("finding", ["--fail-on=high"], 1),
        ("finding", ["--fail-on=critical"], 0),
        ("finding", ["--fail-on=never"], 0),
        ("finding broken", ["--fail-on=never"], 3),
        ("finding broken", ["--fail-on=never", "--allow-gaps"], 0),
        ("finding broken", ["--allow-gaps"], 1),
        ("finding broken", ["--exit-zero"], 0),
        ("finding", [f"--ignore={RULE}"], 0),
        ("finding", ["--format=sarif"], 1),
        ("", [], 0),
    ],
)
def test_exit_codes(files: str, arguments: list[str], code: int, run: Run, project: Path) -> None:
    texts = {"clean": CLEAN, "finding": TEMPLATE, "broken": "Resources: [AWS::"}
    for name in files.split():
        (project / f"{name}.yaml").write_text(texts[name])
    select = [] if any(word.startswith("--select") for word in arguments) else [ONLY]
    assert run("check", *select, *arguments).code == code


def test_a_file_that_is_no_template_is_passed_over(run: Run, project: Path) -> None:
    (project / "compose.yaml").write_text("services:\n  web: {image: nginx}\n")
    assert run("--quiet", "compose.yaml") == Outcome(0, "", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.yaml"], "missing.yaml: there is no such file or directory"),
        (["--select=sqs-visibility-timeout-to-short"], f"did you mean '{RULE}'"),
        (["--ignore=reliabilty"], "did you mean 'reliability'"),
        (["--config=other.yaml"], "other.yaml: there is no such config file"),
        (["--baseline=known.json"], "known.json"),
        (["--parameter=Stage"], "--parameter Stage: write it as KEY=VALUE"),
        (["--as-of=yesterday"], "--as-of yesterday: write the date as YYYY-MM-DD"),
        (["-o", "report.pdf"], "-o report.pdf: no format has this suffix; write FORMAT=FILE"),
        (
            ["-o", "pdf=report.html"],
            "-o pdf=report.html: there is no format 'pdf'; write FORMAT=FILE with one of",
        ),
        (["-o", "html=folder"], "-o folder: cannot be written"),
        (["--select=zzz"], "'zzz'; categories: reliability, security, cost, performance, operations, correctness; `la"),
        (["--select=default-memori"], "did you mean 'default-memory'?"),
        (["--region=nowhere"], "--region nowhere: this is no AWS region; write it like"),
        (["--diff", "--format=json"], "--diff prints a diff instead of a report; write the report to a file, with -o"),
        (["--unsafe-fixes"], "--unsafe-fixes says which fixes: write it with --fix, or with --diff"),
        (["--fail-on=worst"], "invalid choice: 'worst'"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["explain", "sqs-visibility-timeout"], f"did you mean '{RULE}'"),
        (["inspect", "missing.yaml"], "missing.yaml: there is no such file or directory"),
        (["test", "missing.yaml"], "missing.yaml: there is no such file or directory"),
        (["new", "my-rule"], "write the rule as CATEGORY/ID"),
        (["new", "operations/Bad_Name"], "'Bad_Name' cannot be the id of a rule"),
        (["new", "operations/../mine"], "'../mine' cannot be the id of a rule"),
        (["new", "performance/default-memory"], "there is already a rule default-memory"),
        (["baseline", "-o", "folder"], "folder: cannot be written"),
        (["schema", "rules"], "invalid choice: 'rules'"),
    ],
)
def test_wrong_use(arguments: list[str], sentence: str, run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    (project / "folder").mkdir()
    outcome = run(*arguments)
    assert outcome.code == 2
    assert sentence in outcome.err


# --- choosing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([f"--select={RULE}"], True),
        (["--select=reliability"], True),
        (["--select=cost"], False),
        (["--select=E3505"], True),
        (["--ignore=E3505"], False),
        (["--select=cost", "--select=reliability"], True),
        (["--select=cost,reliability"], True),
        ([f"--ignore={RULE}"], False),
        (["--select=reliability", f"--ignore={RULE}"], False),
        (["--exclude=template.*"], False),
        (["--exclude=*.json"], True),
        (["--force-exclude", "--exclude=template.*", "template.yaml"], False),
        (["--exclude=template.*", "template.yaml"], True),
    ],
)
def test_choosing(arguments: list[str], found: bool, run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    report = json.loads(run("--format=json", *arguments).out)
    assert (RULE in {item["rule"] for item in report["findings"]}) is found


def test_a_name_of_another_tool_may_stand_for_several_rules(run: Run, project: Path) -> None:
    allowed = "[{Effect: Allow, Action: '*', Resource: '*'}, {Effect: Allow, Action: 's3:*', Resource: '*'}]"
    (project / "template.yaml").write_text(
        "Resources:\n"
        f"  R: {{Type: AWS::IAM::Role, Properties: {{Policies: [{{PolicyDocument: {{Statement: {allowed}}}}}]}}}}\n"
        "  F: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt R.Arn}}\n"
    )
    both = {"role-allows-everything", "role-service-wildcard"}
    for arguments, expected in ((["--select=WS1003"], both), (["--select=security", "--ignore=WS1003"], set())):
        found = {item["rule"] for item in json.loads(run("--format=json", *arguments).out)["findings"]}
        assert found & both == expected


def test_parameters_decide(run: Run, project: Path) -> None:
    text = TEMPLATE.replace("VisibilityTimeout: 30", "VisibilityTimeout: !Ref Hidden")
    (project / "template.yaml").write_text(text.replace("Parameters:\n", "Parameters:\n  Hidden: {Type: Number}\n"))
    assert run(ONLY).code == 0
    assert json.loads(run(ONLY, "--format=json").out)["summary"]["undecided"] == 1
    assert run(ONLY, "--parameter=Hidden=179").code == 1
    assert run(ONLY, "--parameter=Hidden=180").code == 0
    (project / "lambdalint.yaml").write_text('parameters: {Hidden: "179"}\n')
    assert run(ONLY).code == 1
    assert run(ONLY, "--isolated").code == 0


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (["--parameter=Nope=1"], "--parameter Nope: no template of this run declares such a parameter\n"),
        (["--parameter=Stag=1"], "did you mean 'Stage'?"),
        (["--parameter=Stage=staging"], "template.yaml:3:54: the value given for parameter Stage is none of its Allow"),
        (["--parameter=Names=a,c"], "parameter Names is none of its AllowedValues (a, b)"),
        (["--stage=staging"], "AllowedValues (dev, prod)"),
        (["--parameter=Stage=prod", "--parameter=Names=b,a"], ""),
        (["--parameter=AWS::AccountId=111122223333"], ""),
    ],
)
def test_values_that_no_deployment_could_have_are_named(
    arguments: list[str], note: str, run: Run, project: Path
) -> None:
    lists = "  Names: {Type: CommaDelimitedList, Default: a, AllowedValues: [a, b]}\n"
    text = CLEAN.replace("Default: dev}\n", "Default: dev, AllowedValues: [dev, prod]}\n" + lists)
    (project / "template.yaml").write_text(text)
    outcome = run(ONLY, *arguments)
    assert outcome.code == 0
    assert (note in outcome.out, "note: " in outcome.out) == (True, bool(note))


# --- configuration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("lambdalint.yaml", "slect: [cost]\n", "unknown setting 'slect'; did you mean 'select'?"),
        ("lambdalint.yaml", "fail-on: worst\n", "fail-on"),
        ("lambdalint.yaml", "select: cost\n", "select"),
        ("lambdalint.yaml", "- cost\n", "must be a map of settings"),
        ("lambdalint.yaml", "select: [cost\n", "lambdalint.yaml:2:1: "),
        ("lambdalint.yaml", "select: [cots]\n", "did you mean 'cost'"),
        ("lambdalint.yaml", "rules: {sqs-visibility: {factor: 3}}\n", "there is no rule 'sqs-visibility'"),
        ("lambdalint.yaml", f"rules: {{{RULE}: {{facter: 3}}}}\n", "facter"),
        ("lambdalint.yaml", "rules: {E3505: {facter: 3}}\n", "facter"),
        ("lambdalint.yaml", f"rules: {{{RULE}: {{}}, E3505: {{factor: 3}}}}\n", f"E3505 stands for {RULE}, whose"),
        ("lambdalint.yaml", "rules: {CKV_AWS_111: {}}\n", "CKV_AWS_111 stands for role-"),
        ("lambdalint.yaml", f"rules: {{{RULE}: {{factor: many}}}}\n", "factor"),
        ("lambdalint.yaml", f"suppress: [{{rules: [{RULE}]}}]\n", "suppress.0.reason"),
        ("lambdalint.yaml", f"suppress: [{{rules: [{RULE}], reason: x, until: soon}}]\n", "suppress.0.until"),
        ("lambdalint.yaml", "rule-paths: [none]\n", "there is no rule folder or file"),
        ("lambdalint.yaml", "baseline: none.json\n", "none.json"),
        ("lambdalint.yaml", "region: nowhere\n", "region: nowhere: this is no AWS region"),
        ("pyproject.toml", '[tool.lambdalint]\nslect = ["cost"]\n', "unknown setting 'slect'; did you mean 'select'?"),
        ("pyproject.toml", "[tool.lambdalint]\nselect = \n", "is not valid TOML"),
    ],
)
def test_mistakes_in_the_config(name: str, text: str, sentence: str, run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    (project / name).write_text(text)
    outcome = run()
    assert outcome.code == 2
    assert name in outcome.err or "none" in text
    assert sentence in outcome.err


def test_settings_of_the_config(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    folder = project / "deep" / "down"
    folder.mkdir(parents=True)
    os.chdir(folder)
    (project / "lambdalint.yaml").write_text(f"select: [{RULE}]\nfail-on: critical\n")
    assert run(project / "template.yaml").code == 0
    assert run("--fail-on=medium", project / "template.yaml").code == 1
    for name in (RULE, "E3505"):
        (project / "lambdalint.yaml").write_text(f"select: [{name}]\nrules: {{{name}: {{factor: 1}}}}\n")
        assert run(project / "template.yaml").code == 0
        assert run("--isolated", ONLY, project / "template.yaml").code == 1


# --- suppressions and baseline --------------------------------------------------------------------------------------


def _replaced(old: str, new: str) -> str:
    assert old in TEMPLATE
    return TEMPLATE.replace(old, new)


@pytest.mark.parametrize(
    ("template", "config", "by", "reason", "note"),
    [
        (
            _replaced("Timeout: 30\n  W", f"Timeout: 30 # lambdalint: ignore[{RULE}] tiny\n  W"),
            "",
            "comment",
            "tiny",
            "",
        ),
        (_replaced("  Jobs:\n    T", f"  Jobs: # lambdalint: ignore[{RULE}] tiny\n    T"), "", "comment", "tiny", ""),
        (
            _replaced("      Vis", f"      # lambdalint: ignore[x,{RULE}] tiny\n      Vis"),
            "",
            "comment",
            "tiny",
            "no rule",
        ),
        (
            _replaced("SQS::Queue\n", f"SQS::Queue\n    Metadata: {{lambdalint: {{ignore: {{{RULE}: tiny}}}}}}\n"),
            "",
            "metadata",
            "tiny",
            "",
        ),
        (TEMPLATE, f"suppress: [{{rules: [{RULE}], reason: tiny}}]", "config", "tiny", ""),
        (TEMPLATE, "suppress: [{rules: ['sqs-*'], paths: ['*.yaml'], reason: tiny}]", "config", "tiny", ""),
        (TEMPLATE, "suppress: [{rules: [E3505], reason: tiny}]", "config", "tiny", ""),
        (TEMPLATE, f"suppress: [{{rules: [{RULE}], reason: tiny, until: 2026-11-21}}]", "config", "tiny", ""),
        (TEMPLATE, f"suppress: [{{rules: [{RULE}], reason: tiny, until: 2026-11-20}}]", None, "", "expired"),
        (
            TEMPLATE,
            f"suppress: [{{rules: [{RULE}], reason: old, until: 2026-11-20}}, {{rules: [{RULE}], reason: tiny}}]",
            "config",
            "tiny",
            "unused",
        ),
        (TEMPLATE, f"suppress: [{{rules: [{RULE}], paths: ['other/*'], reason: tiny}}]", None, "", "unused"),
        (_replaced("Handler: app", f"# lambdalint: ignore[{RULE}] x\n      Handler: app"), "", None, "", "unused"),
        (_replaced("Timeout: 30\n  W", "Timeout: 30 # lambdalint: ignore[sqs] x\n  W"), "", None, "", "no rule"),
    ],
)
def test_suppressions(
    template: str, config: str, by: str | None, reason: str, note: str, run: Run, project: Path
) -> None:
    (project / "template.yaml").write_text(template)
    if config:
        (project / "lambdalint.yaml").write_text(config + "\n")
    outcome = run(ONLY, AS_OF, "--format=json")
    report = json.loads(outcome.out)
    assert outcome.code == (1 if by is None else 0)
    assert [(item["rule"], item["by"], item["reason"]) for item in report["suppressed"]] == (
        [] if by is None else [(RULE, by, reason)]
    )
    notices = [notice["message"] for notice in report["summary"]["notices"]]
    assert (len(notices), note in "".join(notices)) == (1 if note else 0, True)
    sarif = json.loads(run(ONLY, AS_OF, "--format=sarif").out)["runs"][0]
    assert len(sarif["results"]) == (1 if by is None else 0)
    sarif = json.loads(run(ONLY, AS_OF, "--format=sarif", "--sarif-suppressed").out)["runs"][0]
    assert len(sarif["results"]) == 1


def test_a_baseline_of_what_could_not_be_read_says_so(run: Run, project: Path) -> None:
    Path("broken.yaml").write_text("Transform: AWS::Serverless-2016-10-31\nResources: [", encoding="utf-8")
    outcome = run("baseline", "-o", "base.json")
    assert outcome.code == 3
    assert "broken.yaml" in outcome.err


def test_baseline_accepts_what_is_there_and_shrinks(run: Run, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE)
    assert run("baseline", ONLY).code == 0
    known = ["--baseline=lambdalint-baseline.json", ONLY]
    assert run(*known).code == 0
    template.write_text("# Moved down.\n\n" + TEMPLATE)
    outcome = run(*known, "--format=json")
    assert (outcome.code, json.loads(outcome.out)["suppressed"][0]["by"]) == (0, "baseline")
    second = TEMPLATE.replace("Jobs", "More").replace("Worker", "Other").partition("Resources:\n")[2]
    template.write_text(TEMPLATE + second)
    outcome = run(*known, "--format=json")
    assert outcome.code == 1
    assert [item["resource"]["logical_id"] for item in json.loads(outcome.out)["findings"]] == ["OtherMore"]
    template.write_text(CLEAN)
    outcome = run(*known)
    assert outcome.code == 0
    assert "note: " in outcome.out
    (project / "lambdalint-baseline.json").write_text("[]")
    assert run(*known).code == 2


@pytest.mark.parametrize(
    "written",
    [
        f"ignore [{RULE}] x",
        f"ignore[{RULE}, foo",
        f"ignore({RULE})",
        f"ignore: {RULE}",
        f"ignore[{RULE} x]",
        f"ignore[{RULE},]",
        "ignore[]",
        "ignore",
        "ignore tiny",
        "ignored findings are in the wiki",
    ],
)
def test_a_malformed_suppression_suppresses_nothing_and_is_named(written: str, run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(_replaced("Timeout: 30\n  W", f"Timeout: 30 # lambdalint: {written}\n  W"))
    report = json.loads(run(ONLY, "--format=json").out)
    assert [item["rule"] for item in report["findings"]] == [RULE]
    (notice,) = report["summary"]["notices"]
    assert "malformed suppression" in notice["message"]
    assert "ignore[RULE] reason" in notice["message"]
    assert notice["location"]["line"] == 8


def test_malformed_metadata_suppresses_nothing_and_is_named(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(
        _replaced("SQS::Queue\n", f"SQS::Queue\n    Metadata: {{lambdalint: {{ignore: {RULE}}}}}\n")
    )
    outcome = run(ONLY)
    assert outcome.code == 1
    assert "malformed suppression" in outcome.out


#: What a run from one folder of a project with two services must do, wherever it stands.
@pytest.fixture
def services(project: Path) -> Path:
    for name in ("legacy", "sub"):
        (project / name).mkdir()
        (project / name / "template.yaml").write_text(TEMPLATE)
    return project


@pytest.mark.parametrize(
    ("folder", "arguments", "found"),
    [
        (".", [], ["sub/template.yaml"]),
        ("legacy", [], []),
        ("sub", [], ["template.yaml"]),
        ("sub", ["..", "--force-exclude"], ["../sub/template.yaml"]),
        (".", ["--force-exclude", "legacy/template.yaml"], []),
        ("legacy", ["--force-exclude", "template.yaml"], []),
        ("legacy", ["template.yaml"], ["template.yaml"]),
        ("sub", ["--exclude=template.*"], []),
    ],
)
@pytest.mark.parametrize("by", ["exclude", "suppress"])
def test_patterns_of_the_config_start_at_its_folder(
    by: str, folder: str, arguments: list[str], found: list[str], run: Run, services: Path
) -> None:
    if by == "exclude":
        text = "exclude: ['legacy/*']\n"
    else:
        text = f"suppress: [{{rules: [{RULE}], paths: ['legacy/*'], reason: old}}]\n"
        found = [] if folder == "legacy" else found
    (services / "lambdalint.yaml").write_text(text)
    os.chdir(services / folder)
    report = json.loads(run(ONLY, "--format=json", *arguments).out)
    shown = [os.path.relpath(item["location"]["path"]) for item in report["findings"]]
    assert shown == [os.path.relpath(path) for path in found]
    assert report["summary"]["notices"] == []


@pytest.mark.parametrize("config", [True, False])
def test_a_baseline_holds_wherever_the_run_stands(config: bool, run: Run, services: Path) -> None:
    target = services / "known" / "base.json"
    if config:
        (services / "lambdalint.yaml").write_text("baseline: known/base.json\n")
        assert "known/base.json" in run("baseline", ONLY).out
    else:
        assert run("baseline", ONLY, "-o", target).code == 0
    known = [] if config else [f"--baseline={target}"]
    assert {entry["path"] for entry in json.loads(target.read_text())["findings"]} == {
        "legacy/template.yaml",
        "sub/template.yaml",
    }
    for folder, path in ((".", "."), ("sub", "."), ("legacy", "../sub"), (".", services), (".", "sub/template.yaml")):
        os.chdir(services / folder)
        outcome = run(ONLY, *known, path)
        assert (outcome.code, "note: " in outcome.out) == (0, False), (folder, path)
    os.chdir(services.parent)
    outside = [f"--config={services / 'lambdalint.yaml'}"] if config else known
    assert run(ONLY, *outside, services / "sub").code == 0


def test_what_was_not_looked_at_is_not_called_fixed_or_unused(run: Run, services: Path) -> None:
    (services / "lambdalint.yaml").write_text(
        f"baseline: base.json\nsuppress: [{{rules: [{RULE}], paths: ['legacy/*'], resources: [None], reason: old}}]\n"
    )
    assert run("baseline", ONLY).code == 0
    (services / "sub" / "template.yaml").write_text(
        CLEAN.replace("Handler: app", f"# lambdalint: ignore[{RULE}] x\n      Handler: app")
    )
    (services / "legacy" / "template.yaml").write_text(CLEAN)
    unused, fixed = "unused suppression", "baseline entry is fixed"
    # Neither the other folder nor a rule that did not run has anything to say.
    outcome = run("sub/template.yaml", "--select=cost,operations")
    assert (unused in outcome.out, fixed in outcome.out) == (False, False)
    outcome = run("sub/template.yaml", ONLY)
    assert (outcome.out.count(unused), f"1 {fixed} ({RULE} in sub/template.yaml)" in outcome.out) == (1, True)
    outcome = run(ONLY)
    assert (outcome.out.count(unused), "2 baseline entries are fixed" in outcome.out) == (2, True)
    (services / "sub" / "template.yaml").write_text("Resources: [AWS::")
    assert "in sub/template.yaml" not in run(ONLY).out
    # Writing the baseline for one folder keeps what it says of the others.
    (services / "legacy" / "template.yaml").write_text(TEMPLATE)
    assert "1 of what was not looked at are kept" in run("baseline", ONLY, "legacy").out
    assert len(json.loads((services / "base.json").read_text())["findings"]) == 2
    assert run("baseline", ONLY, "legacy", "--exclude=none", f"--ignore={RULE}").code == 0
    assert len(json.loads((services / "base.json").read_text())["findings"]) == 2


@pytest.mark.parametrize("locale", [{}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_names_of_files_may_have_any_bytes(locale: dict[str, str], project: Path) -> None:
    (project / "d").mkdir()
    try:
        for name in (b"caf\xe9.yaml", "żółć.yaml".encode()):
            (project / "d" / os.fsdecode(name)).write_text(TEMPLATE)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    # What one locale writes, the other knows.
    assert process("baseline", ONLY, "d", cwd=project).returncode == 0
    for arguments in (["--format=text"], ["--format=json", "-o", "a.html", "-o", "a.sarif", "-o", "a.xml"], ["--diff"]):
        done = process(ONLY, *arguments, "d", cwd=project, **locale)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    done = process(ONLY, "--baseline=lambdalint-baseline.json", "d", cwd=project, **locale)
    assert (done.returncode, "2 suppressed" in done.stdout) == (0, True)
    assert process(ONLY, "--fix", "d", cwd=project, **locale).returncode == 0


# --- fixes ----------------------------------------------------------------------------------------------------------


def test_diff_changes_nothing_and_fix_does(run: Run, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE)
    outcome = run(ONLY, "--diff")
    assert "-      VisibilityTimeout: 30\n+      VisibilityTimeout: 180\n" in outcome.out
    assert template.read_text() == TEMPLATE
    outcome = run(ONLY, "--fix")
    assert (outcome.code, template.read_text()) == (0, CLEAN)
    assert "1 fix" in outcome.err
    assert run(ONLY, "--diff") == Outcome(0, "", "")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_fix_keeps_every_other_byte(ends: str, run: Run, project: Path) -> None:
    template = project / "template.yaml"
    text = TEMPLATE.replace("\n", ends).replace("Timeout: 30", "Timeout:   30   # é", 1)
    template.write_bytes(b"\xef\xbb\xbf" + text.encode())
    run(ONLY, "--fix")
    assert template.read_bytes() == b"\xef\xbb\xbf" + text.replace("Timeout:   30", "Timeout:   180", 1).encode()


def test_a_diff_leaves_the_reports_to_files(run: Run, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE)
    outcome = run(ONLY, "--diff", "-o", "known.json", "-o", "known.sarif")
    assert outcome.code == 1
    assert outcome.out.startswith("--- ")
    assert "+      VisibilityTimeout: 180\n" in outcome.out
    assert template.read_text() == TEMPLATE
    assert [item["rule"] for item in json.loads((project / "known.json").read_text())["findings"]] == [RULE]
    assert len(json.loads((project / "known.sarif").read_text())["runs"][0]["results"]) == 1


def test_diff_wins_over_fix(run: Run, project: Path) -> None:
    template = project / "template.yaml"
    template.write_text(TEMPLATE)
    outcome = run(ONLY, "--fix", "--diff")
    assert "+      VisibilityTimeout: 180\n" in outcome.out
    assert template.read_text() == TEMPLATE


def test_the_command_of_an_unsafe_fix_is_whole(run: Run, project: Path) -> None:
    template = project / "template.yaml"
    queue = "      RedrivePolicy: {maxReceiveCount: 1, deadLetterTargetArn: !GetAtt Dead.Arn}\n"
    text = CLEAN.replace("Timeout: 180\n", f"Timeout: 180\n{queue}") + "  Dead: {Type: AWS::SQS::Queue}\n"
    template.write_text(text)
    select = "--select=sqs-receive-count-too-low"
    assert "(lambdalint --fix --unsafe-fixes)" in run(select).out
    assert run(select, "--fix").code == 1
    assert "maxReceiveCount: 5" in run(select, "--diff", "--unsafe-fixes").out
    assert template.read_text() == text
    assert run(select, "--fix", "--unsafe-fixes").code == 0
    assert template.read_text() == text.replace("maxReceiveCount: 1", "maxReceiveCount: 5")


# --- outputs --------------------------------------------------------------------------------------------------------


def test_one_run_writes_several_reports(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    names = ["a.sarif", "a.html", "a.json", "a.xml", "a.md", "a.csv", "a.txt", "gitlab=deep/gl.json", "github=log"]
    outcome = run(ONLY, *[word for name in names for word in ("-o", name)])
    assert outcome.code == 1
    assert RULE in outcome.out
    starts = {
        "a.sarif": '{"$schema"',
        "a.html": "<!doctype html>",
        "a.json": "{",
        "a.xml": "<?xml",
        "a.md": "## lambdalint",
        "a.csv": "",
        "a.txt": "high[",
        "deep/gl.json": "[",
        "log": "::error ",
    }
    for name, start in starts.items():
        text = (project / name).read_text()
        assert RULE in text, name
        assert text.lower().startswith(start.lower()), name
    assert json.loads((project / "a.sarif").read_text())["runs"][0]["automationDetails"]["id"] == "lambdalint/"


def test_paths_are_those_of_the_repository(run: Run, project: Path) -> None:
    folder = project / "services" / "a b"
    folder.mkdir(parents=True)
    (folder / "template.yaml").write_text(TEMPLATE)
    os.chdir(folder)
    result = json.loads(run(ONLY, "--format=sarif").out)["runs"][0]["results"][0]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/a%20b/template.yaml"
    assert "--> template.yaml:8:" in run(ONLY).out


@pytest.mark.parametrize(
    ("environment", "arguments", "coloured"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color=always"], True),
        ({"FORCE_COLOR": "1"}, ["--color=never"], False),
        ({"FORCE_COLOR": "1"}, ["--format=markdown"], False),
    ],
)
def test_colour(
    environment: dict[str, str], arguments: list[str], coloured: bool, project: Path, run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (project / "template.yaml").write_text(TEMPLATE)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in run(ONLY, *arguments).out) is coloured


def test_quiet_is_silent_only_when_there_is_nothing_to_say(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(CLEAN)
    assert run(ONLY, "-q") == Outcome(0, "", "")
    (project / "template.yaml").write_text(TEMPLATE)
    assert RULE in run(ONLY, "-q").out


# --- other commands -------------------------------------------------------------------------------------------------


def test_version(run: Run) -> None:
    assert run("--version").out == f"lambdalint {__version__}\n"


def test_explain_says_why_and_how(run: Run) -> None:
    out = run("explain", RULE).out
    assert out.startswith(f"{RULE}: ")
    for part in (
        "reliability, severity high",
        "For every mapping",
        "# <- here",
        f"lambdalint: ignore[{RULE}]",
        "https:",
    ):
        assert part in out


def test_explain_shows_no_code_as_advice(run: Run) -> None:
    out = run("explain", "async-failures-lost").out
    (advice,) = [line for line in out.splitlines() if line.startswith("What to do: ")]
    assert advice.startswith("What to do: Add an on-failure destination")
    assert "function.durable" not in advice


def test_rules_are_listed_in_every_form(run: Run) -> None:
    listed = json.loads(run("rules", "--format=json").out)
    assert RULE in {rule["id"] for rule in listed}
    assert f"| [`{RULE}`](rules/{RULE}.md) |" in run("rules", "--format=markdown").out
    assert run("rules").out.endswith(f"{len(listed)} rules; `lambdalint explain RULE` says more\n")


def test_inspect_shows_what_sam_creates(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    (document,) = json.loads(run("inspect", "template.yaml").out)["documents"]
    assert (document["path"], document["dialect"], document["gaps"]) == ("template.yaml", "sam", [])
    assert {resource["Type"] for resource in document["resources"].values()} == {
        "AWS::SQS::Queue",
        "AWS::Lambda::Function",
        "AWS::Lambda::EventSourceMapping",
        "AWS::IAM::Role",
    }


def test_inspect_knows_the_config(run: Run, project: Path) -> None:
    (project / "template.yaml").write_text(
        "Parameters: {Seconds: {Type: Number}, Stage: {Type: String}}\n"
        "Resources:\n"
        "  F:\n    Type: AWS::Lambda::Function\n"
        "    Properties: {Timeout: !Ref Seconds, FunctionName: !Sub 'f-${Stage}-${AWS::Region}'}\n"
    )
    (project / "old.yaml").write_text(CLEAN)
    (project / "lambdalint.yaml").write_text(
        "exclude: [old.yaml]\nregion: eu-west-1\nparameters: {Seconds: 7}\n"
        "environments: {dev: {parameters: {Stage: d}}}\n"
    )
    (project / "other.yaml").write_text("parameters: {Seconds: 8, Stage: o}\nexclude: [old.yaml]\n")

    def properties(*arguments: str) -> list[tuple[str | None, Any]]:
        documents = json.loads(run("inspect", ".", "--resolved", *arguments).out)["documents"]
        return [(one.get("environment"), one["resources"]["F"]["Properties"]) for one in documents]

    assert properties() == [("dev", {"Timeout": 7, "FunctionName": "f-d-eu-west-1"})]
    assert properties("--parameter=Seconds=9") == [("dev", {"Timeout": 9, "FunctionName": "f-d-eu-west-1"})]
    named = {"Timeout": 8, "FunctionName": {"Fn::Sub": "f-o-${AWS::Region}"}}
    assert properties("--config=other.yaml") == [(None, named)]
    (project / "old.yaml").unlink()
    ((_, isolated),) = properties("--isolated")
    assert isolated["Timeout"] == {"Unknown": "parameter Seconds has no value"}


@pytest.mark.parametrize("name", ["deep-nesting.yaml", "not-utf-8.yaml"])
def test_inspect_lists_no_document_that_it_cannot_read(name: str, run: Run, project: Path) -> None:
    (project / "a.yaml").write_text(CLEAN)
    (project / name).write_bytes((BROKEN / name).read_bytes())
    outcome = run("inspect", ".")
    shown = json.loads(outcome.out)
    assert outcome.code == run("check", ONLY).code == 3
    assert [(one["path"], one["dialect"], one["gaps"]) for one in shown["documents"]] == [("a.yaml", "sam", [])]
    (gap,) = shown["gaps"]
    assert (gap["path"], set(gap)) == (name, {"path", "what", "why", "line"})
    assert "gaps" not in json.loads(run("inspect", "a.yaml").out)


def test_a_rule_of_your_own(run: Run, project: Path) -> None:
    outcome = run("new", "operations/function-without-description")
    path = project / "lambdalint-rules" / "operations" / "function-without-description.yaml"
    assert (outcome.code, path.is_file()) == (0, True)
    assert run("test", "lambdalint-rules").code == 0
    assert run("new", "operations/function-without-description").code == 2
    (project / "template.yaml").write_text(CLEAN)
    (project / "lambdalint.yaml").write_text("rule-paths: [lambdalint-rules]\n")
    assert "function-without-description" in run("rules").out
    path.write_text(path.read_text().replace("for: function", "for: functoin"))
    outcome = run()
    assert outcome.code == 2
    assert "function-without-description.yaml" in outcome.err
    assert "function'" in outcome.err


def test_a_rule_whose_example_is_wrong_fails_its_test(run: Run, project: Path) -> None:
    folder = project / "mine" / "reliability"
    folder.mkdir(parents=True)
    text = (ROOT / "rules" / "reliability" / f"{RULE}.yaml").read_text()
    (folder / "mine.yaml").write_text(text.replace("VisibilityTimeout: 179", "VisibilityTimeout: 200"))
    outcome = run("test", "mine")
    assert outcome.code == 1
    assert "mine.yaml" in outcome.out


@pytest.mark.parametrize("what", ["config", "rule", "report"])
def test_schemas_are_json_schemas(what: str, run: Run) -> None:
    assert json.loads(run("schema", what).out)["type"] == "object"


# --- the process ----------------------------------------------------------------------------------------------------


def test_a_reader_that_stops_reading_is_no_error(project: Path) -> None:
    command = f'set -o pipefail; "{sys.executable}" -m lambdalint.cli rules --format=json | head -c 10 >/dev/null'
    done = subprocess.run(
        ["bash", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_text_that_the_terminal_cannot_show_stops_nothing(project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE.replace("Jobs", "Aufträge"), encoding="utf-8")
    done = process(ONLY, cwd=project, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode in {1, 3}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("form", "loaded"), [("json", set()), ("sarif", set()), ("text", set()), ("html", {"jinja2"})])
def test_a_run_loads_only_what_it_uses(form: str, loaded: set[str], project: Path) -> None:
    (project / "template.yaml").write_text(TEMPLATE)
    heavy = [
        "pydantic",
        "jinja2",
        "boto3",
        "botocore",
        "tree_sitter",
        "sqlite3",
        "logging",
        "asyncio",
        "urllib.request",
    ]
    code = (
        "import sys; from lambdalint.cli import main; "
        f"assert main(['--format={form}', '{ONLY}']) == 1; "
        f"print(*[name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert loaded <= set(done.stderr.split()) <= loaded | ({"logging", "asyncio"} if loaded else set())


@pytest.mark.parametrize("name", ["text", "json", "sarif", "html", "junit", "github", "gitlab", "markdown", "csv"])
def test_no_report_prints_a_secret(name: str, run: Run, project: Path) -> None:
    secret = "n0t-a-real-password"
    written = f"      Environment: {{Variables: {{DATABASE: 'postgres://orders:{secret}@db.internal/orders'}}}}\n"
    (project / "template.yaml").write_text(CLEAN.replace("      Timeout: 30\n", f"      Timeout: 30\n{written}"))
    outcome = run(f"--format={name}", "--select=secret-in-environment", "template.yaml")
    assert (outcome.code, "DATABASE" in outcome.out, secret in outcome.out) == (1, True, False)


#: How a secret may stand beside what a finding is about.
SECRETS = [
    "TOKEN_A: ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "DATABASE: postgres://orders:n0t-a-real-password@db.internal/orders",
    'API_TOKEN: "Zk3v9Qp2Lw8Xn5Rt7Yb1"',
    "API_TOKEN: Zk3v9Qp2Lw8Xn5Rt7Yb1",
    "API_TOKEN: !Sub Zk3v9Qp2Lw8Xn5Rt7Yb1",
    "PEM: |\n            -----BEGIN RSA PRIVATE KEY-----\n            Zk3v9Qp2Lw8Xn5Rt7Yb1\n            -----END RSA",
]


@pytest.mark.parametrize("written", SECRETS)
@pytest.mark.parametrize("name", ["text", "html"])
@pytest.mark.parametrize("before", [True, False])
def test_no_frame_of_another_finding_shows_a_secret(
    before: bool, name: str, written: str, run: Run, project: Path
) -> None:
    entries = [written, "AWS_REGION: eu-west-1"] if before else ["AWS_REGION: eu-west-1", written]
    variables = "".join(f"          {entry}\n" for entry in entries)
    text = f"      Timeout: 30\n      Environment:\n        Variables:\n{variables}"
    (project / "template.yaml").write_text(CLEAN.replace("      Timeout: 30\n", text))
    outcome = run(f"--format={name}", "--select=environment-name-reserved,environment-over-4kb", "template.yaml")
    assert (outcome.code, "eu-west-1" in outcome.out) == (1, True)
    for secret in ("16C7e42F", "n0t-a-real", "Zk3v9Qp2"):
        assert secret not in outcome.out
    # Only the secret is covered: what is found stands where it stood.
    assert ("          AWS_REGION: eu-west-1\n" in outcome.out) is (name == "text")
