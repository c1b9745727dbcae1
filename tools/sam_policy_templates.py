"""Regenerate the two tables of grants that SAM publishes, from the installed aws-sam-translator:

lambdalint/data/sam_policy_templates.json (``Policies``) and lambdalint/data/sam_connectors.json (connectors).

Run: python tools/sam_policy_templates.py
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "lambdalint" / "data"
SOURCE = "https://github.com/aws/serverless-application-model"


def read(package: str, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((files(package) / name).read_text(encoding="utf-8"))
    return content


def write(name: str, origin: str, key: str, table: dict[str, Any]) -> None:
    """One entry a line, so that a new version of the table is readable as a diff."""
    head = {
        "source": f"{SOURCE} {origin} (Apache-2.0)",
        "version": f"aws-sam-translator {version('aws-sam-translator')}",
        "as_of": datetime.now(UTC).date().isoformat(),
    }
    lines = [f" {json.dumps(entry)}:{json.dumps(value, separators=(',', ':'))}" for entry, value in table.items()]
    text = f'{json.dumps(head)[:-1]},"{key}":{{\n' + ",\n".join(lines) + "\n}}\n"
    (DATA / name).write_text(text, encoding="utf-8")


def policy_templates() -> dict[str, Any]:
    templates = read("samtranslator.policy_templates_data", "policy_templates.json")["Templates"]
    return {
        name: {"parameters": sorted(template["Parameters"]), "statement": template["Definition"]["Statement"]}
        for name, template in sorted(templates.items())
    }


def connectors() -> dict[str, Any]:
    """Keyed by "source type destination type"."""
    permissions = read("samtranslator.model.connector_profiles", "profiles.json")["Permissions"]
    table = {}
    for source, destinations in sorted(permissions.items()):
        for destination, profile in sorted(destinations.items()):
            properties = profile["Properties"]
            table[f"{source} {destination}"] = {
                "kind": profile["Type"],
                "on_source": properties.get("SourcePolicy", False),
                "waits": properties.get("DependedBy"),
                "access": properties["AccessCategories"],
            }
    return table


def main() -> None:
    write("sam_policy_templates.json", "policy_templates.json", "templates", policy_templates())
    write("sam_connectors.json", "connector_profiles/profiles.json", "connectors", connectors())


if __name__ == "__main__":
    main()
