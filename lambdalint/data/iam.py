"""What IAM knows: actions, the resources they take, and the managed policies of AWS.

The tables are sorted text files beside this module, written by tools/iam_index.py; a look-up bisects the file, so
nothing is read until a rule asks, and then only the lines of one service. Names are compared without regard to case,
as IAM does. Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from lambdalint.data.iam_overrides import OPERATIONS, SERVICES
from lambdalint.data.iam_source import AS_OF, MANAGED_AS_OF, MANAGED_SOURCE, SOURCE
from lambdalint.record import record

Level: TypeAlias = Literal["list", "read", "write", "tagging", "permissions"]
Tier: TypeAlias = Literal["none", "optional", "required"]

_FOLDER = Path(__file__).parent
_LEVELS: dict[str, Level] = {"L": "list", "R": "read", "W": "write", "T": "tagging", "P": "permissions"}


@record
class ResourceType:
    """A kind of resource that an action takes: ``arn`` is AWS's pattern, with ``${Name}`` for what varies."""

    name: str
    required: bool
    arn: str


@record
class Action:
    """One IAM action.

    ``tier`` says what ``Resource`` may be: ``none`` (only ``*`` is possible), ``optional`` (``*`` is needed when the
    optional resource is not used) or ``required`` (a concrete resource can always be named).
    """

    name: str
    level: Level
    tier: Tier
    resources: tuple[ResourceType, ...]


def action(name: str) -> Action | None:
    """The action called ``service:Action``, or None where IAM has none of that name (or it is a pattern)."""
    service, colon, _ = name.partition(":")
    row = _service(service.lower()).get(name.lower()) if colon else None
    return _action(row) if row is not None else None


def service_known(prefix: str) -> bool:
    """Whether IAM has actions with this prefix (``sqs``, ``dynamodb``)."""
    return bool(_service(prefix.lower()))


@lru_cache(maxsize=1024)
def expand(pattern: str) -> tuple[str, ...]:
    """Every action that a pattern covers, in AWS's spelling, sorted: ``sqs:Get*``, ``*``; ``?`` is one character."""
    service, colon, _ = pattern.lower().partition(":")
    if pattern.strip("*") and not colon:
        return ()
    known = re.compile(re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
    if "*" in service or "?" in service:
        return tuple(row.split("\t", 1)[0] for row in _rows("iam_actions.tsv", "") if _covers(known, row))
    return tuple(row.split("\t", 1)[0] for name, row in _service(service).items() if known.fullmatch(name))


def nearest(name: str) -> str | None:
    """The action that was probably meant by a name that IAM does not have, or None."""
    from difflib import get_close_matches

    wanted = name.lower()
    if wanted in OPERATIONS:
        return OPERATIONS[wanted]
    service, _, rest = wanted.partition(":")
    if service in SERVICES:
        moved = f"{SERVICES[service]}:{rest}"
        found = action(OPERATIONS.get(moved, moved))
        return found.name if found is not None else nearest(moved)
    names = _service(service)
    if not names:
        close = get_close_matches(service, _services(), 1, 0.7)
        return nearest(f"{close[0]}:{rest}") if close else None
    if wanted in names:
        return names[wanted].split("\t", 1)[0]
    match = get_close_matches(wanted, names, 1, 0.8)
    return names[match[0]].split("\t", 1)[0] if match else None


@lru_cache(maxsize=128)
def resource_types(service: str) -> tuple[ResourceType, ...]:
    """Every kind of resource of a service."""
    return tuple(ResourceType(name, False, arn) for name, arn in _types(service.lower()).items())


def managed_policy(name_or_arn: str) -> list[dict[str, Any]] | None:
    """The statements of an AWS managed policy, by name or ARN.

    None where AWS has no such policy, where the ARN's path is not the policy's, and for policies of service-linked
    roles, which cannot be attached to a function's role.
    """
    path, name = _path_and_name(name_or_arn)
    row = _policy(name)
    if row is None or path not in (None, row[0]) or not row[1]:
        return None
    parsed: list[dict[str, Any]] = json.loads(row[1])
    return parsed


def managed_policy_path(name: str) -> str | None:
    """The path of an AWS managed policy in its ARN (``/service-role/``), or None where AWS has no such policy."""
    row = _policy(name)
    return row[0] if row is not None else None


@lru_cache(maxsize=128)
def _policy(name: str) -> tuple[str, str] | None:
    """Path and statements (JSON, empty for service-linked roles) of the policy of exactly that name."""
    for row in _rows("iam_managed_policies.tsv", name.lower() + "\t"):
        found, path, statements = row.split("\t")
        if found == name:
            return path, statements
    return None


def _path_and_name(name_or_arn: str) -> tuple[str | None, str]:
    """Path (None when only a name was given) and name of a policy."""
    _, marker, rest = name_or_arn.partition(":iam::aws:policy/")
    if not marker:
        return None, name_or_arn
    path, _, name = rest.rpartition("/")
    return f"/{path}/" if path else "/", name


def _covers(known: re.Pattern[str], row: str) -> bool:
    return known.fullmatch(row.split("\t", 1)[0].lower()) is not None


@lru_cache(maxsize=128)
def _service(service: str) -> dict[str, str]:
    """Rows of a service's actions by lower-case name; empty for an unknown service."""
    if not service:
        return {}
    return {row.split("\t", 1)[0].lower(): row for row in _rows("iam_actions.tsv", service + ":")}


@lru_cache(maxsize=1)
def _services() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.split(":", 1)[0] for row in _rows("iam_actions.tsv", "")))


@lru_cache(maxsize=128)
def _types(service: str) -> dict[str, str]:
    """ARN patterns of a service's resources by name."""
    rows = (row.split("\t") for row in _rows("iam_resource_types.tsv", service + ":"))
    return {name.split(":", 1)[1]: arn for name, arn in rows}


@lru_cache(maxsize=1024)
def _action(row: str) -> Action:
    name, level, types = row.split("\t")
    patterns = _types(name.split(":", 1)[0].lower())
    resources = tuple(
        ResourceType(kind.rstrip("*"), kind.endswith("*"), patterns.get(kind.rstrip("*"), ""))
        for kind in types.split(",")
        if kind
    )
    required = any(kind.required for kind in resources)
    return Action(name, _LEVELS[level], "required" if required else "optional" if resources else "none", resources)


def _rows(file: str, prefix: str) -> list[str]:
    """The lines of a sorted table whose lower-case form starts with ``prefix``; all of them for an empty prefix."""
    wanted = prefix.encode()
    with (_FOLDER / file).open("rb") as stream:
        low, high = 0, stream.seek(0, 2)
        # Invariant: the first line sought begins after offset ``low`` - 1 and no later than the line after ``high``.
        while low < high:
            middle = (low + high) // 2
            stream.seek(middle)
            stream.readline()
            line = stream.readline()
            if not line or line[: len(wanted)].lower() >= wanted:
                high = middle
            else:
                low = middle + 1
        stream.seek(low)
        stream.readline()
        found = []
        for line in stream:
            if line[: len(wanted)].lower() != wanted:
                break
            found.append(line.decode().rstrip("\n"))
    return found


__all__ = [
    "AS_OF",
    "MANAGED_AS_OF",
    "MANAGED_SOURCE",
    "SOURCE",
    "Action",
    "ResourceType",
    "action",
    "expand",
    "managed_policy",
    "managed_policy_path",
    "nearest",
    "resource_types",
    "service_known",
]
