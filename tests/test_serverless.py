"""Services of the Serverless Framework: lowered as the framework packages them."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from judging import RULES, report_of, said

from lambdalint.check.finding import Report
from lambdalint.load.collect import collect
from lambdalint.load.expand import Surroundings
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.source.folder import DictFolder, DiskFolder
from lambdalint.source.node import Document
from lambdalint.source.read import read_document
from lambdalint.source.scalar import to_json
from lambdalint.source.value import Unknown

ROOT = Path(__file__).parent.parent


def _oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("serverless_oracle", ROOT / "tools" / "serverless_oracle.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ORACLE = _oracle()
SERVICES = ORACLE.services([])
#: Where npm installed the frameworks. Packaging every service takes minutes, so it is asked for.
PACKAGES = os.environ.get("SERVERLESS_PACKAGES")


def lowered(
    text: str,
    files: dict[str, str] | None = None,
    base: str = "",
    parameters: dict[str, str] | None = None,
    region: str | None = None,
) -> Stack:
    document = Document("serverless.yml", text)
    stack = load_template(document, Values(parameters or {}, region), Surroundings(DictFolder(files or {}), base))
    assert isinstance(stack, Stack)
    return stack


def service(settings: str, more: str = "", **others: Any) -> Stack:
    """A service with one function ``one`` that has these settings."""
    return lowered(
        f"service: test\nprovider: {{name: aws, runtime: python3.13}}\n{more}\n"
        f"functions:\n  one:\n    handler: app.handler\n    {settings}\n",
        **others,
    )


def properties(stack: Stack, logical_id: str = "OneLambdaFunction") -> dict[str, Any]:
    found = to_json(stack.resources[logical_id].properties)
    assert isinstance(found, dict)
    return found


def gaps(stack: Stack) -> list[tuple[int, str, str]]:
    return [(gap.origin.line if gap.origin is not None else 0, gap.what, gap.why) for gap in stack.gaps]


# --- the framework's own compiler -------------------------------------------------------------------------------------


def shown(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, resource in stack.resources.items():
        found[name] = {"Type": resource.type, "Properties": to_json(resource.properties)}
        if resource.condition is not None:
            found[name]["Condition"] = resource.condition.text
    reduced: dict[str, Any] = ORACLE.reduced(found)
    return reduced


@pytest.mark.parametrize("folder", SERVICES, ids=lambda path: path.name)
def test_resources_are_those_of_the_framework(folder: Path) -> None:
    path = ORACLE.configuration(folder)
    stack = load_template(read_document(path, path.name), Values(), Surroundings(DiskFolder(folder), ""))
    assert isinstance(stack, Stack)
    assert shown(stack) == json.loads((folder / "compiled.json").read_text(encoding="utf-8"))
    assert gaps(stack) == []


@pytest.mark.parametrize("folder", SERVICES, ids=lambda path: path.name)
def test_recordings_are_what_the_framework_says(folder: Path) -> None:
    if PACKAGES is None or not ORACLE.available(Path(PACKAGES)):
        pytest.skip(
            "SERVERLESS_PACKAGES names no folder with the frameworks (tools/serverless_oracle.py installs them)"
        )
    recorded = json.loads((folder / "compiled.json").read_text(encoding="utf-8"))
    assert ORACLE.compiled(folder, Path(PACKAGES)) == recorded


OPEN_ALIKE = [
    path
    for path in SERVICES
    if ORACLE.configuration(path).suffix == ".yml" and "plugins:" not in ORACLE.configuration(path).read_text("utf-8")
]


@pytest.mark.parametrize("folder", OPEN_ALIKE, ids=lambda path: path.name)
def test_a_packaged_template_over_the_lowered_one_says_the_same(folder: Path) -> None:
    text = ORACLE.configuration(folder).read_text(encoding="utf-8")
    packaged = (folder / "compiled.json").read_text(encoding="utf-8")
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()}
    template = {
        ".serverless/cloudformation-template-update-stack.json": json.dumps({"Resources": json.loads(packaged)})
    }
    stack = lowered(f"{text}\nplugins: [serverless-mystery]\n", {**files, **template})
    assert shown(stack) == json.loads(packaged)
    assert stack.gaps == []
    assert [remark.message.partition(":")[0] for remark in stack.remarks] == ["plugin serverless-mystery"]
    written = lowered(text, files)
    assert {name: each.origin.line for name, each in stack.resources.items()} == {
        name: each.origin.line for name, each in written.resources.items()
    }


# --- places -----------------------------------------------------------------------------------------------------------

PLACES = """\
service: places
provider:
  name: aws
  runtime: python3.13
  timeout: 20
  iam:
    role:
      statements: [{Effect: Allow, Action: "s3:*", Resource: "*"}]
