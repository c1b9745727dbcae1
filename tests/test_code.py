"""What is read from handlers' sources, packages and sample events: from files in, facts out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambdalint.code import operations, services
from lambdalint.code.fact import Handler
from lambdalint.code.handler import read_handler
from lambdalint.code.package import measure
from lambdalint.data import iam
from lambdalint.source.folder import DictFolder, DiskFolder

PYTHON = "python3.13"
NODE = "nodejs22.x"


def read(
    files: Mapping[str, str | bytes], handler: str = "app.handler", runtime: str = PYTHON, code: str = "."
) -> Handler:
    return read_handler(DictFolder(files), code, handler, runtime)


def python(source: str, **files: str) -> Handler:
    return read({"app.py": source, **{name.replace("__", "/") + ".py": text for name, text in files.items()}})


def node(source: str, suffix: str = ".mjs", runtime: str = NODE, **files: str) -> Handler:
    more = {name.replace("__", "/") + suffix: text for name, text in files.items()}
    return read({"app" + suffix: source, **more}, runtime=runtime)


def called(handler: Handler) -> list[str]:
    return [f"{call.service}:{call.operation}" for call in handler.calls]


# Where the handler is


@pytest.mark.parametrize(
    ("files", "code", "handler", "runtime", "path"),
    [
        (["src/app.py"], "src", "app.handler", PYTHON, "src/app.py"),
        (["src/app.py"], "src/", "app.handler", None, "src/app.py"),
        (["a/src/app.py"], "a", "src/app.handler", PYTHON, "a/src/app.py"),
        (["a/src/app.py"], "a", "src.app.handler", PYTHON, "a/src/app.py"),
        (["a/b/c.py"], ".", "a/b.c.handler", PYTHON, "a/b/c.py"),
        (["app/__init__.py"], ".", "app.handler", PYTHON, "app/__init__.py"),
        (["index.js"], ".", "index.handler", NODE, "index.js"),
        (["index.mjs"], ".", "index.handler", None, "index.mjs"),
        (["src/index.ts"], "src", "index.handler", NODE, "src/index.ts"),
        (["src/index.js", "src/index.ts"], "src", "index.handler", NODE, "src/index.js"),
        (["src/a/index.ts"], ".", "dist/a/index.handler", NODE, "src/a/index.ts"),
        (["src/index.ts"], "dist", "index.handler", NODE, "src/index.ts"),
        (["fn/src/index.ts"], "fn", "index.handler", NODE, "fn/src/index.ts"),
    ],
)
def test_handler_is_found(files: list[str], code: str, handler: str, runtime: str | None, path: str) -> None:
    text = {name: "def handler(e, c): pass" if name.endswith(".py") else "exports.handler = e => e" for name in files}
    found = read_handler(DictFolder(text), code, handler, runtime)
    assert (found.readable, found.path, found.missing, found.line) == (True, path, None, 1)


def test_handler_is_found_through_build_settings() -> None:
    settings = (
        '{ // comment\n "compilerOptions": {"outDir": "./made", "rootDir": "lib", "paths": {"@x/*": ["lib/x/*"]},}}'
    )
    source = 'import {go} from "@x/go"; export const handler = async (e) => go(e)'
    helper = 'import {SNS} from "@aws-sdk/client-sns"; export const go = (e) => new SNS({}).publish({Message: e})'
    files = {"tsconfig.json": settings, "lib/app.ts": source, "lib/x/go.ts": helper}
    assert called(read(files, "made/app.handler", NODE)) == ["sns:Publish"]

    folder = DictFolder({"handlers/worker.ts": "export const handler = async () => 1"})
    found = read_handler(folder, ".", "worker.handler", NODE, entry_points=["handlers/worker.ts"])
    assert found.path == "handlers/worker.ts"


@pytest.mark.parametrize(
    ("files", "code", "handler", "runtime", "missing", "why"),
    [
        ({}, "src", "app.handler", PYTHON, "code", "src does not exist"),
        ({"src/b.py": ""}, "src", "app.handler", PYTHON, "file", "no file in src fits the handler app.handler"),
        ({"src/run.sh": ""}, "src", "run.sh", PYTHON, None, "run.sh is a script"),
        ({"src/app.py": ""}, "src", "datadog_lambda.handler.handler", PYTHON, None, "belongs to a layer"),
        ({"code.zip": b"PK"}, "code.zip", "app.handler", PYTHON, None, "is an archive"),
        ({"src/A.java": ""}, "src", "A::b", "java21", None, "code for java21 is not read"),
        ({"src/app.py": ""}, None, "app.handler", PYTHON, None, "not in this repository"),
        ({"src/app.py": ""}, "src", None, PYTHON, None, "the handler is not known"),
        ({"src/app.py": ""}, "../src", "app.handler", PYTHON, "code", "does not exist"),
        ({}, "dist", "app.handler", NODE, None, "may be the result of a build"),
    ],
)
def test_unreadable_code_says_why(
    files: dict[str, str | bytes], code: str | None, handler: str | None, runtime: str, missing: str | None, why: str
) -> None:
    found = read_handler(DictFolder(files), code, handler, runtime)
    assert not found.readable
    assert found.missing == missing
    assert why in (found.why or "")


@pytest.mark.parametrize(
    ("source", "handler", "missing"),
    [
        ("def handler(e, c): pass", "app.handler", None),
        ("def handler(e, c): pass", "app.lambda_handler", "function"),
        ("from other import handler", "app.handler", None),
        ("handler = wrap(x)", "app.handler", None),
        ("def outer():\n  def handler(e, c): pass", "app.handler", "function"),
    ],
)
def test_python_function_of_handler(source: str, handler: str, missing: str | None) -> None:
    assert read({"app.py": source}, handler).missing == missing


@pytest.mark.parametrize(
    ("source", "missing", "line"),
    [
        ("exports.handler = async (e) => 1", None, 1),
        ("module.exports.handler = function (e) {}", None, 1),
        ("const handler = async (e) => 1;\nmodule.exports = { handler };", None, 1),
        ("module.exports = {\n  handler: async (e) => 1 };", None, 2),
        ("module.exports = {\n  async handler(e) {} };", None, 2),
        ("exports.handler = void 0;\nconst handler = async () => 1;\nexports.handler = handler;", None, 2),
        ("export async function handler(e) {}", None, 1),
        ("async function main(e) {}\nexport { main as handler };", None, 1),
        ("export * from './x.mjs'", None, None),
        ("module.exports = require('./x')", None, None),
        ("const inner = async (e) => 1;\nexport const handler = middy(inner).use(json());", None, 1),
        ("export const handler = middy(async (e) => 1).use(json());", None, 1),
        ("export const handler = instance.handler.bind(instance);", None, None),
        ("export const other = 1", "function", None),
        ("exports.lambdaHandler = async (e) => 1", "function", None),
    ],
)
def test_node_function_of_handler(source: str, missing: str | None, line: int | None) -> None:
    found = node(source)
    assert (found.missing, found.line) == (missing, line)


def test_inline_code() -> None:
    text = "import boto3\ndef handler(event, context):\n    boto3.client('sqs').purge_queue(QueueUrl='q')\n"
    found = read_handler(DictFolder({}), None, "index.handler", PYTHON, text)
    assert (found.path, called(found), found.calls[0].line) == ("index.py", ["sqs:PurgeQueue"], 3)
    text = "exports.handler = async () => new (require('aws-sdk').SNS)().publish({}).promise()"
    assert called(read_handler(DictFolder({}), None, "index.handler", NODE, text)) == ["sns:Publish"]
    assert not read_handler(DictFolder({}), None, "index.handler", None, text).readable


# Calls

HEAD = "import boto3, os\ndef handler(event, context):\n  "


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        (HEAD + "boto3.client('sqs').send_message(QueueUrl='q')", ["sqs:SendMessage"]),
        (HEAD + "c = boto3.client(service_name='sns')\n  c.publish()", ["sns:Publish"]),
        ("import boto3 as b\nc = b.client('s3')\ndef handler(e, c2):\n  c.get_object(Bucket='b')", ["s3:GetObject"]),
        ("from boto3 import client\nc = client('kms')\ndef handler(e, x):\n  c.encrypt()", ["kms:Encrypt"]),
        (HEAD + "s = boto3.Session()\n  s.client('ssm').get_parameter(Name='n')", ["ssm:GetParameter"]),
        (HEAD + "boto3.session.Session().client('ssm').get_parameter(Name='n')", ["ssm:GetParameter"]),
        (HEAD + "t = boto3.resource('dynamodb').Table('t')\n  t.put_item(Item={})", ["dynamodb:PutItem"]),
        (HEAD + "d = boto3.resource('dynamodb')\n  d.Table('t').query()", ["dynamodb:Query"]),
        (
            HEAD + "t = boto3.resource('dynamodb').Table('t')\n  with t.batch_writer() as b:\n    b.put_item(Item={})",
            ["dynamodb:BatchWriteItem"],
        ),
        (HEAD + "boto3.resource('s3').Bucket('b').upload_file('f', 'k')", ["s3:PutObject"]),
        (HEAD + "boto3.resource('s3').Bucket('b').objects.filter(Prefix='p')", ["s3:ListObjects"]),
        (HEAD + "boto3.resource('s3').meta.client.copy({}, 'b', 'k')", ["s3:Copy"]),
        (HEAD + "boto3.client('s3').get_paginator('list_objects_v2').paginate()", ["s3:ListObjectsV2"]),
        (HEAD + "boto3.client('s3').generate_presigned_url('put_object')", ["s3:PutObject"]),
        (HEAD + "c = boto3.client('s3')\n  c.exceptions.NoSuchKey\n  c.close()\n  c.can_paginate('x')", []),
        (
            "import boto3\nclass A:\n  def __init__(self):\n    self.q = boto3.client('sqs')\n"
            "  def go(self):\n    self.q.send_message()\ndef handler(e, c):\n  A().go()",
            ["sqs:SendMessage"],
        ),
        (
            "import boto3\ndef make():\n  return boto3.client('sns')\ndef handler(e, c):\n  make().publish()",
            ["sns:Publish"],
        ),
        (
            "import boto3\nc = None\ndef get():\n  global c\n  c = c or boto3.client('sns')\n  return c\n"
            "def handler(e, x):\n  get().publish()",
            ["sns:Publish"],
        ),
        (
            "import boto3\ndef send(client, m):\n  client.publish(Message=m)\n"
            "def handler(e, c):\n  send(boto3.client('sns'), e)",
            ["sns:Publish"],
        ),
        (
            "import boto3\nclass Repo:\n  def __init__(self, table):\n    self.table = table\n  def save(self):\n"
            "    self.table.put_item(Item={})\nr = Repo(boto3.resource('dynamodb').Table('t'))\n"
            "def handler(e, c):\n  r.save()",
            ["dynamodb:PutItem"],
        ),
        # one name, two clients: each function means its own
        (
            "import boto3\ndef a():\n  c = boto3.client('sqs')\n  c.send_message()\ndef handler(e, x):\n"
            "  c = boto3.client('sns')\n  c.publish()\n  a()",
            ["sqs:SendMessage", "sns:Publish"],
        ),
        ("SQL = 1\ndef handler(e, c):\n  e.put_item()\n  table.put_item()", []),
        ("def handler(e, c):\n  import client\n  client.send_message()", []),
    ],
)
def test_python_calls(source: str, calls: list[str]) -> None:
    assert called(python(source)) == calls


EXPORT = "export const handler = async (event) => { "


@pytest.mark.parametrize("suffix", [".mjs", ".ts"])
@pytest.mark.parametrize(
    ("source", "calls"),
    [
        (
            "import {SQSClient, SendMessageCommand} from '@aws-sdk/client-sqs'; const c = new SQSClient({});"
            + EXPORT
            + "await c.send(new SendMessageCommand({})) }",
            ["sqs:SendMessage"],
        ),
        (
            "import * as s from '@aws-sdk/client-sfn';" + EXPORT + "x(new s.StartExecutionCommand({})) }",
            ["stepfunctions:StartExecution"],
        ),
        ("const {SNS} = require('@aws-sdk/client-sns');" + EXPORT + "await new SNS().publish({}) }", ["sns:Publish"]),
        (
            "import {DynamoDBDocumentClient as D, PutCommand as P} from '@aws-sdk/lib-dynamodb';"
            + EXPORT
            + "const p = new P({}); await D.from(c).send(p) }",
            ["dynamodb:PutItem"],
        ),
        (
            "import {DynamoDBDocument} from '@aws-sdk/lib-dynamodb'; const d = DynamoDBDocument.from(x);"
            + EXPORT
            + "await d.update({}) }",
            ["dynamodb:UpdateItem"],
        ),
        (
            "import {paginateScan} from '@aws-sdk/client-dynamodb';"
            + EXPORT
            + "for await (const p of paginateScan({}, {})) {} }",
            ["dynamodb:Scan"],
        ),
        (
            "import {Upload} from '@aws-sdk/lib-storage';"
            + EXPORT
            + "await new Upload({client, params: {Bucket: 'b'}}).done() }",
            ["s3:PutObject"],
        ),
        (
            "const AWS = require('aws-sdk'); const s3 = new AWS.S3();" + EXPORT + "await s3.getObject({}).promise() }",
            ["s3:GetObject"],
        ),
        (
            "import AWS from 'aws-sdk'; const q = new AWS.SQS();" + EXPORT + "await q.sendMessage({}).promise() }",
            ["sqs:SendMessage"],
        ),
        (
            "import S3 from 'aws-sdk/clients/s3'; const c = new S3();" + EXPORT + "await c.upload({}).promise() }",
            ["s3:PutObject"],
        ),
        (
            "const AWS = xray.captureAWS(require('aws-sdk')); const d = new AWS.DynamoDB.DocumentClient();"
            + EXPORT
            + "await d.put({}).promise() }",
            ["dynamodb:PutItem"],
        ),
        (
            "import {SecretsManager} from '@aws-sdk/client-secrets-manager';"
            "const c = tracer.captureAWSv3Client(new SecretsManager({}));" + EXPORT + "await c.getSecretValue({}) }",
            ["secretsmanager:GetSecretValue"],
        ),
        (
            "import {EventBridge} from '@aws-sdk/client-eventbridge';" + EXPORT + "new EventBridge({}).putEvents({}) }",
            ["events:PutEvents"],
        ),
        (
            "import {SNS} from '@aws-sdk/client-sns'; class A { constructor(c) { this.c = c }"
            " go() { return this.c.publish({}) } }" + EXPORT + "await new A(new SNS({})).go() }",
            ["sns:Publish"],
        ),
        ("import {SendCommand} from './bus';" + EXPORT + "bus.send(new SendCommand()) }", []),
        ("import {SQSClient} from '@aws-sdk/client-sqs';" + EXPORT + "new SQSClient({}).destroy() }", []),
    ],
)
def test_node_calls(source: str, calls: list[str], suffix: str) -> None:
    assert called(node(source, suffix)) == calls


def test_typescript_syntax_is_understood() -> None:
    found = node(
        "import { S3, type GetObjectCommandInput } from '@aws-sdk/client-s3';\n"
        "import type { X } from './missing';\n"
        "class Store { private readonly s3: S3 = new S3({}); constructor(private name: string) {}\n"
        "  async get<T>(key: string): Promise<T> {"
        " return (await this.s3.getObject({ Bucket: this.name, Key: key }))! as T; } }\n"
        "export const handler: Handler<E> = async (event: E): Promise<void> => {"
        " await new Store('b').get(event.key!) };\n",
        ".ts",
    )
    assert (called(found), found.unfollowed, found.language) == (["s3:GetObject"], (), "typescript")


# What counts


def test_only_what_the_handler_reaches_counts() -> None:
    source = (
        "import boto3, os\nfrom lib.db import save\nfrom lib import other as o\nsqs = boto3.client('sqs')\n"
        "def helper():\n  sqs.send_message()\n"
        "def handler(event, context):\n  helper(); save(); o.go()\n"
        "def second(event, context):\n  sqs.purge_queue(QueueUrl=os.environ['SECOND'])\n"
    )
    db = (
        "import boto3\nt = boto3.resource('dynamodb').Table('t')\n"
        "def save():\n  t.put_item()\ndef drop():\n  t.delete_item()\n"
    )
    files = {
        "app.py": source,
        "lib/__init__.py": "",
        "lib/db.py": db,
        "lib/other.py": "from .db import t\ndef go(): t.scan()",
    }
    first, second = read(files), read(files, "app.second")
    assert called(first) == ["sqs:SendMessage", "dynamodb:PutItem", "dynamodb:Scan"]
    assert called(second) == ["sqs:PurgeQueue"]
    assert [each.name for each in second.environment_reads] == ["SECOND"]
    assert first.environment_reads == ()
    assert set(first.files) == {"app.py", "lib/db.py", "lib/other.py", "lib/__init__.py"}
    assert not first.open


def test_names_are_followed_through_files_that_pass_them_on() -> None:
    found = node(
        "import { send } from './lib'; import run from './lib/run.mjs';"
        "export const handler = async (e) => { send(e); run() };"
        "export const other = async () => { drop() };",
        lib__index="export { send } from './send.mjs'; export * from './drop.mjs'",
        lib__send="import {SNS} from '@aws-sdk/client-sns'; const c = new SNS({});"
        "export const send = () => c.publish({})",
        lib__drop="import {SQS} from '@aws-sdk/client-sqs'; export function drop() { new SQS({}).purgeQueue({}) }",
        lib__run="import {S3} from '@aws-sdk/client-s3'; export default async () => { new S3({}).listBuckets({}) }",
    )
    assert sorted(called(found)) == ["s3:ListBuckets", "sns:Publish"]


def test_registered_functions_count_and_wrapped_ones_do_not() -> None:
    source = (
        "import boto3\nc = boto3.client('sns')\n@app.get('/x')\ndef x():\n  c.publish()\n"
        "@tracer.capture_lambda_handler\ndef second(e, x):\n  c.subscribe()\n"
        "@logger.inject_lambda_context\ndef handler(e, x):\n  return app.resolve(e, x)\n"
    )
    assert called(python(source)) == ["sns:Publish"]


def test_equal_modules_of_two_folders_do_not_mix() -> None:
    one = read(
        {
            "app.py": "from m import go\ndef handler(e, c): go()",
            "m.py": "import boto3\ndef go(): boto3.client('s3').get_object()",
        }
    )
    two = read({"app.py": "from m import go\ndef handler(e, c): go()", "m.py": "def go(): pass"})
    assert (called(one), called(two)) == (["s3:GetObject"], [])


@pytest.mark.parametrize(
    ("source", "files", "why"),
    [
        (HEAD + "pass", {}, None),
        ("import json, requests\ndef handler(e, c): pass", {}, None),
        (HEAD + "boto3.client(event['service']).x()", {}, "service that is chosen while running"),
        (HEAD + "boto3.client('s3').get_paginator(event['x'])", {}, "chooses an operation while running"),
        (HEAD + "boto3.resource('ec2').Instance('i').stop()", {}, "calls Instance() of ec2"),
        ("from .gone import x\ndef handler(e, c): x()", {}, "imports .gone, which is not in the project"),
        (
            "import our_layer\ndef handler(e, c): pass",
            {},
            "our_layer is neither in the code nor among its dependencies",
        ),
        ("import our_layer\ndef handler(e, c): pass", {"requirements.txt": "our-layer==1"}, None),
        ("import yaml, PIL\ndef handler(e, c): pass", {"requirements.txt": "PyYAML\npillow"}, None),
        ("import pynamodb\ndef handler(e, c): pass", {"requirements.txt": "pynamodb"}, "pynamodb calls AWS by itself"),
        ("def handler(e, c):\n  exec(e)", {}, "chosen while running"),
        ("def handler(e, c):\n  x = (\n", {}, "has a syntax error"),
        ("import subprocess\ndef handler(e, c): pass", {}, "starts other programs"),
    ],
)
def test_what_cannot_be_followed_is_said(source: str, files: dict[str, str], why: str | None) -> None:
    found = read({"app.py": source, **files})
    assert found.readable
    assert found.open is (why is not None)
    assert (why or "") in " ".join(found.unfollowed)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import './gone.mjs'; export const handler = () => 1", "imports ./gone.mjs, which is not in the project"),
        ("const x = require(process.argv[0]); export const handler = () => x", "chosen while running"),
        ("import x from 'left-pad'; export const handler = () => x", "left-pad is neither"),
        ("import x from 'node:fs'; import y from '@aws-sdk/client-s3'; export const handler = () => x", None),
        ("import data from './data.json'; export const handler = () => data", None),
        ("export const handler = () => { } }", "has a syntax error"),
    ],
)
def test_what_cannot_be_followed_in_node(source: str, why: str | None) -> None:
    found = node(source)
    assert found.open is (why is not None)
    assert (why or "") in " ".join(found.unfollowed)


def test_imports_say_where_they_lead() -> None:
    files: dict[str, str | bytes] = {
        "app.js": "const AWS = require('aws-sdk'); const a = require('./a'); const fs = require('fs');"
        "const l = require('left'); const r = require('right'); exports.handler = () => [AWS, a, fs, l, r]",
        "a.js": "",
        "node_modules/left/package.json": "{}",
        "package.json": '{"dependencies": {"left": "^1"}, "devDependencies": {"jest": "*"}}',
    }
    found = read(files, runtime="nodejs18.x")
    origins = {each.module: each.origin for each in found.imports}
    assert origins == {"aws-sdk": "external", "./a": "local", "fs": "runtime", "left": "bundled", "right": "external"}
    assert {(each.name, each.development) for each in found.dependencies} == {("left", False), ("jest", True)}
    assert found.manifest == "package.json"
    assert {each.origin for each in read(files, runtime="nodejs16.x").imports if each.module == "aws-sdk"} == {
        "runtime"
    }


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "requirements.txt",
            "a==1 # x\n-r b.txt\nB.c[d]>=2; python_version>'3'\n\ngit+https://x/y\n",
            ["a ==1", "B.c [d]>=2"],
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = ["a>1"]\n[tool.poetry.dependencies]\npython = "3"\nb = "^2"',
            ["a >1", "b ^2"],
        ),
        ("pyproject.toml", "not = = toml", []),
        ("Pipfile", '[packages]\na = "*"\n[dev-packages]\nb = "*"', ["a *", "b *"]),
    ],
)
def test_python_manifests(name: str, text: str, expected: list[str]) -> None:
    found = read({"src/app.py": "def handler(e, c): pass", name: text}, code="src")
    assert [f"{each.name} {each.requirement}" for each in found.dependencies] == expected


# Facts about calls


@pytest.mark.parametrize(
    ("service", "operation", "actions"),
    [
        ("sqs", "SendMessage", ["sqs:SendMessage"]),
        ("sqs", "SendMessageBatch", ["sqs:SendMessage"]),
        ("s3", "ListObjectsV2", ["s3:ListBucket"]),
        ("s3", "HeadObject", ["s3:GetObject"]),
        ("s3", "CopyObject", ["s3:GetObject", "s3:PutObject"]),
        ("s3", "WriteGetObjectResponse", ["s3-object-lambda:WriteGetObjectResponse"]),
        ("lambda", "Invoke", ["lambda:InvokeFunction"]),
        ("stepfunctions", "StartExecution", ["states:StartExecution"]),
        ("bedrock-runtime", "Converse", ["bedrock:InvokeModel"]),
        ("apigatewaymanagementapi", "PostToConnection", ["execute-api:ManageConnections"]),
        ("apigateway", "UpdateStage", ["apigateway:PATCH"]),
        ("timestream-query", "Query", ["timestream:Select"]),
        ("pinpoint", "SendMessages", ["mobiletargeting:SendMessages"]),
        ("kms", "ReEncrypt", ["kms:ReEncryptFrom", "kms:ReEncryptTo"]),
        ("cognito-idp", "InitiateAuth", []),
        ("cognito-idp", "AdminGetUser", ["cognito-idp:AdminGetUser"]),
        ("sts", "GetCallerIdentity", []),
        ("rds", "DescribeDbInstances", ["rds:DescribeDbInstances"]),
        ("opensearchserverless", "CreateIndex", ["aoss:CreateIndex"]),
    ],
)
def test_actions_of_operations(service: str, operation: str, actions: list[str]) -> None:
    assert list(operations.actions(service, operation)) == actions
    assert [name for name in actions if iam.action(name) is None] == []


def test_every_exception_names_actions_that_exist() -> None:
    named = {(key, name) for key, names in operations.EXCEPTIONS.items() for name in names}
    assert [row for row in sorted(named) if iam.action(row[1]) is None] == []


def test_services_of_every_sdk_have_one_name() -> None:
    """botocore is the oracle: npm's packages are called after ``serviceId``."""
    session = pytest.importorskip("botocore.session", reason="botocore is not installed").get_session()
    loader = session.get_component("data_loader")
    wrong: list[str] = []
    wrong_actions = count = 0
    for name in session.get_available_services()[::6]:
        model = loader.load_service_model(name, "service-2")
        identifier = model["metadata"]["serviceId"]
        spellings = (identifier.replace(" ", "-").lower(), identifier.replace(" ", ""))
        wrong.extend(written for written in spellings if services.service(written) != name)
        for operation in model["operations"]:
            count += 1
            wrong_actions += any(iam.action(each) is None for each in operations.actions(name, operation))
    assert wrong == []
    assert wrong_actions / count < 0.15


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("'orders'", "literal", "orders"),
        ("CONSTANT", "literal", "fixed"),
        ("os.environ['TABLE']", "environment", "TABLE"),
        ("os.environ.get('TABLE', 'x')", "environment", "TABLE"),
        ("os.getenv('TABLE') or 'x'", "environment", "TABLE"),
        ("FROM_ENV", "environment", "TABLE"),
        ("event['bucket']", "event", None),
        ("name", "event", None),
        ("f'{name}-out'", "event", "{}-out"),
        ("'out-' + name", "event", "out-{}"),
        ("context.function_name", "context", "function_name"),
        ("compute()", "other", None),
    ],
)
def test_python_arguments(expression: str, kind: str, value: str | None) -> None:
    found = python(
        "import boto3, os, json\nfrom settings import FROM_ENV\nCONSTANT = 'fixed'\ndef handler(event, context):\n"
        f"  name = json.loads(event['body'])['name']\n  boto3.client('s3').put_object(Bucket={expression})",
        settings="import os\nFROM_ENV = os.environ['TABLE']",
    )
    argument = found.calls[0].argument("Bucket")
    assert argument is not None
    assert (argument.kind, argument.value) == (kind, value)


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("'b'", "literal", "b"),
        ("process.env.BUCKET", "environment", "BUCKET"),
        ("process.env.BUCKET ?? 'x'", "environment", "BUCKET"),
        ("process.env['BUCKET']", "environment", "BUCKET"),
        ("`${process.env.BUCKET}`", "environment", "BUCKET"),
        ("BUCKET", "environment", "BUCKET"),
        ("bucket", "event", None),
        ("`${bucket}/small`", "event", "{}/small"),
        ("context.functionName", "context", "functionName"),
        ("other()", "other", None),
    ],
)
def test_node_arguments(expression: str, kind: str, value: str | None) -> None:
    found = node(
        "import {S3} from '@aws-sdk/client-s3'; const { BUCKET } = process.env; const s3 = new S3({});\n"
        "export const handler = async ({ bucket }, context) => {\n"
        f"  const params = {{ Bucket: {expression} }}; await s3.putObject(params); }};"
    )
    argument = found.calls[0].argument("Bucket")
    assert argument is not None
    assert (argument.kind, argument.value) == (kind, value)


