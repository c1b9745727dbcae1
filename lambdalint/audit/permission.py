"""The IAM policy that an audit needs: exactly the actions of its calls, all of them reading."""

from __future__ import annotations

import json
from collections.abc import Iterable

from lambdalint.load.aws.operation import OPERATIONS

_UNITS = ("organizations.ListAccountsForParent", "organizations.ListOrganizationalUnitsForParent")


def actions_of(
    calls: Iterable[str],
    every_region: bool = False,
    organization: bool = False,
    units: bool = False,
    account_tags: bool = False,
) -> list[str]:
    """The actions of some calls, sorted, and of those that find the accounts (of some units, with some tags)."""
    names = set(calls)
    if every_region:
        names.add("account.ListRegions")
    if organization or units or account_tags:
        names.update(_UNITS if units else ("organizations.ListAccounts",))
    if account_tags:
        names.add("organizations.ListTagsForResource")
    # Who one is may be asked without any permission.
    return sorted({OPERATIONS[name].action for name in names if name != "sts.GetCallerIdentity"})


def policy(actions: Iterable[str], assumed_role: str | None = None) -> str:
    """A policy document that allows some actions, and assuming a role by this name in other accounts, as JSON."""
    statements: list[dict[str, object]] = [
        {"Sid": "LambdalintAudit", "Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    ]
    if assumed_role is not None:
        statements.append(
            {
                "Sid": "LambdalintAccounts",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": f"arn:aws:iam::*:role/{assumed_role}",
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"
