"""Policies: reading them, matching them, judging how wide they are."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdalint.data import iam
from lambdalint.data.iam_overrides import OPERATIONS, OVERRIDES, SERVICES
from lambdalint.model.policy import (
    Pattern,
    Statement,
    allows,
    effectively_star,
    literal_text,
    managed_statements,
    matches,
    parse_statements,
    width,
)
from lambdalint.source.node import Document, Json, Mapping, Node, Origin, Scalar, Sequence, make
from lambdalint.source.value import Given, Unknown

PLACE = Origin(Document("template.yaml", "policy"), 0, 6)


def text_of(node: Node) -> Given[str] | Unknown | None:
    """Literals, Ref and Fn::GetAtt as canonical text; AWS::NoValue as nothing; all else unknown."""
    match node:
        case Scalar(text=text):
            return Given(text, node)
        case Mapping() if isinstance(node.get("Ref"), Scalar):
            name = text_of(node.items["Ref"])
            assert isinstance(name, Given)
            return None if name.value == "AWS::NoValue" else Given(f"${{{name.value}}}", node)
        case _:
            return Unknown("it is not evaluated in this test", node)


def statements(policy: Json) -> tuple[Statement, ...]:
    return parse_statements(make(policy, PLACE), text_of, "inline policy of Worker")


def allow(action: Json, resource: Json = "*", condition: Json = None) -> dict[str, Json]:
    found: dict[str, Json] = {"Effect": "Allow", "Action": action, "Resource": resource}
    return found if condition is None else {**found, "Condition": condition}


def deny(action: Json, resource: Json = "*", condition: Json = None) -> dict[str, Json]:
    return {**allow(action, resource, condition), "Effect": "Deny"}


# --- Actions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "spelling", "level", "tier", "types"),
    [
        ("sqs:sendmessage", "sqs:SendMessage", "write", "required", {"queue": True}),
        ("DynamoDB:Query", "dynamodb:Query", "read", "required", {"index": False, "table": True}),
        ("xray:PutTraceSegments", "xray:PutTraceSegments", "write", "none", {}),
        ("polly:SynthesizeSpeech", "polly:SynthesizeSpeech", "read", "optional", {"lexicon": False}),
        ("sqs:AddPermission", "sqs:AddPermission", "permissions", "required", {"queue": True}),
        ("sqs:TagQueue", "sqs:TagQueue", "tagging", "required", {"queue": True}),
        ("s3:ListAllMyBuckets", "s3:ListAllMyBuckets", "list", "none", {}),
        # The first and the last line of the table are the ones that bisection gets wrong.
        ("a2c:GetContainerizationJobDetails", "a2c:GetContainerizationJobDetails", "read", "none", {}),
        ("xray:UpdateTraceSegmentDestination", "xray:UpdateTraceSegmentDestination", "write", "none", {}),
    ],
)
def test_an_action_is_found(name: str, spelling: str, level: str, tier: str, types: dict[str, bool]) -> None:
    found = iam.action(name)
    assert found is not None
    assert (found.name, found.level, found.tier) == (spelling, level, tier)
    assert {kind.name: kind.required for kind in found.resources} == types


def test_every_action_of_the_table_is_found() -> None:
    names = iam.expand("*")
    assert len(names) > 20_000
    assert [name for name in names if getattr(iam.action(name.upper()), "name", None) != name] == []


@pytest.mark.parametrize("name", ["sqs:SendMesage", "sqs:*", "*", "sqs", "", "nothing:Here", "sqs:", ":SendMessage"])
def test_no_action_of_that_name(name: str) -> None:
    assert iam.action(name) is None


@pytest.mark.parametrize(
    ("prefix", "known"), [("sqs", True), ("SQS", True), ("s3-outposts", True), ("s", False), ("bedrock-runtime", False)]
)
def test_service_prefixes(prefix: str, known: bool) -> None:
    assert iam.service_known(prefix) is known


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sqs:Send*", ("sqs:SendMessage",)),
        ("SQS:send*", ("sqs:SendMessage",)),
        ("sqs:SendMessag?", ("sqs:SendMessage",)),
        ("sqs:SendMessage?", ()),
        ("sqs:SendMessage", ("sqs:SendMessage",)),
        ("kinesis:Get*s", ("kinesis:GetRecords",)),
        ("nothing:*", ()),
        ("send*", ()),
        ("sq?:SendMess*", ("sqs:SendMessage",)),
    ],
)
def test_expansion(pattern: str, expected: tuple[str, ...]) -> None:
    assert iam.expand(pattern) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sqs:SendMesage", "sqs:SendMessage"),
        ("sqs:DeleteMessageBatch", "sqs:DeleteMessage"),
        ("bedrock-runtime:InvokeModel", "bedrock:InvokeModel"),
        ("bedrock-runtime:Converse", "bedrock:InvokeModel"),
        ("lamda:InvokeFunction", "lambda:InvokeFunction"),
        ("lambda:CheckpointDurableExecutions", "lambda:CheckpointDurableExecution"),
        ("sqs:FlyToTheMoon", None),
        ("zzz:qqq", None),
        ("", None),
    ],
)
def test_nearest(name: str, expected: str | None) -> None:
    assert iam.nearest(name) == expected


def test_overrides_and_mistaken_names_are_about_something() -> None:
    for name, override in OVERRIDES.items():
        found = iam.action(name)
        assert found is not None, name
        assert found.tier == ("optional" if override.star == "never" else "required"), f"{name} needs no override"
    for wrong, right in OPERATIONS.items():
        assert iam.action(wrong) is None, f"{wrong} is an action by now"
        assert getattr(iam.action(right), "name", None) == right
    for wrong, right in SERVICES.items():
        assert not iam.service_known(wrong), f"{wrong} is a prefix by now"
        assert iam.service_known(right), right


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("AWSLambdaBasicExecutionRole", True),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", True),
        ("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", True),
        ("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole", False),
        ("arn:aws:iam::aws:policy/AmazonSQSFullAccess", True),
        ("awslambdabasicexecutionrole", False),
        ("AWSLambdaFullAccess", False),
        ("arn:aws:iam::123456789012:policy/AmazonSQSFullAccess", False),
        ("AccessAnalyzerServiceRolePolicy", False),
    ],
)
def test_managed_policies(name: str, known: bool) -> None:
    assert (iam.managed_policy(name) is not None) is known


def test_managed_policy_paths() -> None:
    assert iam.managed_policy_path("AWSLambdaBasicExecutionRole") == "/service-role/"
    assert iam.managed_policy_path("AWSXRayDaemonWriteAccess") == "/"
    assert iam.managed_policy_path("AWSLambdaFullAccess") is None


# --- Matching -------------------------------------------------------------------------------------------------------

ALIASES = {
    "${Jobs.Arn}": ("arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs",),
    "${Other.Arn}": (),
    "${Topic}": ("${Topic.TopicArn}",),
    "${Topic.TopicArn}": ("${Topic}",),
    "${Fn.Arn}": (),
    "${FnVersion}": ("${Fn.Arn}:${?}",),
    "${Table.Arn}": (),
    "${Table.StreamArn}": ("${Table.Arn}/stream/${?}",),
    "${Bucket.Arn}": ("arn:aws:s3:::photos",),
}


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "${Anything}", True),
        ("${Jobs.Arn}", "${Jobs.Arn}", True),
        ("${Jobs.Arn}", "${Other.Arn}", False),  # two resources of this template
        ("${Jobs.Arn}", "${Parameter}", None),
        ("${Parameter}", "${Parameter}", True),
        ("${?}", "${?}", None),
        ("arn:aws:sqs:*:*:jobs", "${Jobs.Arn}", True),
        ("arn:aws-cn:sqs:*:*:jobs", "${Jobs.Arn}", True),  # the partition is not what differs
        ("arn:aws:sqs:*:*:other", "${Jobs.Arn}", False),
        ("arn:aws:sqs:*:*:other", "${Other.Arn}", None),  # a generated name
        ("arn:aws:sqs:eu-west-1:123456789012:jobs", "${Jobs.Arn}", None),
        ("arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:jobs", "${Jobs.Arn}", True),
        ("arn:aws:sqs:EU:*:jobs", "${Jobs.Arn}", False),  # no region is written in capitals
        ("${Topic.TopicArn}", "${Topic}", True),
        ("${Fn.Arn}:*", "${FnVersion}", True),
        ("${Fn.Arn}", "${FnVersion}", False),  # the version's ARN is longer
        ("${FnVersion}", "${Fn.Arn}:7", None),
        ("${Table.Arn}/stream/*", "${Table.StreamArn}", True),
        ("${Table.Arn}", "${Table.Arn}/index/a", False),
        ("${Bucket.Arn}/*", "arn:aws:s3:::photos/a.jpg", True),
        ("${Bucket.Arn}/*", "arn:aws:s3:::videos/a.mp4", False),
        ("${Bucket.Arn}/in/*", "${Bucket.Arn}/out/a", False),
        ("arn:aws:s3:::photos/*", "${Bucket.Arn}/*", True),
        ("arn:aws:s3:::photos/in/*", "${Bucket.Arn}/*", None),  # some of its objects
        ("arn:aws:s3:::photos", "${Bucket.Arn}/*", False),
        ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:123456789012:jobs", None),  # incomplete ARN
        ("arn:aws:sns", "arn:aws:sqs:eu-west-1:123456789012:jobs", False),
        ("arn:aws:s3:::{{resolve:ssm:/name}}/*", "arn:aws:s3:::{{resolve:ssm:/name}}/a", True),
        ("arn:aws:s3:::{{resolve:ssm:/name}}/*", "arn:aws:s3:::photos/a", None),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_matching(pattern: str, text: str, expected: bool | None) -> None:
    assert matches(pattern, text, ALIASES) is expected


KNOWN = st.text("abB:/", max_size=8)
GLOB = st.text("abB:/*?", max_size=8)


@settings(deadline=None)
@given(GLOB, KNOWN)
def test_known_text_is_matched_as_a_glob(pattern: str, text: str) -> None:
    assert matches(pattern, text) is fnmatchcase(text, pattern)


PIECES = ["a", "b", ":", "/", "${P}", "${Q}", "${?}"]
VALUES = st.text("ab:/", max_size=3)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, "*", "?"]), max_size=7),
    st.lists(st.sampled_from([*PIECES, "*"]), max_size=7),
    st.fixed_dictionaries({"${P}": VALUES, "${Q}": VALUES}),
    st.data(),
)
@example(["${P}", "a"], ["${P}", "*"], {"${P}": "a", "${Q}": ""}, None)
def test_a_sure_answer_holds_whatever_the_unknown_parts_are(
    pattern: list[str], text: list[str], values: dict[str, str], data: st.DataObject | None
) -> None:
    def fill(pieces: list[str], some_text: tuple[str, ...]) -> str:
        return "".join(
            values.get(piece) or ("" if piece in values else anything() if piece in some_text else piece)
            for piece in pieces
        )

    def anything() -> str:
        return data.draw(VALUES) if data is not None else "b"

    answer = matches("".join(pattern), "".join(text))
    concrete = fnmatchcase(fill(text, ("*", "${?}")), fill(pattern, ("${?}",)))
    assert answer in (concrete, None)


@settings(deadline=None)
@given(st.sampled_from(list(ALIASES)), st.sampled_from(list(ALIASES)))
def test_aliased_resources_match_in_both_directions(one: str, other: str) -> None:
    assert matches(one, other, ALIASES) is matches(other, one, ALIASES)


# --- Reading --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        {"Version": "2012-10-17", "Statement": [allow(["sqs:SendMessage"], ["*"])]},
        {"Statement": allow("sqs:SendMessage")},
        {"Statement": [[allow("sqs:SendMessage")]]},
        [allow("sqs:SendMessage")],
        allow("sqs:SendMessage"),
        {"Statement": [{"Sid": "1", **allow(["sqs:SendMessage", {"Ref": "AWS::NoValue"}])}, {}]},
    ],
)
def test_documents_of_every_shape_say_the_same(policy: Json) -> None:
    (found,) = statements(policy)
    assert found.effect == "Allow"
    assert [pattern.text for pattern in found.actions] == ["sqs:SendMessage"]
    assert [pattern.text for pattern in found.resources] == ["*"]
    assert (found.conditioned, found.principals, found.label) == (False, (), "inline policy of Worker")


@pytest.mark.parametrize("policy", ["", "text", [], {}, {"Statement": []}, {"Statement": "x"}, {"Statement": [1]}])
def test_shapes_without_sense_say_nothing(policy: Json) -> None:
    assert statements(policy) == ()


@pytest.mark.parametrize(
    "policy",
    [
        {"Fn::If": ["Prod", {}, {}]},
        {"Statement": {"Fn::If": ["Prod", [], []]}},
        {"Statement": [{"Fn::If": ["Prod", {}, {}]}]},
        {"Statement": allow({"Fn::If": ["Prod", "sqs:*", "s3:*"]})},
        {"Statement": allow(["s3:*", {"Fn::If": ["Prod", "sqs:*", "sns:*"]}])},
        {"Statement": allow("sqs:*", {"Fn::If": ["Prod", "*", "arn:aws:sqs:*:*:b"]})},
        {"Statement": {"Effect": {"Ref": "Effect"}, "Action": "*", "Resource": "*"}},
        {"Statement": {"Effect": "Allow", "NotAction": {"Fn::If": []}, "Resource": "*"}},
    ],
)
def test_what_is_not_known_is_neither_allowed_nor_refused(policy: Json) -> None:
    assert allows(statements(policy), "sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:a") is None


def test_a_deeply_nested_policy_is_not_followed() -> None:
    node: Node = make("x", PLACE)
    for _ in range(5_000):
        node = Sequence(PLACE.document, 0, 1, [node])
    (found,) = parse_statements(node, text_of, "x")
    assert found.effect is None


def test_principals_and_conditions() -> None:
    (found,) = statements(
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"], "AWS": "*"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "1"}, "ArnLike": {"aws:SourceArn": "a"}},
        }
    )
    assert [(one.kind, one.pattern.text) for one in found.principals] == [
        ("Service", "lambda.amazonaws.com"),
        ("Service", "edgelambda.amazonaws.com"),
        ("*", "*"),
    ]
    assert found.conditioned
    assert found.condition_keys == ("aws:SourceAccount", "aws:SourceArn")
    assert allows([found], "sts:AssumeRole", None) is True


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"Principal": "*"}, [("*", "*", True, False)]),
        ({"NotPrincipal": {"AWS": "1"}}, [("AWS", "1", True, True)]),
        ({"Principal": {"Fn::If": []}}, [("*", "", False, False)]),
        ({"Principal": {"Ref": "AWS::NoValue"}}, [("*", "", False, False)]),
    ],
)
def test_principals_of_every_shape(principal: dict[str, Json], expected: list[tuple[str, str, bool, bool]]) -> None:
    (found,) = statements({"Effect": "Allow", "Action": "*", **principal})
    assert [(one.kind, one.pattern.text, one.pattern.known, one.negated) for one in found.principals] == expected


# --- Allowing -------------------------------------------------------------------------------------------------------

SEND = "sqs:SendMessage"
QUEUE = "${Jobs.Arn}"
SURE: Json = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("policy", "resource", "expected"),
    [
        ([], QUEUE, False),
        ([allow(SEND)], QUEUE, True),
        ([allow("SQS:sendmessage")], QUEUE, True),
        ([allow("sqs:Send*", {"Ref": "Jobs.Arn"})], QUEUE, True),
        ([allow(SEND, {"Ref": "Other.Arn"})], QUEUE, False),
        ([allow(SEND, {"Ref": "Other.Arn"}), allow(SEND, {"Ref": "Jobs.Arn"})], QUEUE, True),
        ([allow(SEND, {"Ref": "QueueArn"})], QUEUE, None),
        ([allow("sqs:ReceiveMessage")], QUEUE, False),
        ([allow(SEND), deny("sqs:*")], QUEUE, False),
        ([allow(SEND), deny("sqs:*", {"Ref": "Other.Arn"})], QUEUE, True),
        ([allow(SEND), deny("sqs:*", {"Ref": "QueueArn"})], QUEUE, None),
        ([allow(SEND), deny("sqs:*", condition=SURE)], QUEUE, None),
        ([deny("sqs:*", condition=SURE)], QUEUE, False),
        ([allow(SEND, condition=SURE)], QUEUE, True),
        ([{"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"}], QUEUE, False),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], QUEUE, True),
        ([{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}, allow(SEND)], QUEUE, False),
        ([{"Effect": "Allow", "Action": SEND, "NotResource": {"Ref": "Other.Arn"}}], QUEUE, True),
        ([{"Effect": "Allow", "Action": SEND, "NotResource": {"Ref": "Jobs.Arn"}}], QUEUE, False),
        ([allow(SEND, [])], QUEUE, None),
        # A resource that is not known, and an action that takes none.
        ([allow(SEND)], None, True),
        ([allow(SEND, {"Ref": "Jobs.Arn"})], None, None),
        ([allow(SEND, "arn:aws:sqs:*:*:*")], "*", False),
        ([allow(SEND, {"Ref": "Parameter"})], "*", None),
        ([allow(SEND, ["arn:aws:sqs:*:*:*", "*"])], "*", True),
    ],
)
def test_allowing(policy: Json, resource: str | None, expected: bool | None) -> None:
    assert allows(statements(policy), SEND, resource, ALIASES) is expected


@pytest.mark.parametrize(
    ("policy", "action", "resource", "expected"),
    [
        ("AWSLambdaSQSQueueExecutionRole", "sqs:ReceiveMessage", QUEUE, True),
        ("AWSLambdaBasicExecutionRole", "sqs:ReceiveMessage", QUEUE, False),
        (
            "AWSLambdaBasicExecutionRole",
            "logs:PutLogEvents",
            "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/a:*",
            True,
        ),
        ("AWSXRayDaemonWriteAccess", "xray:PutTraceSegments", "*", True),
        ("AdministratorAccess", "sqs:ReceiveMessage", QUEUE, True),
        ("AmazonS3ReadOnlyAccess", "s3:PutObject", "arn:aws:s3:::a/*", False),
    ],
)
def test_managed_policies_allow(policy: str, action: str, resource: str, expected: bool) -> None:
    found = managed_statements(policy, PLACE)
    assert found is not None
    assert found[0].label == f"managed policy {policy}"
    assert allows(found, action, resource, ALIASES) is expected


PATTERNS = st.lists(st.sampled_from(["*", "s:a", "s:*", "s:b", "t:a"]), min_size=1, max_size=2)
RESOURCES = st.lists(st.sampled_from(["*", "x", "y", "${P}", "x*"]), min_size=1, max_size=2)
STATEMENT = st.builds(
    lambda effect, actions, no_actions, resources, no_resources, conditioned: Statement(
        effect,
        () if no_actions else patterns(actions),
        patterns(actions) if no_actions else (),
        () if no_resources else patterns(resources),
        patterns(resources) if no_resources else (),
        conditioned,
        (),
        PLACE,
        "x",
    ),
    st.sampled_from(["Allow", "Deny"]),
    PATTERNS,
    st.booleans(),
    RESOURCES,
    st.booleans(),
    st.booleans(),
)


def patterns(texts: list[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(text, True, PLACE) for text in texts)


def hidden(statement: Statement, field: str, index: int) -> Statement:
    values: dict[str, Any] = {name: getattr(statement, name) for name in Statement.__match_args__}
    if field == "effect":
        return Statement(**{**values, "effect": None})
    shown = values[field]
    if not shown:
        return statement
    at = index % len(shown)
    return Statement(**{**values, field: (*shown[:at], Pattern("", False, PLACE), *shown[at + 1 :])})


@settings(max_examples=400, deadline=None)
@given(
    st.lists(STATEMENT, min_size=1, max_size=3),
    st.integers(0, 2),
    st.sampled_from(["effect", "actions", "not_actions", "resources", "not_resources"]),
    st.integers(0, 1),
    st.sampled_from(["x", "*", None, "${P}"]),
)
def test_hiding_a_value_never_turns_an_answer_round(
    policy: list[Statement], which: int, field: str, index: int, resource: str | None
) -> None:
    which %= len(policy)
    less = [*policy[:which], hidden(policy[which], field, index), *policy[which + 1 :]]
    assert allows(less, "s:a", resource) in (allows(policy, "s:a", resource), None)


# --- Breadth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        ("**", True),
        ("arn:aws:s3:::*", True),
        ("arn:aws:s3:::*/*", True),
        ("arn:*:*:*", True),
        ("arn:aws:sqs:*", True),
        ("arn:aws:*:*:*:*", True),
        ("arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*", True),
        ("arn:aws:dynamodb:*:*:table/*/index/*", True),
        ("arn:aws:logs:*:*:*", True),
        ("arn:aws:logs:*:*:log-group:*:*", True),
        ("arn:aws:iam::123456789012:role/*", True),
        ("arn:aws:secretsmanager:*:*:secret:*", True),
        ("arn:aws:ssm:*:*:parameter*", True),
        ("arn:aws:s3:::photos", False),
        ("arn:aws:s3:::photos/*", False),
        ("arn:aws:s3:::acc*", False),
        ("${Bucket.Arn}/*", False),
        ("${Anything}", False),
        ("arn:aws:dynamodb:*:*:table/x/index/*", False),
        ("arn:aws:logs:*:*:log-group:/aws/lambda/x:*", False),
        ("arn:aws:execute-api:eu-west-1:1:${Api}/*/POST/@connections/*", False),
        ("arn:aws:ssm:*:*:parameter/app/*", False),
        ("arn:aws:sqs:*:*:app-*", False),
        ("arn:aws:nothing:*:*:thing/*", False),
        ("", False),
        ("photos/*", False),
    ],
)
def test_effectively_star(resource: str, expected: bool) -> None:
    assert effectively_star(resource) is expected


Facts = list[tuple[str, bool, tuple[str, ...], str | None]]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("*"), [("everything", True, (), None)]),
        (allow("*:*"), [("everything", True, (), None)]),
        (allow("*", {"Ref": "Jobs.Arn"}), [("everything", False, (), None)]),
        (allow("sqs:*"), [("service", True, (), None)]),
        (allow("sqs:*", "arn:aws:sqs:*:*:*"), [("service", True, (), None)]),
        (allow("sqs:*", "arn:aws:s3:::*"), [("service", False, (), None)]),
        (allow("sqs:SendMessage"), [("actions", True, ("sqs:SendMessage",), None)]),
        (allow("sqs:Send*"), [("actions", True, ("sqs:SendMessage",), None)]),
        (allow("sqs:SendMessage", "arn:aws:s3:::*"), []),
        (allow("sqs:SendMessage", {"Ref": "Jobs.Arn"}), []),
        (allow("sqs:NoSuchAction"), []),
        # An action on several kinds of resource is as wide as the narrowest of them.
        (allow("glue:GetTable", ["arn:aws:glue:*:*:database/*", "arn:aws:glue:*:*:table/shop/orders"]), []),
        (
            allow("glue:GetTable", ["arn:aws:glue:*:*:database/*", "arn:aws:glue:*:*:table/*/*"]),
            [("actions", True, ("glue:GetTable",), None)],
        ),
        (allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:layer:*"), []),
        (deny("*"), []),
        # What must be granted on *, or may be.
        (allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"]), []),
        (allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]), []),
        (allow(["polly:SynthesizeSpeech", "cloudwatch:PutMetricData", "ec2:DescribeSubnets"]), []),
        (allow("ec2:CreateNetworkInterface"), [("actions", True, ("ec2:CreateNetworkInterface",), "vpc")]),
        (allow("sns:Publish"), [("actions", True, ("sns:Publish",), "sms")]),
        (allow("mq:DescribeBroker"), [("actions", True, ("mq:DescribeBroker",), "mapping")]),
        (allow("events:PutEvents"), [("actions", True, ("events:PutEvents",), None)]),
        # Kinds of resources of which one is always there, though none is marked as required.
        (allow("s3:GetObject"), [("actions", True, ("s3:GetObject",), None)]),
        (allow("s3:PutObject", "arn:aws:s3:::*"), [("actions", True, ("s3:PutObject",), None)]),
        (allow("s3:PutObject", "arn:aws:s3:::*/*"), [("actions", True, ("s3:PutObject",), None)]),
        (allow("s3:PutObject", "arn:aws:s3:::orders/*"), []),
        (allow("s3:ListAllMyBuckets"), []),
        (allow("es:ESHttpGet"), [("actions", True, ("es:ESHttpGet",), None)]),
        (allow("es:ESHttpGet", "arn:aws:es:*:*:domain/orders/*"), []),
        (allow("execute-api:Invoke"), [("actions", True, ("execute-api:Invoke",), None)]),
        (allow("redshift-data:ExecuteStatement"), [("actions", True, ("redshift-data:ExecuteStatement",), None)]),
        # Roles that can be passed.
        (allow("iam:PassRole"), [("pass-role", True, ("iam:PassRole",), None)]),
        (allow("iam:PassRole", "arn:aws:iam::*:role/*"), [("pass-role", True, ("iam:PassRole",), None)]),
        (allow("iam:PassRole", "arn:aws:iam::*:role/app-*"), []),
        (allow("iam:PassRole", "arn:aws:iam::*:user/*"), []),
        (allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}}), []),
        (allow("iam:*"), [("service", True, (), None), ("pass-role", True, ("iam:PassRole",), None)]),
        # All but.
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, [("not-action", True, (), None)]),
        ({"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}, []),
        (
            {"Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:*:*:a"},
            [("not-resource", True, (), None)],
        ),
        # What is not known is not wide.
        (allow({"Fn::If": []}), []),
        (allow("sqs:SendMessage", {"Fn::If": []}), []),
        (allow({"Ref": "Action"}), []),
    ],
)
def test_width(statement: Json, expected: Facts) -> None:
    found = [wide for one in statements(statement) for wide in width(one)]
    assert [(wide.kind, wide.everywhere, wide.actions, wide.need) for wide in found] == expected


def test_width_names_actions_and_conditions() -> None:
    (one,) = statements(allow("sqs:*Message*", condition={"StringEquals": {"aws:ResourceTag/a": "b"}}))
    (wide,) = width(one)
    assert "sqs:SendMessage" in wide.actions
    assert "sqs:AddPermission" not in wide.actions
    assert wide.conditioned


@pytest.mark.parametrize(
    "name", ["AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess", "AWSLambdaBasicDurableExecutionRolePolicy"]
)
def test_what_every_function_needs_is_not_wide(name: str) -> None:
    found = managed_statements(name, PLACE)
    assert found is not None
    assert [wide for one in found for wide in width(one)] == []


def test_wide_managed_policies_are_seen_as_such() -> None:
    names = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "AWSLambdaExecute")
    kinds = {
        name: {wide.kind for one in managed_statements(name, PLACE) or () for wide in width(one)} for name in names
    }
    assert kinds["AdministratorAccess"] == {"everything"}
    assert "not-action" in kinds["PowerUserAccess"]
    assert {"service", "pass-role"} <= kinds["IAMFullAccess"]
    assert "service" in kinds["AWSLambdaExecute"]


def test_a_literal_document_needs_no_resolver() -> None:
    found = parse_statements(make({"Statement": allow("sqs:SendMessage")}, PLACE), literal_text, "x")
    assert allows(found, SEND, QUEUE) is True