custom:
  size: 2048
functions:
  work:
    handler: app.handler
    memorySize: ${self:custom.size}
    url: true
    maximumRetryAttempts: 1
    events:
      - sqs:
          arn: !GetAtt Jobs.Arn
          batchSize: 5
      - http: GET /
resources:
  Resources:
    Jobs:
      Type: AWS::SQS::Queue
"""


@pytest.mark.parametrize(
    ("logical_id", "line", "via"),
    [
        ("WorkLambdaFunction", 12, None),
        ("WorkLogGroup", 12, "function work"),
        ("WorkLambdaVersion", 12, "function work"),
        ("IamRoleLambdaExecution", 6, "execution role of the service"),
        ("WorkEventSourceMappingSQSJobs", 18, "SQS event of work"),
        ("WorkLambdaPermissionApiGateway", 21, "http event of work"),
        ("ApiGatewayMethodGet", 21, "http event of work"),
        ("WorkLambdaFunctionUrl", 15, "url of work"),
        ("WorkLambdaEvConf", 16, "asynchronous settings of work"),
        ("Jobs", 24, None),
    ],
)
def test_what_is_generated_stands_where_its_cause_is_written(logical_id: str, line: int, via: str | None) -> None:
    resource = lowered(PLACES).resources[logical_id]
    assert (resource.origin.line, resource.via) == (line, via)


@pytest.mark.parametrize(
    ("logical_id", "name", "value_line", "key_line"),
    [
        ("WorkLambdaFunction", "Handler", 13, 13),
        ("WorkLambdaFunction", "Timeout", 5, 12),
        ("WorkLambdaFunction", "MemorySize", 14, 14),
        ("WorkEventSourceMappingSQSJobs", "BatchSize", 20, 20),
        ("WorkEventSourceMappingSQSJobs", "EventSourceArn", 19, 19),
        ("WorkLambdaEvConf", "MaximumRetryAttempts", 16, 16),
    ],
)
def test_values_and_their_keys_stand_where_they_are_written(
    logical_id: str, name: str, value_line: int, key_line: int
) -> None:
    written = lowered(PLACES).resources[logical_id].properties
    value = written.get(name)
    assert value is not None
    assert value.line == value_line
    if name != "Timeout":
        assert written.key(name).line == key_line


def test_a_variable_knows_where_its_literal_stands() -> None:
    value = lowered(PLACES).resources["WorkLambdaFunction"].properties.get("MemorySize")
    literal = getattr(value, "literal", None)
    assert literal is not None and literal.line == 10


# --- variables --------------------------------------------------------------------------------------------------------

VALUES: list[tuple[str, Any]] = [
    ("plain", "plain"),
    ("${self:custom.text}", "hello"),
    ("${self:custom.number}", 7),
    ("${self:custom.flag}", True),
    ("x-${self:custom.number}-${self:custom.flag}", "x-7-true"),
    ("${self:custom.list.1}", "b"),
    ("${self:custom.${self:custom.key}}", "hello"),
    ("${self:custom.chain}", "hello"),
    ("${self:custom.none, self:custom.text}", "hello"),
    ("${self:custom.none, 'quoted, with a comma'}", "quoted, with a comma"),
    ("${self:custom.none, ${self:custom.text}}", "hello"),
    ("${opt:stage, self:provider.stage}", "dev"),
    ("${opt:region, self:provider.region}", "us-east-1"),
    ("${sls:stage}", "dev"),
    ("${aws:region}", "us-east-1"),
    ("${aws:accountId}", {"Ref": "AWS::AccountId"}),
    ("arn:${aws:accountId}", {"Fn::Join": ["", ["arn:", {"Ref": "AWS::AccountId"}]]}),
    ("${env:NOT_THERE, 'fallback'}", "fallback"),
    ("${strToBool(true)}", True),
    ("${strToBool(${self:custom.off})}", False),
    ("${file(data.yml):deep.value}", "from data.yml"),
    ("${file(data.yml):uses}", "hello"),
    ("${file(./data.json):list.0}", 1),
    ("${file(../shared/text.txt)}", "shared"),
    ("${file(missing.yml), 'fallback'}", "fallback"),
    ("${file(${self:custom.file}.yml):deep.value}", "from data.yml"),
    (r"\${self:custom.text}", "${self:custom.text}"),
    ("${AWS::Region} ${Name}", "${AWS::Region} ${Name}"),
    ("${param:given}", "outside"),
    ("${param:staged}", "of dev"),
    ("${param:general}", "of all"),
    ("${param:fourth}", "of stages"),
    ("${param:absent, 'fallback'}", "fallback"),
]
CUSTOM = """\
custom:
  {text: hello, number: 7, flag: true, off: '0', list: [a, b], key: text, file: data,
   chain: '${self:custom.chained}', chained: '${self:custom.text}'}
