"""Runs a composite action as GitHub's runner would, on this machine: ``run`` steps for real, ``uses`` steps on record.

Knows the part of the expression language that ``action.yml`` uses: contexts, ``==``, ``!=``, ``&&``, ``||``.
https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


@dataclass
class Step:
    """What became of a step; ``values`` is the evaluated ``with`` of a step that uses another action."""

    outcome: str
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """A run of the action: its steps by id or name, its outputs, what it wrote into the summary and its success."""

    steps: dict[str, Step]
    outputs: dict[str, str]
    summary: str
    success: bool

    @property
    def log(self) -> str:
        return "".join(step.log for step in self.steps.values())


@dataclass
class Runner:
    """One machine: the action's folder, the checkout and the folder for temporary files."""

    action: Path
    workspace: Path
    temporary: Path
    #: What steps of other actions end with.
    uploads: str = "success"
    #: Steps that already ran here (installing once is enough).
    known: dict[str, Step] = field(default_factory=dict)

    def run(self, environment: dict[str, str] | None = None, /, **inputs: str) -> Job:
        """Run every step; inputs are named with underscores."""
        described = yaml.safe_load((self.action / "action.yml").read_text(encoding="utf-8"))
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        unknown = set(given) - set(described["inputs"])
        assert not unknown, f"the action has no inputs {unknown}"
        values = {name: given.get(name, str(entry.get("default", ""))) for name, entry in described["inputs"].items()}
        steps: dict[str, Step] = {}
        summary = self.temporary / "summary.md"
        summary.write_text("")
        success = True
        for entry in described["runs"]["steps"]:
            name = entry.get("id", entry["name"])
            condition = str(entry.get("if", "success()"))
            wanted = success if condition == "success()" else success and self._evaluate(condition, values, steps)
            if not wanted:
                steps[name] = Step("skipped")
                continue
            steps[name] = self.known.get(name) or self._step(entry, values, steps, environment or {}, summary)
            success = success and (steps[name].outcome == "success" or bool(entry.get("continue-on-error")))
        outputs = {name: self._filled(entry["value"], values, steps) for name, entry in described["outputs"].items()}
        return Job(steps, outputs, summary.read_text(encoding="utf-8"), success)

    def _step(
        self, entry: dict[str, Any], values: dict[str, str], steps: dict[str, Step], more: dict[str, str], summary: Path
    ) -> Step:
        def filled(section: str) -> dict[str, str]:
            return {key: self._filled(str(value), values, steps) for key, value in entry.get(section, {}).items()}

        if "uses" in entry:
            return Step(self.uploads, values=filled("with"))
        assert entry["shell"] == "bash"
        output = self.temporary / "output.txt"
        output.write_text("")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "LAMBDALINT_"))},
            "GITHUB_ACTION_PATH": str(self.action),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTOR": "octocat",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "octo/orders",
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temporary),
            **more,
            **filled("env"),
        }
        script = self.temporary / "step.sh"
        script.write_text(entry["run"])
        folder = self.workspace / self._filled(str(entry.get("working-directory", ".")), values, steps)
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            check=False,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        outcome = "success" if done.returncode == 0 else "failure"
        return Step(outcome, _outputs(output.read_text(encoding="utf-8")), done.stdout)

    def _filled(self, text: str, values: dict[str, str], steps: dict[str, Step]) -> str:
        return _EXPRESSION.sub(lambda match: str(self._value(match[1].strip(), values, steps)), text)

    def _evaluate(self, condition: str, values: dict[str, str], steps: dict[str, Step]) -> bool:
        inner = _EXPRESSION.fullmatch(condition.strip())
        text = inner[1].strip() if inner else condition
        return any(
            all(self._compared(part, values, steps) for part in option.split("&&")) for option in text.split("||")
        )

    def _compared(self, text: str, values: dict[str, str], steps: dict[str, Step]) -> bool:
        for operator, equal in (("==", True), ("!=", False)):
            left, found, right = text.partition(operator)
            if found:
                same = self._value(left.strip(), values, steps) == self._value(right.strip(), values, steps)
                return same is equal
        raise AssertionError(f"the runner does not know this condition: {text}")

    def _value(self, text: str, values: dict[str, str], steps: dict[str, Step]) -> str:
        if text.startswith("'"):
            return text[1:-1]
        match text.split("."):
            case ["inputs", name]:
                return values[name]
            case ["steps", name, "outputs", output]:
                return steps[name].outputs.get(output, "") if name in steps else ""
            case ["steps", name, "outcome"]:
                return steps[name].outcome if name in steps else ""
        raise AssertionError(f"the runner does not know this expression: {text}")


def _outputs(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line and "=" not in line.partition("<<")[0]:
            name, _, mark = line.partition("<<")
            value: list[str] = []
            for part in lines:
                if part == mark:
                    break
                value.append(part)
            found[name] = "\n".join(value)
        else:
            name, _, single = line.partition("=")
            found[name] = single
    return found
