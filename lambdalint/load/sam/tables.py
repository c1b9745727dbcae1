"""The published tables that SAM lowers by, each read when it is first asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any


@cache
def _table(name: str) -> dict[str, Any]:
    import json

    text = (Path(__file__).parents[2] / "data" / name).read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def managed_arn(name: str) -> str | None:
    """The ARN of an AWS managed policy by its name; None for names that AWS does not manage."""
    path = _table("managed_policy_arns.json")["policies"].get(name)
    return None if path is None else f"arn:aws:iam::aws:policy{path}{name}"


def policy_template(name: str) -> dict[str, Any] | None:
    """A SAM policy template by its name: ``parameters`` and ``statement``.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-templates.html
    """
    template: dict[str, Any] | None = _table("sam_policy_templates.json")["templates"].get(name)
    return template


def connector(source: str, destination: str) -> dict[str, Any] | None:
    """What a connector between two resource types grants: ``kind``, ``on_source``, ``waits``, ``access``.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html
    """
    profile: dict[str, Any] | None = _table("sam_connectors.json")["connectors"].get(f"{source} {destination}")
    return profile