params: {default: {general: of all, staged: x}, dev: {staged: of dev}}
stages: {default: {params: {fourth: of stages}}}
"""
FILES = {
    "app/data.yml": "deep: {value: from data.yml}\nuses: ${self:custom.text}\n",
    "app/data.json": '{"list": [1, 2]}',
    "shared/text.txt": "shared",
}


@pytest.mark.parametrize(("written", "expected"), VALUES)
def test_variables_have_the_values_of_the_framework(written: str, expected: Any) -> None:
    text = written.replace("'", "''")
    stack = service(f"environment: {{X: '{text}'}}", CUSTOM, files=FILES, base="app", parameters={"given": "outside"})
    assert properties(stack)["Environment"]["Variables"]["X"] == expected
    assert gaps(stack) == []


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("${ssm:/a/b}", "${ssm:/a/b} is read from Systems Manager when the service is packaged"),
        ("${ssm(eu-west-1):/a}", "${ssm(eu-west-1):/a} is read from Systems Manager when the service is packaged"),
        ("${cf:stack.Output}", "${cf:stack.Output} is an output of another stack"),
        ("${s3:bucket/key}", "${s3:bucket/key} is read from S3 when the service is packaged"),
        ("${git:branch}", "${git:branch} is known only in the checkout that is packaged"),
        ("${env:SECRET}", "${env:SECRET} is an environment variable of the deployment"),
        ("${param:x}", "${param:x} is a parameter that was not given; give it with --param"),
        ("${opt:owner}", "${opt:owner} is an option that was not given; some have a default written after a comma"),
        ("${terraform:x.y}", "${terraform:x.y} is an output of Terraform"),
        ("${self:custom.${env:KEY}}", "${env:KEY} is an environment variable of the deployment"),
    ],
)
def test_what_only_a_deployment_knows_is_unknown_with_its_reason(written: str, why: str) -> None:
    stack = service(f"memorySize: '{written}'", "custom: {a: 1}")
    found = Resolver(stack).resolve(stack.resources["OneLambdaFunction"].properties.get("MemorySize"))
    assert isinstance(found, Unknown)
    assert found.why == why
    assert gaps(stack) == []


def test_a_text_keeps_what_is_known_of_it() -> None:
    stack = service("events: [{sqs: 'arn:aws:sqs:us-east-1:${aws:accountId}:jobs-${env:SUFFIX}'}]")
    mapping = stack.resources["OneEventSourceMappingSQSJobs"]
    found = Resolver(stack).pattern(mapping.properties.get("EventSourceArn"))
    assert isinstance(found, tuple)
    assert found[:2] == ("arn:aws:sqs:us-east-1:${AWS::AccountId}:jobs-${?}", False)


@pytest.mark.parametrize(
    ("more", "files", "sentence"),
    [
        (
            "custom: {x: '${self:custom.y}', y: '${self:custom.x}'}",
            {},
            (3, "variable ${self:custom.y}", "it depends on itself ("),
        ),
        (
            "custom: {x: '${self:custom.nothing}'}",
            {},
            (3, "variable ${self:custom.nothing}", "there is no such value, and no fallback is written"),
        ),
        (
            "custom: {x: '${file(not-there.yml):key}'}",
            {},
            (3, "variable ${file(not-there.yml):key}", "there is no such file here"),
        ),
        (
            "custom: {x: '${file(../../etc/passwd)}'}",
            {},
            (3, "variable ${file(../../etc/passwd)}", "../../etc/passwd lies outside the repository and is not read"),
        ),
        (
            "custom: {x: '${file(/etc/passwd)}'}",
            {},
            (3, "variable ${file(/etc/passwd)}", "/etc/passwd lies outside the repository and is not read"),
        ),
        (
            "custom: {x: '${file(config.js):key}'}",
            {"config.js": "module.exports = {key: 1}"},
            (3, "variable ${file(config.js):key}", "config.js is a program and is not run; run `serverless package`"),
        ),
        (
            "custom: {x: '${self:custom.y'}",
            {},
            (3, "variable ${self:custom.y", "the variable is not well-formed: its closing bracket is missing"),
        ),
        (
            "custom: {x: '${file(tabs.yml):a}'}",
            {"tabs.yml": "a:\n\tb: 1\n"},
            (2, "tabs.yml", "A tab is used for indentation"),
        ),
        (
            "custom: {x: 'a ${self:custom.list}', list: [1]}",
            {},
            (3, "variable ${self:custom.list}", "it is a list or a map, and a text was expected"),
        ),
    ],
)
def test_a_variable_that_is_wrong_is_a_sentence_at_its_line(
    more: str, files: dict[str, str], sentence: tuple[int, str, str]
) -> None:
    stack = service("description: ${self:custom.x}", more, files=files)
    line, what, why = next(gap for gap in gaps(stack))
    assert (line, what) == sentence[:2]
    assert why.startswith(sentence[2])
    assert "OneLambdaFunction" in stack.resources


def write_hostile_files(folder: Path) -> Path:
    """Files that a service should not be able to make anyone read, below and beside the root that is returned."""
    root = folder / "root"
    (root / "sub").mkdir(parents=True)
    (folder / "outside.yml").write_text("key: outside\n")
    (root / "link.yml").symlink_to(folder / "outside.yml")
    (root / "above").symlink_to(folder)
    (root / "zero").symlink_to("/dev/zero")
    os.mkfifo(root / "pipe.yml")
    for name, size in (("hole.yml", 1 << 30), ("long.yml", 20_000_000)):
        with (root / name).open("wb") as file:
            file.truncate(size)
    (root / "tabs.yml").write_text("a:\n\tb: 1\n")
    (root / "circle.yml").write_text("key: ${file(circle.yml):key}\n")
    laughs = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    (root / "anchors.yml").write_text(f"a0: &a0 [{', '.join('x' * 10)}]\n{laughs}key: *a8\n")
    for number in range(8):
        wide = ", ".join(f"k{i}: '${{file(wide{number + 1 or ''}.yml)}}'" for i in range(10))
        (root / f"wide{number or ''}.yml").write_text(f"key: {{{wide}}}\n")
    (root / "wide8.yml").write_text("key: end\n")
    return root


OUTSIDE = "lies outside the repository and is not read"
LINKED = "is a link that leads out of the repository and is not read"
LARGE = "is no file, or one of more than 8 MB, and is not read"


@pytest.mark.parametrize(
    ("path", "line", "why"),
    [
        ("gone.yml", 3, "there is no such file here"),
        ("../outside.yml", 3, f"../outside.yml {OUTSIDE}"),
        ("sub/../../outside.yml", 3, f"sub/../../outside.yml {OUTSIDE}"),
        ("~/.aws/credentials", 3, f"~/.aws/credentials {OUTSIDE}"),
        ("/etc/passwd", 3, f"/etc/passwd {OUTSIDE}"),
        ("${self:custom.up}.yml", 3, f"../outside.yml {OUTSIDE}"),
        ("link.yml", 3, f"link.yml {LINKED}"),
        ("above/outside.yml", 3, f"above/outside.yml {LINKED}"),
        ("zero", 3, f"zero {LINKED}"),
        ("sub", 3, f"sub {LARGE}"),
        ("pipe.yml", 3, f"pipe.yml {LARGE}"),
        ("hole.yml", 3, f"hole.yml {LARGE}"),
        ("long.yml", 3, "The file has 20,000,000 bytes, and at most 8,388,608 are read"),
        ("circle.yml", 1, "it depends on itself ("),
        ("tabs.yml", 2, "A tab is used for indentation"),
        ("anchors.yml", 5, "Aliases add more than 100,000 values"),
        ("wide.yml", 1, "its variables would make more than 200,000 values of it"),
    ],
)
def test_a_hostile_include_is_a_sentence_at_its_line(tmp_path: Path, path: str, line: int, why: str) -> None:
    root = write_hostile_files(tmp_path)
    text = f"custom: {{up: ../outside, x: '${{file({path}):key}}'}}\n"
    head = "service: test\nprovider: {name: aws}\n"
    document = Document(
        "serverless.yml", f"{head}{text}functions: {{one: {{handler: a.b, tags: '${{self:custom.x}}'}}}}\n"
    )
    start = time.process_time()
    stack = load_template(document, Values(), Surroundings(DiskFolder(root), ""))
    assert time.process_time() - start < 2
    assert isinstance(stack, Stack)
    assert "OneLambdaFunction" in stack.resources
    found = gaps(stack)
    assert found[0][0] == line and found[0][2].startswith(why)
    assert "outside" not in json.dumps(properties(stack)).replace("outside.yml", "")


def test_files_are_named_as_they_are_seen_from_where_the_run_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "svc").mkdir()
    (tmp_path / "shared.yml").write_text("a:\n\tb: 1\n")
    text = (
        "service: x\nprovider: {name: aws}\nfunctions: {one: {handler: a.b, description: '${file(../shared.yml):a}'}}\n"
    )
    (tmp_path / "svc" / "serverless.yml").write_text(text)
    monkeypatch.chdir(tmp_path / "svc")
    (gap,) = report_of(Path(), here=Path()).gaps
    assert gap.origin is not None and gap.origin.document.path == "../shared.yml"


def _use(number: int) -> str:
    return f"${{self:custom.v{number}}}"


def _list(number: int) -> str:
    return f"[{', '.join([repr(_use(number))] * 10)}]"


HOSTILE = {
    "chain": "".join(f"  v{i}: {_use(i - 1)}\n" for i in range(1, 3000)) + "  v0: end\n",
    "lists": "  v0: x\n" + "".join(f"  v{i}: {_list(i - 1)}\n" for i in range(1, 12)),
    "text": "  v0: x\n" + "".join(f"  v{i}: '{_use(i - 1) * 10}'\n" for i in range(1, 12)),
    "fallbacks": "".join(
        f"  v{i}: '${{self:custom.n, self:custom.v{i + 1}, self:custom.v{i + 1}}}'\n" for i in range(60)
    ),
    "nested": "  v1: " + "${self:custom.v0" * 200 + "}" * 200 + "\n",
}


@pytest.mark.parametrize(
    ("name", "last"), [("chain", 2999), ("lists", 11), ("text", 11), ("fallbacks", 0), ("nested", 1)]
)
def test_hostile_variables_end_in_a_gap(name: str, last: int) -> None:
    start = time.process_time()
    stack = service(f"environment: {{A: '{_use(last)}'}}", f"custom:\n{HOSTILE[name]}")
    assert time.process_time() - start < 3
    assert gaps(stack)


# --- what is not known ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("plugins: [serverless-mystery]", 3, "plugin serverless-mystery"),
        ("stepFunctions: {stateMachines: {}}", 3, "stepFunctions: state machines"),
        ("resources: ${file(gone.yml)}", 3, "variable ${file(gone.yml)}"),
        ("resources: {Resources: {Q: '${file(gone.yml)}'}}", 3, "variable ${file(gone.yml)}"),
        ("resources: {extensions: {Nothing: {Properties: {}}}}", 3, "extension Nothing"),
    ],
)
def test_what_is_not_looked_at_is_named(text: str, line: int, what: str) -> None:
    assert [gap[:2] for gap in gaps(service("timeout: 3", text))] == [(line, what)]


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("existingS3: {bucket: x}", "existingS3 event of one"),
        ("http: {path: '/'}", "http event of one"),
        ("httpApi: {path: '/x'}", "httpApi event of one"),
        ("sqs: {batchSize: 1}", "sqs event of one"),
        ("s3: {event: 's3:ObjectCreated:*'}", "s3 event of one"),
        ("websocket: {authorizer: x}", "websocket event of one"),
    ],
)
def test_an_event_that_is_not_understood_is_named(event: str, what: str) -> None:
    stack = service(f"events: [{{{event}}}]")
    assert [gap[:2] for gap in gaps(stack)] == [(7, what)]


def test_resources_that_are_not_known_leave_rules_undecided() -> None:
    stack = service("timeout: 3", "resources: ['${file(alarms.yml)}', {Resources: {Q: {Type: 'AWS::SQS::Queue'}}}]")
    assert "Q" in stack.resources
    assert ("AWS::CloudWatch::Alarm", None) in stack.unseen


EVENTS = [
    "sns", "s3", "stream", "alb", "iot", "iotFleetProvisioning", "kafka", "msk", "activemq", "rabbitmq",
    "cloudFront", "cognitoUserPool", "schedule", "sqs", "eventBridge", "cloudwatchEvent", "cloudwatchLog",
    "websocket", "httpApi", "http", "alexaSkill", "alexaSmartHome",
]  # fmt: skip
FUNCTION = [
    "handler", "vpc", "environment", "tags", "layers", "url", "destinations", "package", "role", "onError",
    "kmsKeyArn", "tracing", "image", "memorySize", "timeout", "provisionedConcurrency", "snapStart",
    "durableConfig", "fileSystemConfig", "logs", "runtimeManagement", "condition", "dependsOn", "name",
    "events",
]  # fmt: skip
PROVIDER = [
    "name", "vpc", "environment", "tags", "iam", "apiGateway", "httpApi", "logs", "s3", "layers", "alb",
    "tracing", "deploymentBucket", "ecr", "role", "kinesis", "stage", "iamRoleStatements", "eventBridge",
    "runtime", "region", "cloudFront", "websocketsApiName",
]  # fmt: skip
SECTIONS = [
    "service", "functions", "resources", "layers", "package", "plugins", "custom", "frameworkVersion", "params",
]  # fmt: skip
SHAPES = ["~", "text", "3", "true", "[]", "[1, {a: b}]", "{}", "{a: [b]}", "'${file(gone.yml)}'"]


@pytest.mark.parametrize("shape", SHAPES)
def test_malformed_services_never_raise(shape: str) -> None:
    head = "service: x\nprovider: {name: aws}\n"
    for kind in EVENTS:
        lowered(f"{head}functions: {{a: {{handler: b, events: [{{{kind}: '' }}, {{{kind}: {shape}}}, {shape}]}}}}\n")
    for setting in FUNCTION:
        lowered(f"{head}functions: {{a: {{handler: b, {setting}: {shape}, events: [{{http: GET /}}]}}}}\n")
    every = ", ".join(f"{{{kind}: {{arn: x, rate: x, bucket: y, path: /, method: get, route: r}}}}" for kind in EVENTS)
    for setting in PROVIDER:
        provider = "provider: {name: aws, " + (f"{setting}: {shape}}}" if setting != "name" else "}")
        assert lowered(f"service: x\n{provider}\nfunctions: {{a: {{handler: b, events: [{every}]}}}}\n").resources
    for section in SECTIONS:
        text = f"{section}: {shape}\nprovider: {{name: aws}}\n" + ("" if section == "service" else "service: x\n")
        assert lowered(text).dialect == "serverless"


# --- what is said to those who write a service ----------------------------------------------------------------------


def judged(tmp_path: Path, text: str, *names: str) -> Report:
    """What some rules of the project say of a service."""
    (tmp_path / "serverless.yml").write_text(text)
    rules = [rule for rule in RULES if rule.id in names]
    return report_of(tmp_path, here=tmp_path, rules=rules)


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", None, "The file is empty"),
        ("# nothing yet\n", None, "The file is empty"),
        ("- a\n", 1, "A service is a map with service, provider and functions"),
        ("service: x\nfunctions: {a: {handler: b.c}}\n", 1, "It has no provider"),
        ("service: x\nproviders: {name: aws}\n", 1, "It has no provider"),
        ("service: x\nprovider: {runtime: python3.13}\n", 2, "Its provider has no name"),
        ("# x\nprovider: {name: aws}\n", 2, "It has no service"),
        ("service: x\nprovider: {name: google}\n", None, None),
        ("component: aws-lambda\nname: x\n", None, None),
    ],
)
def test_a_file_that_is_no_service_is_never_passed_over_silently(
    tmp_path: Path, text: str, line: int | None, why: str | None
) -> None:
    found = judged(tmp_path, text).gaps
    assert len(found) == (why is not None)
    for gap in found:
        assert gap.what == "serverless.yml" and gap.why.startswith(why or "")
        assert (gap.origin.line if gap.origin is not None else None) == line


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        ("functions: {a: handler.a}", "function a", "its settings are no map"),
        ("functions: {a: {handler: b.c, events: foo}}", "events of a", "they are no list"),
        ("functions: {a: {handler: b.c, events: {http: GET /}}}", "events of a", "they are no list"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named_with_what_to_write(text: str, what: str, why: str) -> None:
    ((line, named, said),) = gaps(lowered(f"service: x\nprovider: {{name: aws}}\n{text}\n"))
    assert (line, named) == (3, what) and said.startswith(why)


MAPPINGS = """\
service: x
provider: {name: aws, runtime: python3.13}
functions:
  own: {handler: a.b, events: [{sqs: "arn:aws:sqs:us-east-1:111122223333:jobs"}]}
