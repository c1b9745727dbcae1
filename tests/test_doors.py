"""The ways in: pre-commit hooks, GitHub Action, workflows, wheel and source distribution."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml
from action_runner import Runner, Step

from lambdalint.arguments import parser

ROOT = Path(__file__).resolve().parent.parent
RULE = "sqs-visibility-timeout-too-short"
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties: {VisibilityTimeout: 30}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.13
      Timeout: 30
      Events:
        Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}
"""
CLEAN = TEMPLATE.replace("{VisibilityTimeout: 30}", "{VisibilityTimeout: 180}")
#: What pip says when it cannot reach a package index.
OFFLINE = re.compile(r"No matching distribution|Could not find a version|ConnectionError|Temporary failure in name|403")
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "dist", "build", "out"
)


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed: pip install -r tests/requirements.txt")


def done(*words: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        check=False,
        cwd=cwd,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def online(output: str) -> None:
    if OFFLINE.search(output):
        pytest.skip(f"no package index in reach: {output.strip().splitlines()[-1]}")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as it stands, without what a clone would not have."""
    target = tmp_path_factory.mktemp("a copy") / "lambdalint"
    shutil.copytree(ROOT, target, ignore=_LEFT_OUT)
    return target


# --- pre-commit -----------------------------------------------------------------------------------------------------


def test_both_hook_files_are_the_same() -> None:
    assert (ROOT / ".pre-commit-hooks.yaml").read_bytes() == (ROOT / "pre-commit-hooks.yaml").read_bytes()


@pytest.mark.parametrize(
    "hook", yaml.safe_load((ROOT / "pre-commit-hooks.yaml").read_text()), ids=lambda hook: hook["id"]
)
def test_hooks_call_the_command_line_there_is(hook: dict[str, object]) -> None:
    program, *words = str(hook["entry"]).split()
    assert program == "lambdalint"
    assert parser("").parse_args([*words, "template.yaml"]).paths == ["template.yaml"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("template.yaml", True),
        ("services/orders/template.yml", True),
        ("template-prod.json", True),
        ("orders.template", True),
        ("orders.template.json", True),
        ("orders.sam.yaml", True),
        ("infra/cloudformation/stack.yaml", True),
        ("serverless.yml", True),
        (".github/workflows/ci.yml", False),
        ("package.json", False),
        ("src/app.py", False),
    ],
)
def test_the_hook_sees_templates(path: str, wanted: bool) -> None:
    hook = yaml.safe_load((ROOT / "pre-commit-hooks.yaml").read_text())[0]
    assert (re.search(hook["files"], path) is not None) is wanted


def test_pre_commit_runs_the_hook(copy: Path, tmp_path: Path) -> None:
    needs("pre_commit")
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    shutil.copytree(copy, hooks)
    project.mkdir()
    (project / "template.yaml").write_text(TEMPLATE)
    (project / "other.yaml").write_text("services: {web: {image: nginx}}\n")
    (project / "left-out").mkdir()
    (project / "left-out" / "template.yaml").write_text(TEMPLATE)
    (project / "lambdalint.yaml").write_text("exclude: [left-out/]\n")
    for folder in (hooks, project):
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
            answer = done(
                "git", "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false", *words,
                cwd=folder,
            )  # fmt: skip
            assert answer.returncode == 0, answer.stdout
    words = [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "lambdalint", "--all-files", "--verbose"]
    answer = done(*words, cwd=project, PRE_COMMIT_HOME=str(tmp_path / "home"))
    if "InstallFailed" in answer.stdout or "CalledProcessError" in answer.stdout:
        online(answer.stdout)
    assert answer.returncode == 1, answer.stdout
    assert "exit code: 1" in answer.stdout
    assert RULE in answer.stdout
    assert "left-out" not in answer.stdout


# --- GitHub Action --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Step]]:
    """The action's own install step, run once, and the folder it installed into."""
    temporary = tmp_path_factory.mktemp("runner temp")
    workspace = tmp_path_factory.mktemp("install")
    # Whatever stands in the checkout must not decide what is installed or imported.
    for name in ("venv.py", "pip.py", "sitecustomize.py"):
        (workspace / name).write_text(f"open({str(workspace / 'pwned')!r}, 'w')\n")
    (workspace / "uv.toml").write_text('index-url = "https://packages.invalid/simple"\n')
    job = Runner(copy, workspace, temporary, known={"check": Step("failure")}).run()
    if job.steps["install"].outcome != "success":
        online(job.log)
    assert job.steps["install"].outcome == "success", job.log
    assert not (workspace / "pwned").exists()
    return temporary, {"install": job.steps["install"]}


@pytest.fixture
def runner(copy: Path, installed: tuple[Path, dict[str, Step]], tmp_path: Path) -> Runner:
    (tmp_path / ".git").mkdir()
    return Runner(copy, tmp_path, installed[0], known=dict(installed[1]))


def test_the_action_reports_and_fails(runner: Runner) -> None:
    (runner.workspace / "template.yaml").write_text(TEMPLATE)
    job = runner.run(select=RULE, category="orders")
    assert not job.success
    assert {name: job.outputs[name] for name in ("findings", "critical", "high", "medium", "low", "exit-code")} == {
        "findings": "1", "critical": "0", "high": "1", "medium": "0", "low": "0", "exit-code": "1",
    }  # fmt: skip
    assert job.summary.startswith("## lambdalint")
    assert RULE in job.summary
    assert RULE in job.steps["check"].log
    assert job.steps["upload"].values == {"sarif_file": job.outputs["sarif-file"], "category": "orders"}
    sarif = json.loads(Path(job.outputs["sarif-file"]).read_text())["runs"][0]
    assert sarif["automationDetails"]["id"] == "orders/"
    assert len(json.loads(Path(job.outputs["json-file"]).read_text())["findings"]) == 1
    assert RULE in Path(job.outputs["html-file"]).read_text()
    assert "::error file=" not in job.log


def test_the_action_is_green_for_a_clean_project(runner: Runner) -> None:
    (runner.workspace / "template.yaml").write_text(CLEAN)
    job = runner.run(select=RULE)
    assert job.success
    assert (job.outputs["findings"], job.outputs["exit-code"]) == ("0", "0")
    assert job.steps["upload"].outcome == "success"


@pytest.mark.parametrize(
    ("inputs", "uploads", "success", "annotated"),
    [
        ({"sarif": "auto"}, "success", False, False),
        ({"sarif": "auto"}, "failure", False, True),
        ({"sarif": "true"}, "failure", False, True),
        ({"sarif": "false"}, "success", False, True),
        ({"sarif": "false", "annotations": "false"}, "success", False, False),
        ({"annotations": "true"}, "success", False, True),
        ({"fail-on": "never"}, "success", True, False),
        ({"fail-on": "never"}, "failure", True, True),
        ({"fail-on": "never", "sarif": "true"}, "failure", False, True),
        ({"fail-on": "critical"}, "success", True, False),
        ({"ignore": "reliability"}, "success", True, False),
        ({"args": "--exit-zero"}, "success", True, False),
        ({"args": "--parameter 'Stage=my prod'"}, "success", False, False),
    ],
)
def test_inputs_of_the_action(
    inputs: dict[str, str], uploads: str, success: bool, annotated: bool, runner: Runner
) -> None:
    (runner.workspace / "template.yaml").write_text(TEMPLATE)
    runner.uploads = uploads
    job = runner.run(**{"select": RULE, **{name.replace("-", "_"): value for name, value in inputs.items()}})
    assert job.success is success, job.log
    assert ("::error file=template.yaml,line=5" in job.steps["Result"].log) is annotated
    assert (job.steps["upload"].outcome == "skipped") is (inputs.get("sarif") == "false")


@pytest.mark.parametrize(
    ("event", "environment", "uploaded"),
    [
        ({"pull_request": {"head": {"repo": {"full_name": "octo/orders"}}}}, {}, True),
        ({"pull_request": {"head": {"repo": {"full_name": "fork/orders"}}}}, {}, False),
        ({"pull_request": {"head": {"repo": None}}}, {}, False),
        (
            {"pull_request": {"head": {"repo": {"full_name": "octo/orders"}}}},
            {"GITHUB_ACTOR": "dependabot[bot]"},
            False,
        ),
        ({}, {"GITHUB_EVENT_NAME": "push"}, True),
    ],
)
def test_nothing_is_uploaded_where_the_token_may_not(
    event: dict[str, object], environment: dict[str, str], uploaded: bool, runner: Runner, tmp_path: Path
) -> None:
    (runner.workspace / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "event.json").write_text(json.dumps(event))
    base = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    job = runner.run({**base, **environment}, select=RULE)
    assert (job.steps["upload"].outcome != "skipped") is uploaded
    assert ("::error file=" in job.log) is not uploaded


def test_paths_of_the_action_are_lines_and_nothing_is_executed(runner: Runner) -> None:
    evil = "$(touch pwned) `touch pwned`; touch pwned #"
    folder = runner.workspace / "a b"
    (folder / evil).mkdir(parents=True)
    (folder / "template.yaml").write_text(CLEAN)
    (folder / evil / "template.yaml").write_text(TEMPLATE)
    (folder / "-rf.yaml").write_text(CLEAN)
    for name in ("json.py", "lambdalint.py", "sitecustomize.py", "yaml.py"):
        (folder / name).write_text("open('pwned', 'w')\n")
    job = runner.run(
        {"GITHUB_HEAD_REF": evil},
        working_directory="a b",
        paths=f"template.yaml\n{evil}\n-rf.yaml\n",
        select=RULE,
        category=evil,
        args=f'--parameter "Stage={evil}"',
    )
    assert job.outputs["findings"] == "1", job.log
    assert len(json.loads(Path(job.outputs["json-file"]).read_text())["documents"]) == 3
    assert not [*runner.workspace.rglob("pwned")]


def test_a_template_cannot_talk_to_the_runner(runner: Runner) -> None:
    name = "::set-output name=x::y\n::error::owned"
    (runner.workspace / "template.yaml").write_text(TEMPLATE.replace("app.handler", json.dumps(f"{name}::add-mask::1")))
    log = runner.run(select=RULE, annotations="true").log
    opened = re.search(r"^::stop-commands::([0-9a-f]{32})$", log, re.MULTILINE)
    assert opened is not None
    quiet, _, rest = log[opened.end() :].partition(f"::{opened[1]}::")
    assert RULE in quiet
    assert "owned" not in rest


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"sarif": "yes"}, "::error title=lambdalint::sarif: 'yes' is not one of auto, true, false"),
        ({"summary": "no"}, "::error title=lambdalint::summary: 'no' is not one of true, false"),
        ({"args": "--parameter 'x"}, "::error title=lambdalint::args: cannot be split into arguments"),
        ({"fail_on": "worst"}, "invalid choice: 'worst'"),
        ({"select": "no-such-rule"}, "there is no rule or category 'no-such-rule'"),
        ({"paths": "missing.yaml"}, "missing.yaml: there is no such file or directory"),
        ({"config": "missing.yaml"}, "missing.yaml: there is no such config file"),
    ],
)
def test_wrong_use_of_the_action(inputs: dict[str, str], sentence: str, runner: Runner) -> None:
    job = runner.run(**inputs)
    assert not job.success
    assert sentence in job.log
    assert "Traceback" not in job.log
    assert job.steps["check"].outcome == "failure"
    assert job.steps["upload"].outcome == "skipped"


