"""What users of other tools asked for about values, conditions, SAM and places: one case for each thread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from judging import report_of, said, stack_of

from lambdalint.config import load
from lambdalint.inspect import evaluated
from lambdalint.load.deployment import Environment
from lambdalint.load.intrinsics import Resolver
from lambdalint.report import render
from lambdalint.rule.library import load_folder
from lambdalint.source.parameters import read_parameters

SAM = "Transform: AWS::Serverless-2016-10-31\n"
F = "F: {Type: AWS::Lambda::Function, Properties: {Timeout: %s}}"


def case(thread: str, text: str, *expected: str) -> object:
    return pytest.param(text, list(expected), id=thread)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        case(
            "checkov#5325: Fn::If by a parameter's default",
            "Parameters: {Long: {Type: String, Default: 'false'}}\n"
            "Conditions: {IsLong: !Equals [!Ref Long, 'true']}\n"
            "Resources:\n  " + F % "!If [IsLong, 900, 3]",
        ),
        case(
            "cfn-lint#3899: a parameter with allowed values is a set",
            "Parameters: {T: {Type: Number, AllowedValues: [3, 30, 900]}}\nResources:\n  " + F % "!Ref T",
            "t.yaml:3 F may run for 900 s [when T is 900]",
        ),
        case(
            "trivy#4844: a whole property behind Fn::If",
            "Conditions: {C: !Equals [!Ref AWS::Region, x]}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n"
            "    Properties:\n      Timeout: !If\n        - C\n        - 900\n        - !Ref AWS::NoValue",
            "t.yaml:8 F may run for 900 s [when C is true]",
        ),
        case(
            "trivy#3761: a file is recognised whatever stands in it",
            "Resources:\n  " + F % "900" + "\n  G: !If [C, {Type: AWS::SQS::Queue}, !Ref AWS::NoValue]",
            "t.yaml:2 F may run for 900 s",
        ),
        case(
            "sam-cli#9134: only the branch that counts is evaluated",
            "Conditions: {Off: !Equals [a, b]}\nMappings: {M: {a: {b: 3}}}\nResources:\n  "
            + F % "!If [Off, !FindInMap [M, gone, gone], 900]",
            "t.yaml:4 F may run for 900 s",
        ),
        case(
            "cfn_nag#621: Fn::ForEach",
            "AWSTemplateFormatVersion: 2010-09-09\nTransform: AWS::LanguageExtensions\nResources:\n  Fn::ForEach::Fs:\n"
            "  - Name\n  - [A, B]\n  - F${Name}:\n      Type: AWS::Lambda::Function\n"
            "      Properties: {Timeout: 900, FunctionName: !Sub '${Name}'}",
            "t.yaml:9 FA may run for 900 s",
            "t.yaml:9 FB may run for 900 s",
        ),
        case(
            "checkov#2758: Globals are merged, and what is inherited stands where it is written",
            SAM + "Globals:\n  Function:\n    Timeout: 900\nResources:\n  A: {Type: AWS::Serverless::Function}\n"
            "  B: {Type: AWS::Serverless::Function, Properties: {Timeout: 3}}",
            "t.yaml:4 A may run for 900 s",
        ),
        case(
            "checkov#2228: a condition in Globals",
            SAM
            + "Conditions: {C: !Equals [!Ref AWS::Region, x]}\nGlobals:\n  Function:\n    Timeout: !If [C, 900, 3]\n"
            "Resources:\n  A: {Type: AWS::Serverless::Function}",
            "t.yaml:5 A may run for 900 s [when C is true]",
        ),
    ],
)
def test_findings_that_were_asked_for(text: str, expected: list[str], tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(text + "\n")
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == expected
    assert report.undecided == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.json", '[{"ParameterKey": "T", "ParameterValue": "900"}]'),
        ("p.json", '{"Parameters": {"T": 900}}'),
        ("p.yaml", "T: 900\n"),
    ],
)
def test_values_come_from_a_parameter_file(name: str, content: str, tmp_path: Path) -> None:
    """checkov#5542, trivy#5167, cfn_nag#549 and #110."""
    (tmp_path / "t.yaml").write_text("Parameters: {T: {Type: Number, Default: 3}}\nResources:\n  " + F % "!Ref T")
    (tmp_path / name).write_text(content)
    environment = Environment(None, read_parameters(tmp_path / name))
    assert said(report_of(tmp_path / "t.yaml", here=tmp_path, environments=[environment])) == [
        "t.yaml:3 F may run for 900 s"
    ]


def test_environments_take_numbers_and_truth_values(tmp_path: Path) -> None:
    """cfn-lint#3721, #3884 and #4240."""
    (tmp_path / "lambdalint.yaml").write_text(
        "environments:\n  dev: {parameters: {T: 3, Flag: false}}\n"
        "  prod: {parameters: {T: 900, Flag: true, L: [a, 1]}}\n"
    )
    config = load(tmp_path / "lambdalint.yaml")
    assert config.environments["prod"].parameters == {"T": "900", "Flag": "true", "L": "a,1"}
    (tmp_path / "t.yaml").write_text(
        "Parameters: {T: {Type: Number}, Flag: {Type: String}}\nConditions: {On: !Equals [!Ref Flag, 'true']}\n"
        "Resources:\n  " + F % "!If [On, !Ref T, 5]" + "\n"
    )
    environments = [Environment(name, entry.parameters, None, True) for name, entry in config.environments.items()]
    assert said(report_of(tmp_path / "t.yaml", here=tmp_path, environments=environments)) == [
        "t.yaml:4 F may run for 900 s [in environment prod]"
    ]