def test_arguments_of_resources_and_of_entries() -> None:
    found = python(
        "import boto3, os\nt = boto3.resource('dynamodb').Table(os.environ['T'])\ne = boto3.client('events')\n"
        "def handler(event, context):\n  t.get_item(Key={})\n  e.put_events(Entries=[{'EventBusName': 'bus'}])\n"
    )
    table, bus = found.calls[0].argument("TableName"), found.calls[1].argument("EventBusName")
    assert table is not None
    assert (table.kind, table.value) == ("environment", "T")
    assert bus is not None
    assert (bus.kind, bus.value) == ("literal", "bus")


def test_transactions_need_what_they_hold() -> None:
    found = python(HEAD + "boto3.client('dynamodb').transact_write_items(TransactItems=[{'Put': {}}, {'Delete': {}}])")
    assert found.calls[0].actions == ("dynamodb:PutItem", "dynamodb:DeleteItem")


@pytest.mark.parametrize(
    ("source", "assumed"),
    [
        (HEAD + "boto3.client('s3').get_object()", False),
        (HEAD + "boto3.client('s3', aws_access_key_id=event['k']).get_object()", True),
        (HEAD + "boto3.Session(aws_session_token='t').client('s3').get_object()", True),
        (HEAD + "boto3.client('s3', **keys).get_object()", True),
    ],
)
def test_clients_with_other_credentials(source: str, assumed: bool) -> None:
    assert [call.assumed for call in python(source).calls] == [assumed]


