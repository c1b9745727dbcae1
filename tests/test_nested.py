"""Stacks among others: nested ones, imports, parameter files, samconfig and environments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from judging import report_of, said

from lambdalint.cli import main
from lambdalint.load.deployment import Environment

CHILD = """\
Parameters:
  Timeout: {Type: Number, Default: 900}
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Timeout: !Ref Timeout}}
Outputs:
  Chosen: {Value: !Ref Timeout}
  Arn: {Value: !GetAtt F.Arn}
"""


def parent(*stacks: str, head: str = "") -> str:
    return f"{head}Resources:\n" + "".join(f"  {stack}\n" for stack in stacks)


def nested(name: str, url: str = "child.yaml", **parameters: str) -> str:
    passed = ", ".join(f"{key}: {value}" for key, value in parameters.items())
    return f"{name}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {url}, Parameters: {{{passed}}}}}}}"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


GONE = "there is no template {} in the repository; correct the path, or package it first"
CIRCLE = "! 2 nested stack A: it nests the stack that it is part of; break the circle"
SLOW = "child.yaml:4 F may run for 900 s"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Alone, it has its own defaults; nested, what its parent passes.
        ({"child.yaml": CHILD}, [SLOW]),
        ({"child.yaml": CHILD, "parent.yaml": parent(nested("A", Timeout="3"))}, []),
        ({"child.yaml": CHILD, "parent.yaml": parent(nested("A", "./child.yaml"))}, [SLOW]),
        ({"child.yaml": CHILD, "a/parent.yaml": parent(nested("A", "../child.yaml", Timeout="3"))}, []),
        # Nested twice: what holds for one of them only says for which.
        (
            {"child.yaml": CHILD, "p.yaml": parent(nested("A", Timeout="3"), nested("B", Timeout="900"))},
            [SLOW + " [as nested stack B of p.yaml]"],
        ),
        (
            {"child.yaml": CHILD, "p.yaml": parent(nested("A", Timeout="900"), nested("B"))},
            [SLOW],
        ),
        # What the parent passes and does not know is not the child's default.
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(nested("A", Timeout="!Ref Open"), head="Parameters: {Open: {Type: Number}}\n"),
            },
            ["? parameter Timeout is set by p.yaml, where parameter Open has no value"],
        ),
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(
                    nested("A", Timeout="!If [C, 3, 900]"), head="Conditions: {C: !Equals [!Ref AWS::Region, x]}\n"
                ),
            },
            ["? parameter Timeout is set by p.yaml, where C is not known"],
        ),
        (
            {"child.yaml": CHILD, "p.yaml": parent(nested("A").replace("Parameters: {}", "Parameters: !Bogus x"))},
            ["? parameters are set by p.yaml, where Fn::Bogus is not evaluated"],
        ),
        # The parent's own parameters and mappings count.
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(
                    nested("A", Timeout="!FindInMap [M, !Ref S, T]"),
                    head="Parameters: {S: {Type: String, Default: x}}\nMappings: {M: {x: {T: 3}}}\n",
                ),
            },
            [],
        ),
        # Outputs of a nested stack, used in the parent and passed to a sibling, in any order.
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(
                    nested("A", Timeout="3"),
                    "G: {Type: AWS::Lambda::Function, Properties: {Timeout: !GetAtt A.Outputs.Chosen}}",
                    "H: {Type: AWS::Lambda::Function, Properties: {Timeout: !Sub '${A.Outputs.Chosen}00'}}",
                ),
            },
            ["p.yaml:4 H may run for 300 s"],
        ),
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(nested("B", Timeout="!GetAtt A.Outputs.Chosen"), nested("A", Timeout="5")),
            },
            [],
        ),
        (
            {
                "child.yaml": CHILD,
                "p.yaml": parent(
                    nested("A", Timeout="!GetAtt B.Outputs.Chosen"), nested("B", Timeout="!GetAtt A.Outputs.Chosen")
                ),
            },
            ["? parameter Timeout is set by p.yaml, where ${B.Outputs.Chosen} is known only after deployment"],
        ),
        # Grandchildren.
        (
            {
                "child.yaml": CHILD,
                "middle.yaml": parent(
                    nested("C", Timeout="!Ref T"), head="Parameters: {T: {Type: Number, Default: 900}}\n"
                ),
                "top.yaml": parent(nested("M", "middle.yaml", T="3")),
            },
            [],
        ),
        # SAM.
        (
            {
                "child.yaml": CHILD,
                "p.yaml": "Transform: AWS::Serverless-2016-10-31\nResources:\n  A:\n"
                "    Type: AWS::Serverless::Application\n"
                "    Properties: {Location: child.yaml, Parameters: {Timeout: 3}}\n",
            },
            [],
        ),
        # Not at hand, and not of this repository.
        ({"p.yaml": parent(nested("A", "https://s3.amazonaws.com/b/x.yaml"), nested("B", "!Ref Url"))}, []),
        ({"p.yaml": parent(nested("A", "gone.yaml"))}, ["! 2 nested stack A: " + GONE.format("gone.yaml")]),
        ({"p.yaml": parent(nested("A", "../../gone.yaml"))}, ["! 2 nested stack A: " + GONE.format("../../gone.yaml")]),
        # Circles end, and everything in them is judged.
        (
            {"p.yaml": parent(nested("A", "p.yaml"), "F: {Type: AWS::Lambda::Function, Properties: {Timeout: 900}}")},
            ["p.yaml:3 F may run for 900 s", CIRCLE],
        ),
        (
            {
                "a.yaml": parent(nested("B", "b.yaml"), "F: {Type: AWS::Lambda::Function, Properties: {Timeout: 900}}"),
                "b.yaml": parent(nested("A", "a.yaml"), "G: {Type: AWS::Lambda::Function, Properties: {Timeout: 900}}"),
            },
            ["a.yaml:3 F may run for 900 s", "b.yaml:3 G may run for 900 s",
             CIRCLE],
        ),
        # Imports across the templates of a run.
        (
            {
                "a.yaml": CHILD + "  E: {Value: !Ref Timeout, Export: {Name: shared}}\n",
                "b.yaml": parent("G: {Type: AWS::Lambda::Function, Properties: {Timeout: !ImportValue shared}}"),
            },
            ["a.yaml:4 F may run for 900 s", "b.yaml:2 G may run for 900 s"],
        ),
        (
            {
                "a.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {E: {Value: 3, Export: {Name: t}}}\n",
                "b.yaml": "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {E: {Value: 900, Export: {Name: t}}}\n",
                "c.yaml": "Resources:\n  G: {Type: AWS::Lambda::Function, Properties: {Timeout: !ImportValue t}}\n",
            },
            ["? the import t is set by another stack"],
        ),
    ],
)  # fmt: skip
def test_stacks_among_others(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """Findings, ``?`` undecided and ``!`` gaps, whatever the order in which the files are met."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, files)
    report = report_of(tmp_path, here=tmp_path)
    found = said(report)
    found += [f"? {item.why}" for item in report.undecided]
    found += [f"! {gap.origin.line} {gap.what}: {gap.why}" for gap in report.gaps if gap.origin is not None]
    assert found == expected
    assert len({seen.document.path for seen in report.seen}) == len(report.seen)


