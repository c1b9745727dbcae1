"""What CloudFormation makes of a template: intrinsic functions, loops, included files, parameters and their places."""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import report_of, resolver_of, said, stack_of

from lambdalint.cli import main
from lambdalint.inspect import evaluated
from lambdalint.load.deployment import Environment
from lambdalint.load.expand import Surroundings
from lambdalint.load.loop import MAX_COPIES
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.source.folder import DictFolder
from lambdalint.source.node import Document, Mapping, Node, Scalar
from lambdalint.source.scalar import to_json

HEAD = """\
Parameters:
  Stage: {Type: String, Default: dev}
  Open: {Type: String}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}
  Names: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Subnets: {Type: 'List<AWS::EC2::Subnet::Id>'}
  Size: {Type: Number, Default: 7}
Mappings:
  Sizes: {dev: {Timeout: 3, List: [x, y]}, prod: {Timeout: 9, Only: p}}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
Resources:
  Q: {Type: AWS::SQS::Queue}
  F:
    Type: AWS::Lambda::Function
    Properties:
      P: """

NO_VALUE = {"Unknown": "parameter Open has no value"}


def value_of(text: str, region: str | None = None, **parameters: str) -> Any:
    """What a value in a template comes out as."""
    resolver = resolver_of(HEAD + text + "\n", region, **parameters)
    node = resolver.stack.resources["F"].properties.get("P")
    assert node is not None
    return evaluated(node, resolver)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Ref, and what parameters are.
        ("!Ref Stage", "dev"),
        ("!Ref Size", 7),
        ("!Ref Names", ["a", "b", "c"]),
        ("!Ref Open", NO_VALUE),
        ("!Ref Secret", {"Unknown": "parameter Secret is read from Systems Manager at deployment"}),
        ("!Ref Q", {"Ref": "Q"}),
        ("!Ref Nowhere", {"Unknown": "Nowhere is declared nowhere in this template"}),
        ("{Ref: [a]}", {"Unknown": "Ref needs a name"}),
        ("{Ref: !Sub 'Si${Empty}ze'}", {"Unknown": "Ref needs a name"}),
        ("{Ref: !Sub '${Stage}'}", {"Unknown": "dev is declared nowhere in this template"}),
        ("!Ref AWS::Region", {"Fn::Sub": "${AWS::Region}"}),
        ("!Ref AWS::AccountId", {"Fn::Sub": "${AWS::AccountId}"}),
        ("[!Ref AWS::NoValue, a]", ["a"]),
        ("{X: !Ref AWS::NoValue, Y: a}", {"Y": "a"}),
        ("!Ref AWS::NotificationARNs", {"Unknown": "AWS::NotificationARNs is a list that is known only at deployment"}),
        # GetAtt in every form.
        ("!GetAtt Q.Arn", {"Fn::GetAtt": ["Q", "Arn"]}),
        ("{Fn::GetAtt: Q.Arn}", {"Fn::GetAtt": ["Q", "Arn"]}),
        ("{Fn::GetAtt: [Q, !Sub '${Stage}Arn']}", {"Fn::GetAtt": ["Q", "devArn"]}),
        ("!GetAtt Gone.Arn", {"Unknown": "Gone is declared nowhere in this template"}),
        ("{Fn::GetAtt: [Q, !Ref Open]}", {"Unknown": "the attribute of Q is not known"}),
        # Sub in every form.
        ("!Sub plain", "plain"),
        ("!Sub 'x-${Stage}-${Size}'", "x-dev-7"),
        ("!Sub '${!Literal}-${Stage}'", "${Literal}-dev"),
        ("!Sub '${Q}'", {"Ref": "Q"}),
        ("!Sub '${Q.Arn}'", {"Fn::GetAtt": ["Q", "Arn"]}),
        ("!Sub '${Q.Arn}/*'", {"Fn::Sub": "${Q.Arn}/*"}),
        ("!Sub ['${X}-${Stage}', {X: !GetAtt Q.Arn}]", {"Fn::Sub": "${Q.Arn}-dev"}),
        ("!Sub ['${X}', {X: !If [Prod, a, b]}]", "b"),
        ("!Sub 'a-${Open}'", NO_VALUE),
        ("!Sub '${Gone}'", {"Unknown": "Gone is declared nowhere in this template"}),
        ("!Sub [[a]]", {"Unknown": "Fn::Sub needs a text"}),
        # Lists.
        ("!Join ['-', [a, !Ref Stage, !Ref AWS::NoValue]]", "a-dev"),
        ("!Join [',', !Ref Names]", "a,b,c"),
        ("!Join ['', [a, !Ref Open]]", NO_VALUE),
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!Select [1, !Ref Names]", "b"),
        ("!Select ['2', [a, b, !Ref Stage]]", "dev"),
        ("!Select [1, [!Ref Open, b]]", "b"),
        ("!Select [7, [a]]", {"Unknown": "Fn::Select is out of range"}),
        ("!Select [99999999999999999999, [a]]", {"Unknown": "Fn::Select is out of range"}),
        ("!Select [0, !Ref Subnets]", {"Unknown": "parameter Subnets has no value"}),
        ("!Select [0, !GetAZs '']", {"Unknown": "Fn::GetAZs depends on the account and the region"}),
        ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
        ("{Fn::Length: !Ref Names}", 3),
        ("{Fn::Length: [!Ref Open, !Ref Open]}", 2),
        ("{Fn::Length: !Ref Subnets}", {"Unknown": "parameter Subnets has no value"}),
        ("{Fn::Length: !Cidr [!Ref Open, 4, 8]}", 4),
        ("!Select [1, !Cidr [10.0.0.0/16, 2, 8]]", "10.0.1.0/24"),
        ("!Select [1, !Cidr [!Ref Open, 2, 8]]", {"Unknown": "what Fn::Cidr cuts is known only at deployment"}),
        ("!Cidr [10.0.0.0/28, 9, 8]", [{"Unknown": "what Fn::Cidr cuts is known only at deployment"}] * 9),
        ("!Cidr [a, 999999999999, 8]", {"Unknown": "Fn::Cidr needs a number of subnets"}),
        # Mappings.
        ("!FindInMap [Sizes, !Ref Stage, Timeout]", 3),
        ("!FindInMap [Sizes, dev, List]", ["x", "y"]),
        ("!FindInMap [Sizes, !Ref Open, Timeout]", {"Unknown": "Open is not known"}),
        ("!FindInMap [Sizes, gone, Timeout]", {"Unknown": "Fn::FindInMap finds no such entry"}),
        ("!FindInMap [Sizes, gone, Timeout, DefaultValue: 5]", 5),
        ("!FindInMap [Sizes, dev, Only, {DefaultValue: !Ref Stage}]", "dev"),
        ("!FindInMap [Gone, dev, Only]", {"Unknown": "Fn::FindInMap finds no such entry"}),
        ("!FindInMap [Sizes, !Ref AWS::Region, Only]", {"Unknown": "${AWS::Region} is known only after deployment"}),
        ("!FindInMap [Sizes]", {"Unknown": "Fn::FindInMap needs a map and two keys"}),
        # Conditions: only the branch that counts is looked at.
        ("!If [Prod, !Bogus x, 3]", 3),
        ("!If [Prod, 3]", {"Unknown": "Fn::If needs a condition and two values"}),
        # Encodings.
        ("!Base64 hello", "aGVsbG8="),
        ("!Base64 {Ref: Open}", NO_VALUE),
        ("{Fn::ToJsonString: {a: [1, !Ref Stage], b: !Ref AWS::NoValue, c: true}}", '{"a":[1,"dev"],"c":true}'),
        ("{Fn::ToJsonString: {a: !GetAtt Q.Arn}}", {"Fn::Sub": '{"a":"${Q.Arn}"}'}),
        ("{Fn::ToJsonString: {a: !Ref Open}}", NO_VALUE),
        # What only AWS knows.
        ("!ImportValue x", {"Unknown": "the import x is set by another stack"}),
        ("!ImportValue {'Fn::Sub': '${Stage}-x'}", {"Unknown": "the import dev-x is set by another stack"}),
        (
            "{Fn::GetStackOutput: {StackName: s, OutputName: o}}",
            {"Unknown": "Fn::GetStackOutput is read from another stack at deployment"},
        ),
        ("'{{resolve:ssm:/a/b:1}}'", {"Unknown": "ssm is read at deployment"}),
        ("!Sub 'x-{{resolve:secretsmanager:a:SecretString:b}}'", {"Unknown": "secretsmanager is read at deployment"}),
        ("!Transform {Name: Company::M}", {"Unknown": "what Company::M puts here is known only at deployment"}),
        ("!Bogus x", {"Unknown": "Fn::Bogus is not evaluated"}),
        ("{Fn::Bogus: [a]}", {"Unknown": "Fn::Bogus is not evaluated"}),
        # Not a function: a map that happens to have one key.
        ("{Refs: a}", {"Refs": "a"}),
    ],
)
def test_intrinsic_functions(text: str, expected: Any) -> None:
    assert value_of(text) == expected


