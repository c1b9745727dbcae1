"""SAM templates lowered to CloudFormation: what comes out, where it stands, and that the official translator agrees."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sam_cases import CASES, function

from lambdalint.load.sam import lower
from lambdalint.load.stack import Resource, Stack
from lambdalint.source.node import Document, Mapping, Node, Sequence
from lambdalint.source.read import parse
from lambdalint.source.scalar import to_json

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
PAIRS = CORPUS / "sam-translator"


def stack_of(text: str, **parameters: str) -> Stack:
    document = Document("template.yaml", text)
    root = parse(document)
    assert isinstance(root, Mapping)
    return lower(document, root, parameters)


def plain(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {"Type": resource.type, "Properties": to_json(resource.properties)}
    if resource.condition is not None:
        found["Condition"] = resource.condition.text
    return {**found, **{name: to_json(node) for name, node in resource.attributes.items()}}


def resources_of(text: str) -> dict[str, dict[str, Any]]:
    return {unhashed(name): plain(resource) for name, resource in stack_of(text).resources.items()}


@pytest.mark.parametrize("name", CASES)
def test_lowers(name: str) -> None:
    text, expected = CASES[name]
    found = resources_of(text)
    for logical_id, parts in expected.items():
        if parts is None:
            assert logical_id not in found
            continue
        resource = found[logical_id]
        flat = {**resource["Properties"], **{key: value for key, value in resource.items() if key != "Properties"}}
        assert {key: flat.get(key) for key in parts} == parts


def test_local_code_stays_a_path() -> None:
    text = function().replace("s3://code/app.zip", "src/worker/")
    assert resources_of(text)["Worker"]["Properties"]["Code"] == "src/worker/"


def test_a_fragment_without_transform_is_lowered_alike() -> None:
    text = CASES["queue"][0]
    assert resources_of(text) == resources_of(text.replace("Transform: AWS::Serverless-2016-10-31\n", ""))


@pytest.mark.parametrize(("given", "alias"), [({}, "WorkerAliasbeta"), ({"Name": "live"}, "WorkerAliaslive")])
def test_an_alias_is_named_by_its_parameter(given: dict[str, str], alias: str) -> None:
    parameters = "Parameters: {Name: {Type: String, Default: beta}}\n"
    assert alias in stack_of(function("AutoPublishAlias: !Ref Name", before=parameters), **given).resources


ROUTES = """\
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Open: {Type: Api, Properties: {RestApiId: !Ref Front, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Shut: {Type: Api, Properties: {RestApiId: !Ref Front, Path: /shut, Method: post}}
  Front:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      DefinitionBody: {swagger: '2.0', paths: {/own: {get: {responses: {}}}}}
      Auth: {DefaultAuthorizer: Users, Authorizers: {Users: {UserPoolArn: pool}}}
"""


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/open", "get", [{"NONE": []}]),
        ("/shut", "post", [{"Users": []}]),
        ("/own", "get", [{"Users": []}]),
    ],
)
def test_a_definition_says_who_may_call_what(path: str, method: str, security: Any) -> None:
    body = resources_of(ROUTES)["Front"]["Properties"]["Body"]
    assert body["paths"][path][method]["security"] == security
    assert body["securityDefinitions"]["Users"]["x-amazon-apigateway-authorizer"]["providerARNs"] == ["pool"]


PLACED = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Timeout: 30
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Tracing: Active
      FunctionUrlConfig:
        AuthType: NONE
      AutoPublishAlias: live
      Policies:
        - SQSPollerPolicy: {QueueName: q}
      Events:
        Jobs:
          Type: SQS
          Properties:
            Queue: arn
            BatchSize: 5
"""


@pytest.mark.parametrize(
    ("logical_id", "line", "via", "owner"),
    [
        ("Worker", 6, None, None),
        ("WorkerRole", 6, "execution role of Worker", "Worker"),
        ("WorkerUrl", 11, "FunctionUrlConfig", "Worker"),
        ("WorkerUrlPublicPermissions", 11, "FunctionUrlConfig", "Worker"),
        ("WorkerAliaslive", 13, "AutoPublishAlias", "Worker"),
        ("WorkerJobs", 17, "SQS event Jobs", "Worker"),
    ],
)
def test_resources_stand_at_what_caused_them(logical_id: str, line: int, via: str | None, owner: str | None) -> None:
    resource = stack_of(PLACED).resources[logical_id]
    assert (resource.origin.line, resource.via, resource.owner) == (line, via, owner)


@pytest.mark.parametrize(
    ("logical_id", "path", "line", "via"),
    [
        ("Worker", ("Timeout",), 4, "Globals.Function"),
        ("Worker", ("Handler",), 9, None),
        ("Worker", ("TracingConfig", "Mode"), 10, None),
        ("Worker", ("Role",), 6, "execution role of Worker"),
        ("WorkerUrl", ("AuthType",), 12, None),
        ("WorkerUrlPublicPermissions", ("Principal",), 11, "FunctionUrlConfig"),
        ("WorkerRole", ("ManagedPolicyArns", 1), 10, "Tracing"),
        (
            "WorkerRole",
            ("Policies", 0, "PolicyDocument", "Statement", 0, "Action"),
            15,
            "policy template SQSPollerPolicy",
        ),
        ("WorkerJobs", ("EventSourceArn",), 20, None),
        ("WorkerJobs", ("BatchSize",), 21, None),
        ("WorkerJobs", ("FunctionName",), 17, "SQS event Jobs"),
    ],
)
def test_values_stand_where_they_were_written(
    logical_id: str, path: tuple[str | int, ...], line: int, via: str | None
) -> None:
    node: Node = stack_of(PLACED).resources[logical_id].properties
    for step in path:
        match node, step:
            case Mapping(), str():
                node = node.items[step]
            case Sequence(), int():
                node = node.items[step]
    assert (node.line, node.via) == (line, via)


@pytest.mark.parametrize(("key", "line"), [("EventSourceArn", 20), ("BatchSize", 21)])
def test_keys_keep_their_place_under_a_new_name(key: str, line: int) -> None:
    assert stack_of(PLACED).resources["WorkerJobs"].properties.key(key).line == line


WORKER = "Resources:\n  Worker:\n    Type: AWS::Serverless::Function\n    Properties:\n"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (f"{WORKER}      Events: [a]\n", 5, "Events of Worker"),
        (f"{WORKER}      Events: {{A: a}}\n", 5, "Events.A of Worker"),
        (f"{WORKER}      Events: {{A: {{Type: Fax}}}}\n", 5, "Events.A of Worker"),
        (f"{WORKER}      Events: {{A: {{Type: !Ref T}}}}\n", 5, "Events.A of Worker"),
        (f"{WORKER}      Events: {{A: {{Type: SQS, Properties: [x]}}}}\n", 5, "Events.A of Worker"),
        (f"{WORKER}      Events: {{A: !If [C, {{Type: SQS}}, !Ref 'AWS::NoValue']}}\n", 5, "Events.A of Worker"),
        (
            f"{WORKER}      Events: {{A: {{Type: Api, Properties: {{Path: !Ref P, Method: get}}}}}}\n",
            5,
            "Events.A of Worker",
        ),
        (f"{WORKER}      Events: {{A: {{Type: S3, Properties: {{Bucket: other}}}}}}\n", 5, "Events.A of Worker"),
        (
            f"{WORKER}      FunctionUrlConfig: !If [C, {{AuthType: NONE}}, !Ref 'AWS::NoValue']\n",
            5,
            "FunctionUrlConfig of Worker",
        ),
        (f"{WORKER}      EventInvokeConfig: [x]\n", 5, "EventInvokeConfig of Worker"),
        (f"{WORKER}      AutoPublishAlias: !Ref Unknown\n", 5, "AutoPublishAlias of Worker"),
        (f"{WORKER}      Policies: [{{NoSuchPolicy: {{}}}}]\n", 5, "policy NoSuchPolicy"),
        ("Resources:\n  Fax: {Type: AWS::Serverless::Fax}\n", 2, "resource Fax"),
        ("Resources:\n  Tie: {Type: AWS::Serverless::Connector, Properties: {Source: {Id: No}}}\n", 2, "connector Tie"),
        (
            "Resources:\n  Tie:\n    Type: AWS::Serverless::Connector\n    Properties:\n"
            "      Source: {Id: A}\n      Destination: [{Id: B}]\n",
            2,
            "connector Tie",
        ),
        ("Resources: []\n", 1, "section Resources"),
        ("Resources:\n  Worker: 3\n", 2, "resource Worker"),
        ("Parameters:\nResources:\n  Worker: {Type: AWS::Serverless::Function, Properties: }\n", None, None),
        ("Resources:\n", None, None),
    ],
)
def test_what_is_unclear_becomes_a_gap(text: str, line: int | None, what: str | None) -> None:
    gaps = [(gap.what, gap.origin.line if gap.origin is not None else None) for gap in stack_of(text).gaps]
    assert gaps == ([] if what is None else [(what, line)])