def test_clients_with_other_credentials_in_node() -> None:
    found = node(
        "import {S3Client, GetObjectCommand as G, ListBucketsCommand as L} from '@aws-sdk/client-s3';"
        "const own = new S3Client({}); const other = new S3Client({ credentials: x });"
        + EXPORT
        + "await own.send(new L({})); await other.send(new G({})) }"
    )
    assert {call.operation: call.assumed for call in found.calls} == {"ListBuckets": False, "GetObject": True}


@pytest.mark.parametrize(
    ("source", "where", "cached"),
    [
        ("import boto3\nc = boto3.client('s3')\ndef handler(e, x): pass", "module", False),
        (HEAD + "boto3.client('s3')", "handler", False),
        ("import boto3\ndef go():\n  boto3.client('s3')\ndef handler(e, x): go()", "function", False),
        ("import boto3\n@lru_cache\ndef go():\n  return boto3.client('s3')\ndef handler(e, x): go()", "function", True),
        ("import boto3\nc = None\ndef handler(e, x):\n  global c\n  c = boto3.client('s3')", "handler", True),
    ],
)
def test_where_clients_are_made(source: str, where: str, cached: bool) -> None:
    assert [(each.service, each.where, each.cached) for each in python(source).clients] == [("s3", where, cached)]