def test_values_that_are_passed_on_without_end_are_not_known(tmp_path: Path) -> None:
    use = "Resources: {G: {Type: AWS::Lambda::Function, Properties: {Timeout: !ImportValue e0}}}\nOutputs:\n"
    chain = "".join(f"  O{n}: {{Value: !ImportValue e{n + 1}, Export: {{Name: e{n}}}}}\n" for n in range(400))
    stacks = [nested(f"S{n}", Timeout=f"!GetAtt S{n + 1}.Outputs.Chosen") for n in range(400)]
    write(tmp_path, {"a.yaml": use + chain, "child.yaml": CHILD, "p.yaml": parent(*stacks, nested("S400"))})
    (tmp_path / ".git").mkdir()
    report = report_of(tmp_path, here=tmp_path)
    assert "the import e0 is set by another stack" in {item.why for item in report.undecided}
    assert said(report) != []


def test_a_nested_template_outside_the_paths_is_judged_once(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, {"lib/child.yaml": CHILD, "app/p.yaml": parent(nested("A", "../lib/child.yaml"))})
    report = report_of(tmp_path / "app" / "p.yaml", here=tmp_path)
    assert said(report) == ["lib/child.yaml:4 F may run for 900 s"]
    assert [seen.document.path for seen in report.seen] == ["app/p.yaml", "lib/child.yaml"]