def test_an_unknown_resource_is_kept_as_it_is() -> None:
    text = "Resources:\n  Fax: {Type: AWS::Serverless::Fax, Properties: {Number: 1}}\n"
    assert resources_of(text)["Fax"] == {"Type": "AWS::Serverless::Fax", "Properties": {"Number": 1}}


@pytest.mark.parametrize("name", CASES)
def test_the_tree_that_was_read_is_left_alone(name: str) -> None:
    document = Document("template.yaml", CASES[name][0])
    root = parse(document)
    assert isinstance(root, Mapping)
    before = json.dumps(to_json(root))
    first = {logical_id: plain(resource) for logical_id, resource in lower(document, root, {}).resources.items()}
    assert json.dumps(to_json(root)) == before
    assert {
        logical_id: plain(resource) for logical_id, resource in lower(document, root, {}).resources.items()
    } == first


# The official translator as the judge. Not compared: logical ids' hashes, the definitions of APIs and state machines
# (SAM turns the latter into text), where a nested application's template lies, and the order of lists that are sets.

HASH = re.compile(r"(?<=[0-9A-Za-z])(?:[0-9a-f]{20}|[0-9a-f]{10})$")
SETS = frozenset(
    {"DependsOn", "LambdaConfigurations", "ManagedPolicyArns", "Policies", "RecordSets", "Statement", "Tags", "Targets"}
)
NOT_COMPARED = {
    "AWS::ApiGateway::Deployment": ("Description",),
    "AWS::ApiGateway::RestApi": ("Body",),
    "AWS::ApiGatewayV2::Api": ("Body",),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::StepFunctions::StateMachine": ("Definition", "DefinitionString", "DefinitionSubstitutions"),
}
ATTRIBUTES = ("Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy")


