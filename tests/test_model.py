"""What the model makes of a template: names that are written in different ways, and what messages call things."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import RULES, report_of

from lambdalint.check.finding import Finding
from lambdalint.check.fixes import edits_of
from lambdalint.load.deployment import Environment
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
        # The region of a mapping is that of its queue, whichever it is.
        '!Sub "arn:aws:sqs:eu-west-1:${AWS::AccountId}:jobs"',
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


REDRIVE = """\
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: %s}}
  Worker: {Type: AWS::Lambda::Function}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Jobs.Arn}
"""


def judged(text: str, rule: str, folder: Path, region: str | None = None, **parameters: str) -> str:
    """``clean``, ``undecided``, or the confidence of the one finding of a rule."""
    template = folder / "template.yaml"
    template.write_text(text)
    environments = [Environment(None, parameters, region)]
    report = report_of(template, here=folder, environments=environments, rules=[one for one in RULES if one.id == rule])
    if report.undecided:
        return "undecided"
    return next((one.confidence for one in report.findings), "clean")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("'" + "[" * 100_000 + "'", "undecided"),
        ('\'{"deadLetterTargetArn": "x", "maxReceiveCount": "\u00b2"}\'', "undecided"),
        ("""'{"deadLetterTargetArn": "x", "maxReceiveCount": "%s"}'""" % ("9" * 5000), "undecided"),
        ('\'{"deadLetterTargetArn": "x", "maxReceiveCount": "1"}\'', "firm"),
        ('\'{"deadLetterTargetArn": "x", "maxReceiveCount": 5}\'', "clean"),
    ],
)
def test_a_redrive_policy_may_be_any_text(policy: str, expected: str, tmp_path: Path) -> None:
    assert judged(REDRIVE % policy, "sqs-receive-count-too-low", tmp_path) == expected


ELSEWHERE = """\
Parameters: {Queue: {Type: String}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: mail
          PolicyDocument: {Statement: [{Effect: Allow, Action: ses:SendEmail, Resource: "*"}]}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "https://example.com/t.yaml"}}
  Worker: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}
  Poll: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !Ref Worker, EventSourceArn: %s}}
"""


@pytest.mark.parametrize(
    ("queue", "expected"),
    [
        ("arn:aws:sqs:eu-west-1:111122223333:mail", "tentative"),
        ("arn:aws:sqs:eu-west-1:111122223333:mail.fifo", "clean"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:mail.fifo"', "clean"),
        ('!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:mail"', "tentative"),
        ("!Ref Queue", "undecided"),
        ("!ImportValue mail", "undecided"),
        ("!GetAtt Nested.Outputs.Queue", "undecided"),
    ],
)
def test_a_queue_declared_elsewhere_is_fifo_by_its_name(queue: str, expected: str, tmp_path: Path) -> None:
    assert judged(ELSEWHERE % queue, "async-retries-without-idempotency", tmp_path) == expected


@pytest.mark.parametrize(
    ("region", "account", "expected"),
    [
        (None, None, "undecided"),
        ("eu-west-1", None, "undecided"),
        (None, "111122223333", "firm"),
        ("eu-west-1", "111122223333", "firm"),
        ("us-east-1", "111122223333", "undecided"),
        ("eu-west-1", "444455556666", "undecided"),
    ],
)
def test_an_arn_of_another_account_or_region_means_another_queue(
    region: str | None, account: str | None, expected: str, tmp_path: Path
) -> None:
    text = QUEUE % "arn:aws:sqs:eu-west-1:111122223333:jobs"
    given = {"AWS::AccountId": account} if account is not None else {}
    assert judged(text, "sqs-visibility-timeout-too-short", tmp_path, region, **given) == expected


SUBNETS = """\
Parameters:
  List: {Type: CommaDelimitedList, Default: s-1}
  Text: {Type: String, Default: s-1}
  One: {Type: "AWS::EC2::Subnet::Id"}
  Several: {Type: "List<AWS::EC2::Subnet::Id>"}
  Stored: {Type: "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>"}
Resources:
  Worker: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: %s, SecurityGroupIds: [g]}}}