@pytest.mark.parametrize("call", ["Fn::ToJsonString", "Fn::Base64", "Fn::Length", "Fn::ImportValue"])
def test_functions_nested_without_end_are_not_evaluated(call: str) -> None:
    text = f'{{"x": {{"{call}": ' * 40 + "a" + "}}" * 40
    assert value_of(text) != {}
    text = f'{{"{call}": ' * 95 + "a" + "}" * 95
    assert set(value_of(text)) == {"Unknown"}


@pytest.mark.parametrize(
    ("text", "region", "parameters", "expected"),
    [
        ("!Ref Open", None, {"Open": "x"}, "x"),
        ("!Ref Stage", None, {"Stage": "prod"}, "prod"),
        # Text stays text, whatever it looks like; a Number is one.
        ("!Ref Stage", None, {"Stage": "0600"}, "0600"),
        ("!Ref Stage", None, {"Stage": "yes"}, "yes"),
        ("!Sub '0${Stage}'", None, {"Stage": "123"}, "0123"),
        ("!Ref Size", None, {"Size": "90"}, 90),
        ("!Ref Size", None, {"Size": "090"}, "090"),
        ("!FindInMap [Sizes, !Ref Stage, Timeout]", None, {"Stage": "prod"}, 9),
        ("!Ref Subnets", None, {"Subnets": "s-1,s-2"}, ["s-1", "s-2"]),
        ("!Ref AWS::AccountId", None, {"AWS::AccountId": "123456789012"}, "123456789012"),
        ("!Sub '${AWS::Region}/${AWS::Partition}/${AWS::URLSuffix}'", "eu-west-1", {}, "eu-west-1/aws/amazonaws.com"),
        ("!Sub '${AWS::Partition}/${AWS::URLSuffix}'", "cn-north-1", {}, "aws-cn/amazonaws.com.cn"),
        ("!Sub '${AWS::Partition}'", "us-gov-west-1", {}, "aws-us-gov"),
        ("!If [Prod, 1, 2]", None, {"Stage": "prod"}, 1),
    ],
)
def test_values_that_are_given_count(text: str, region: str | None, parameters: dict[str, str], expected: Any) -> None:
    assert value_of(text, region, **parameters) == expected