resources:
  Resources:
    Poll:
      Type: AWS::Lambda::EventSourceMapping
      Properties: {FunctionName: !Ref OwnLambdaFunction, EventSourceArn: "arn:aws:sqs:us-east-1:111122223333:late"}
    Plain:
      Type: AWS::Lambda::Function
      Properties: {Runtime: python3.13}
"""


def test_advice_names_what_stands_where_a_thing_is_written(tmp_path: Path) -> None:
    found = judged(tmp_path, MAPPINGS, "batch-retried-whole", "x86-where-arm64-fits").findings
    said = {(finding.place.origin.line, finding.advice) for finding in found if finding.place is not None}
    batch = "Return batchItemFailures from the handler and add "
    assert said == {
        (4, "Set architecture: arm64, best on the provider, and test once"),
        (4, f"{batch}functionResponseType: ReportBatchItemFailures to the event, or set its batchSize to 1"),
        (7, f"{batch}ReportBatchItemFailures to FunctionResponseTypes, or set BatchSize to 1"),
        (10, "Set Architectures: [arm64], best in Globals, and test once"),
    }


def test_what_the_framework_grants_for_an_event_is_not_a_grant_that_a_person_wrote(tmp_path: Path) -> None:
    socket = "functions: {a: {handler: b.c, events: [{websocket: $connect}]}}\n"
    statement = "{Effect: Allow, Action: 'execute-api:ManageConnections', Resource: '*'}"
    for written, lines in (("", []), (f", iam: {{role: {{statements: [{statement}]}}}}", [2])):
        text = f"service: x\nprovider: {{name: aws{written}}}\n{socket}"
        found = judged(tmp_path, text, "role-resource-wildcard").findings
        assert [finding.place.origin.line for finding in found if finding.place is not None] == lines


def test_a_grant_for_the_destination_of_one_function_is_no_side_effect_of_another(tmp_path: Path) -> None:
    text = """\