# Environment


@pytest.mark.parametrize(
    ("source", "name", "default", "raises"),
    [
        ("os.environ['X']", "X", False, True),
        ("os.environ.get('X')", "X", False, False),
        ("os.environ.get('X', 'd')", "X", True, False),
        ("os.getenv('X', default='d')", "X", True, False),
        ("os.getenv('X') or 'd'", "X", True, False),
        ("int(os.environ.get('X') or 1)", "X", True, False),
        ("environ['X']", "X", False, True),
        ("env['X']", "X", False, True),
        ("os.environ[NAME]", "X", False, True),
        ("os.environ['X'] if 'X' in os.environ else 1", "X", True, False),
    ],
)
def test_python_environment(source: str, name: str, default: bool, raises: bool) -> None:
    found = python(
        f"import os\nfrom os import environ\nenv = os.environ\nNAME = 'X'\ndef handler(e, c):\n  return {source}"
    )
    assert [(each.name, each.has_default, each.raises, each.line) for each in found.environment_reads] == [
        (name, default, raises, 6)
    ]
    assert not found.environment_open


@pytest.mark.parametrize(
    ("source", "reads", "more"),
    [
        ("try:\n    os.environ['X']\n  except KeyError:\n    pass", [("X", True)], False),
        ("try:\n    os.environ['X']\n  except ValueError:\n    pass", [("X", False)], False),
        ("if 'X' in os.environ:\n    os.environ['X']", [("X", True)], False),
        ("os.environ['X'] = '1'\n  os.environ['X']", [("X", True)], False),
        ("os.environ[e['name']]", [], True),
        ("dict(os.environ)", [], True),
        ("os.environ.items()", [], True),
        ("os.environ.copy()", [], True),
        ("e['X']; e.get('Y'); config['Z']", [], False),
        ("'os.environ[\"X\"]'", [], False),
        ("pass  # os.environ['X']", [], False),
    ],
)
def test_python_environment_in_context(source: str, reads: list[tuple[str, bool]], more: bool) -> None:
    found = python(f"import os\nconfig = {{}}\ndef handler(e, c):\n  {source}\n")
    assert [(each.name, each.has_default) for each in found.environment_reads] == reads
    assert found.environment_open is more


