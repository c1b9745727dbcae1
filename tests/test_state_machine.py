"""What state machines invoke, how, and how long they wait: read from their definitions in every form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judging import RULES, report_of

WAITS, LOST = "timeout-longer-than-caller", "async-failures-lost"
BASE = """\
Parameters: {Kind: {Type: String}, Seconds: {Type: Number, Default: 60}, Open: {Type: String}}
Conditions: {IsProd: !Equals [!Ref Open, prod]}
Resources:
  Dead: {Type: AWS::SQS::Queue}
  Worker: {Type: AWS::Lambda::Function, Properties: {FunctionName: worker, Timeout: 62}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Worker, FunctionVersion: "1", Name: live}}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties: {%s}
"""
INVOKE = "Type: Task, Resource: arn:aws:states:::lambda:invoke"
TASK = '{"Type": "Task", "Resource": "%s", "TimeoutSeconds": 60}'
HELD = """\
  Held:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref Worker
      Qualifier: %s
      DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}
"""
API = """\
  Url: {Type: AWS::Lambda::Permission, Properties: {
    FunctionName: !Ref Worker, Action: "lambda:InvokeFunction", Principal: apigateway.amazonaws.com,
    SourceArn: !Sub "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*"}}
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
"""
USELESS = """\
  Useless: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Worker, Action: "lambda:InvokeFunction",
    Principal: states.amazonaws.com, SourceArn: !Ref Machine}}
