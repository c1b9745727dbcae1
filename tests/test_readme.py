"""What the README says is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from lambdalint import __version__
from lambdalint.arguments import COMMANDS, parser
from lambdalint.choose import chosen, every_rule
from lambdalint.config import load

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_output_shown_is_real() -> None:
    report = (ROOT / "fixtures" / "projects" / "orders.txt").read_text(encoding="utf-8").splitlines()
    (shown,) = blocks("text")
    # The golden report is made in the folder of the projects.
    assert [line for line in shown.replace("fixtures/projects/", "").splitlines() if line and line not in report] == []


@pytest.mark.parametrize("line", [line for block in blocks("sh") for line in block.splitlines() if "#" in line])
def test_commands_shown_can_be_parsed(line: str) -> None:
    program, *words = line.partition("#")[0].split()
    assert program == "lambdalint"
    words = words if words and words[0] in COMMANDS else ["check", *words]
    assert parser("").parse_args(words).command in COMMANDS


def test_the_config_shown_is_valid(tmp_path: Path) -> None:
    (text,) = [block for block in blocks("yaml") if block.startswith("# lambdalint.yaml")]
    path = tmp_path / "lambdalint.yaml"
    path.write_text(text, encoding="utf-8")
    config = load(path)
    rules = every_rule(config)
    chosen(rules, config.select, config.ignore, config, preview=False)
    assert {name for entry in config.exemptions for name in entry.rules} <= {rule.id for rule in rules}


def test_hook_and_action_shown_exist() -> None:
    hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text())["inputs"])
    for block in blocks("yaml"):
        found = yaml.safe_load(block)
        for repository in found.get("repos", []):
            assert repository["rev"] == f"v{__version__}"
            assert {hook["id"] for hook in repository["hooks"]} <= hooks
        for job in found.get("jobs", {}).values():
            assert set(job["steps"][-1]["with"]) <= inputs
            assert job["steps"][-1]["uses"].endswith(f"@v{__version__}")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/decisions.md", "docs/rules.md"])
def test_links_lead_somewhere(name: str) -> None:
    path = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_versions_agree() -> None:
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