@pytest.mark.parametrize(
    ("source", "reads", "more"),
    [
        ("const a = process.env.X", [("X", False)], False),
        ("const a = process.env['X']", [("X", False)], False),
        ("const a = process.env.X || 'd'", [("X", True)], False),
        ("const a = process.env.X ?? 'd'", [("X", True)], False),
        ("if (process.env.X) {}", [("X", True)], False),
        ("if (!process.env.X) {}", [("X", True)], False),
        ("const a = process.env.X === 'true'", [("X", True)], False),
        ("const { X, Y = 'd' } = process.env", [("X", False), ("Y", True)], False),
        ("const e = process.env; e.X", [("X", False)], False),
        ("process.env.X = '1'; process.env.X", [("X", True)], False),
        ("process.env[event.name]", [], True),
        ("load({ ...process.env })", [], True),
        ("load(process.env)", [], True),
        ("event.env.X", [], False),
    ],
)
def test_node_environment(source: str, reads: list[tuple[str, bool]], more: bool) -> None:
    found = node(EXPORT + source + " }")
    assert [(each.name, each.has_default) for each in found.environment_reads] == reads
    assert found.environment_open is more
    assert not any(each.raises for each in found.environment_reads)


# Idempotency

PUT = "boto3.resource('dynamodb').Table('t').put_item("


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (
            "from aws_lambda_powertools.utilities.idempotency import idempotent\n"
            "@idempotent(x)\ndef handler(e, c): pass",
            "Powertools idempotency",
        ),
        (
            "from aws_durable_execution_sdk_python import durable_execution\n"
            "@durable_execution\ndef handler(e, c): pass",
            "durable execution",
        ),
        (HEAD + PUT + "Item={}, ConditionExpression='attribute_not_exists(id)')", "conditional write"),
        (HEAD + PUT + "Item={}, ConditionExpression=Attr('id').not_exists())", "conditional write"),
        (HEAD + "p = {'Item': {}}\n  p['ConditionExpression'] = 'x'\n  " + PUT + "**p)", "conditional write"),
        (HEAD + "boto3.client('s3').put_object(IfNoneMatch='*')", "conditional write"),
        (HEAD + "boto3.client('sqs').send_message(MessageDeduplicationId=event['id'])", "request token"),
        (HEAD + "boto3.client('sqs').send_message(MessageGroupId=event['id'])", "FIFO delivery"),
        (HEAD + "boto3.client('sqs').send_message(QueueUrl='https://x/q.fifo')", "FIFO delivery"),
        (HEAD + "boto3.client('ecs').run_task(clientToken=event['id'])", "request token"),
        (HEAD + "boto3.client('stepfunctions').start_execution(name=event['id'])", "name from the event"),
        (HEAD + "cursor.execute('INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING')", "conditional SQL insert"),
        (HEAD + "if already_processed(event): return", "deduplication"),
        (HEAD + "requests.post(u, headers={'Idempotency-Key': event['id']})", "idempotency code of its own"),
        (HEAD + "boto3.client('sqs').send_message(MessageDeduplicationId=str(uuid.uuid4()))", None),
        (HEAD + "token = uuid.uuid4()\n  boto3.client('ecs').run_task(clientToken=token)", None),
        (HEAD + "boto3.client('stepfunctions').start_execution(name=f'run-{uuid4()}')", None),
        (HEAD + "boto3.resource('dynamodb').Table('t').query(KeyConditionExpression=x)", None),
        (HEAD + PUT + "Item={})  # TODO attribute_not_exists", None),
        ('def handler(e, c):\n  """Not idempotent."""\n  return 1', None),
        ("def handler(e, c): pass\ndef other(e, c):\n  t.put(ConditionExpression='x')", None),
    ],
)
def test_python_idempotency(source: str, what: str | None) -> None:
    found = {each.what for each in python(source).idempotency}
    assert (what in found) if what is not None else not found


