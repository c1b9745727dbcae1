"""``lambdalint audit --code``: packages come from a server on this machine, which serves them well and badly."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import socket
import tempfile
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, Fault, Fleet, Proxy, Recorded, emulator, emulator_program, fill

from lambdalint import cli
from lambdalint.code.zipped import ZippedFolder, open_package
from lambdalint.load.aws import download
from lambdalint.load.aws.download import Downloads, is_loopback

SIGNATURE = "X-Amz-Signature=0123456789abcdef"
PUBLISHES = """import boto3

sns = boto3.client("sns")


def handler(event, context):
    for record in event["Records"]:
        sns.publish(TopicArn="arn:aws:sns:eu-west-1:123456789012:orders", Message=record["body"])
"""
CAREFUL = """from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent
import boto3

sns = boto3.client("sns")


@idempotent(persistence_store=DynamoDBPersistenceLayer(table_name="seen"))
def handler(event, context):
    sns.publish(TopicArn="arn:aws:sns:eu-west-1:123456789012:orders", Message="x")
"""
ELF_X86 = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00" + bytes(5000)
REPEATS, NATIVE = "async-retries-without-idempotency", "x86-where-arm64-fits"


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def digest_of(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


class Shelf(ThreadingHTTPServer):
    """Serves packages. ``odd`` says what happens instead, for some of them."""

    daemon_threads = True

    def __init__(self) -> None:
        self.packages: dict[str, bytes] = {}
        self.odd: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.hits: Counter[str] = Counter()
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.partition("?")[0].lstrip("/")
                shelf.hits[name] += 1
                if name in shelf.odd:
                    shelf.odd[name](self)
                else:
                    send(self, 200, shelf.packages[name])

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def send(handler: BaseHTTPRequestHandler, status: int, data: bytes, length: int | None = None, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    if length != -1:
        handler.send_header("Content-Length", str(len(data) if length is None else length))
    handler.end_headers()
    handler.wfile.write(data)


class Account(Fleet):
    """An account whose functions poll a queue and have packages on a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__({ACCOUNT: {REGION: 0}})
        self.shelf = shelf
        self.functions: dict[str, dict[str, Any]] = {}

    def add(self, name: str, files: dict[str, str | bytes] | bytes, **configuration: Any) -> None:
        data = files if isinstance(files, bytes) else zipped(files)
        self.shelf.packages[name] = data
        self.functions[name] = {
            "FunctionName": name,
            "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
            "Runtime": "python3.13",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "Handler": "app.handler",
            "MemorySize": 512,
            "PackageType": "Zip",
            "Architectures": ["x86_64"],
            "CodeSize": len(data),
            "CodeSha256": digest_of(data),
            **configuration,
        }

    def __call__(self, name: str, region: str, account: str, request: bytes) -> Any:
        if name == "lambda.ListFunctions":
            return {"Functions": list(self.functions.values())}
        if name == "lambda.ListEventSourceMappings":
            return {"EventSourceMappings": [self._mapping(function) for function in self.functions.values()]}
        if name == "lambda.GetFunction":
            function = request.partition(b"?")[0].decode().split("/functions/")[1].split()[0]
            location = f"{self.shelf.url}/{function}?X-Amz-Expires=600&{SIGNATURE}"
            return {
                "Configuration": self.functions[function],
                "Code": {"RepositoryType": "S3", "Location": location},
                "Tags": {},
            }
        if name == "iam.GetAccountAuthorizationDetails":
            return Recorded.xml(
                "iam", "GetAccountAuthorizationDetails", {"RoleDetailList": self._roles(), "Policies": []}
            )
        return super().__call__(name, region, account, request)

    def _roles(self) -> list[dict[str, Any]]:
        lambda_only = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = {"Version": "2012-10-17", "Statement": [lambda_only]}
        return [
            {"RoleName": name, "Arn": function["Role"], "AssumeRolePolicyDocument": trust}
            for name, function in self.functions.items()
        ]

    @staticmethod
    def _mapping(function: dict[str, Any]) -> dict[str, Any]:
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
        arn = function["FunctionArn"]
        return {"UUID": f"of-{function['FunctionName']}", "EventSourceArn": queue, "FunctionArn": arn, "BatchSize": 1}


