"""The steps of the GitHub Action: ``python -I -m lambdalint.action check`` and then ``result``.

``check`` turns the inputs (environment variables ``LAMBDALINT_*``) into a run of the command line and what it found
into outputs and the job summary. It never fails for findings, so that they can be uploaded first; ``result`` then
annotates what was not uploaded and ends with the run's exit code.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lambdalint import cli

SEVERITIES = ("critical", "high", "medium", "low")
_CHOICES = {"sarif": ("auto", "true", "false"), "annotations": ("auto", "true", "false"), "summary": ("true", "false")}
_FILES = {
    "sarif": "lambdalint.sarif",
    "json": "lambdalint.json",
    "html": "lambdalint.html",
    "markdown": "lambdalint.md",
    "github": "annotations.txt",
}


class InputError(Exception):
    """An input of the action that cannot be used; one sentence."""


def main(arguments: list[str]) -> int:
    """Run a step; returns its exit code."""
    environment = os.environ
    try:
        return result(environment) if arguments == ["result"] else check(environment)
    except InputError as error:
        _command("error", str(error))
        return cli.WRONG_USE


def check(environment: Mapping[str, str]) -> int:
    """Judge the paths and write outputs and summary; 0 unless the action was used wrongly.

    Raises:
        InputError: an input has a value that is not known.
    """
    for name, choices in _CHOICES.items():
        _choice(environment, name, choices)
    folder = Path(tempfile.mkdtemp(prefix="lambdalint-", dir=environment.get("RUNNER_TEMP")))
    files = {form: folder / name for form, name in _FILES.items()}
    code = _quoted(command_line(environment, files))
    _output(environment, {"exit-code": str(code)})
    if code == cli.WRONG_USE or not files["json"].exists():
        # The sentence that says what is wrong stands in the log, just above.
        return code or cli.WRONG_USE
    found = json.loads(files["json"].read_text(encoding="utf-8"))["findings"]
    counts = {severity: sum(1 for item in found if item["severity"] == severity) for severity in SEVERITIES}
    _output(
        environment,
        {
            "findings": str(len(found)),
            **{severity: str(count) for severity, count in counts.items()},
            "sarif-file": str(files["sarif"]),
            "json-file": str(files["json"]),
            "html-file": str(files["html"]),
            "annotations-file": str(files["github"]),
            "upload": "true" if uploads(environment) else "false",
        },
    )
    if _input(environment, "summary", "true") == "true" and environment.get("GITHUB_STEP_SUMMARY"):
        with Path(environment["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(files["markdown"].read_text(encoding="utf-8") + "\n")
    return 0


def command_line(environment: Mapping[str, str], files: Mapping[str, Path]) -> list[str]:
    """The arguments of ``lambdalint`` for these inputs.

    Raises:
        InputError: ``args`` has a quote that is not closed.
    """
    words = ["check", "--color", "never", "--sarif-category", _input(environment, "category", "lambdalint")]
    for form, file in files.items():
        words += ["-o", f"{form}={file}"]
    for option in ("config", "fail-on", "baseline"):
        value = _input(environment, option)
        if value:
            words.append(f"--{option}={value}")
    for option in ("select", "ignore"):
        names = _input(environment, option).replace("\n", ",")
        if names.strip(", "):
            words.append(f"--{option}={names}")
    try:
        words += shlex.split(_input(environment, "args"))
    except ValueError as error:
        raise InputError(f"args: cannot be split into arguments: {error}; close every quote") from None
    paths = [line.strip() for line in _input(environment, "paths", ".").splitlines() if line.strip()]
    return [*words, "--", *(paths or ["."])]


def uploads(environment: Mapping[str, str]) -> bool:
    """Whether to try an upload: ``auto`` leaves out runs whose token cannot write, those of forks and Dependabot.

    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
    """
    wanted = _input(environment, "sarif", "auto")
    if wanted != "auto":
        return wanted == "true"
    if environment.get("GITHUB_ACTOR") == "dependabot[bot]":
        return False
    if environment.get("GITHUB_EVENT_NAME") != "pull_request":
        return True
    return not _from_fork(environment)


def _from_fork(environment: Mapping[str, str]) -> bool:
    try:
        event: Any = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
        head = event["pull_request"]["head"]["repo"]
    except (OSError, ValueError, KeyError, TypeError):
        return True
    # The repository of a pull request is null when the fork was deleted.
    return head is None or head.get("full_name") != environment.get("GITHUB_REPOSITORY")


def result(environment: Mapping[str, str]) -> int:
    """Annotate what was not uploaded, then return the exit code of the run."""
    uploaded = environment.get("LAMBDALINT_UPLOAD")
    wanted = _input(environment, "annotations", "auto")
    if wanted == "true" or (wanted == "auto" and uploaded != "success"):
        sys.stdout.write(Path(environment["LAMBDALINT_ANNOTATIONS_FILE"]).read_text(encoding="utf-8"))
    code = int(environment["LAMBDALINT_EXIT_CODE"])
    if uploaded == "failure":
        said = (
            "The findings could not be uploaded to code scanning: the job needs `permissions: security-events: write`, "
            "and a private repository needs GitHub Code Security. `sarif: false` turns the upload off."
        )
        strict = _input(environment, "sarif", "auto") == "true"
        _command("error" if strict else "notice", said)
        return code or (1 if strict else 0)
    return code


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> None:
    value = _input(environment, name, choices[0])
    if value not in choices:
        raise InputError(f"{name}: {value!r} is not one of {', '.join(choices)}")


def _input(environment: Mapping[str, str], name: str, default: str = "") -> str:
    return environment.get(f"LAMBDALINT_{name.upper().replace('-', '_')}", "").strip() or default


def _output(environment: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Write outputs of the step, each between marks that no value can contain."""
    path = environment.get("GITHUB_OUTPUT")
    if path is None:
        return
    with Path(path).open("a", encoding="utf-8") as outputs:
        for name, value in values.items():
            mark = secrets.token_hex(16)
            outputs.write(f"{name}<<{mark}\n{value}\n{mark}\n")


def _quoted(words: list[str]) -> int:
    """Run the command line while the runner reads no commands from the log: a template could have written them."""
    mark = secrets.token_hex(16)
    sys.stdout.write(f"::stop-commands::{mark}\n")
    sys.stdout.flush()
    try:
        return cli.main(words)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else cli.WRONG_USE
    finally:
        sys.stdout.write(f"::{mark}::\n")
        sys.stdout.flush()


def _command(kind: str, text: str) -> None:
    escaped = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    sys.stdout.write(f"::{kind} title=lambdalint::{escaped}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