# --- loops ----------------------------------------------------------------------------------------------------------

LOOPS = """\
AWSTemplateFormatVersion: 2010-09-09
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'alpha,be-ta'}
  Open: {Type: CommaDelimitedList}
Mappings:
  M: {lists: {Names: [x, y]}, alpha: {T: 3}, be-ta: {T: 900}}
"""


def shape(stack: Stack) -> dict[str, Any]:
    """Resources and their properties as written."""
    return {name: to_json(resource.properties) for name, resource in stack.resources.items()}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "Resources:\n  Fn::ForEach::L:\n  - N\n  - [A, B]\n  - 'T${N}': {Type: X::Y, Properties: {Name: '${N}.q'}}",
            {"TA": {"Name": "A.q"}, "TB": {"Name": "B.q"}},
        ),
        (
            "Resources:\n  Fn::ForEach::L: [N, !Ref Names, "
            "{'T&{N}': {Type: X::Y, Properties: {Name: !Ref N, B: '${N}'}}}]",
            {"Talpha": {"Name": "alpha", "B": "alpha"}, "Tbeta": {"Name": "be-ta", "B": "be-ta"}},
        ),
        (
            "Resources:\n  Fn::ForEach::L: [N, !FindInMap [M, lists, Names], {'T${N}': {Type: X::Y}}]",
            {"Tx": {}, "Ty": {}},
        ),
        (
            "Resources:\n  Fn::ForEach::L: [N, [a, !Ref Names], {'T&{N}': {Type: X::Y}}]",
            {"Ta": {}, "Talpha": {}, "Tbeta": {}},
        ),
        (
            "Resources:\n  Fn::ForEach::A: [X, [1, 2], {Fn::ForEach::B: [Y, [a, b], {'T${X}${Y}': {Type: X::Y, "
            "Properties: {P: '${X}/${Y}'}}}]}]",
            {"T1a": {"P": "1/a"}, "T1b": {"P": "1/b"}, "T2a": {"P": "2/a"}, "T2b": {"P": "2/b"}},
        ),
        (
            "Resources:\n  F: {Type: X::Y, Properties: {Z: 1, "
            "Fn::ForEach::P: [N, [A, B], {'K${N}': !Sub '${N}-${AWS::Region}'}]}}",
            {"F": {"KA": {"Fn::Sub": "A-${AWS::Region}"}, "KB": {"Fn::Sub": "B-${AWS::Region}"}, "Z": 1}},
        ),
        ("Resources:\n  Fn::ForEach::L: [N, [], {'T${N}': {Type: X::Y}}]\n  F: {Type: X::Y}", {"F": {}}),
    ],
)  # fmt: skip
def test_loops_are_written_out(body: str, expected: dict[str, Any]) -> None:
    stack = stack_of(LOOPS + body)
    assert stack.gaps == []
    assert shape(stack) == expected


