"""Regenerate lambdalint/data/managed_policy_arns.json (name -> path) from moto's copy of the AWS managed policies.

Run: python tools/managed_policies.py
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

OUTPUT = Path(__file__).parent.parent / "lambdalint" / "data" / "managed_policy_arns.json"


def main() -> None:
    known: dict[str, Any] = json.loads(aws_managed_policies_data)
    policies = {name: policy.get("Path", "/") for name, policy in sorted(known.items())}
    content = {
        "source": "AWS managed policies as listed by iam:ListPolicies, by way of moto",
        "version": f"moto {version('moto')}",
        "as_of": datetime.now(UTC).date().isoformat(),
        "policies": policies,
    }
    OUTPUT.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