"""


@pytest.mark.parametrize(
    ("subnets", "expected"),
    [
        ("[s-1]", "firm"),
        ("!Ref List", "tentative"),
        ("[!Ref Text]", "tentative"),
        ('!Split [",", !Ref Text]', "tentative"),
        ('!Split [",", !Join [",", !Ref List]]', "tentative"),
        ('!Split [",", !Sub "${Text}"]', "tentative"),
        ('!Split [",", "s-1"]', "firm"),
        ('!Split [",", ""]', "undecided"),
        ("[!Ref One]", "firm"),
        ("!Ref Several", "undecided"),
        ("[!Ref Several]", "undecided"),
        ("[!Ref Stored]", "undecided"),
        ("[!ImportValue Subnet]", "undecided"),
    ],
)
def test_a_default_stays_one_whatever_is_made_of_it(subnets: str, expected: str, tmp_path: Path) -> None:
    assert judged(SUBNETS % subnets, "single-zone-vpc", tmp_path) == expected


WORKER = """\
Parameters: {Name: {Type: String}, Stage: {Type: String}}
Conditions: {IsProd: !Equals [!Ref Stage, prod], NotProd: !Not [!Condition IsProd]}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {Policies: [{PolicyName: p, PolicyDocument: {Statement: [%s]}}]}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Role: !GetAtt Role.Arn, FunctionName: worker, Timeout: 30, MemorySize: 512%s}
"""
LOGS = "{Effect: Allow, Action: logs:*, Resource: '*'}"
ALLOWED = """\
  P:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Worker, Action: "%s", Principal: %s.amazonaws.com%s}
"""
RULE = """\
  Rule: {Type: AWS::Events::Rule, Properties: {State: %s, Targets: [{Id: w, Arn: !GetAtt Worker.Arn}]}}
"""
SCHEDULE = """\
  S: {Type: AWS::Scheduler::Schedule, Properties: {State: %s, Target: {Arn: !GetAtt Worker.Arn}}}
"""
POOL = """\
  Pool: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {%s}}}
"""
DEAD = """\
  Jobs: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: %s}}
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Dead.Arn}
"""
WATCHED = """\
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [{Name: FunctionName, Value: %s}]
"""
OTHERS = """\
  A:
    Type: AWS::Lambda::Function
    Condition: IsProd
    Properties: {FunctionName: twin, Timeout: %d}
  B:
    Type: AWS::Lambda::Function
    Condition: NotProd
    Properties: {FunctionName: twin, Timeout: %d}
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 60}}
  Poll: {Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: %s, EventSourceArn: !GetAtt Jobs.Arn}}
"""
ALIAS = """\
  Live:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: %s
      FunctionVersion: "3"
      Name: live
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 10}
  T: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {ResourceId: "function:orders:live"}}
"""
TOPIC = """\
  Topic: {Type: AWS::SNS::Topic}
  S: {Type: AWS::SNS::Subscription, Properties: {Endpoint: !GetAtt Worker.Arn, TopicArn: !Ref Topic}}
