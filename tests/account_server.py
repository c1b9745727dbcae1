"""Servers that stand in for AWS on 127.0.0.1: an emulator filled with functions, and a proxy that breaks things.

The proxy answers at AWS's rates, denies, fails, hangs and cuts connections as it is told, and counts every call, so
that tests can say how many calls an audit makes. It also takes away what emulators add to lists and AWS does not.
"""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

#: Recorded answers of an account.
SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "accounts" / "shop"
ACCOUNT = "123456789012"
REGION = "eu-west-1"
SECRET = "ghp_" + "0123456789abcdefghijABCDEFGHIJ456789"  # has the form of a token, and is none
_ADDED_BY_EMULATORS = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus", "RuntimeVersionConfig")


@dataclass
class Fault:
    """What happens to calls whose name matches. ``after`` calls pass first; ``times`` is how many are hit."""

    match: str
    status: int = 0
    code: str = ""
    body: str = ""
    close: bool = False
    hang: float = 0.0
    rate: float = 0.0
    burst: float = 0.0
    after: int = 0
    times: int = 1_000_000_000
    region: str = ""
    path: str = ""
    seen: int = 0
    hit: int = 0
    tokens: float = 1.0
    last: float = field(default_factory=time.monotonic)

    def strikes(self, name: str, region: str, path: str, account: str, lock: threading.Lock) -> bool:
        if not re.search(self.match, name) or (self.region and self.region != region) or self.path not in path:
            return False
        with lock:
            self.seen += 1
            if self.seen <= self.after or self.hit >= self.times:
                return False
            if self.rate:
                now = time.monotonic()
                # AWS lets a bucket fill for about a second.
                self.tokens = min(self.burst or self.rate, self.tokens + (now - self.last) * self.rate)
                self.last = now
                if self.tokens >= 1:
                    self.tokens -= 1
                    return False
            self.hit += 1
            return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # As many connections as clients have threads may come at once: one that finds no room waits for a second.
    request_queue_size = 128


