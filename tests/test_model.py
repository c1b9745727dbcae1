"""What the model makes of a template: names that are written in different ways, and what messages call things."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import RULES, report_of

from lambdalint.check.finding import Finding
from lambdalint.check.fixes import edits_of
from lambdalint.source.edit import apply

ROLE = """\
Resources:
  Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}, RoleName: worker}}
  Other: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {}}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Second: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Other.Arn}}
  Policy:
    Type: AWS::IAM::%s
    Properties: {%s, PolicyName: all, PolicyDocument: {Statement: [{Effect: Allow, Action: "*", Resource: "*"}]}}
"""

PERMISSION = """\
Resources:
  Worker: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
  Open:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: %s, Action: "lambda:InvokeFunction", Principal: sns.amazonaws.com%s}
"""

QUEUE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs, VisibilityTimeout: 1}}
  Worker: {Type: AWS::Lambda::Function}
  Poll: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Worker, EventSourceArn: %s}}
"""

SHARED = """\
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      %s
  First: {Type: AWS::Lambda::Function, Properties: {Timeout: %d}}
  Second: {Type: AWS::Lambda::Function, Properties: {Timeout: %d}}
  One:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref First, EventSourceArn: !GetAtt Jobs.Arn}
  Two:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Second, EventSourceArn: !GetAtt Jobs.Arn}
"""

EVENTS = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: mail
          PolicyDocument: {Statement: [{Effect: Allow, Action: ses:SendEmail, Resource: "*"}]}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  First: {Type: AWS::Events::Rule, Properties: {EventPattern: {}, Targets: [{Id: w, Arn: !GetAtt Worker.Arn}]}}
  Second: {Type: AWS::Events::Rule, Properties: {EventPattern: {}, Targets: [{Id: w, Arn: !GetAtt Worker.Arn}]}}
"""


def found(text: str, rule: str, folder: Path) -> list[Finding]:
    """What a rule of the project finds in a template."""
    template = folder / "template.yaml"
    template.write_text(text)
    report = report_of(template, here=folder, rules=[one for one in RULES if one.id == rule])
    assert not report.undecided
    return list(report.findings)


@pytest.mark.parametrize(
    ("kind", "target", "subject"),
    [
        ("RolePolicy", "RoleName: !Ref Role", "Role"),
        ("RolePolicy", 'RoleName: !Sub "${Role}"', "Role"),
        ("RolePolicy", "RoleName: worker", "Role"),
        ("RolePolicy", "RoleName: !Ref Other", "Other"),
        ("RolePolicy", "RoleName: elsewhere", None),
        ("Policy", "Roles: [!Ref Role]", "Role"),
        ("Policy", "Roles: [elsewhere, !Ref Other]", "Other"),
        ("Policy", "Users: [someone]", None),
        ("ManagedPolicy", "Roles: [worker]", "Role"),
    ],
)
def test_a_policy_belongs_to_the_roles_that_it_names(
    kind: str, target: str, subject: str | None, tmp_path: Path
) -> None:
    findings = found(ROLE % (kind, target), "role-allows-everything", tmp_path)
    assert [one.subject.logical_id for one in findings] == ([subject] if subject else [])


@pytest.mark.parametrize(
    ("function", "more", "said"),
    [
        ("!Ref Worker", "", "may invoke Worker for anyone: the permission names neither SourceArn nor SourceAccount,"),
        ("orders", "", "may invoke Worker for anyone"),
        ("'orders:live'", "", "may invoke Worker for anyone"),
        ("'arn:aws:lambda:eu-west-1:111122223333:function:orders:live'", "", "may invoke Worker for anyone"),
        ("!Sub '${Worker.Arn}:live'", "", "may invoke Worker for anyone"),
        ("!ImportValue Shared", "", "may invoke !ImportValue Shared for anyone"),
        ("!Sub 'fn-${AWS::StackName}'", "", "may invoke fn-${AWS::StackName} for anyone"),
        ("!Ref Worker", ", SourceArn: '*'", 'may invoke Worker for anyone: the permission names any source ("*"),'),
    ],
)
def test_a_permission_says_for_which_function(function: str, more: str, said: str, tmp_path: Path) -> None:
    (finding,) = found(PERMISSION % (function, more), "permission-without-source", tmp_path)
    assert said in finding.message


@pytest.mark.parametrize(
    "arn",
    [
        "!GetAtt Jobs.Arn",
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
        '!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:jobs"',
        '!Sub "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs"',
        '!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Jobs.QueueName}"',
        '!Join [":", [arn, aws, sqs, !Ref AWS::Region, !Ref AWS::AccountId, jobs]]',
    ],
)
def test_an_arn_put_together_means_the_resource(arn: str, tmp_path: Path) -> None:
    (finding,) = found(QUEUE % arn, "sqs-visibility-timeout-too-short", tmp_path)
    assert "Jobs hides a message for 1 s" in finding.message


@pytest.mark.parametrize("written", ["VisibilityTimeout: 30", "QueueName: jobs"])
@pytest.mark.parametrize("timeouts", [(10, 100), (100, 10)])
def test_one_fix_of_a_value_satisfies_all_who_ask_for_more(
    written: str, timeouts: tuple[int, int], tmp_path: Path
) -> None:
    rule = "sqs-visibility-timeout-too-short"
    text = SHARED % (written, *timeouts)
    findings = found(text, rule, tmp_path)
    assert len(findings) == 2
    ((document, edits),) = edits_of(findings).items()
    fixed = apply(document.text, edits)
    assert "VisibilityTimeout: 600" in fixed
    assert found(fixed, rule, tmp_path) == []


def test_a_message_names_each_kind_once(tmp_path: Path) -> None:
    (finding,) = found(EVENTS, "async-retries-without-idempotency", tmp_path)
    assert "(eventbridge)" in finding.message