def test_a_nested_template_that_is_none_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, {"p.yaml": parent(nested("A", "notes.yaml"), nested("B", "bad.yaml"), nested("C", "."))})
    write(tmp_path, {"notes.yaml": "a: b\n", "bad.yaml": "a: [b\n"})
    gaps = report_of(tmp_path / "p.yaml", here=tmp_path).gaps
    assert {gap.path for gap in gaps if gap.origin is None} == {"notes.yaml"}
    assert {(gap.origin.document.path, gap.origin.line) for gap in gaps if gap.origin is not None} == {
        ("bad.yaml", 2),
        ("p.yaml", 4),
    }


def test_inspect_tells_deployments_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"child.yaml": CHILD, "p.yaml": parent(nested("A", Timeout="3"), nested("B", Timeout="4"))})
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "--resolved", "."]) == 0
    documents = json.loads(capsys.readouterr().out)["documents"]
    assert [
        (document["path"], document.get("nested"), document["resources"].get("F", {}).get("Properties"))
        for document in documents
    ] == [
        ("p.yaml", None, None),
        ("child.yaml", "as nested stack A of p.yaml", {"Timeout": 3}),
        ("child.yaml", "as nested stack B of p.yaml", {"Timeout": 4}),
    ]


def test_a_family_of_nested_stacks_ends(tmp_path: Path) -> None:
    """Five levels of ten children each would be 100,000 deployments; with equal values they are five."""
    (tmp_path / ".git").mkdir()
    write(tmp_path, {"level5.yaml": CHILD})
    for level in range(5):
        stacks = [nested(f"N{index}", f"level{level + 1}.yaml") for index in range(10)]
        write(tmp_path, {f"level{level}.yaml": parent(*stacks)})
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == ["level5.yaml:4 F may run for 900 s"]


# --- parameters -----------------------------------------------------------------------------------------------------

TEMPLATE = """\
Parameters:
  Timeout: {Type: Number, Default: 3}
  Stage: {Type: String, Default: dev}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Timeout: !Ref Timeout}}
  G: {Type: AWS::Lambda::Function, Properties: {Timeout: !If [IsProd, 800, 4]}}
"""
F, G = "template.yaml:6 F may run for {} s", "template.yaml:7 G may run for 800 s"