class Proxy:
    """Hands calls on to an upstream, or to a function that answers them, and counts them."""

    def __init__(
        self, upstream: str | None = None, answer: Callable[[str, str, str, bytes], Any] | None = None
    ) -> None:
        self.upstream = upstream
        self.answer = answer
        self.faults: list[Fault] = []
        self.calls: Counter[str] = Counter()
        self.answered: list[tuple[str, str, str]] = []
        self.latency = 0.0
        self.rewrite: Callable[[str, bytes], bytes] | None = None
        self.lock = threading.Lock()
        #: Calls that hang at this moment.
        self.hanging = 0
        #: Set when they need not wait any longer.
        self.released = threading.Event()
        self.server = _Server(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def throttled(self) -> int:
        return sum(fault.hit for fault in self.faults if fault.rate)

    def reset(self, *faults: Fault) -> None:
        self.released.set()
        self.released = threading.Event()
        self.faults = list(faults)
        self.calls.clear()
        self.answered.clear()

    def close(self) -> None:
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


_PATHS = (
    (r"GET /2015-03-31/functions/[^/]+/policy", "lambda.GetPolicy"),
    (r"GET /2015-03-31/functions/[^/]+/aliases", "lambda.ListAliases"),
    (r"GET /2015-03-31/functions/[^/]+/versions", "lambda.ListVersionsByFunction"),
    (r"GET /2021-10-31/functions/[^/]+/urls", "lambda.ListFunctionUrlConfigs"),
    (r"GET /2019-09-25/functions/[^/]+/event-invoke-config/list", "lambda.ListFunctionEventInvokeConfigs"),
    (r"GET /2019-09-30/functions/[^/]+/provisioned-concurrency", "lambda.ListProvisionedConcurrencyConfigs"),
    (r"GET /2015-03-31/functions/[^/?]+(\?|$)", "lambda.GetFunction"),
    (r"GET /2015-03-31/functions/?(\?|$)", "lambda.ListFunctions"),
    (r"GET /2015-03-31/event-source-mappings", "lambda.ListEventSourceMappings"),
    (r"GET /2016-08-19/account-settings", "lambda.GetAccountSettings"),
    (r"GET /schedules", "scheduler.ListSchedules"),
    (r"POST /listRegions", "account.ListRegions"),
)


def name_of(method: str, path: str, headers: Any, body: bytes) -> tuple[str, str]:
    """The call and region of a request."""
    scope = re.search(r"Credential=[^/]*/\d+/([^/]*)/([^/]*)/", headers.get("Authorization", ""))
    region, service = (scope[1], scope[2]) if scope else ("", "")
    target = headers.get("X-Amz-Target")
    if target:
        return f"{service}.{target.rpartition('.')[2]}", region
    for pattern, name in _PATHS:
        if re.match(pattern, f"{method} {path}"):
            return name, region
    action = re.search(rb"Action=(\w+)", body)
    return (f"{service}.{action[1].decode()}" if action else f"{service}.{method} {path}"), region


def account_of(headers: Any) -> str:
    key = re.search(r"Credential=([^/]*)/", headers.get("Authorization", ""))
    return key[1] if key else ""


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65536

        def do_GET(self) -> None:
            self._serve("GET")

        def do_POST(self) -> None:
            self._serve("POST")

        def _serve(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            name, region = name_of(method, self.path, self.headers, body)
            with proxy.lock:
                proxy.calls[name] += 1
            if proxy.latency:
                time.sleep(proxy.latency)
            account = account_of(self.headers)
            for fault in proxy.faults:
                asked = self.path + body.decode("utf-8", "replace")
                if fault.strikes(name, region, asked, account, proxy.lock) and self._strike(fault, name):
                    return
            status, kind, data = self._answer(method, name, region, account, body)
            if proxy.rewrite is not None:
                data = proxy.rewrite(name, data)
            with proxy.lock:
                if status < 500:
                    proxy.answered.append((account, region, f"{name} {self.path} {body[:300]!r}"))
            self._send(status, kind, data)

        def _strike(self, fault: Fault, name: str) -> bool:
            if fault.hang:
                with proxy.lock:
                    proxy.hanging += 1
                proxy.released.wait(fault.hang)
                with proxy.lock:
                    proxy.hanging -= 1
            if fault.close:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return True
            if fault.body:
                self._send(fault.status, "text/html", fault.body.encode())
                return True
            if fault.rate or fault.code:
                code = fault.code or "TooManyRequestsException"
                status = fault.status or 429
                if name.startswith(("iam.", "monitoring.", "ec2.", "sns.", "sts.")) and not name.startswith(
                    "monitoring"
                ):
                    text = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
                    self._send(status, "text/xml", text.encode())
                else:
                    self._send(status, "application/json", json.dumps({"__type": code, "Message": "no"}).encode(), code)
                return True
            return False

        def _answer(self, method: str, name: str, region: str, account: str, body: bytes) -> tuple[int, str, bytes]:
            if proxy.answer is not None:
                found = proxy.answer(name, region, account, self.path.encode() + b"\n" + body)
                if isinstance(found, tuple):
                    return found
                return 200, "application/json", found if isinstance(found, bytes) else json.dumps(found).encode()
            assert proxy.upstream is not None
            host = proxy.upstream.partition("://")[2]
            connection = http.client.HTTPConnection(host, timeout=60)
            headers = {key: value for key, value in self.headers.items() if key.lower() not in {"connection"}}
            connection.request(method, self.path, body, headers)
            response = connection.getresponse()
            data = response.read()
            connection.close()
            if name == "lambda.ListFunctions" and response.status == 200:
                data = as_aws_lists(data)
            self.error_type = response.getheader("x-amzn-errortype")
            return response.status, response.getheader("Content-Type", "application/json"), data

        def _send(self, status: int, kind: str, data: bytes, code: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            error = code or getattr(self, "error_type", None)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.error_type = None
            self.end_headers()
            self.wfile.write(data)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def as_aws_lists(data: bytes) -> bytes:
    """A list of functions without what only emulators put into it."""
    found = json.loads(data)
    for function in found.get("Functions") or ():
        for key in _ADDED_BY_EMULATORS:
            function.pop(key, None)
    return json.dumps(found).encode()


# --- the emulator ---------------------------------------------------------------------------------------------------


def emulator_program() -> str | None:
    """Where the emulator is installed: beside this Python, on the path, or where LAMBDALINT_EMULATOR says."""
    beside = Path(sys.executable).parent / "ministack"
    return os.environ.get("LAMBDALINT_EMULATOR") or (str(beside) if beside.exists() else shutil.which("ministack"))


@contextmanager
def emulator(program: str, folder: Path, authorize: bool = False) -> Iterator[str]:
    """A running emulator; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "STATE_DIR": str(folder / "state"),
        **({"AUTH": "true"} if authorize else {}),
    }
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen([program], env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((folder / "emulator.log").read_text()) from None
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def package() -> bytes:
    """A deployment package with a handler that does nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return None\n")
    return buffer.getvalue()


def fill(url: str, count: int, every_url: bool = False, reserve: bool = True) -> None:
    """Create functions with roles, queues, mappings, policies, alarms and log groups in an emulator."""
    import boto3

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="test",
        )

    functions, iam, sqs, logs, alarms = (client(name) for name in ("lambda", "iam", "sqs", "logs", "cloudwatch"))
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    )
    roles = []
    for number in range(max(1, count // 10)):
        name = f"role-{number}"
        roles.append(iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    code = package()
    for number in range(count):
        name = f"fn-{number:05d}"
        arn = functions.create_function(
            FunctionName=name,
            Runtime="python3.9" if number % 5 == 0 else "python3.13",
            Role=roles[number % len(roles)],
            Handler="app.handler",
            Code={"ZipFile": code},
            Timeout=30,
            Environment={"Variables": {"TOKEN": SECRET} if number % 10 == 0 else {"TABLE": "t"}},
        )["FunctionArn"]
        if every_url or number % 4 == 0:
            functions.create_function_url_config(FunctionName=name, AuthType="NONE", Cors={"AllowOrigins": ["*"]})
            functions.add_permission(
                FunctionName=name,
                StatementId="url",
                Action="lambda:InvokeFunctionUrl",
                Principal="*",
                FunctionUrlAuthType="NONE",
            )
        if number % 4 == 1:
            functions.add_permission(
                FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
            )
        if number % 8 == 2:
            queue = sqs.create_queue(QueueName=f"queue-{number}", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
            source = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            functions.create_event_source_mapping(EventSourceArn=source, FunctionName=arn, BatchSize=10)
        if number % 3 == 0:
            logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
        if number % 10 == 0:
            alarms.put_metric_alarm(
                AlarmName=f"errors-{name}",
                Namespace="AWS/Lambda",
                MetricName="Errors",
                Dimensions=[{"Name": "FunctionName", "Value": name}],
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
    if reserve and count > 2:
        functions.put_function_concurrency(FunctionName="fn-00002", ReservedConcurrentExecutions=5)


# --- recorded answers as a server -----------------------------------------------------------------------------------

_SERVICES = {
    "monitoring": "cloudwatch",
    "tagging": "resourcegroupstaggingapi",
    "servicequotas": "service-quotas",
}
_XML = {"iam", "sns", "sts", "ec2"}


def operation_of(name: str) -> str:
    """``monitoring.DescribeAlarms`` as recorded answers call it."""
    service, _, call = name.partition(".")
    return f"{_SERVICES.get(service, service)}.{call}"


class Recorded:
    """Answers as AWS does, in its protocols, from a folder of recorded answers."""

    def __init__(self, folder: Path) -> None:
        self.answers = {path.name.removesuffix(".json"): json.loads(path.read_text()) for path in folder.glob("*.json")}
        self.page = 50

    def __call__(self, name: str, region: str, account: str, request: bytes) -> tuple[int, str, bytes]:
        path, _, body = request.partition(b"\n")
        operation = operation_of(name)
        if operation == "sts.GetCallerIdentity":
            return self.xml("sts", "GetCallerIdentity", {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/a"})
        if operation not in self.answers:
            return 404, "application/json", b'{"__type": "ResourceNotFoundException"}'
        found = self.answers[operation]
        target = _target(operation, path.decode(), body)
        if operation == "logs.DescribeLogGroups":
            groups = [group for listed in found.values() for group in listed["logGroups"]]
            chosen = [group for group in groups if group["logGroupName"].startswith(target or "")]
            return 200, "application/json", json.dumps({"logGroups": chosen}).encode()
        if target is not None:
            found = found.get(target, {"Error": {"Code": "ResourceNotFoundException"}})
        service, _, call = operation.partition(".")
        error = found.get("Error")
        if error:
            return 404, "application/json", json.dumps({"__type": error["Code"], "Message": "no"}).encode()
        if operation == "lambda.ListFunctions":
            found = self._paged(found, path.decode())
        if service in _XML:
            return self.xml(service, call, found)
        return 200, "application/json", json.dumps(found).encode()

    def _paged(self, found: dict[str, Any], path: str) -> dict[str, Any]:
        marker = re.search(r"Marker=(\d+)", path)
        start = int(marker[1]) if marker else 0
        functions = found["Functions"][start : start + self.page]
        rest = {"NextMarker": str(start + self.page)} if start + self.page < len(found["Functions"]) else {}
        return {"Functions": functions, **rest}

    @staticmethod
    def xml(service: str, call: str, data: Any) -> tuple[int, str, bytes]:
        inner = _xml(data, "item" if service == "ec2" else "member", service == "ec2")
        if service == "ec2":
            text = f"<{call}Response>{inner}</{call}Response>"
        else:
            text = f"<{call}Response><{call}Result>{inner}</{call}Result></{call}Response>"
        return 200, "text/xml", text.encode()


def _xml(value: Any, item: str, lower: bool) -> str:
    from urllib.parse import quote
    from xml.sax.saxutils import escape

    if isinstance(value, dict):
        parts = []
        for key, child in value.items():
            name = key[0].lower() + key[1:] if lower else key
            name = {"subnets": "subnetSet"}.get(name, name) if lower else name
            if key in {"AssumeRolePolicyDocument", "PolicyDocument", "Document"}:
                parts.append(f"<{name}>{quote(json.dumps(child))}</{name}>")
            elif key == "Attributes":
                entries = "".join(
                    f"<entry><key>{name}</key><value>{escape(text)}</value></entry>" for name, text in child.items()
                )
                parts.append(f"<{name}>{entries}</{name}>")
            else:
                parts.append(f"<{name}>{_xml(child, item, lower)}</{name}>")
        return "".join(parts)
    if isinstance(value, list):
        return "".join(f"<{item}>{_xml(child, item, lower)}</{item}>" for child in value)
    return str(value).lower() if isinstance(value, bool) else escape(str(value))


def _target(operation: str, path: str, body: bytes) -> str | None:
    """What a call asks about, as recorded answers name it; None for calls that ask about everything."""
    from urllib.parse import parse_qs, unquote

    if operation.startswith("lambda."):
        found = re.match(r"/[\d-]+/functions/([^/?]+)", path)
        qualifier = re.search(r"Qualifier=([^&]+)", path)
        name = unquote(found[1]) if found else None
        return f"{name}@{qualifier[1]}" if name and qualifier else name
    if operation.startswith("sqs."):
        url = json.loads(body)["QueueUrl"]
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
    if operation == "logs.DescribeLogGroups":
        return str(json.loads(body).get("logGroupNamePrefix"))
    if operation == "sns.GetTopicAttributes":
        return parse_qs(body.decode())["TopicArn"][0]
    return None


# --- many accounts --------------------------------------------------------------------------------------------------


class Fleet:
    """An organization: accounts whose roles can be assumed, with some functions in some regions, and nothing else.

    Credentials of an assumed role have the account as their key, so that every later call shows whose it is.
    """

    def __init__(self, sizes: dict[str, dict[str, int]], regions: tuple[str, ...] = (REGION,)) -> None:
        self.sizes = sizes
        self.regions = regions
        self.tags: dict[str, dict[str, str]] = {}
        #: Unit -> the units and accounts in it.
        self.units: dict[str, tuple[list[str], list[str]]] = {}
        #: What a role wants to be told before it is assumed.
        self.external_id: str | None = None
        self.assumed: list[str] = []
        self.suspended: set[str] = set()
        self.refused: set[str] = set()
        self.lock = threading.Lock()
        self.tokens = 3600.0

    def __call__(self, name: str, region: str, account: str, request: bytes) -> tuple[int, str, bytes]:
        from urllib.parse import parse_qs

        path, _, body = request.partition(b"\n")
        operation = operation_of(name)
        service, _, call = operation.partition(".")
        if operation == "sts.GetCallerIdentity":
            return Recorded.xml("sts", call, {"Account": account, "Arn": f"arn:aws:iam::{account}:user/a"})
        if operation == "sts.AssumeRole":
            asked = parse_qs(body.decode())
            self.assumed.append(asked["RoleArn"][0])
            return self._assume(asked["RoleArn"][0].split(":")[4], asked.get("ExternalId", [None])[0])
        if operation == "organizations.ListAccounts":
            return _json(self._listed(json.loads(body or b"{}").get("NextToken")))
        if operation == "organizations.ListAccountsForParent":
            _, members = self.units[json.loads(body)["ParentId"]]
            return _json({"Accounts": [self._entry(name) for name in members]})
        if operation == "organizations.ListOrganizationalUnitsForParent":
            units, _ = self.units[json.loads(body)["ParentId"]]
            return _json({"OrganizationalUnits": [{"Id": name} for name in units]})
        if operation == "organizations.ListTagsForResource":
            own = self.tags.get(json.loads(body)["ResourceId"], {})
            return _json({"Tags": [{"Key": key, "Value": value} for key, value in own.items()]})
        if operation == "account.ListRegions":
            return _json({"Regions": [{"RegionName": one, "RegionOptStatus": "ENABLED"} for one in self.regions]})
        if operation == "lambda.ListFunctions":
            marker = re.search(rb"Marker=(\d+)", path)
            return _json(self._functions(account, region, int(marker[1]) if marker else 0))
        if operation == "lambda.GetAccountSettings":
            return _json({"AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000}})
        if operation == "lambda.GetPolicy":
            return 404, "application/json", b'{"__type": "ResourceNotFoundException", "Message": "none"}'
        if service in _XML:
            return Recorded.xml(service, call, {})
        return _json({})

    def _entry(self, name: str) -> dict[str, str]:
        return {"Id": name, "Status": "SUSPENDED" if name in self.suspended else "ACTIVE"}

    def _assume(self, account: str, external_id: str | None) -> tuple[int, str, bytes]:
        if account in self.refused or (self.external_id is not None and external_id != self.external_id):
            error = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
            return 403, "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.tokens))
        credentials = {"AccessKeyId": account, "SecretAccessKey": "s", "SessionToken": "t", "Expiration": until}
        return Recorded.xml("sts", "AssumeRole", {"Credentials": credentials})

    def _listed(self, token: str | None) -> dict[str, Any]:
        names = sorted(self.sizes)
        start = int(token or 0)
        page = [self._entry(name) for name in names[start : start + 20]]
        return {"Accounts": page, **({"NextToken": str(start + 20)} if start + 20 < len(names) else {})}

    def _functions(self, account: str, region: str, start: int) -> dict[str, Any]:
        count = self.sizes.get(account, {}).get(region, 0)
        listed = [
            {
                "FunctionName": f"fn-{number:05d}",
                "FunctionArn": f"arn:aws:lambda:{region}:{account}:function:fn-{number:05d}",
                "Runtime": "python3.9",
                "Role": f"arn:aws:iam::{account}:role/worker",
                "Handler": "app.handler",
                "Timeout": 30,
                "MemorySize": 512,
                "PackageType": "Zip",
                "Architectures": ["arm64"],
            }
            for number in range(start, min(start + 50, count))
        ]
        return {"Functions": listed, **({"NextMarker": str(start + 50)} if start + 50 < count else {})}


class Members:
    """An organization in each of whose accounts stands what one recorded account holds."""

    def __init__(self, fleet: Fleet, folder: Path) -> None:
        self.fleet = fleet
        self.recorded = Recorded(folder)

    def __call__(self, name: str, region: str, account: str, request: bytes) -> tuple[int, str, bytes]:
        if name.startswith(("sts.", "organizations.", "account.")):
            return self.fleet(name, region, account, request)
        own, recorded = account.encode(), ACCOUNT.encode()
        status, kind, data = self.recorded(name, region, ACCOUNT, request.replace(own, recorded))
        return status, kind, data.replace(recorded, own)


class Enforcing:
    """IAM before a server: whoever asks may do what a policy allows, and nothing else.

    Which action a call needs is read from the published tables, not from what an audit believes of itself.
    """

    def __init__(self, server: Callable[[str, str, str, bytes], Any], allowed: set[str]) -> None:
        self.server = server
        self.allowed = allowed
        self.denied: Counter[str] = Counter()
        self.used: Counter[str] = Counter()

    def __call__(self, name: str, region: str, account: str, request: bytes) -> Any:
        from lambdalint.code.operations import actions

        service, _, call = operation_of(name).partition(".")
        needed = set(actions(service, call)) - {"sts:GetCallerIdentity"}
        self.used.update(needed)
        if needed <= self.allowed:
            return self.server(name, region, account, request)
        self.denied.update(needed - self.allowed)
        if service in _XML:
            error = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
            return 403, "text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
        return 403, "application/json", b'{"__type": "AccessDeniedException", "Message": "no"}'


def _json(data: Any) -> tuple[int, str, bytes]:
    return 200, "application/json", json.dumps(data).encode()