@pytest.fixture(autouse=True)
def alone(credentials: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Credentials that work nowhere else, and a temporary directory that must be empty in the end."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    temporary.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield work
    assert list(temporary.iterdir()) == []
    for path in (path for path in work.rglob("*") if path.is_file()):
        assert SIGNATURE.encode() not in path.read_bytes(), path


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    server = Shelf()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def account(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    found = Account(shelf)
    proxy = Proxy(answer=found)
    found.proxy = proxy  # type: ignore[attr-defined]
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    yield found
    proxy.close()


def audited(*arguments: str, code: bool = True) -> dict[str, Any]:
    """The JSON report of an audit."""
    chosen = ["--select", f"{REPEATS},{NATIVE},package-too-large", *(["--code"] if code else [])]
    cli.main(["audit", "--isolated", "--api-budget", "1", *chosen, "-o", "report.json", *arguments])
    found: dict[str, Any] = json.loads(Path("report.json").read_text())
    return found


def of(report: dict[str, Any], rule: str) -> dict[str, dict[str, Any]]:
    """The findings of a rule by function."""
    return {item["resource"]["function"]: item for item in report["findings"] if item["rule"] == rule}


# --- what code says -------------------------------------------------------------------------------------------------


def test_code_decides_what_was_open_without_it(account: Account) -> None:
    account.add("publishes", {"app.py": PUBLISHES})
    account.add("careful", {"app.py": CAREFUL})
    account.add("compiled", {"app.py": "def handler(event, context): ...\n", "lib/fast.so": ELF_X86})
    without = audited(code=False)
    assert {item["confidence"] for item in of(without, NATIVE).values()} == {"tentative"}
    assert of(without, REPEATS) == {}, "the roles allow nothing"
    report = audited()
    assert set(of(report, REPEATS)) == {"publishes"}
    assert {name: item["confidence"] for name, item in of(report, NATIVE).items()} == {
        "publishes": "firm",
        "careful": "firm",
    }
    assert [gap for gap in report["gaps"] if "code" in gap["what"]] == []
    (row,) = [item for item in report["summary"]["coverage"] if item["action"] == "code download"]
    assert (row["asked"], row["answered"], row["why"]) == (3, 3, None)


def test_findings_name_the_file_and_line_in_the_package(account: Account, capsys: Any) -> None:
    account.add("publishes", {"src/app.py": PUBLISHES}, Handler="src/app.handler")
    finding = of(audited(), REPEATS)["publishes"]
    base = f"lambda/{ACCOUNT}/{REGION}/function/publishes/src/app.py"
    named = [(item["path"], item["line"], item["label"]) for item in finding["related"] if item["path"]]
    assert named == [(base, 6, "handler of publishes"), (base, 8, "sns:Publish")]
    assert finding["location"]["path"] is None
    assert f"::: {base}:8 sns:Publish" in capsys.readouterr().out
    assert cli.main(["merge", "report.json", "-o", "merged.json", "--exit-zero"]) == 0
    merged = of(json.loads(Path("merged.json").read_text()), REPEATS)["publishes"]
    assert [(item["path"], item["line"]) for item in merged["related"] if item["path"]] == [(base, 6), (base, 8)]


def test_a_package_near_the_limit_is_found_and_layers_leave_it_open(account: Account) -> None:
    files: dict[str, str | bytes] = {"app.py": PUBLISHES, "model.bin": bytes(230 * 1024 * 1024)}
    account.add("heavy", files)
    account.add("layered", files, Layers=[{"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:base:1"}])
    report = audited()
    assert set(of(report, "package-too-large")) == {"heavy"}
    open_ones = [item for item in report["undecided"] if item["rule"] == "package-too-large"]
    assert [item["why"] for item in open_ones] == ["its layers are not downloaded"]


def test_functions_with_the_same_package_share_one_download(account: Account, shelf: Shelf) -> None:
    for name in ("first", "second", "third"):
        account.add(name, {"app.py": PUBLISHES})
    account.add("other", {"app.py": PUBLISHES, "more.py": ""})
    assert set(of(audited(), REPEATS)) == {"first", "second", "third", "other"}
    assert sum(shelf.hits.values()) == 2
    assert account.proxy.calls["lambda.GetFunction"] == 2  # type: ignore[attr-defined]


# --- what goes wrong ------------------------------------------------------------------------------------------------


def _refuses(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")


def _cuts(handler: BaseHTTPRequestHandler) -> None:
    data = zipped({"app.py": PUBLISHES})
    send(handler, 200, data[: len(data) // 2], len(data))


def _claims_much(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"", 300 * 1024 * 1024)


def _never_ends(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"", -1)
    try:
        for _ in range(1000):
            handler.wfile.write(bytes(1 << 16))
    except OSError:
        return


def _drips(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"", 1000)
    try:
        for _ in range(100):
            handler.wfile.write(b"P")
            time.sleep(0.05)
    except OSError:
        return


BAD: list[tuple[Callable[[BaseHTTPRequestHandler], None], str, int]] = [
    (_refuses, "the download of its package was refused (403)", 1),
    (_cuts, "the download of its package was cut off", 2),
    (_claims_much, "its package has more than 250 MB", 1),
    (_never_ends, "its package has more than", 1),
    (_drips, "the download of its package took more than", 1),
    (lambda handler: time.sleep(1.0), "the download of its package failed (ReadTimeoutError)", 2),
    (lambda handler: send(handler, 503, b""), "the download of its package was refused (503)", 2),
    (lambda handler: send(handler, 200, zipped({"app.py": ""})), "is not its package (the hashes differ)", 2),
    (lambda handler: send(handler, 302, b"", Location="/elsewhere"), "was redirected, which is not followed", 1),
]


@pytest.mark.parametrize(("odd", "why", "tries"), BAD, ids=[why for _, why, _ in BAD])
def test_a_download_that_fails_is_a_gap_and_its_code_unknown(
    account: Account,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    odd: Callable[[BaseHTTPRequestHandler], None],
    why: str,
    tries: int,
) -> None:
    monkeypatch.setattr(download, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(download, "WHOLE_SECONDS", 0.5 if odd is _drips else 30)
    if odd is _never_ends:
        monkeypatch.setattr(download, "MOST_BYTES", 1 << 20)
    account.add("good", {"app.py": PUBLISHES})
    account.add("bad", {"app.py": CAREFUL})
    shelf.odd["bad"] = odd
    report = audited()
    assert set(of(report, REPEATS)) == {"good"}
    assert {name: item["confidence"] for name, item in of(report, NATIVE).items()} == {
        "good": "firm",
        "bad": "tentative",
    }
    (gap,) = [gap for gap in report["gaps"] if "code" in gap["what"]]
    assert gap["what"] == "code download (1 of 2 functions)"
    assert why in gap["why"]
    assert shelf.hits == {"good": 1, "bad": tries}
    (row,) = [item for item in report["summary"]["coverage"] if item["action"] == "code download"]
    assert (row["asked"], row["answered"]) == (2, 1)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_nobody_reaches_is_a_reason_without_the_address(scheme: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    why = Downloads(f"http://{host}").fetch(f"{scheme}://{host}/code?X-Amz-Signature=secret", None)
    assert why == "the download of its package failed (EndpointConnectionError)"


def test_a_download_that_fails_once_is_tried_again(account: Account, shelf: Shelf) -> None:
    account.add("worker", {"app.py": PUBLISHES})
    failures = iter([_cuts])

    def odd(handler: BaseHTTPRequestHandler) -> None:
        once = next(failures, None)
        if once is not None:
            once(handler)
        else:
            send(handler, 200, shelf.packages["worker"])

    shelf.odd["worker"] = odd
    report = audited()
    assert set(of(report, REPEATS)) == {"worker"}
    assert shelf.hits["worker"] == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"this is no archive", "its package is no zip archive"),
        (zipped({"app.py": PUBLISHES})[:-30], "its package is no zip archive, or is cut off"),
        (zipped({"app.py": PUBLISHES}).replace(b"PK\x01\x02", b"PK\x09\x09"), "its package is damaged"),
    ],
)
def test_a_package_that_is_no_archive_is_a_gap(account: Account, data: bytes, why: str) -> None:
    account.add("worker", data)
    report = audited()
    assert of(report, REPEATS) == {}
    assert [gap["why"] for gap in report["gaps"] if "code" in gap["what"]] == [
        next(gap["why"] for gap in report["gaps"] if why in gap["why"])
    ]


def test_container_images_are_gaps_and_not_asked_for(account: Account, shelf: Shelf) -> None:
    account.add("image", {}, PackageType="Image", Runtime=None, Handler=None)
    report = audited()
    (gap,) = [gap for gap in report["gaps"] if "code" in gap["what"]]
    assert gap["why"] == "its code is a container image, which is not downloaded"
    assert account.proxy.calls["lambda.GetFunction"] == 0  # type: ignore[attr-defined]
    assert shelf.hits == {}


def test_a_denied_call_is_one_gap_and_no_download(account: Account, shelf: Shelf) -> None:
    for name in ("a", "b"):
        account.add(name, {"app.py": PUBLISHES, f"{name}.py": ""})
    account.proxy.reset(Fault("GetFunction$", status=403, code="AccessDeniedException"))  # type: ignore[attr-defined]
    report = audited()
    assert [gap["what"].split(" ")[0] for gap in report["gaps"] if "GetFunction" in gap["what"]] == [
        "lambda:GetFunction"
    ]
    assert not any("code download" in gap["what"] for gap in report["gaps"])
    assert shelf.hits == {} and of(report, REPEATS) == {}


@pytest.mark.parametrize(
    ("url", "endpoint", "allowed"),
    [
        ("https://bucket.s3.amazonaws.com/x", "", True),
        ("http://bucket.s3.amazonaws.com/x", "https://lambda.eu-west-1.amazonaws.com", False),
        ("http://127.0.0.1:1/x", "https://lambda.eu-west-1.amazonaws.com", False),
        ("http://10.0.0.1/x", "http://127.0.0.1:4566", False),
        ("http://127.0.0.1:1/x", "http://localhost:4566", True),
        ("file:///etc/passwd", "http://localhost:4566", False),
        ("ftp://127.0.0.1/x", "http://localhost:4566", False),
        ("http://[::1/x", "http://localhost:4566", False),
    ],
)
def test_packages_come_over_tls_or_from_this_machine(url: str, endpoint: str, allowed: bool) -> None:
    assert Downloads(endpoint)._allowed(url) is allowed


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1/", True),
        ("http://[::1]/", True),
        ("http://localhost:1/", True),
        ("http://127.0.0.1.nip.io/", False),
    ],
)
def test_this_machine_is_known_by_its_addresses(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback


# --- plan, permissions, resuming ------------------------------------------------------------------------------------


def test_a_resumed_audit_downloads_again_and_asks_for_nothing_else(account: Account, shelf: Shelf) -> None:
    account.add("worker", {"app.py": PUBLISHES})
    first = audited()
    account.proxy.reset()  # type: ignore[attr-defined]
    second = audited("--resume")
    assert of(second, REPEATS) == of(first, REPEATS)
    assert account.proxy.calls == {"sts.GetCallerIdentity": 1, "lambda.GetFunction": 1}  # type: ignore[attr-defined]
    assert shelf.hits["worker"] == 2


def test_the_plan_tells_the_bytes_that_the_last_audit_saw(account: Account, shelf: Shelf, capsys: Any) -> None:
    for name in ("first", "second"):
        account.add(name, {"app.py": PUBLISHES, "model.bin": os.urandom(3 << 20)})
    account.add("third", {"app.py": PUBLISHES})
    account.add("fourth", {"app.py": PUBLISHES})
    assert cli.main(["audit", "--isolated", "--plan", "--code"]) == 0
    assert "audit without --code first" in capsys.readouterr().out
    audited(code=False)
    account.proxy.reset()  # type: ignore[attr-defined]
    capsys.readouterr()
    assert cli.main(["audit", "--isolated", "--plan", "--code"]) == 0
    assert "4 functions with 3 different packages, 6.0 MB" in capsys.readouterr().out
    assert sum(account.proxy.calls.values()) == sum(shelf.hits.values()) == 0  # type: ignore[attr-defined]


def test_permissions_name_what_downloading_needs(capsys: Any) -> None:
    chosen = ["permissions", "--isolated", "--select", "package-too-large"]
    for code, expected in ((False, False), (True, True)):
        assert cli.main([*chosen, *(["--code"] if code else [])]) == 0
        actions = json.loads(capsys.readouterr().out)["Statement"][0]["Action"]
        assert ("lambda:GetFunction" in actions) is expected


def test_nothing_is_downloaded_for_rules_that_read_no_code(account: Account, shelf: Shelf, capsys: Any) -> None:
    account.add("worker", {"app.py": PUBLISHES})
    cli.main(["audit", "--isolated", "--api-budget", "1", "--code", "--select", "default-memory"])
    assert "none of the rules that run reads code" in capsys.readouterr().err
    assert shelf.hits == {}


# --- archives as folders --------------------------------------------------------------------------------------------


def test_an_archive_is_a_folder_and_nothing_outside_it() -> None:
    data = zipped({"app.py": "x", "lib/a/b.py": "yy", "../evil.py": "z", "/etc/passwd": "z"})
    folder = open_package(io.BytesIO(data))
    assert isinstance(folder, ZippedFolder)
    assert folder.files("", 10) == [("app.py", 1), ("lib/a/b.py", 2)]
    assert folder.files("lib", 10) == [("lib/a/b.py", 2)]
    assert folder.read("./lib/../app.py") == b"x"
    assert folder.is_dir("lib/a") and folder.exists("lib") and not folder.is_dir("app.py")
    for path in ("../evil.py", "/etc/passwd", "etc/passwd", "lib", "none.py"):
        assert folder.read(path) is None
    assert (folder.real("lib/"), folder.real("none")) == ("lib", None)


def test_damage_in_any_kind_of_compression_ends_at_its_file() -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("app.py", "def handler(event, context):\n    return 1\n" * 50)
        whole = file.getvalue()
        start = 30 + len("app.py")
        for at in range(start, start + 40):
            found = open_package(io.BytesIO(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]))
            assert isinstance(found, ZippedFolder)
            found.read("app.py")
            assert found.exists("app.py")


@pytest.mark.parametrize(
    ("settings", "arguments", "said"),
    [
        ({}, ["--profile", "none"], "profile none: The config profile (none) could not be found"),
        ({"AWS_DEFAULT_REGION": "eu west"}, [], "InvalidRegionError"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, [], "who this is could not be asked"),
    ],
)
def test_wrong_settings_are_said_in_one_sentence(
    settings: dict[str, str], arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["audit", "--isolated", "--code", *arguments]) == 2
    assert said in capsys.readouterr().err


# --- the emulator ---------------------------------------------------------------------------------------------------

PROGRAM = emulator_program()


@pytest.mark.skipif(PROGRAM is None, reason="ministack is not installed; see LAMBDALINT_EMULATOR")
def test_an_emulators_packages_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PROGRAM is not None
    folder = tmp_path / "emulator"
    folder.mkdir()
    with emulator(PROGRAM, folder) as url:
        fill(url, 6)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        report = audited()
    (row,) = [item for item in report["summary"]["coverage"] if item["action"] == "code download"]
    assert (row["asked"], row["answered"]) == (6, 6)
    assert {item["confidence"] for item in of(report, NATIVE).values()} == {"firm"}