Check = Callable[..., list[str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the command with the timeout rule in a project with some files."""
    from judging import SLOW as RULE

    (tmp_path / ".git").mkdir()
    write(tmp_path, {"template.yaml": TEMPLATE, "rules/cost/function-runs-long.yaml": RULE})
    monkeypatch.chdir(tmp_path)

    def call(files: dict[str, str], *arguments: str, config: str = "") -> list[str]:
        write(tmp_path, {**files, "lambdalint.yaml": "rule-paths: [rules]\nselect: [function-runs-long]\n" + config})
        code = main(["check", "--format=json", "--exclude=rules", *arguments])
        out, err = capsys.readouterr()
        if code == 2:
            return [err.strip()]
        report: dict[str, Any] = json.loads(out)
        assert [gap for gap in report["gaps"] if "samconfig" not in gap["what"]] == []
        return [
            f"{item['location']['path']}:{item['location']['line']} {item['message']}"
            + (f" [{item['condition']}]" if item["condition"] else "")
            for item in report["findings"]
        ] + [f"! {gap['what']}: {gap['why']}" for gap in report["gaps"]]

    return call


LIST = '[{"ParameterKey": "Timeout", "ParameterValue": "90"}, {"ParameterKey": "Stage", "UsePreviousValue": true}]'


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("p.json", LIST, [F.format(90)]),
        ("p.json", '{"Parameters": {"Timeout": 90, "Stage": "prod"}, "StackPolicy": {}}', [F.format(90), G]),
        ("p.json", '{"parameters": {"Timeout": "90"}, "tags": {}, "template-file-path": "t"}', [F.format(90)]),
        ("p.json", '["Timeout=90", "Stage=prod"]', [F.format(90), G]),
        ("p.yaml", "Timeout: 90\nStage: prod\n", [F.format(90), G]),
        ("p.yaml", "- {ParameterKey: Timeout, ParameterValue: 90}\n", [F.format(90)]),
        ("p.yaml", "", []),
        (
            "p.json",
            '["Timeout"]',
            [
                "lambdalint: error: --parameter-file p.json:1:2: This sets no parameter; write a map from parameter to "
                "value, or a list of {ParameterKey, ParameterValue} as for `aws cloudformation deploy`."
            ],
        ),
        (
            "p.yaml",
            "Timeout: {a: b}",
            [
                "lambdalint: error: --parameter-file p.yaml:1:10: The value of Timeout must be a text, a number or a "
                "list of them."
            ],
        ),
        (
            "p.json",
            "{",
            ["lambdalint: error: --parameter-file p.json:1:1: This '{' is never closed; add the missing '}'."],
        ),
    ],
)  # fmt: skip
def test_parameter_files(name: str, content: str, expected: list[str], check: Check) -> None:
    found = check({f"values/{name}": content}, f"--parameter-file=values/{name}")
    assert found == [line.replace("--parameter-file ", "--parameter-file values/") for line in expected]


def test_a_parameter_file_that_is_not_there(check: Check) -> None:
    (error,) = check({}, "--parameter-file=gone.json")
    assert (
        error == "lambdalint: error: --parameter-file gone.json: There is no such file; check the spelling of the path."
    )


SAMCONFIG = """\
version = 0.1
[default.deploy.parameters]
parameter_overrides = "Timeout=90 Stage=\\"dev\\""
[prod.global.parameters]
region = "eu-west-1"
[prod.deploy.parameters]
parameter_overrides = ["Timeout=100", "Stage=prod"]
[long.deploy.parameters]
parameter_overrides = "ParameterKey=Timeout,ParameterValue=110 ParameterKey=Stage,ParameterValue=prod"
[map.deploy.parameters]
parameter_overrides = {Timeout = 120, Stage = "dev"}
[other.deploy.parameters]
template_file = "other.yaml"
parameter_overrides = "Timeout=130"
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [F.format(90)]),
        (["--environment=prod"], [F.format(100), G]),
        (["--environment=long"], [F.format(110), G]),
        (["--environment=map"], [F.format(120)]),
        (["--environment=other"], []),
        (["--parameter=Timeout=70"], [F.format(70)]),
        (["--environment=prod", "--parameter", "Timeout=3"], [G]),
        (
            ["--environment=default", "--environment=prod"],
            [
                F.format(100) + " [in environment prod]",
                F.format(90) + " [in environment default]",
                G + " [in environment prod]",
            ],
        ),
        (["--environment=prod", "--environment=long", "--parameter=Timeout=80"], [F.format(80), G]),
        (
            ["--environment=gone"],
            [
                "lambdalint: error: --environment gone: neither `environments` of the config nor a samconfig file "
                "beside a template defines it; known: default, long, map, other, prod"
            ],
        ),
    ],
)
def test_samconfig(arguments: list[str], expected: list[str], check: Check) -> None:
    assert check({"samconfig.toml": SAMCONFIG}, *arguments) == expected


