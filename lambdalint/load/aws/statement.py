"""Statements of a function's resource-based policy as CloudFormation permissions.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import json
from typing import Any

from lambdalint.load.aws.tree import unseen

#: Condition key, in lower case -> the property of a permission that makes AWS write it.
_KEYS = {
    "aws:sourcearn": "SourceArn",
    "aws:sourceaccount": "SourceAccount",
    "aws:principalorgid": "PrincipalOrgID",
    "lambda:eventsourcetoken": "EventSourceToken",
    "lambda:functionurlauthtype": "FunctionUrlAuthType",
    "lambda:invokedviafunctionurl": "InvokedViaFunctionUrl",
}


def statements_of(text: Any) -> list[dict[str, Any]] | None:
    """The statements of a policy; None where it is no policy."""
    if text is None or text == "":
        return []
    try:
        policy = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    found = policy.get("Statement") if isinstance(policy, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [item for item in listed if isinstance(item, dict)] if found is not None else None


def permissions(text: Any, function: str) -> list[tuple[str, dict[str, Any]]] | None:
    """The permissions that a policy holds, with their statement ids; None where it is no policy."""
    statements = statements_of(text)
    if statements is None:
        return None
    denies = any(item.get("Effect") == "Deny" for item in statements)
    found: list[tuple[str, dict[str, Any]]] = []
    for number, item in enumerate(statements):
        if item.get("Effect") != "Allow":
            continue
        for principal in _principals(item.get("Principal")):
            for action in _listed(item.get("Action")):
                properties: dict[str, Any] = {"FunctionName": function, "Action": action, "Principal": principal}
                properties |= _limits(item.get("Condition"))
                if denies:
                    # What a Deny leaves of it is not worked out here.
                    properties["SourceArn"] = unseen("the policy also denies")
                found.append((str(item.get("Sid") or f"statement {number + 1}"), properties))
    return found


def grants_url(text: Any) -> bool:
    """Whether a policy lets anyone use a function URL, so that there is one."""
    return any("lambda:InvokeFunctionUrl" in _listed(item.get("Action")) for item in statements_of(text) or ())


def services(text: Any) -> set[str]:
    """The service principals that a policy names."""
    found: set[str] = set()
    for item in statements_of(text) or ():
        found.update(name for name in _principals(item.get("Principal")) if isinstance(name, str) and ".amazon" in name)
    return found


def _principals(principal: Any) -> list[Any]:
    if isinstance(principal, str):
        return [principal]
    if not isinstance(principal, dict):
        return [unseen("the statement names no principal in a way that is understood")]
    return [name for names in principal.values() for name in _listed(names)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _limits(condition: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for test in condition.values() if isinstance(condition, dict) else ():
        for key, value in test.items() if isinstance(test, dict) else ():
            name = _KEYS.get(key.lower())
            values = _listed(value)
            if name is not None and len(values) == 1:
                found[name] = values[0]
            else:
                # It narrows the permission in a way that has no property of its own.
                found["SourceArn"] = unseen(f"a condition on {key} has no property of its own")
    return found