@pytest.mark.parametrize(
    ("source", "what"),
    [
        (
            "import {makeIdempotent} from '@aws-lambda-powertools/idempotency';"
            "export const handler = makeIdempotent(async () => 1)",
            "Powertools idempotency",
        ),
        (
            "import {withDurableExecution} from '@aws/durable-execution-sdk-js';"
            "export const handler = withDurableExecution(async () => 1)",
            "durable execution",
        ),
        (EXPORT + "d.put({ ConditionExpression: 'attribute_not_exists(id)' }) }", "conditional write"),
        (EXPORT + "sfn.startExecution({ clientToken: event.id }) }", "request token"),
        (EXPORT + "sqs.send({ MessageDeduplicationId: randomUUID() }) }", None),
        (EXPORT + "return 1 /* idempotent */ }", None),
    ],
)
def test_node_idempotency(source: str, what: str | None) -> None:
    found = {each.what for each in node(source).idempotency}
    assert (what in found) if what is not None else not found


POWERTOOLS = "from aws_lambda_powertools.utilities.idempotency import IdempotencyConfig, idempotent\n"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (POWERTOOLS + "def handler(e, c): pass\n@idempotent(x)\ndef other(e, c): pass", False),
        (POWERTOOLS + "conf = IdempotencyConfig()\n@idempotent(config=conf)\ndef handler(e, c): pass", True),
        (POWERTOOLS + "conf = IdempotencyConfig()\nd = make(conf)\n@wrap(d)\ndef handler(e, c): pass", True),
        (
            POWERTOOLS + "k = IdempotencyConfig()\ndef handler(e, c): pass\n@idempotent(config=k)\ndef other(e): pass",
            False,
        ),
        (POWERTOOLS + "def handler(e, c): return step(e)\n@idempotent(x)\ndef step(e): pass", True),
        (POWERTOOLS + "def plain(e, c): pass\nhandler = idempotent(plain)", True),
        ("TABLE = 'processed_ids'\ndef handler(e, c): pass\ndef other(e, c): use(TABLE)", False),
        ("TABLE = 'processed_ids'\ndef handler(e, c): use(TABLE)", True),
    ],
)
def test_only_what_the_handler_uses_is_evidence(source: str, shown: bool) -> None:
    assert bool(python(source).idempotency) == shown


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("import {makeIdempotent} from '@aws-lambda-powertools/idempotency';", False),
        (
            "import {IdempotencyConfig, makeIdempotent} from '@aws-lambda-powertools/idempotency';"
            "const config = new IdempotencyConfig({});",
            False,
        ),
    ],
)
def test_only_what_the_handler_uses_is_evidence_in_node(source: str, shown: bool) -> None:
    other = "export const other = makeIdempotent(async () => 1);"
    handler = "export const handler = async () => 1"
    assert bool(node(source + other + handler).idempotency) == shown
    used = "export const handler = makeIdempotent(async () => 1)"
    assert node(source + used).idempotency