def test_loops_make_conditions_and_outputs() -> None:
    stack = stack_of(
        LOOPS + "Conditions:\n  Fn::ForEach::C: [N, !Ref Names, {'Is&{N}': !Equals [!Ref N, alpha]}]\n"
        "Resources:\n  Fn::ForEach::R: [N, !Ref Names, {'T&{N}': {Type: X::Y, Condition: 'Is&{N}'}}]\n"
        "Outputs:\n  Fn::ForEach::O: [N, !Ref Names, {'O&{N}': {Value: !GetAtt 'T&{N}.Arn'}}]\n"
    )
    assert list(stack.conditions) == ["Isalpha", "Isbeta"]
    assert [resource.condition.text for resource in stack.resources.values() if resource.condition] == list(
        stack.conditions
    )
    assert stack.outputs is not None
    assert to_json(stack.outputs) == {
        "Oalpha": {"Value": {"Fn::GetAtt": ["Talpha", "Arn"]}},
        "Obeta": {"Value": {"Fn::GetAtt": ["Tbeta", "Arn"]}},
    }


def test_loops_come_before_the_sam_transform(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n"
        "Mappings: {M: {A: {T: 3}, B: {T: 900}}}\n"
        "Resources:\n"
        "  Fn::ForEach::Workers:\n"
        "  - N\n"
        "  - [A, B]\n"
        "  - Work${N}:\n"
        "      Type: AWS::Serverless::Function\n"
        "      Properties:\n"
        "        Timeout: !FindInMap [M, !Ref N, T]\n"
    )
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == ["t.yaml:10 WorkB may run for 900 s"]
    assert [finding.subject.logical_id for finding in report.findings] == ["WorkB"]
    assert report.seen[0].functions == 2


@pytest.mark.parametrize(
    ("body", "line", "why"),
    [
        ("  Fn::ForEach::L: [N, !Ref Open, {'T${N}': {Type: X::Y}}]", 9, "because parameter Open has no value"),
        ("  Fn::ForEach::L: [N, !ImportValue x, {'T${N}': {Type: X::Y}}]", 9, "the import x is set by another stack"),
        ("  Fn::ForEach::L: [N, [a]]", 9, "a list of an identifier, a collection and a map"),
        ("  Fn::ForEach::L: text", 9, "a list of an identifier, a collection and a map"),
        (
            "  Fn::ForEach::L: [N, !If [Open2, [a], [b]], {'T${N}': {Type: X::Y}}]",
            9,
            "because Open2 is not known",
        ),
        (
            "  Fn::ForEach::A: [A, !Split [',', '" + "a," * 500 + "'], {Fn::ForEach::B: [B, !Split [',', '"
            + "b," * 500 + "'], {'T${A}${B}': {Type: X::Y, Properties: {P: '${A}${B}'}}}]}]",
            9,
            f"more than {MAX_COPIES:,} values",
        ),
    ],
)  # fmt: skip
def test_a_loop_that_cannot_be_written_out_is_a_gap(body: str, line: int, why: str) -> None:
    stack = stack_of(LOOPS + "Resources:\n" + body + "\n  F: {Type: X::Y}\n")
    assert "F" in stack.resources
    gap = stack.gaps[0]
    assert gap.origin is not None and gap.origin.line == line
    assert why in gap.why