"""
KEPT = """\
  Dead: {Type: AWS::SQS::Queue, Properties: {QueueName: dead}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: %s
      PolicyDocument: {Statement: [{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]}
"""
SEND_DEAD = ", DeadLetterConfig: {TargetArn: !GetAtt Dead.Arn}"
PUBLISH = "{Effect: Allow, Action: sns:Publish, %s}"
FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function"
LOST, WAITS, ALARMLESS = "async-failures-lost", "timeout-longer-than-caller", "errors-without-alarm"
UNDEAD, LOOP, HIDES = "sqs-queue-without-dead-letter-queue", "recursive-trigger", "sqs-visibility-timeout-too-short"
INVOKE, FROM_POOL = "lambda:InvokeFunction", ", SourceArn: !GetAtt Pool.Arn"
SNS = ("sns", ", SourceArn: 'arn:aws:sns:eu-west-1:111122223333:t'")


@pytest.mark.parametrize(
    ("rule", "more", "expected"),
    [
        # A trigger that is switched off, and a permission that lets nobody invoke.
        (LOST, RULE % "ENABLED", "firm"),
        (LOST, RULE % "DISABLED", "clean"),
        (LOST, RULE % "DISABLED" + ALLOWED % (INVOKE, "events", ", SourceArn: !GetAtt Rule.Arn"), "clean"),
        (LOST, RULE % "ENABLED" + ALLOWED % (INVOKE, "events", ", SourceArn: !GetAtt Rule.Arn"), "firm"),
        (LOST, SCHEDULE % "ENABLED", "firm"),
        # A function of the same name, in an account that may be another.
        (LOST, (SCHEDULE % "ENABLED").replace("!GetAtt Worker.Arn", f'"{FUNCTION}:worker"'), "undecided"),
        (LOST, (SCHEDULE % "ENABLED").replace("!GetAtt Worker.Arn", f'"{FUNCTION}:other"'), "clean"),
        (LOST, SCHEDULE % "DISABLED", "clean"),
        (LOST, ALLOWED % (INVOKE, *SNS), "firm"),
        (LOST, ALLOWED % ("lambda:*", *SNS), "firm"),
        (LOST, ALLOWED % ("lambda:GetFunction", *SNS), "clean"),
        # Cognito waits for its triggers, but not for custom senders.
        (WAITS, POOL % "PreSignUp: !GetAtt Worker.Arn" + ALLOWED % (INVOKE, "cognito-idp", FROM_POOL), "firm"),
        (
            WAITS,
            POOL % "CustomSMSSender: {LambdaArn: !GetAtt Worker.Arn}" + ALLOWED % (INVOKE, "cognito-idp", FROM_POOL),
            "clean",
        ),
        (WAITS, ALLOWED % (INVOKE, "cognito-idp", ""), "undecided"),
        (WAITS, ALLOWED % (INVOKE, "appsync", ""), "undecided"),
        # A dead-letter queue that a text names.
        (UNDEAD, DEAD % "{}", "firm"),
        (UNDEAD, DEAD % '!Sub \'{"deadLetterTargetArn": "${Dead.Arn}", "maxReceiveCount": 5}\'', "clean"),
        (
            UNDEAD,
            DEAD % '\'{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}\'',
            "clean",
        ),
        # An alarm on a function that a parameter names, or another template.
        (ALARMLESS, WATCHED % "!Ref Worker", "clean"),
        (ALARMLESS, WATCHED % "'111122223333:function:worker'", "clean"),
        (ALARMLESS, WATCHED % "elsewhere", "firm"),
        (ALARMLESS, WATCHED % "!Ref Name", "undecided"),
        # Two functions of one name, of which one exists; and a partial ARN.
        (HIDES, OTHERS % (300, 5, "twin"), "firm"),
        (HIDES, OTHERS % (5, 300, "twin"), "firm"),
        (HIDES, OTHERS % (5, 5, "twin"), "clean"),
        (HIDES, OTHERS % (5, 5, "'111122223333:function:worker'"), "firm"),
        (HIDES, OTHERS % (5, 5, "'111122223333:function:worker:live'"), "firm"),
        # The alias of a function that another template declares.
        ("provisioned-concurrency-without-scaling", ALIAS % "orders", "clean"),
        (
            "provisioned-concurrency-without-scaling",
            ALIAS % "'arn:aws:lambda:eu-west-1:111122223333:function:orders'",
            "clean",
        ),
        ("provisioned-concurrency-without-scaling", ALIAS % "bills", "firm"),
    ],
)
def test_what_invokes_a_function_and_what_watches_it(rule: str, more: str, expected: str, tmp_path: Path) -> None:
    assert judged(WORKER % (LOGS, "") + more, rule, tmp_path) == expected


#: Two aliases of a function, one of another, and one whose name a parameter tells; each holds provisioned concurrency.
ALIASES = """\
Parameters: {P: {Type: String}}
Resources:
  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: orders}}
  G: {Type: AWS::Lambda::Function, Properties: {FunctionName: bills}}
""" + "".join(
    f"""\
  {alias}:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref {function}
      FunctionVersion: "1"
      Name: {name}
      ProvisionedConcurrencyConfig: {{ProvisionedConcurrentExecutions: 10}}
"""
    for alias, function, name in (
        ("Blue", "F", "blue"),
        ("Green", "F", "green"),
        ("Bills", "G", "blue"),
        ("Named", "F", "!Ref P"),
    )
)
TARGET = """\
  %s:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties: {ResourceId: %s}