service: x
provider: {name: aws, runtime: python3.13}
functions:
  one:
    handler: a.b
    events:
      - stream:
          arn: arn:aws:kinesis:us-east-1:111122223333:stream/clicks
          destinations: {onFailure: "arn:aws:sns:us-east-1:111122223333:lost"}
  two: {handler: a.c, events: [{sqs: "arn:aws:sqs:us-east-1:111122223333:jobs"}]}
"""
    assert judged(tmp_path, text, "async-retries-without-idempotency").findings == ()


def test_functions_that_share_a_role_cost_as_much_among_many_as_among_few(tmp_path: Path) -> None:
    from cProfile import Profile

    events = (
        "{http: {path: /#, method: get}}, {schedule: rate(5 minutes)}, {sns: topic#}, {sqs: {arn: !GetAtt Q#.Arn}}, "
        "{stream: {type: dynamodb, arn: !GetAtt T.StreamArn}}"
    )
    calls: dict[int, int] = {}
    for count in (20, 20, 40, 80):  # the first run loads modules
        functions = "".join(f"  f#: {{handler: a.b, events: [{events}]}}\n".replace("#", str(n)) for n in range(count))
        queues = "".join(f"    Q{number}: {{Type: AWS::SQS::Queue}}\n" for number in range(count))
        head = "service: x\nprovider: {name: aws, runtime: python3.13}\nfunctions:\n"
        path = tmp_path / "serverless.yml"
        path.write_text(f"{head}{functions}resources:\n  Resources:\n    T: {{Type: AWS::DynamoDB::Table}}\n{queues}")
        profile = Profile()
        profile.runcall(report_of, path, here=tmp_path, rules=RULES)
        calls[count] = sum(entry.callcount for entry in profile.getstats())
    assert (calls[80] - calls[40]) / (calls[40] - calls[20]) < 2.1, calls


# --- around a service -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "region", "expected"),
    [
        ({}, None, ("test-dev-one", "us-east-1")),
        ({"Stage": "prod"}, None, ("test-prod-one", "us-east-1")),
        ({}, "eu-west-1", ("test-dev-one", "eu-west-1")),
    ],
)
def test_stage_and_region_can_be_given(
    parameters: dict[str, str], region: str | None, expected: tuple[str, str]
) -> None:
    stack = service("description: ${aws:region}", parameters=parameters, region=region)
    found = properties(stack)
    assert (found["FunctionName"], found["Description"]) == expected


@pytest.mark.parametrize(
    ("version", "permissions"),
    [('"3"', 1), ("^3.38", 1), ('">=2.0.0"', 2), ('"4"', 2), ("", 2)],
)
def test_a_url_is_open_as_the_version_of_the_framework_opens_it(version: str, permissions: int) -> None:
    stack = service("url: true", f"frameworkVersion: {version}" if version else "")
    assert sum(resource.type == "AWS::Lambda::Permission" for resource in stack.resources.values()) == permissions


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("A='single $x'\nX=plain # comment", "plain"),
        ('X="quoted # text"', "quoted # text"),
        ("export X = spaced ", "spaced"),
        ("HOST=example.com\nX=https://$HOST/${HOST}", "https://example.com/example.com"),
        ("X=a\\$b", "a$b"),
        # Of the environment of a deployment, or above everything that is sensible.
        ("X=$HOME/x", None),
        ("X=${HOST:-default}", None),
        ("A0=xx\n" + "".join(f"A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, 40)) + "X=$A39", None),
    ],
)
def test_values_of_a_dotenv_file(written: str, value: str | None) -> None:
    stack = service("description: '${env:X}'", "useDotenv: true", files={".env": written, ".env.prod": "X=other"})
    expected = {"Fn::ServerlessVariable": ["${env:X}", "is an environment variable of the deployment"]}
    assert properties(stack)["Description"] == (value or expected)
    if value is not None:
        prod = {"parameters": {"Stage": "prod"}, "files": {".env": written, ".env.prod": "X=other"}}
        assert properties(service("description: '${env:X}'", "useDotenv: true", **prod))["Description"] == "other"


def test_a_compose_file_stands_for_its_services_once(tmp_path: Path) -> None:
    compose = (
        "services:\n  web: {path: web}\n  jobs:\n    path: ./jobs\n  gone: {path: nowhere}\n  out: {path: ../web}\n"
    )
    text = "service: {name: x}\nprovider: {name: aws}\nfunctions: [{one: {handler: a.b, timeout: 90}}]\n"
    files = {"serverless-compose.yml": compose, "web/serverless.yml": text, "jobs/serverless.ts": "export default {}"}
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    file = tmp_path / "serverless-compose.yml"
    for paths in ([file], [file, tmp_path], [tmp_path / "web", file]):
        report = report_of(*paths, here=tmp_path)
        assert said(report) == ["web/serverless.yml:3 one may run for 90 s"]
        lines = {gap.what: gap.origin.line if gap.origin is not None else None for gap in report.gaps}
        assert lines == {"jobs/serverless.ts": None, "service gone": 5, "service out": 6}


def test_a_compose_file_gives_parameters() -> None:
    compose = "services:\n  web:\n    path: web\n    params: {name: from compose, queue: '${jobs.queueUrl}'}\n"
    stack = service(
        "description: ${param:name}\n    environment: {Q: '${param:queue}'}",
        files={"serverless-compose.yml": compose},
        base="web",
    )
    found = properties(stack)
    assert found["Description"] == "from compose"
    assert found["Environment"]["Variables"]["Q"] == {
        "Fn::ServerlessVariable": ["${param:queue}", "is an output of another service"]
    }


def test_pseudo_parameters_become_substitutions() -> None:
    stack = service("description: 'in #{AWS::Region}'", "plugins: [serverless-pseudo-parameters]")
    assert properties(stack)["Description"] == {"Fn::Sub": "in ${AWS::Region}"}


def test_a_program_is_named_with_the_way_out_unless_it_was_packaged(tmp_path: Path) -> None:
    program = tmp_path / "serverless.ts"
    program.write_text("export default {}", encoding="utf-8")
    found, lost = collect([tmp_path], tmp_path)
    assert found == []
    assert [(gap.what, "serverless package" in gap.why) for gap in lost] == [("serverless.ts", True)]
    packaged = tmp_path / ".serverless" / "cloudformation-template-update-stack.json"
    packaged.parent.mkdir()
    packaged.write_text("{}", encoding="utf-8")
    for paths in ([tmp_path], [program]):
        found, lost = collect(paths, tmp_path)
        assert [file.name for file in found] == [".serverless/cloudformation-template-update-stack.json"]
        assert lost == []
    os.utime(packaged, (0, 0))
    assert [gap.what for gap in collect([program], tmp_path)[1]] == ["serverless.ts"]


def test_the_functions_of_the_framework_itself_are_not_judged() -> None:
    stack = service("events: [{s3: {bucket: legacy-bucket, existing: true}}]")
    own = {name for name, resource in stack.resources.items() if not resource.judged}
    assert own == {"CustomDashresourceDashexistingDashs3LambdaFunction", "IamRoleCustomResourcesLambdaExecution"}
    assert stack.resources["OneLambdaFunction"].judged
