"""Execution roles: of all that an account has, those that its functions name.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from typing import Any

from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.tree import Tree, unseen
from lambdalint.load.stack import Resource
from lambdalint.source.node import Scalar


def add_roles(evidence: Evidence, tree: Tree, functions: dict[str, Resource]) -> None:
    """Add the roles that functions name, with what their own and their customer managed policies say."""
    operation = "iam.GetAccountAuthorizationDetails"
    listed = {item["Arn"]: item for item in evidence.items(operation, "RoleDetailList") if "Arn" in item}
    policies = {item["Arn"]: item for item in evidence.items(operation, "Policies") if "Arn" in item}
    why = evidence.why_not(operation)
    wanted: dict[str, bool] = {}
    for function in functions.values():
        node = function.properties.get("Role")
        if isinstance(node, Scalar):
            wanted[node.text] = wanted.get(node.text, False) or function.judged
    for arn, judged in wanted.items():
        name = arn.rpartition("/")[2]
        item = listed.get(arn)
        if item is None:
            own = f":{evidence.pair.account}:role/" in arn
            gone = "the role does not exist any more" if own else "the role belongs to another account"
            mark = unseen(why or gone)
            properties: dict[str, Any] = {
                "RoleName": name,
                "AssumeRolePolicyDocument": mark,
                "Policies": mark,
                "ManagedPolicyArns": mark,
            }
        else:
            properties = _role(item, policies)
        place = evidence.places.get(id(item)) if item is not None else None
        tree.add(name, "AWS::IAM::Role", properties, arn, place).judged = judged


def _role(item: dict[str, Any], policies: dict[str, Any]) -> dict[str, Any]:
    inline: list[Any] = [
        {"PolicyName": policy.get("PolicyName"), "PolicyDocument": policy.get("PolicyDocument") or {}}
        for policy in item.get("RolePolicyList") or ()
    ]
    managed: list[str] = []
    for attached in item.get("AttachedManagedPolicies") or ():
        arn = attached.get("PolicyArn", "")
        if ":iam::aws:policy/" in arn:
            managed.append(arn)
            continue
        document = _default_version(policies.get(arn))
        inline.append(
            {"PolicyName": arn.rpartition("/")[2], "PolicyDocument": document}
            if document is not None
            else unseen(f"policy {arn} was not looked at")
        )
    found: dict[str, Any] = {
        "RoleName": item.get("RoleName"),
        "AssumeRolePolicyDocument": item.get("AssumeRolePolicyDocument") or {},
    }
    if inline:
        found["Policies"] = inline
    if managed:
        found["ManagedPolicyArns"] = managed
    boundary = (item.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    if boundary:
        found["PermissionsBoundary"] = boundary
    return found


def _default_version(policy: Any) -> Any:
    versions = policy.get("PolicyVersionList") or () if isinstance(policy, dict) else ()
    return next((version.get("Document") for version in versions if version.get("IsDefaultVersion")), None)