# --- included files -------------------------------------------------------------------------------------------------


def included(text: str, files: dict[str, str], base: str = "") -> Stack:
    document = Document("app/template.yaml", text)
    stack = load_template(document, Values(), Surroundings(DictFolder(files), base))
    assert isinstance(stack, Stack)
    return stack


VERSION = "AWSTemplateFormatVersion: 2010-09-09\n"


def include(path: str) -> str:
    return f"{{Name: AWS::Include, Parameters: {{Location: {path}}}}}"


FUNCTION = "Type: AWS::Lambda::Function, Properties: {Timeout: 900}"


@pytest.mark.parametrize(
    ("template", "files", "expected"),
    [
        ("Resources:\n  Fn::Transform: %s\n  A: {Type: X::Y}", {"r.yaml": "B: {Type: X::Y}"}, {"A": {}, "B": {}}),
        (
            "Resources:\n  F: {Type: X::Y, Properties: {Q: 1, Fn::Transform: %s}}",
            {"r.yaml": "P: 2"},
            {"F": {"Q": 1, "P": 2}},
        ),
        (
            "Resources:\n  F: {Type: X::Y, Properties: {L: !Transform %s}}",
            {"r.yaml": "[a, b]"},
            {"F": {"L": ["a", "b"]}},
        ),
        (
            "Transform: %s\nResources: {A: {Type: X::Y}}",
            {"r.yaml": "Resources: {B: {Type: X::Y}}\nMappings: {M: {a: {b: c}}}"},
            {"B": {}, "A": {}},
        ),
        (
            "Transform: [AWS::LanguageExtensions, %s]\nResources: {A: {Type: AWS::X::Y}}",
            {"r.yaml": "Resources: {Fn::ForEach::L: [N, [C, D], {'${N}': {Type: X::Y}}]}"},
            {"C": {}, "D": {}, "A": {}},
        ),
        (
            "Resources:\n  Fn::Transform: %s\n  A: {Type: AWS::X::Y}",
            {"r.yaml": "Fn::Transform: " + include("more.yaml"), "more.yaml": '{"C": {"Type": "X::Y"}}'},
            {"C": {}, "A": {}},
        ),
    ],
)  # fmt: skip
def test_local_files_are_included(template: str, files: dict[str, str], expected: dict[str, Any]) -> None:
    stack = included(VERSION + template % include("r.yaml"), files)
    assert stack.gaps == []
    assert shape(stack) == expected


@pytest.mark.parametrize(
    ("location", "files", "what", "why"),
    [
        ("gone.yaml", {}, "AWS::Include of gone.yaml", "no such file in the repository"),
        ("../../etc/passwd", {"etc/passwd": "A: {Type: X::Y}"}, "AWS::Include of ../../etc/passwd", "no such file"),
        ("/etc/passwd", {}, "AWS::Include of /etc/passwd", "no such file"),
        ("s3://bucket/x.yaml", {}, "AWS::Include of s3://bucket/x.yaml", "what it includes is not read"),
        ("!Ref Bucket", {}, "AWS::Include", "what it includes is not read"),
        ("bad.yaml", {"app/bad.yaml": "a: [b"}, "AWS::Include of bad.yaml", "app/bad.yaml:1: "),
        (
            "self.yaml",
            {"app/self.yaml": "Fn::Transform: " + include("self.yaml")},
            "AWS::Include of self.yaml",
            "it includes itself",
        ),
    ],
)
def test_a_file_that_cannot_be_included_is_a_gap(location: str, files: dict[str, str], what: str, why: str) -> None:
    text = f"Resources:\n  A: {{Type: AWS::X::Y}}\n  Fn::Transform: {include(location)}\n"
    stack = included(text, files, base="app")
    assert list(stack.resources) == ["A"]
    (gap,) = stack.gaps
    assert gap.what == what and why in gap.why and gap.origin is not None and gap.origin.line in {1, 3}


def test_what_a_transform_may_set_is_unknown(tmp_path: Path) -> None:
    """Properties beside an inclusion that is not read are neither present nor absent."""
    (tmp_path / "t.yaml").write_text(
        "Resources:\n"
        f"  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: x, Fn::Transform: {include('s3://b/k')}}}}}\n"
    )
    report = report_of(tmp_path, here=tmp_path)
    assert report.findings == ()
    assert [item.why for item in report.undecided] == ["a transform may set Timeout"]