def test_a_dependency_is_evidence_where_the_code_is_not_all_in_sight() -> None:
    manifest = '{"dependencies": {"@aws-lambda-powertools/idempotency": "2"}}'
    files = {"app.js": "const x = require('./lost'); exports.handler = async () => x()", "package.json": manifest}
    found = read(files, runtime=NODE)
    assert [(each.what, each.path) for each in found.idempotency] == [("Powertools idempotency", "package.json")]
    assert not read({**files, "app.js": "exports.handler = async () => 1"}, runtime=NODE).idempotency


@pytest.mark.parametrize(
    ("source", "effects"),
    [
        (HEAD + "boto3.client('sns').publish(Message='m')", ["sns:Publish"]),
        (HEAD + "boto3.client('lambda').invoke(FunctionName='f')", ["lambda:Invoke"]),
        (HEAD + "boto3.client('events').put_events(Entries=[])", ["events:PutEvents"]),
        (HEAD + "boto3.client('stepfunctions').start_execution()", ["stepfunctions:StartExecution"]),
        (HEAD + "boto3.client('sqs').send_message(MessageDeduplicationId=event['id'])", []),
        (HEAD + "boto3.client('stepfunctions').start_execution(name=event['id'])", []),
        (HEAD + "boto3.client('s3').put_object(Key=event['k'])", []),
        (HEAD + "boto3.client('s3').get_object(Key='k')", []),
        (HEAD + PUT + "Item={'id': event['id']})", []),
        (HEAD + PUT + "Item={'id': str(uuid.uuid4())})", ["dynamodb:PutItem"]),
        (HEAD + "key = uuid.uuid4()\n  " + PUT + "Item={'id': key})", ["dynamodb:PutItem"]),
        (HEAD + PUT + "Item={'id': event['id'], 'created': datetime.now()})", []),
        (HEAD + PUT + "Item={'id': str(uuid.uuid4())}, ConditionExpression='x')", []),
        (HEAD + "boto3.client('dynamodb').update_item(UpdateExpression='ADD n :one')", ["dynamodb:UpdateItem"]),
        (HEAD + "boto3.client('dynamodb').update_item(UpdateExpression='SET n = n + :one')", ["dynamodb:UpdateItem"]),
        (HEAD + "boto3.client('dynamodb').update_item(UpdateExpression='SET n = :one')", []),
        (HEAD + "cursor.execute('INSERT INTO orders VALUES (1)')", ["sql:INSERT"]),
        (HEAD + 'cursor.execute("""\n    INSERT INTO orders VALUES (1)""")', ["sql:INSERT"]),
        (HEAD + "cursor.execute('UPDATE t SET n = n + 1')", ["sql:UPDATE"]),
        (HEAD + "cursor.execute('INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING')", []),
        (HEAD + "cursor.execute('SELECT 1')", []),
        (HEAD + "requests.post('https://api.example.com/payments', json={})", ["http:POST"]),
        (HEAD + "requests.post('https://api.example.com/search', json=payload)", []),
        (HEAD + "requests.post(PAYMENT_URL, headers={'Idempotency-Key': event['id']})", []),
        (HEAD + "stripe.PaymentIntent.create(amount=1)", ["stripe:PaymentIntent"]),
        (HEAD + "stripe.PaymentIntent.create(amount=1, idempotency_key=event['id'])", []),
    ],
)
def test_side_effects(source: str, effects: list[str]) -> None:
    assert [f"{call.service}:{call.operation}" for call in python(source).side_effects] == effects


def test_side_effects_in_node() -> None:
    found = node(
        "import {SNS} from '@aws-sdk/client-sns'; const sns = new SNS({});"
        + EXPORT
        + "await sns.publish({}); await fetch('https://x/charge', {method: 'POST'}); await fetch('https://x/pay') }"
    )
    assert [f"{call.service}:{call.operation}" for call in found.side_effects] == ["http:POST", "sns:Publish"]


# Shapes


@pytest.mark.parametrize(
    ("source", "returned"),
    [
        ("def handler(e, c):\n  return {'batchItemFailures': []}", True),
        (
            "def handler(e, c):\n  return process_partial_response(event=e, record_handler=f, processor=p, context=c)",
            True,
        ),
        ("def handler(e, c):\n  return None", False),
        ("def handler(e, c):\n  return None  # batchItemFailures", False),
        ("import our_layer\ndef handler(e, c):\n  return our_layer.run(e)", None),
        ("import pynamodb\ndef handler(e, c):\n  return None", False),
        ("def handler(e, c): pass\ndef other(e, c):\n  return {'batchItemFailures': []}", False),
    ],
)
def test_batch_item_failures(source: str, returned: bool | None) -> None:
    assert python(source).returns_batch_item_failures is returned


def test_batch_item_failures_in_node() -> None:
    assert node(EXPORT + "return { batchItemFailures: [] } }").returns_batch_item_failures is True
    assert node(EXPORT + "return processPartialResponse(event, f, p) }").returns_batch_item_failures is True
    assert node(EXPORT + "}").returns_batch_item_failures is False


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("return event['Records'][0]['body']", True),
        ("print(event)\n  return event['Records'][0]['body']", True),
        ("logger.info(json.dumps(event))\n  return event['Records'][0]", True),
        ("records = event['Records']\n  return records[0]", True),
        ("(record,) = event['Records']\n  return record", True),
        ("return event.get('Records')[0]", True),
        ("for r in event['Records']: print(r)", False),
        ("return [r for r in event['Records']]", False),
        ("records = event['Records']\n  return [x for x in records]", False),
        ("first = event['Records'][0]\n  for r in event['Records']: print(r)", False),
        ("return process(event['Records'])", False),
        ("x = event['Records'][0]\n  return process(x, event)", None),
        ("return event['body']", None),
        ("return process(event)", None),
        ("return other['Records'][0]", None),
    ],
)
def test_first_record_only(body: str, first: bool | None) -> None:
    assert python(f"def handler(event, context):\n  # the event\n  {body}").reads_first_record_only is first


