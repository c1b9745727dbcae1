"""Other auditors of live functions: how they are run so that they look at what Lambda's own calls tell.

Each is installed in an environment of its own, since they pin what they depend on. What they judge differs from each
other and from lambdalint: only their cost is compared.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from account_server import REGION

#: Policies for Cloud Custodian: one for each of the calls that its filters make about single functions, and one for
#: what the list tells.
_POLICIES = """
policies:
  - name: cross-account
    resource: aws.lambda
    filters: [{type: cross-account}]
  - name: url
    resource: aws.lambda
    filters: [{type: url-config, key: AuthType, value: NONE}]
  - name: reserved
    resource: aws.lambda
    filters: [{type: reserved-concurrency, value: 0, op: gte}]
  - name: runtime
    resource: aws.lambda
    filters: [{Runtime: python3.9}]
"""


@dataclass(frozen=True)
class Peer:
    """A program, the variable that says where it is, and how it is run in a folder."""

    name: str
    program: str
    variable: str
    arguments: Callable[[Path], list[str]]
    asks_version: tuple[str, ...]
    outcome: Callable[[Path], dict[str, Any]]

    @property
    def path(self) -> str | None:
        """Where it is installed."""
        return shutil.which(os.environ.get(self.variable) or self.program)

    def command(self, folder: Path) -> list[str] | None:
        """What runs it; None where it is not installed."""
        return [self.path, *self.arguments(folder)] if self.path is not None else None

    def version(self) -> str:
        """Its version."""
        assert self.path is not None
        said = subprocess.run([self.path, *self.asks_version], check=False, capture_output=True, text=True)
        found = re.search(r"\d+\.\d+(\.\d+)*", said.stdout + said.stderr)
        return found[0] if found else "?"


def _prowler(folder: Path) -> list[str]:
    # Without the two checks that download code.
    left_out = ["awslambda_function_no_secrets_in_code", "awslambda_layer_no_secrets_in_content"]
    where = ["--region", REGION, "-o", str(folder / "prowler")]
    quiet = ["--no-banner", "--no-color", "-z"]
    return ["aws", "--service", "awslambda", *where, "-M", "csv", "json-ocsf", *quiet, "--excluded-check", *left_out]


def _prowler_found(folder: Path) -> dict[str, Any]:
    checks: set[str] = set()
    rows = 0
    for path in (folder / "prowler").glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter=";"):
                rows += 1
                checks.add(str(row.get("CHECK_ID")))
    return {"checks": len(checks), "results": rows}


def _custodian(folder: Path) -> list[str]:
    policies = folder / "custodian.yml"
    policies.write_text(_POLICIES, encoding="utf-8")
    return ["run", "-s", str(folder / "custodian"), "--cache-period", "0", "-r", REGION, str(policies)]


def _custodian_found(folder: Path) -> dict[str, Any]:
    import json

    files = list((folder / "custodian").rglob("resources.json"))
    return {"checks": len(files), "results": sum(len(json.loads(path.read_text())) for path in files)}


PEERS = (
    Peer("prowler", "prowler", "PROWLER", _prowler, ("--version",), _prowler_found),
    Peer("custodian", "custodian", "CUSTODIAN", _custodian, ("version",), _custodian_found),
)