@pytest.mark.parametrize(
    ("template", "named", "meant"),
    [
        ("template.yaml", {"build": "template.yaml", "deploy": "packaged.yaml"}, True),
        ("template.yaml", {"deploy": ".aws-sam/build/template.yaml"}, True),
        ("template.yaml", {"deploy": "packaged.yaml"}, True),
        ("template.yaml", {"deploy": "other.yaml"}, False),
        ("template.yaml", {"build": "other.yaml", "deploy": "packaged.yaml"}, False),
        ("infra/template.yaml", {"deploy": "infra/template.yaml"}, True),
        ("infra/template.yaml", {"deploy": "./infra/template.yaml"}, True),
        ("infra/template.yaml", {"deploy": "other/template.yaml"}, False),
        ("infra/template.yaml", {}, False),
    ],
)
def test_a_samconfig_speaks_of_the_templates_that_it_names(
    template: str, named: dict[str, str], meant: bool, tmp_path: Path
) -> None:
    sections = [f'[default.{command}.parameters]\ntemplate_file = "{path}"\n' for command, path in named.items()]
    values = '[default.global.parameters]\nparameter_overrides = "Timeout=900"\n'
    write(tmp_path, {template: CHILD.replace("900", "3"), "samconfig.toml": "".join([*sections, values])})
    (tmp_path / ".git").mkdir()
    assert bool(said(report_of(tmp_path, here=tmp_path, environments=[Environment()]))) is meant


def test_samconfig_in_yaml(check: Check) -> None:
    text = "version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [Timeout=90, Stage=prod]}}}\n"
    assert check({"samconfig.yaml": text}) == [F.format(90), G]


def test_a_malformed_samconfig_is_a_gap(check: Check) -> None:
    (gap,) = check({"samconfig.toml": "[default\n"})
    assert gap.startswith("! samconfig.toml: It is not valid TOML") and gap.endswith("overrides are not known.")


ENVIRONMENTS = """\
parameters: {Timeout: 61}
environments:
  dev: {parameters: {Stage: dev}}
  test: {parameters: {Stage: test, Timeout: 62}}
  prod: {parameter-file: values/prod.json, region: eu-west-1, parameters: {Stage: prod}}
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            [],
            [
                F.format(61) + " [in environment dev]",
                F.format(62) + " [in environments test and prod]",
                G + " [in environment prod]",
            ],
        ),
        (["--environment=prod"], [F.format(62), G]),
        (["--environment=dev,test"], [F.format(61) + " [in environment dev]", F.format(62) + " [in environment test]"]),
        (["--parameter=Timeout=3"], [G + " [in environment prod]"]),
    ],
)
def test_environments_of_the_config(arguments: list[str], expected: list[str], check: Check) -> None:
    assert check({"values/prod.json": '{"Timeout": 62, "Stage": "x"}'}, *arguments, config=ENVIRONMENTS) == expected


def test_a_finding_says_both_condition_and_environment(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "t.yaml": "Parameters: {A: {Type: String}, T: {Type: Number, Default: 3}}\n"
            "Conditions: {On: !Equals [!Ref A, x]}\n"
            "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Timeout: !If [On, !Ref T, 3]}}}\n"
        },
    )
    environments = [Environment("dev", {}, None, True), Environment("prod", {"T": "900"}, None, True)]
    report = report_of(tmp_path, here=tmp_path, environments=environments)
    assert [finding.condition for finding in report.findings] == ["when On is true, in environment prod"]


def test_one_suppression_covers_all_environments(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "t.yaml": "Parameters: {T: {Type: Number}}\nResources:\n"
            "  F:  # lambdalint: ignore[function-runs-long] it has to\n"
            "    Type: AWS::Lambda::Function\n    Properties: {Timeout: !Ref T}\n"
        },
    )
    environments = [Environment(name, {"T": value}, None, True) for name, value in (("dev", "100"), ("prod", "200"))]
    report = report_of(tmp_path, here=tmp_path, environments=environments)
    assert report.findings == () and report.notices == ()
    assert [item.finding.message for item in report.suppressed] == ["F may run for 100 s", "F may run for 200 s"]