@pytest.mark.parametrize(
    ("source", "first"),
    [
        ("export const handler = async (event) => event.Records[0].body", True),
        ("export const handler = async (event) => { const [record] = event.Records; return record }", True),
        ("export const handler = async (event) => { console.log(event); return event.Records[0] }", True),
        ("export const handler = async ({ Records }) => Records[0]", True),
        ("export const handler = async ({ Records }) => Records.map(f)", False),
        ("export const handler = async (event) => { for (const r of event.Records) f(r) }", False),
        ("export const handler = async (event) => { const { Records } = event; return Records.map(f) }", False),
        ("export const handler = async (event) => f(event)", None),
    ],
)
def test_first_record_only_in_node(source: str, first: bool | None) -> None:
    assert node(source).reads_first_record_only is first


@pytest.mark.parametrize(
    ("body", "decodes"),
    [
        ("key = event['Records'][0]['s3']['object']['key']", False),
        ("key = unquote_plus(event['Records'][0]['s3']['object']['key'])", True),
        ("key = event['key']", None),
    ],
)
def test_object_keys(body: str, decodes: bool | None) -> None:
    assert python(f"def handler(event, context):\n  {body}").decodes_object_key is decodes


@pytest.mark.parametrize(
    ("source", "callback"),
    [
        ("exports.handler = (event, context, callback) => callback(null, 1)", True),
        ("exports.handler = function (event, context, cb) {}", True),
        ("function handler(e, c, d) {}\nmodule.exports = { handler }", True),
        ("exports.handler = async (event, context) => 1", False),
        ("exports.handler = async event => 1", False),
        ("exports.handler = (event, context, ...rest) => 1", False),
        ("exports.handler = (event, context, callback = null) => 1", False),
        ("exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {})", False),
        ("exports.handler = make()", None),
    ],
)
def test_callback_style(source: str, callback: bool | None) -> None:
    assert node(source, ".js").callback_style is callback


def test_callback_style_is_no_question_in_python() -> None:
    assert python("def handler(a, b, c): pass").callback_style is None


# Compiled code


@pytest.mark.parametrize(
    ("source", "files", "native"),
    [
        ("import json", {}, False),
        ("import boto3, requests", {"requirements.txt": "requests"}, False),
        ("import numpy", {}, True),
        ("from PIL import Image", {}, True),
        ("import x", {"requirements.txt": "pandas==2"}, True),
        ("import x", {"requirements.txt": "x==2"}, None),
        ("import x", {}, None),
    ],
)
def test_native_python(source: str, files: dict[str, str], native: bool | None) -> None:
    assert read({"app.py": source + "\ndef handler(e, c): pass", **files}).native is native


@pytest.mark.parametrize(
    ("dependencies", "native"),
    [({"sharp": "1"}, True), ({"axios": "1"}, False), ({"left-pad": "1"}, None), ({}, False)],
)
def test_native_node(dependencies: dict[str, str], native: bool | None) -> None:
    manifest = json.dumps({"dependencies": dependencies, "devDependencies": {"esbuild": "1"}})
    assert read({"app.js": "exports.handler = () => 1", "package.json": manifest}, runtime=NODE).native is native


# Hostile input


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x00\x01\x02", "app.py is not text"),
        (b"# " + b"x" * 2_000_000, "app.py is larger than 1 MB"),
        (b"x = 1;" * 20_000, "app.py is a minified bundle"),
    ],
)
def test_files_that_are_not_read(data: bytes, why: str) -> None:
    found = read({"app.py": data})
    assert (found.readable, found.why) == (False, why)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "{" * 50_000,
        "f(" * 30_000,
        "[" * 20_000 + "]" * 20_000,
        "a." * 30_000,
        "a" + ".b()" * 10_000,
        "-" * 30_000 + "1",
        "\ufeffdef handler(e, c): pass",
        "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
@pytest.mark.parametrize("runtime", [PYTHON, NODE])
def test_nesting_and_noise_do_no_harm(text: str, runtime: str) -> None:
    lines = "\n".join(text[start : start + 300] for start in range(0, len(text), 300))
    name = "app.py" if runtime == PYTHON else "app.js"
    found = read({name: "\n" + lines + "\n"}, runtime=runtime)
    assert found.readable
    assert found.calls == ()


def test_a_name_that_leads_to_itself_ends() -> None:
    found = python(
        "from b import x\na = a\nc = d\nd = c\ndef f():\n  return f()\n"
        "def handler(e, k):\n  a.put(); c.get(); f().go(); x.y()",
        b="from app import x",
    )
    assert (found.readable, found.calls) == (True, ())


def test_imports_in_a_circle_and_too_many_files() -> None:
    files = {f"m{n}.py": f"import m{n + 1}\n" for n in range(100)}
    found = read({"app.py": "import m0\ndef handler(e, c): m0", **files})
    assert len(found.files) == 40
    assert "more than 40 files" in " ".join(found.unfollowed)
    circle = read({"app.py": "import b\ndef handler(e, c): b.go()", "b.py": "import app\ndef go(): app.x()"})
    assert (set(circle.files), circle.open) == ({"app.py", "b.py"}, False)


def test_links_neither_loop_nor_leave_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "src").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.py").write_text("import boto3\nboto3.client('s3').get_object()\n")
    (root / "src" / "loop").symlink_to(root / "src")
    (root / "src" / "secret.py").symlink_to(outside / "secret.py")
    (root / "src" / "app.py").write_text(
        "from . import secret\nfrom loop.loop import app\ndef handler(e, c): secret, app\n"
    )
    folder = DiskFolder(root)
    found = read_handler(folder, "src", "app.handler", PYTHON)
    assert (found.readable, found.calls) == (True, ())
    assert "which is not in the project" in " ".join(found.unfollowed)
    assert all("secret" not in path for path in found.files)
    assert read_handler(folder, "../outside", "secret.handler", PYTHON).missing == "code"
    measured = measure(folder, "src")
    assert measured is not None
    assert measured.files == 1


def test_code_that_does_not_exist_loads_no_parser() -> None:
    program = (
        "import sys\n"
        "from lambdalint.code.handler import read_handler\n"
        "from lambdalint.source.folder import DictFolder\n"
        "assert not read_handler(DictFolder({}), 'src', 'app.handler', 'python3.13').readable\n"
        "assert not read_handler(DictFolder({'src/a.jar': ''}), 'src', 'A::b', 'java21').readable\n"
        "loaded = [name for name in sys.modules if name.startswith('tree_sitter')]\n"
        "assert loaded == [], loaded\n"
        "read_handler(DictFolder({'app.py': ''}), '.', 'app.handler', 'python3.13')\n"
        "assert 'tree_sitter_python' in sys.modules and 'tree_sitter_javascript' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[1])