def test_findings_stand_in_the_included_file(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "t.yaml").write_text(f"{VERSION}Resources:\n  Fn::Transform: {include('parts/f.yaml')}\n")
    (tmp_path / "app" / "parts").mkdir()
    (tmp_path / "app" / "parts" / "f.yaml").write_text(
        "F:\n  Type: AWS::Lambda::Function\n  Properties:\n    Timeout: 900\n"
    )
    assert said(report_of(tmp_path / "app" / "t.yaml", here=tmp_path)) == ["app/parts/f.yaml:4 F may run for 900 s"]


def test_an_included_file_is_one_document_in_all_environments(tmp_path: Path) -> None:
    """Its findings are merged and its comments suppress them, like those of the template itself."""
    (tmp_path / "t.yaml").write_text(
        f"{VERSION}Parameters: {{T: {{Type: Number}}}}\nResources:\n  Fn::Transform: {include('f.yml')}\n"
    )
    (tmp_path / "f.yml").write_text(
        f"A: {{{FUNCTION}}}\nB: {{{FUNCTION}}}  # lambdalint: ignore[function-runs-long] it has to\n"
        "C: {Type: AWS::Lambda::Function, Properties: {Timeout: !Ref T}}\n"
    )
    environments = [Environment(name, {"T": value}, None, True) for name, value in (("dev", "3"), ("prod", "900"))]
    report = report_of(tmp_path, here=tmp_path, environments=environments)
    assert said(report) == ["f.yml:1 A may run for 900 s", "f.yml:3 C may run for 900 s [in environment prod]"]
    assert [item.finding.subject.logical_id for item in report.suppressed] == ["B"]
    assert report.notices == ()


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Rules: {R: {Assertions: [{Assert: !Contains [[a], !Ref X]}]}}",
        "Rules: nonsense",
        "Mappings: [a]",
        "Conditions: {C: [a]}",
        "Outputs: {O: text, P: {Value: !Bogus x}}",
        "Parameters: {P: text, Q: [a]}",
        "Transform: [[AWS::Include]]",
        "Hooks: {H: {Type: AWS::CodeDeploy::BlueGreen}}",
    ],
)
def test_odd_sections_stop_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(f"{text}\nResources:\n  F: {{{FUNCTION}}}\n")
    assert len(report_of(tmp_path, here=tmp_path).findings) == 1


@pytest.mark.parametrize("depth", [30, 60])
def test_deeply_nested_functions_end(depth: int) -> None:
    text = "x"
    for _ in range(depth):
        text = f"{{Fn::Join: ['', [{text}]]}}"
    assert value_of(text) == "x"


def test_a_large_template_is_judged(tmp_path: Path) -> None:
    """Five megabytes, most of it in one value."""
    filler = "x" * 5_000_000
    (tmp_path / "t.yaml").write_text(f"Metadata: {{Note: {filler}}}\nResources:\n  F: {{{FUNCTION}}}\n")
    assert len(report_of(tmp_path, here=tmp_path).findings) == 1


# --- the command line -----------------------------------------------------------------------------------------------


