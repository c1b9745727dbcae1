"""Record what the Serverless Framework itself makes of the services in fixtures/serverless.

    python tools/serverless_oracle.py [NAME ...]            write fixtures/serverless/NAME/compiled.json
    python tools/serverless_oracle.py --check [NAME ...]    only say which recordings differ; exit code 1 if any does

It needs Node.js, and installs the framework from npm into --packages (default: build/serverless) when it is not there:
``osls`` 4.3.1, and ``serverless`` 3.40.0 for services that say ``frameworkVersion: "3"``. Packaging asks no network
and no account. ``reduced`` is what recordings and the tests keep of a template.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
SERVICES = ROOT / "fixtures" / "serverless"
PACKAGES = ROOT / "build" / "serverless"
VERSIONS = {"osls": "4.3.1", "serverless": "3.40.0"}
PLUGINS = {
    "serverless-iam-roles-per-function": "3.2.0",
    "serverless-lift": "1.37.7",
    "serverless-plugin-aws-alerts": "1.7.5",
    "serverless-plugin-log-retention": "2.1.0",
    "serverless-plugin-tracing": "2.0.0",
    "serverless-plugin-warmup": "8.4.1",
    "serverless-provisioned-concurrency-autoscaling": "2.0.1",
    "serverless-pseudo-parameters": "2.6.1",
    "serverless-slic-watch-plugin": "3.2.0",
    "serverless-step-functions": "3.31.2",
}

#: Seconds that npm may take to install them.
_PATIENCE = 600

#: Properties that the comparison leaves out, and why.
LEFT_OUT = {
    "AWS::ApiGateway::Method": ("MethodResponses",),  # what a response looks like: see the integration below
    "AWS::Lambda::Function": ("Code",),  # the bucket's address there, the path in the repository here
    "AWS::Lambda::LayerVersion": ("Content",),  # the same
    "AWS::Lambda::Version": ("CodeSha256",),  # a hash of the archive, which is not made here
}
#: The same for the integration of a method: templates for requests and responses, no rule reads them.
_INTEGRATION = ("RequestTemplates", "IntegrationResponses")
#: Logical ids that end in a hash or number which changes with every archive.
_HASHED = re.compile(
    r"^(.*LambdaVersion|ApiGatewayDeployment|WebsocketsDeployment|.*LambdaLayer|.*LambdaLayerPermission)"
    r"([A-Za-z0-9]{13,})$"
)


def reduced(resources: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a template's resources: types, properties and conditions, without what cannot be equal."""
    names = {name: hashed[1] for name in resources if (hashed := _HASHED.match(name)) and hashed[1] != name}
    found = {names.get(name, name): _resource(resource, names) for name, resource in resources.items()}
    return dict(sorted(found.items()))


def _resource(resource: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    kind = resource["Type"]
    properties = dict(resource.get("Properties") or {})
    for name in LEFT_OUT.get(kind, ()):
        properties.pop(name, None)
    if kind == "AWS::ApiGateway::Method" and "Integration" in properties:
        integration = properties["Integration"]
        properties["Integration"] = {key: value for key, value in integration.items() if key not in _INTEGRATION}
    found = {"Type": kind, "Properties": _renamed(properties, names)}
    if "Condition" in resource:
        found["Condition"] = resource["Condition"]
    return found


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _same(key, _renamed(item, names)) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def _same(key: str, value: Any) -> Any:
    """The framework turns some numbers into texts and some single values into lists; to AWS they mean the same."""
    if key == "Variables" and isinstance(value, dict):
        return {name: str(item) if isinstance(item, (int, float)) else item for name, item in value.items()}
    return [value] if key in {"Action", "Resource"} and not isinstance(value, list) else value


# --- running the framework --------------------------------------------------------------------------------------------


def framework(packages: Path, name: str) -> Path:
    """The program of one of the two frameworks."""
    return packages / "node_modules" / name / "bin" / "serverless.js"


def available(packages: Path) -> bool:
    """Whether Node.js, the frameworks and the plugins are there."""
    there = [packages / "node_modules" / name for name in (*VERSIONS, *PLUGINS)]
    return shutil.which("node") is not None and all(path.is_dir() for path in there)


def install(packages: Path) -> None:
    """Install the frameworks and plugins from npm."""
    packages.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in (VERSIONS | PLUGINS).items()]
    quietly = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
    subprocess.run(["npm", "install", *quietly, "--prefix", str(packages), *wanted], check=True, timeout=_PATIENCE)


def configuration(service: Path) -> Path:
    """The service's own file."""
    return next(path for path in (service / "serverless.yml", service / "serverless.json") if path.exists())


class _NoSuchStack(BaseHTTPRequestHandler):
    """Answers as CloudFormation does in an account without stacks: the framework asks for layers it knows."""

    def do_POST(self) -> None:
        body = (
            b"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
            b"<Message>Stack does not exist</Message></Error></ErrorResponse>"
        )
        self.send_response(400)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextlib.contextmanager
def empty_account() -> Iterator[str]:
    """The address of an AWS account in which there is nothing."""
    server = HTTPServer(("127.0.0.1", 0), _NoSuchStack)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def compiled(service: Path, packages: Path) -> dict[str, Any]:
    """The resources of the template that the framework packages for a service, reduced."""
    own = configuration(service)
    is_third = re.search(r"frameworkVersion: .?\^?3", own.read_text(encoding="utf-8")) is not None
    program = framework(packages, "serverless" if is_third else "osls")
    # Below the packages, so that Node.js finds the plugins.
    with tempfile.TemporaryDirectory(dir=packages) as folder, empty_account() as endpoint:
        work = Path(folder, "service")
        shutil.copytree(service, work, ignore=shutil.ignore_patterns("compiled.json"))
        (work / "handler.js").write_text("exports.hello = async () => 1;\n", encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "SLS_TELEMETRY_DISABLED": "1",
            "SLS_NOTIFICATIONS_MODE": "off",
            "SLS_INTERACTIVE_SETUP_ENABLE": "0",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": endpoint,
            "CI": "1",
        }
        command = ["node", str(program), "package", "-c", own.name]
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        template = work / ".serverless" / "cloudformation-template-update-stack.json"
        if done.returncode != 0 or not template.is_file():
            raise SystemExit(f"{service.name}: the framework refuses it:\n{done.stdout}{done.stderr}")
        return reduced(json.loads(template.read_text(encoding="utf-8"))["Resources"])


def services(names: list[str]) -> list[Path]:
    """The services to record, all of them unless some are named."""
    every = sorted(path for path in SERVICES.iterdir() if path.is_dir())
    return [path for path in every if not names or path.name in names]


def main() -> int:
    """Record or check."""
    parser = argparse.ArgumentParser(description="Record what the Serverless Framework makes of our services.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a recording differs")
    parser.add_argument("--packages", type=Path, default=PACKAGES, help="where npm installed the frameworks")
    arguments = parser.parse_args()
    if not available(arguments.packages):
        try:
            install(arguments.packages)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"the frameworks cannot be installed: {error}; is npm there, and its registry in reach?")
            return 2
    chosen = services(arguments.names)
    differing = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda path: compiled(path, arguments.packages), chosen)
        for service, made in zip(chosen, results, strict=True):
            recording = service / "compiled.json"
            text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
            if recording.is_file() and recording.read_text(encoding="utf-8") == text:
                continue
            differing += 1
            print(f"{service.name}: {'differs' if arguments.check else 'recorded'}")
            if not arguments.check:
                recording.write_text(text, encoding="utf-8")
    print(f"{len(chosen)} services, {differing} {'differ' if arguments.check else 'recorded'}")
    return 1 if arguments.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