"""
ELSEWHERE = "arn:aws:lambda:eu-west-1:111122223333:function"


def one(state: str) -> str:
    """A machine whose definition is an object with one state."""
    return f"Definition: {{StartAt: A, States: {{A: {{{state}}}}}}}"


def text(state: str) -> str:
    """The same as JSON text, for a YAML text in single quotes."""
    return f'{{"StartAt": "A", "States": {{"A": {state}}}}}'


def judged(template: str, rule: str, folder: Path, files: dict[str, str] | None = None) -> str:
    """``clean``, ``undecided``, or the confidence of the one finding of a rule."""
    (folder / "template.yaml").write_text(template)
    for name, content in (files or {}).items():
        (folder / name).write_text(content)
    report = report_of(folder / "template.yaml", here=folder, rules=[found for found in RULES if found.id == rule])
    return "undecided" if report.undecided else next((found.confidence for found in report.findings), "clean")


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        # How a definition is written; the function may run for 62 s, and the state waits for 60 s.
        (one("Type: Task, Resource: !GetAtt Worker.Arn, TimeoutSeconds: 60"), "firm"),
        (one("Type: Task, Resource: !GetAtt Worker.Arn, TimeoutSeconds: 61"), "clean"),
        (one("Type: Task, Resource: !GetAtt Worker.Arn"), "clean"),
        (one("Type: Pass, Resource: !GetAtt Worker.Arn, TimeoutSeconds: 60"), "clean"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSeconds: 60"), "firm"),
        (one('Type: Task, Resource: !Sub "${Worker.Arn}:live", TimeoutSeconds: !Ref Seconds'), "firm"),
        (one(f"{INVOKE}, Parameters: {{FunctionName: worker}}, TimeoutSeconds: 60"), "firm"),
        (one(f"{INVOKE}, Arguments: {{FunctionName: !Ref Worker}}, TimeoutSeconds: 60"), "firm"),
        (one(f"{INVOKE}.waitForTaskToken, Parameters: {{FunctionName: worker}}, TimeoutSeconds: 60"), "firm"),
        (
            one(
                'Type: Task, Resource: !Sub "arn:${AWS::Partition}:states:::aws-sdk:lambda:invoke", '
                "Parameters: {FunctionName: worker}, TimeoutSeconds: 60"
            ),
            "firm",
        ),
        (f"DefinitionString: !Sub '{text(TASK % '${Worker.Arn}')}'", "firm"),
        (f"DefinitionString: !Sub ['{text(TASK % '${W}')}', {{W: !GetAtt Worker.Arn}}]", "firm"),
        (f"DefinitionString: '{text(TASK % '${W}')}', DefinitionSubstitutions: {{W: !GetAtt Worker.Arn}}", "firm"),
        (f"DefinitionString: '{text(TASK % '${W}:live')}', DefinitionSubstitutions: {{W: !GetAtt Worker.Arn}}", "firm"),
        (
            f"DefinitionString: '{text(TASK.replace('60', '${S}') % '${W}')}', "
            "DefinitionSubstitutions: {W: !GetAtt Worker.Arn, S: !Ref Seconds}",
            "firm",
        ),
        (
            """DefinitionString: !Join ["", ['{"States": {"A": {"Type": "Task", "Resource": "${W}:', live, """
            """'", "TimeoutSeconds": ', !Ref Seconds, '}}}']], DefinitionSubstitutions: {W: !GetAtt Worker.Arn}""",
            "firm",
        ),
        # A condition elsewhere in the text says nothing of this function.
        (
            "DefinitionString: !Sub ['"
            + text(TASK.replace("{", '{"Comment": "${C}", ', 1) % "${Worker.Arn}")
            + "', {C: !If [IsProd, a, b]}]",
            "firm",
        ),
        # States in states.
        (
            one("Type: Parallel, Branches: [{States: {B: {Type: Task, Resource: !Ref Live, TimeoutSeconds: 60}}}]"),
            "firm",
        ),
        (one("Type: Map, Iterator: {States: {B: {Type: Task, Resource: !Ref Live, TimeoutSeconds: 60}}}"), "firm"),
        (one("Type: Map, ItemProcessor: {States: {B: {Type: Task, Resource: !Ref Live, TimeoutSeconds: 60}}}"), "firm"),
        # How long it waits.
        ("Definition: {States: {A: {Type: Task, Resource: !Ref Live}}, TimeoutSeconds: 60}", "firm"),
        (
            "Definition: {States: {A: {Type: Task, Resource: !Ref Live, TimeoutSeconds: 60}}, TimeoutSeconds: 99}",
            "firm",
        ),
        (one("Type: Task, Resource: !Ref Live, TimeoutSecondsPath: $.seconds"), "undecided"),
        (one('Type: Task, Resource: !Ref Live, TimeoutSeconds: "{% $states.input.seconds %}"'), "undecided"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSeconds: !Ref Open"), "undecided"),
        (one("Type: Task, Resource: !Ref Live") + ", StateMachineType: !Ref Kind", "undecided"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSeconds: 301") + ", StateMachineType: !Ref Kind", "undecided"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSeconds: 60") + ", StateMachineType: !Ref Kind", "firm"),
        # What it does not invoke, or not in a way that is known.
        (one(f"{INVOKE}, Parameters: {{FunctionName: other}}, TimeoutSeconds: 60"), "clean"),
        (one(f"{INVOKE}, Parameters: {{FunctionName.$: $.function}}, TimeoutSeconds: 60"), "clean"),
        (one(f'{INVOKE}, Arguments: "{{% $states.input %}}", TimeoutSeconds: 60'), "clean"),
        (one("Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', TimeoutSeconds: 60"), "clean"),
        (one(f"Type: Task, Resource: '{ELSEWHERE}:worker', TimeoutSeconds: 60"), "undecided"),
        (one(f"{INVOKE}, Parameters: {{FunctionName: worker, InvocationType: DryRun}}, TimeoutSeconds: 60"), "clean"),
        (one(f"{INVOKE}, Parameters: {{FunctionName: worker, InvocationType: Event}}, TimeoutSeconds: 60"), "clean"),
        (
            one(f"{INVOKE}, Parameters: {{FunctionName: worker, InvocationType.$: $.a}}, TimeoutSeconds: 60"),
            "undecided",
        ),
        # A definition that is not at hand is about the functions that are filled into it.
        ("DefinitionS3Location: {Bucket: b, Key: k}, DefinitionSubstitutions: {W: !Ref Worker}", "undecided"),
        ("DefinitionS3Location: gone.json, DefinitionSubstitutions: {W: !Ref Worker}", "undecided"),
        ("DefinitionString: '{\"States\": ', DefinitionSubstitutions: {W: !Ref Worker}", "undecided"),
        (
            'Definition: {Comment: x, "Fn::Transform": {Name: x}}, DefinitionSubstitutions: {W: !Ref Worker}',
            "undecided",
        ),
        ("Definition: !Ref Open, DefinitionSubstitutions: {W: !Ref Worker}", "undecided"),
        ("DefinitionS3Location: {Bucket: b, Key: k}", "clean"),
    ],
)
def test_a_state_machine_waits_for_what_its_states_invoke(machine: str, expected: str, tmp_path: Path) -> None:
    assert judged(BASE % machine, WAITS, tmp_path) == expected


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (one("Type: Task, Resource: !Ref Live"), "firm"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSeconds: 900"), "firm"),
        (one("Type: Task, Resource: !Ref Live").replace("Definition: {", "Definition: {TimeoutSeconds: 900, "), "firm"),
        (one("Type: Task, Resource: !Ref Live, TimeoutSecondsPath: $.seconds"), "undecided"),
    ],
)
def test_an_express_workflow_waits_for_five_minutes(machine: str, expected: str, tmp_path: Path) -> None:
    template = BASE.replace("62", "302") % f"{machine}, StateMachineType: EXPRESS"
    assert judged(template, WAITS, tmp_path) == expected
    assert judged(template.replace("302", "301"), WAITS, tmp_path) == expected.replace("firm", "clean")


def test_iterations_of_a_distributed_map_are_express_workflows_of_their_own(tmp_path: Path) -> None:
    processor = (
        "{ProcessorConfig: {Mode: DISTRIBUTED, ExecutionType: %s}, States: {B: {Type: Task, Resource: !Ref Live}}}"
    )
    template = BASE.replace("62", "302")
    judge = [template % one(f"Type: Map, ItemProcessor: {processor % kind}") for kind in ("EXPRESS", "STANDARD")]
    assert [judged(text, WAITS, tmp_path) for text in judge] == ["firm", "clean"]


@pytest.mark.parametrize(
    ("parameters", "more", "expected"),
    [
        # The state machine retries and catches: nothing is lost.
        ("FunctionName: !Ref Worker", "", "clean"),
        ("FunctionName: !Ref Worker, InvocationType: RequestResponse", "", "clean"),
        ("FunctionName: !Ref Worker, InvocationType: DryRun", "", "clean"),
        ("FunctionName: !Ref Worker, InvocationType: Event", "", "firm"),
        ("FunctionName: !Ref Worker, InvocationType: !Ref Open", "", "undecided"),
        # The settings are those of what is invoked.
        ("FunctionName: !Ref Worker, InvocationType: Event", HELD % "live", "firm"),
        ("FunctionName: !Ref Live, InvocationType: Event", HELD % "live", "clean"),
        ("FunctionName: !Ref Worker, Qualifier: live, InvocationType: Event", HELD % "live", "clean"),
        ("FunctionName: !Ref Worker, Qualifier: other, InvocationType: Event", HELD % "live", "firm"),
        ("FunctionName: !Ref Worker, Qualifier.$: $.alias, InvocationType: Event", HELD % "live", "clean"),
        ('FunctionName: !Ref Worker, Qualifier: "{% $alias %}", InvocationType: Event', "", "firm"),
    ],
)
def test_only_events_that_nobody_waits_for_are_lost(parameters: str, more: str, expected: str, tmp_path: Path) -> None:
    machine = one(f"{INVOKE}, Parameters: {{{parameters}}}")
    assert judged(BASE % machine + more, LOST, tmp_path) == expected


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (one("Type: Task, Resource: 'arn:aws:states:::aws-sdk:lambda:invokeAsync', Parameters: {FunctionName: worker}"),
         "firm"),
        ("DefinitionS3Location: gone.json, DefinitionSubstitutions: {W: !Ref Worker}", "undecided"),
    ],
)  # fmt: skip
def test_what_is_not_known_to_be_waited_for_may_be_lost(machine: str, expected: str, tmp_path: Path) -> None:
    assert judged(BASE % machine, LOST, tmp_path) == expected


def test_a_state_machine_that_waits_longer_than_the_api_is_the_slowest_caller(tmp_path: Path) -> None:
    assert judged(BASE % one("Type: Succeed") + API, WAITS, tmp_path) == "firm"
    assert judged(BASE % one("Type: Task, Resource: !Ref Live") + API, WAITS, tmp_path) == "clean"


def test_a_permission_for_step_functions_adds_nothing_to_what_the_states_say(tmp_path: Path) -> None:
    assert (
        judged(BASE % one("Type: Task, Resource: !Ref Live, TimeoutSeconds: 60") + USELESS, WAITS, tmp_path) == "firm"
    )


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("orders.json", text('{\n"Type": "Task", "Resource": "${W}",\n"TimeoutSeconds": ${S}}'), "orders.json:3:19"),
        (
            "orders.yaml",
            "States:\n  A:\n    Type: Task\n    Resource: ${W}:live\n    TimeoutSeconds: 60\n",
            "orders.yaml:5:21",
        ),
        ("../orders.json", text(TASK % "${W}"), None),
        ("s3://definitions/orders.json", text(TASK % "${W}"), None),
    ],
)
def test_a_definition_stands_in_a_file(name: str, content: str, expected: str | None, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / ".git").mkdir()
    substitutions = "DefinitionSubstitutions: {W: !GetAtt Worker.Arn, S: !Ref Seconds}"
    (folder / "template.yaml").write_text(BASE % f"DefinitionS3Location: '{name}', {substitutions}")
    if "s3:" not in name:
        (folder / name).write_text(content)
    report = report_of(folder / "template.yaml", here=folder, rules=[found for found in RULES if found.id == WAITS])
    places = [place.origin for found in report.findings for place in found.related]
    assert all(place.document.text == content for place in places)
    shown = [f"{place.document.path}:{place.line}:{place.column}" for place in places]
    assert (shown, len(report.undecided)) == (([expected], 0) if expected else ([], 1))


def test_cdk_packages_a_definition_as_an_asset(tmp_path: Path) -> None:
    digest = "0f" * 32
    machine = {
        "DefinitionS3Location": {"Bucket": "assets", "Key": f"{digest}.json"},
        "DefinitionSubstitutions": {"W": {"Ref": "Worker"}},
    }
    resources = {
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 62}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
    }
    assets = {"files": {digest: {"source": {"path": f"asset.{digest}.json", "packaging": "file"}}}}
    (tmp_path / "Shop.template.json").write_text(json.dumps({"Resources": resources}))
    (tmp_path / "Shop.assets.json").write_text(json.dumps(assets))
    (tmp_path / f"asset.{digest}.json").write_text(text(TASK % "${W}"))
    rules = [found for found in RULES if found.id == WAITS]
    report = report_of(tmp_path / "Shop.template.json", here=tmp_path, rules=rules)
    assert [found.subject.logical_id for found in report.findings] == ["Worker"]


def test_a_definition_in_a_text_stands_where_the_text_does(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(BASE % f"DefinitionString: !Sub '{text(TASK % '${Worker.Arn}')}'")
    report = report_of(template, here=tmp_path, rules=[found for found in RULES if found.id == WAITS])
    places = [place.origin for found in report.findings for place in found.related]
    assert [(place.document.path, place.line) for place in places] == [("template.yaml", 9)]