def unhashed(name: str) -> str:
    return HASH.sub("", name) if name.isalnum() and not name.isdecimal() else name


def normal(value: Any, defaults: dict[str, Any], key: str = "") -> Any:
    """A value without what is not compared; parameters stand for their defaults, as the translator has it."""
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in defaults:
            return normal(defaults[value["Ref"]], defaults, key)
        if isinstance(value.get("Fn::GetAtt"), str):
            value = {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
        return {name: normal(child, defaults, name) for name, child in value.items()}
    if isinstance(value, list):
        made = [normal(child, defaults, key) for child in value]
        return sorted(made, key=lambda child: json.dumps(child, sort_keys=True)) if key in SETS else made
    return unhashed(value) if isinstance(value, str) else value


def comparable(resources: dict[str, Any], defaults: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, resource in resources.items():
        kind = resource.get("Type")
        if not isinstance(kind, str) or not kind.startswith("AWS::"):
            continue
        properties = {
            key: value
            for key, value in (resource.get("Properties") or {}).items()
            if key not in NOT_COMPARED.get(kind, ())
        }
        rest = {key: resource[key] for key in ATTRIBUTES if key in resource}
        if isinstance(rest.get("DependsOn"), str):
            rest["DependsOn"] = [rest["DependsOn"]]
        entry = {"Type": kind, "Properties": normal(properties, defaults), **normal(rest, defaults)}
        found.setdefault(unhashed(name), []).append(entry)
    return found


def defaults_of(template: dict[str, Any]) -> dict[str, Any]:
    parameters = template.get("Parameters") or {}
    return {name: declared["Default"] for name, declared in parameters.items() if "Default" in declared}


@pytest.fixture(scope="module")
def translate() -> Callable[[str], dict[str, Any]]:
    """The official translator as a function from a template's text to its resources."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = pytest.importorskip("samtranslator.parser.parser").Parser
        translator = pytest.importorskip("samtranslator.translator.translator").Translator
        yaml_parse = pytest.importorskip("samtranslator.yaml_helper").yaml_parse
        policies = pytest.importorskip("moto.iam.aws_managed_policies").aws_managed_policies_data
        boto3 = pytest.importorskip("boto3")
    prefix = "arn:aws:iam::aws:policy"
    managed = {name: f"{prefix}{policy.get('Path', '/')}{name}" for name, policy in json.loads(policies).items()}
    session = boto3.Session("x", "x", region_name="eu-west-1")

    def run(text: str) -> dict[str, Any]:
        template = yaml_parse(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = translator(managed, parser(), boto_session=session).translate(template, defaults_of(template))
        resources: dict[str, Any] = done["Resources"]
        return resources

    return run


@pytest.mark.parametrize("name", CASES)
def test_the_official_translator_agrees(name: str, translate: Callable[[str], dict[str, Any]]) -> None:
    text = CASES[name][0]
    resources = {logical_id: plain(resource) for logical_id, resource in stack_of(text).resources.items()}
    assert comparable(resources, {}) == comparable(translate(text), {})


@pytest.mark.skipif(not PAIRS.is_dir(), reason="the translator's own test templates are not here")
def test_agrees_with_the_translators_own_tests() -> None:
    equal = total = 0
    for expected in sorted((PAIRS / "output").glob("*.json")):
        wanted = json.loads(expected.read_text(encoding="utf-8"))
        text = (PAIRS / "input" / f"{expected.stem}.yaml").read_text(encoding="utf-8")
        resources = {name: plain(resource) for name, resource in stack_of(text).resources.items()}
        defaults = defaults_of(wanted)
        theirs, ours = comparable(wanted["Resources"], defaults), comparable(resources, defaults)
        for name, entries in theirs.items():
            total += len(entries)
            equal += sum(entry in ours.get(name, []) for entry in entries)
    print(f"{equal} of {total} resources equal")
    assert total > 2000
    assert equal / total >= 0.99