"""


@pytest.mark.parametrize(
    ("targets", "unscaled", "unknown"),
    [
        ([], "Blue Green Bills Named", ""),
        (['!Sub "function:${F}:blue"'], "Green Bills", "Named"),
        (["function:orders:blue"], "Green Bills", "Named"),
        (["function:orders:blue", '!Join [":", [function, !Ref F, green]]'], "Bills", "Named"),
        (['!Sub "function:${F}:${Blue}"'], "Green Bills Named", ""),
        # A version, and no alias at all.
        (["function:orders:7"], "Blue Green Bills", "Named"),
        (["function:payments:blue"], "Blue Green Bills Named", ""),
        # What a parameter names may be any of them; the alias that has its name from there is meant for sure.
        (['!Sub "function:${F}:${P}"'], "", "Blue Green Bills"),
        (["!Ref P"], "", "Blue Green Bills Named"),
        (['!Sub "function:${P}:blue"'], "", "Blue Green Bills Named"),
        (["!Ref P", "function:orders:blue"], "", "Green Bills Named"),
        # Which alias it is cannot be told, but the function is another.
        (['!Sub "function:${F}:${F.Version}"'], "Bills", "Blue Green Named"),
        # Of a table, and of a service.
        (['!Sub "table/${P}"', '!Sub "service/${P}/orders"'], "Blue Green Bills Named", ""),
    ],
)
def test_a_scalable_target_is_for_one_alias(targets: list[str], unscaled: str, unknown: str, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(ALIASES + "".join(TARGET % (f"T{number}", text) for number, text in enumerate(targets)))
    rules = [rule for rule in RULES if rule.id == "provisioned-concurrency-without-scaling"]
    report = report_of(template, here=tmp_path, rules=rules)
    assert sorted(finding.subject.logical_id or "" for finding in report.findings) == sorted(unscaled.split())
    assert sorted(item.subject.logical_id or "" for item in report.undecided) == sorted(unknown.split())


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("Resource: !Ref Topic", "tentative"),
        ("Resource: '*'", "undecided"),
        ("Resource: 'arn:aws:sns:*:*:*'", "undecided"),
        ("NotResource: 'arn:aws:sns:eu-west-1:111122223333:other'", "undecided"),
    ],
)
def test_a_grant_of_everything_names_no_source(resource: str, expected: str, tmp_path: Path) -> None:
    text = WORKER % (PUBLISH % resource, "") + TOPIC + ALLOWED % (INVOKE, "sns", ", SourceArn: !Ref Topic")
    assert judged(text, LOOP, tmp_path) == expected


@pytest.mark.parametrize(
    ("queues", "expected"),
    [
        ("[!Ref Dead]", "undecided"),
        ("!Ref Dead", "undecided"),
        ("!If [IsProd, [!Ref Dead], [!Ref Dead]]", "undecided"),
        ('[!Sub "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/dead"]', "undecided"),
        ("[!Ref Name]", "undecided"),
        ("['https://sqs.eu-west-1.amazonaws.com/111122223333/other']", "firm"),
    ],
)
def test_the_policy_of_a_queue_may_let_the_role_in(queues: str, expected: str, tmp_path: Path) -> None:
    text = WORKER % (LOGS, SEND_DEAD) + KEPT % queues
    assert judged(text, "dead-letter-target-unwritable", tmp_path) == expected


ANCHOR = """\
Resources:
  Worker: {Type: AWS::Lambda::Function, Properties: {Timeout: %s}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: %s}}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: !GetAtt Jobs.Arn}
"""


@pytest.mark.parametrize(
    ("timeout", "hidden", "fixed"), [("&t 30", "*t", False), ("30", "30", True), ("&t 30", "30", True)]
)
def test_a_value_that_others_share_has_no_fix(timeout: str, hidden: str, fixed: bool, tmp_path: Path) -> None:
    (finding,) = found(ANCHOR % (timeout, hidden), HIDES, tmp_path)
    assert (finding.fix is not None) is fixed


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ("ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces", "clean"),
        ("cloudwatch:PutMetricData", "clean"),
        ("ec2:TerminateInstances", "firm"),
        ("cloudwatch:DeleteAlarms", "firm"),
    ],
)
def test_only_network_interfaces_and_metrics_are_harmless_to_share(actions: str, expected: str, tmp_path: Path) -> None:
    statement = f"{{Effect: Allow, Action: [{actions}], Resource: '*'}}"
    second = "  Second: {Type: AWS::Lambda::Function, Properties: {Role: !GetAtt Role.Arn}}\n"
    assert judged(WORKER % (statement, "") + second, "role-shared-by-functions", tmp_path) == expected


CONSUMED = """\
  Stream: {Type: AWS::Kinesis::Stream, Properties: {Name: orders}}
  Poll:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {FunctionName: !Ref Worker, EventSourceArn: "arn:aws:kinesis:eu-west-1:111122223333:stream/%s"}
"""


@pytest.mark.parametrize(
    ("granted", "polled", "expected"),
    [
        # Whether the account that both name is the one of the stack is not known, nor does it matter.
        ("orders", "orders", "clean"),
        ("orders", "orders/consumer/worker:1", "clean"),
        ("bills", "bills/consumer/worker:1", "clean"),
        ("orders", "bills/consumer/worker:1", "tentative"),
    ],
)
def test_a_consumer_of_a_stream_reads_the_stream(granted: str, polled: str, expected: str, tmp_path: Path) -> None:
    arn = f"arn:aws:kinesis:eu-west-1:111122223333:stream/{granted}"
    statement = f"{{Effect: Allow, Action: 'kinesis:*', Resource: '{arn}'}}"
    assert judged(WORKER % (statement, "") + CONSUMED % polled, "role-cannot-poll-source", tmp_path) == expected