def test_the_action_hands_inputs_over_as_values_only() -> None:
    described = yaml.safe_load((ROOT / "action.yml").read_text())
    used = " ".join(str(step.get("env", "")) + str(step.get("with", "")) for step in described["runs"]["steps"])
    for name in described["inputs"]:
        assert f"inputs.{name} " in used or name == "working-directory"
    for step in described["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "uses" not in step or re.search(r"@[0-9a-f]{40}$", step["uses"])


@pytest.mark.parametrize("workflow", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.name)
def test_workflows_are_pinned_and_may_do_nothing_by_default(workflow: Path) -> None:
    described = yaml.safe_load(workflow.read_text())
    assert described["permissions"] == {}
    for job in described["jobs"].values():
        for step in job["steps"]:
            assert "uses" not in step or step["uses"] == "$/" or re.search(r"@[0-9a-f]{40}$", step["uses"])


def test_action_and_workflows_pass_zizmor() -> None:
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or shutil.which("zizmor")
    if program is None:
        pytest.skip("zizmor is not installed: pip install -r tests/requirements.txt")
    answer = done(program, "--offline", "--no-progress", "action.yml", ".github", cwd=ROOT)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("schema", "files"), [("actions", ["action.yml"]), ("workflows", [".github/workflows/*.yml"])])