def test_problems_of_a_sam_template_have_their_line(tmp_path: Path) -> None:
    """cfn-lint#2287, #117 and SAM#476: never at line 1, column 1."""
    (tmp_path / "t.yaml").write_text(
        SAM + "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Events: [a]\n"
        "  G: {Type: AWS::Serverless::Unheard}\n"
    )
    gaps = [(gap.what, gap.origin.line) for gap in report_of(tmp_path, here=tmp_path).gaps if gap.origin is not None]
    assert sorted(gaps) == [("Events of F", 6), ("resource G", 7)]


def test_what_is_generated_is_reported_where_a_person_can_change_it(tmp_path: Path) -> None:
    """cfn-lint#1522 and #1976: findings stand on lines of the function or the event that caused them."""
    text = (
        SAM + "Resources:\n  Q: {Type: AWS::SQS::Queue}\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      Handler: a.b\n      Runtime: python3.13\n      Timeout: 60\n      Events:\n"
        "        Api: {Type: Api, Properties: {Path: /, Method: get}}\n"
        "        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n"
    )
    (tmp_path / "t.yaml").write_text(text)
    report = report_of(tmp_path, here=tmp_path, rules=load_folder(Path(__file__).parent.parent / "rules"))
    assert report.findings
    for finding in report.findings:
        assert finding.place is not None
        origin = finding.place.origin
        assert origin.line >= 3 and text[origin.start : origin.end].strip()
        assert finding.subject.logical_id in {"F", "Q"} or finding.subject.function == "F"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("!Ref ServerlessRestApi", {"Ref": "ServerlessRestApi"}),
        ("!Sub 'https://${ServerlessRestApi}.x'", {"Fn::Sub": "https://${ServerlessRestApi}.x"}),
        ("!GetAtt FRole.Arn", {"Fn::GetAtt": ["FRole", "Arn"]}),
        ("!Ref F.Alias", {"Ref": "FAliaslive"}),
        ("!Ref FJobs", {"Ref": "FJobs"}),
        ("!Ref F", {"Ref": "F"}),
    ],
)
def test_references_to_what_sam_generates(value: str, expected: Any) -> None:
    """cfn-lint#4607, #4636 and #4682."""
    stack = stack_of(
        SAM + "Globals: {Function: {Runtime: !If [C, python3.13, python3.14], AutoPublishAlias: live}}\n"
        "Conditions: {C: !Equals [a, a]}\nResources:\n  Q: {Type: AWS::SQS::Queue}\n  F:\n"
        "    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n      CodeUri: s3://b/k\n"
        "      Events:\n        Api: {Type: Api, Properties: {Path: /, Method: get}}\n"
        "        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n"
        f"  T: {{Type: AWS::SNS::Topic, Properties: {{TopicName: {value}}}}}\n"
    )
    node = stack.resources["T"].properties.get("TopicName")
    assert node is not None
    assert evaluated(node, Resolver(stack)) == expected
    runtime = stack.resources["F"].properties.get("Runtime")
    assert runtime is not None
    assert evaluated(runtime, Resolver(stack)) == "python3.13"


def _json(report: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(report, "json", color=False, width=80))
    return found


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("Resources:\n  " + F % "900", "/Resources/F/Properties/Timeout"),
        ("Resources:\n  " + F % "!If [C, 3, 900]", "/Resources/F/Properties/Timeout/Fn::If/2"),
    ],
)
def test_json_findings_carry_the_path_of_the_value(text: str, pointer: str, tmp_path: Path) -> None:
    """cfn-lint#841."""
    (tmp_path / "t.yaml").write_text(text + "\n")
    (finding,) = _json(report_of(tmp_path, here=tmp_path))["findings"]
    assert finding["location"]["pointer"] == pointer


def test_findings_in_cdk_output_name_the_construct(tmp_path: Path) -> None:
    """cdk#16964, cdk#31798, cdk-validator#172, cfn-lint#2971 and #4655."""
    resource = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Timeout": 900},
        "Metadata": {"aws:cdk:path": "Shop/Orders/Worker/Resource"},
    }
    (tmp_path / "Shop.template.json").write_text(json.dumps({"Resources": {"OrdersWorker1A2B": resource}}, indent=1))
    (finding,) = _json(report_of(tmp_path, here=tmp_path))["findings"]
    assert finding["message"] == "Shop/Orders/Worker may run for 900 s"
    assert finding["resource"]["logical_id"] == "OrdersWorker1A2B"
    assert finding["location"]["line"] == 6


def test_an_unknown_is_said_and_costs_no_more_than_its_budget(tmp_path: Path) -> None:
    """telemetry-change-guard#18: exact, partial or unknown, with limits."""
    names: Sequence[str] = [f"P{index}" for index in range(40)]
    nested = "900"
    for name in names:
        nested = f"!If [C{name}, 3, {nested}]" if len(nested) < 2000 else nested
    (tmp_path / "t.yaml").write_text(
        f"Parameters: {{{', '.join(f'{name}: {{Type: String}}' for name in names)}}}\n"
        f"Conditions: {{{', '.join(f'C{name}: !Equals [!Ref {name}, x]' for name in names)}}}\n"
        "Resources:\n  " + F % nested + "\n  " + (F % "!ImportValue x").replace("F:", "G:") + "\n  "
        + (F % "900").replace("F:", "H:") + "\n"
    )  # fmt: skip
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == ["t.yaml:6 H may run for 900 s"]
    assert [(item.subject.logical_id, item.why[:28]) for item in report.undecided] == [
        ("F", "it depends on too many condi"),
        ("G", "the import x is set by anoth"),
    ]
