"""The account and region itself, as a resource: what GetAccountSettings says of limits and of what is used of them, and
what Service Quotas says of the same, where it was asked."""

from __future__ import annotations

from typing import Any

from lambdalint.data import limits
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.tree import Tree, unseen
from lambdalint.load.stack import ACCOUNT

_QUOTAS = "service-quotas.ListServiceQuotas"


def add_account(evidence: Evidence, tree: Tree) -> None:
    """Add the settings of the account, if they were answered.

    Where they were not, the quota does not stand in for them: a new account may have less in effect, and nothing says
    that it never has more, so it bounds the pool on no side.
    """
    answer = evidence.data("lambda.GetAccountSettings")
    pool = (answer.get("AccountLimit") or {}).get("ConcurrentExecutions")
    if pool is not None:
        arn = evidence.pair.arn("lambda", "account-settings")
        place = evidence.places.get(id(answer))
        properties: dict[str, Any] = {"ConcurrentExecutions": pool}
        found = {
            "CodeStorage": (answer.get("AccountUsage") or {}).get("TotalCodeSize"),
            "CodeStorageLimit": (answer.get("AccountLimit") or {}).get("TotalCodeSize"),
            "ConcurrencyQuota": _concurrency_quota(evidence),
        }
        properties |= {name: value for name, value in found.items() if value is not None}
        tree.add(evidence.pair.label, ACCOUNT, properties, arn, place)
    else:
        tree.stack.unseen[ACCOUNT, None] = (
            evidence.why_not("lambda.GetAccountSettings") or "the settings name no limit of concurrency"
        )


def _concurrency_quota(evidence: Evidence) -> Any:
    """The quota of concurrent executions; None where nobody asked, or a mark that it is not known.

    The list leaves out quotas of which only the default is known, and gives others with a reason why it has no value.
    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
    """
    if evidence.answer(_QUOTAS) is None:
        return None
    why = evidence.why_not(_QUOTAS)
    if why is not None:
        return unseen(why)
    for quota in evidence.items(_QUOTAS, "Quotas"):
        value = quota.get("Value")
        if quota.get("QuotaCode") == limits.CONCURRENCY_QUOTA and value is not None and not quota.get("ErrorReason"):
            return int(value)
    return unseen("Service Quotas gives no value for concurrent executions (servicequotas:ListServiceQuotas)")