def test_inspect_prints_functions_as_written_or_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.yaml").write_text(
        "Parameters: {N: {Type: String, Default: a}}\n"
        "Resources:\n"
        "  Q:\n    Type: AWS::SQS::Queue\n    DeletionPolicy: Retain\n    Condition: C\n"
        "    Properties: {QueueName: !Sub '${N}.fifo'}\n"
    )
    monkeypatch.chdir(tmp_path)

    def inspected(*arguments: str) -> Any:
        assert main(["inspect", "t.yaml", *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    own = {"Type": "AWS::SQS::Queue", "Condition": "C", "DeletionPolicy": "Retain"}
    assert inspected() == {
        "documents": [
            {
                "path": "t.yaml",
                "dialect": "cloudformation",
                "resources": {"Q": {**own, "Properties": {"QueueName": {"Fn::Sub": "${N}.fifo"}}}},
                "gaps": [],
            }
        ]
    }
    for arguments, name in (([], "a.fifo"), (["--parameter", "N=b"], "b.fifo")):
        found = inspected("--resolved", *arguments)
        assert found["documents"][0]["resources"]["Q"] == {**own, "Properties": {"QueueName": name}}


# --- places ---------------------------------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)
_VALUES = st.recursive(
    st.one_of(_TEXTS, st.integers(-(10**6), 10**6), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["K", "Env", "naïve", "x y"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def written_nodes(node: Node) -> list[Node]:
    """Every value below a node that a person wrote."""
    found: list[Node] = []
    pending = [node]
    while pending:
        item = pending.pop()
        if item.via is None:
            found.append(item)
        if isinstance(item, Mapping):
            pending.extend(item.items.values())
        elif not isinstance(item, Scalar):
            pending.extend(item.items)
    return found


@settings(max_examples=60, deadline=None)
@given(properties=st.dictionaries(st.sampled_from(["A", "B", "C"]), _VALUES, min_size=1), copies=st.integers(1, 3))
def test_the_text_at_a_span_is_the_value(properties: dict[str, Any], copies: int) -> None:
    """Also for copies of loops, where nothing was put in, and whatever was made of a resource stands on its lines."""
    template = {
        "Resources": {
            "Plain": {"Type": "AWS::X::Y", "Properties": properties},
            "Fn::ForEach::L": [
                "Loop",
                [f"v{index}" for index in range(copies)],
                {"T${Loop}": {"Type": "AWS::X::Y", "Properties": {**properties, "Own": "${Loop}"}}},
            ],
        }
    }
    text = json.dumps(template, indent=1, ensure_ascii=False)
    stack = stack_of(text, "t.json")
    assert len(stack.resources) == copies + 1
    for resource in stack.resources.values():
        for node in written_nodes(resource.properties):
            assert json.loads(text[node.start : node.end]) == to_json(node)
        assert text[resource.origin.start : resource.origin.end] in {'"Plain"', '"T${Loop}"'}


@settings(max_examples=40, deadline=None)
@given(
    timeout=st.integers(1, 900),
    memory=st.integers(128, 10240),
    events=st.lists(st.sampled_from(["Api", "SQS", "Schedule", "S3"]), max_size=3),
    blanks=st.integers(0, 3),
)
def test_what_sam_generates_stands_on_lines_that_a_person_wrote(
    timeout: int, memory: int, events: list[str], blanks: int
) -> None:
    pushes = {
        "Api": "{Type: Api, Properties: {Path: /, Method: get}}",
        "SQS": "{Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}",
        "Schedule": "{Type: Schedule, Properties: {Schedule: rate(1 day)}}",
        "S3": "{Type: S3, Properties: {Bucket: !Ref B, Events: 's3:ObjectCreated:*'}}",
    }
    gap = "\n" * blanks
    text = (
        f"Transform: AWS::Serverless-2016-10-31\n{gap}Globals:\n  Function:\n    MemorySize: {memory}\nResources:\n"
        f"  Q: {{Type: AWS::SQS::Queue}}\n  B: {{Type: AWS::S3::Bucket}}\n{gap}  F:\n"
        f"    Type: AWS::Serverless::Function\n    Properties:\n      Timeout: {timeout}\n"
        + ("      Events:\n" if events else "")
        + "".join(f"        E{index}: {pushes[kind]}\n" for index, kind in enumerate(events))
    )
    stack = stack_of(text)
    lines = text.splitlines()
    for resource in stack.resources.values():
        pending: list[Node] = [resource.properties]
        assert lines[resource.origin.line - 1].strip()
        while pending:
            node = pending.pop()
            assert node.document.text is text or node.document.text == text
            assert lines[node.line - 1].strip() and 0 <= node.start <= node.end <= len(text)
            if isinstance(node, Mapping):
                pending.extend(node.items.values())
            elif not isinstance(node, Scalar):
                pending.extend(node.items)
    function = stack.resources["F"].properties
    for name, value in (("Timeout", timeout), ("MemorySize", memory)):
        found = function.get(name)
        assert found is not None and text[found.start : found.end] == str(value)


# --- speed ----------------------------------------------------------------------------------------------------------


def many(count: int) -> str:
    """A template with ``count`` resources of all kinds that refer to each other."""
    head = "Transform: AWS::Serverless-2016-10-31\nConditions: {C: !Equals [!Ref AWS::Region, x]}\nResources:\n"
    return head + "".join(
        f"  F{index}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: a.b\n"
        f"      Runtime: python3.13\n      Timeout: !If [C, 30, 40]\n      Events:\n"
        f"        S: {{Type: SQS, Properties: {{Queue: !GetAtt Q{index}.Arn}}}}\n"
        f"  Q{index}: {{Type: AWS::SQS::Queue, Properties: {{RedrivePolicy: "
        f"{{deadLetterTargetArn: !GetAtt D{index}.Arn, maxReceiveCount: 5}}}}}}\n"
        f"  D{index}: {{Type: AWS::SQS::Queue}}\n"
        f"  L{index}:\n    Type: AWS::Logs::LogGroup\n"
        f"    Properties: {{LogGroupName: !Sub '/aws/lambda/${{F{index}}}'}}\n"
        for index in range(count // 4)
    )


#: What one function may have around it; the last of its kind is there under a condition, which is open.
AROUND = """\
  F#:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 30, Role: !GetAtt Role.Arn, MemorySize: *size, FunctionName: !Sub "${AWS::StackName}-#"}
  Q#: {Type: AWS::SQS::Queue, Properties: {QueueName: q#}}
  M#: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref F#, EventSourceArn: !GetAtt Q#.Arn}}
  V#: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F#}}
  A#:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref F#
      Name: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}
  S#: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ResourceId: !Sub "function:${F#}:live"}}
  L#: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !Sub "/aws/lambda/${AWS::StackName}-#"}}
  C#: {Type: Custom::Thing, Properties: {ServiceToken: !GetAtt F#.Arn}}
  P#: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt F#.Arn}}}
  I#:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref F#, Action: "lambda:InvokeFunction", Principal: cognito-idp.amazonaws.com}
  X#: {Type: AWS::CloudWatch::Alarm, Properties: {Namespace: AWS/Lambda, MetricName: Duration}}
  Y#:
    Type: AWS::CloudFront::Distribution
    Properties: {DistributionConfig: {LambdaFunctionAssociations: [{LambdaFunctionARN: !Ref V#}]}}
  Z#:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {IntegrationUri: !Sub "arn:aws:lambda:a:b:function:${AWS::StackName}-#/invocations"}
"""
AT_LAST = """\
  FZ: {Type: AWS::Lambda::Function, Condition: C}
  LZ: {Type: AWS::Logs::LogGroup, Condition: C}
  QZ: {Type: AWS::SQS::Queue, Properties: {QueueName: !If [C, x, y]}}
"""


def around(count: int) -> str:
    """A template of ``count`` functions and what is around them; all notify of one bucket."""
    notified = ", ".join(f"{{Event: 's3:ObjectCreated:*', Function: !GetAtt F{index}.Arn}}" for index in range(count))
    return (
        "Conditions: {C: !Equals [!Ref AWS::Region, x]}\nResources:\n"
        "  Role: {Type: AWS::IAM::Role, Metadata: {Size: &size 128}}\n"
        "  B:\n    Type: AWS::S3::Bucket\n"
        f"    Properties: {{NotificationConfiguration: {{LambdaConfigurations: [{notified}]}}}}\n"
        + "".join(AROUND.replace("#", str(index)) for index in range(count))
        + AT_LAST
    )


def test_work_grows_with_the_number_of_functions(tmp_path: Path) -> None:
    """Functions, counted by calls, cost as much among many others as among few."""
    from cProfile import Profile

    from judging import RULES

    calls: dict[int, int] = {}
    for count in (20, 20, 40, 80):  # the first run loads modules
        path = tmp_path / f"t{count}.yaml"
        path.write_text(around(count))
        profile = Profile()
        profile.runcall(report_of, path, here=tmp_path, rules=RULES)
        calls[count] = sum(entry.callcount for entry in profile.getstats())
    assert (calls[80] - calls[40]) / (calls[40] - calls[20]) < 2.05, calls


def test_cost_grows_with_the_number_of_resources(tmp_path: Path) -> None:
    """500 resources cost at most 60 times what 10 do (with every rule on), so nothing loops over them twice."""
    from lambdalint.rule.library import load_folder

    rules = load_folder(Path(__file__).parent.parent / "rules")
    paths = {count: tmp_path / f"t{count}.yaml" for count in (10, 500)}
    spent = dict.fromkeys(paths, 1e9)
    for count, path in paths.items():
        path.write_text(many(count))
    gc.collect()
    gc.disable()  # as the command line does
    try:
        for count in (10, 500) * 5:
            before = time.process_time()
            report_of(paths[count], here=tmp_path, rules=rules)
            spent[count] = min(spent[count], time.process_time() - before)
    finally:
        gc.enable()
    assert spent[500] <= 60 * spent[10], spent