def test_action_and_workflows_fit_their_schema(schema: str, files: list[str]) -> None:
    needs("check_jsonschema")
    paths = [str(path) for pattern in files for path in ROOT.glob(pattern)]
    assert paths
    answer = done(
        sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.github-{schema}", *paths, cwd=ROOT
    )
    assert answer.returncode == 0, answer.stdout


# --- the distributions ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def distributions(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and the wheel that was built from it."""
    needs("build")
    target = tmp_path_factory.mktemp("dist")
    answer = done(sys.executable, "-m", "build", "--outdir", target, copy, cwd=target)
    if answer.returncode:
        online(answer.stdout)
    assert answer.returncode == 0, answer.stdout
    return target


def test_the_wheel_works_with_the_source_out_of_reach(distributions: Path, tmp_path: Path) -> None:
    (wheel,) = distributions.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"lambdalint/py.typed", "lambdalint/rules/index.json", f"lambdalint/rules/reliability/{RULE}.yaml"} <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"lambdalint"}
    for words in (
        [sys.executable, "-m", "venv", "clean"],
        ["clean/bin/python", "-m", "pip", "install", "-q", str(wheel)],
    ):
        answer = done(*words, cwd=tmp_path)
        if answer.returncode:
            online(answer.stdout)
        assert answer.returncode == 0, answer.stdout
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    program = tmp_path / "clean" / "bin" / "lambdalint"
    answer = done(program, "rules", "--format=json", cwd=tmp_path, PYTHONPATH="")
    assert RULE in {rule["id"] for rule in json.loads(answer.stdout)}
    answer = done(program, "template.yaml", f"--select={RULE}", "-o", "out.html", "-o", "out.sarif", cwd=tmp_path)
    assert answer.returncode == 1
    assert f"high[{RULE}]" in answer.stdout
    assert (tmp_path / "out.html").stat().st_size and (tmp_path / "out.sarif").stat().st_size
    answer = done(program, "explain", RULE, cwd=tmp_path)
    assert "A finding:" in answer.stdout
    assert done(program, "schema", "config", cwd=tmp_path).returncode == 0


def test_the_source_distribution_can_be_tested(distributions: Path) -> None:
    (sdist,) = distributions.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "NOTICE",
        "README.md",
        "pyproject.toml",
        "rules/index.json",
        "lambdalint/report/templates/report.html.jinja",
        "tests/test_doors.py",
        "tests/requirements.txt",
        "fixtures/projects/orders/template.yaml",
        "tools/rule_index.py",
    } <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".git/", ".venv"))]
