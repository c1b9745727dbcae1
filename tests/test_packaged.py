"""What ``serverless package`` and ``sam build`` left beside a template: used while newer than what it was made of."""

from __future__ import annotations

import contextlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from judging import SLOW, report_of, rule, said

from lambdalint.check.finding import Report
from lambdalint.cli import main
from lambdalint.load.deployment import Environment

RULES = (
    rule(),
    rule(
        SLOW.replace("Function may run for long", "Package is large")
        .replace("function.timeout <= 60", "function.code.unzipped <= 1")
        .replace("may run for {function.timeout} s", "has {function.code.unzipped} MB"),
        "package-large",
    ),
    rule(
        SLOW.replace("Function may run for long", "Package runs on one architecture")
        .replace("function.timeout <= 60", "not function.code.native")
        .replace("may run for {function.timeout} s", "is compiled"),
        "package-compiled",
    ),
)
TEMPLATE = ".serverless/cloudformation-template-update-stack.json"
OLD, MADE, NEW = 1_000_000_000, 1_000_000_100, 1_000_000_200
ELF = b"\x7fELF\x02\x01\x01" + bytes(11) + b"\x3e\x00" + bytes(40)
LARGE = {"app.py": b"def handler(event, context): return 1", "data.bin": b"0" * 3_000_000}
SMALL = {"app.py": b"def handler(event, context): return 1"}
APP = "def handler(event, context):\n    return 1\n"


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def write(root: Path, files: dict[str, str | bytes | dict[str, bytes]]) -> None:
    """Files as they stand after packaging: what was made is newer than what it was made of."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = (
            archive(content) if isinstance(content, dict) else content.encode() if isinstance(content, str) else content
        )
        path.write_bytes(data)
        made = name.startswith((".serverless", ".aws-sam"))
        os.utime(path, (MADE, MADE) if made else (OLD, OLD))


def state(stage: str = "dev", artifact: str = "test.zip", **functions: str) -> str:
    """What the framework notes of itself, as far as it is read."""
    noted = {name: {"package": {"artifact": f"/build/{path}"}} for name, path in functions.items()}
    provider = {"name": "aws", "stage": stage, "region": "us-east-1"}
    return json.dumps({"service": {"provider": provider, "functions": noted}, "package": {"artifact": artifact}})


def service(settings: str = "", more: str = "", functions: str = "one") -> str:
    own = "".join(f"  {name}:\n    handler: app.handler\n{settings}" for name in functions.split())
    return f"service: test\nprovider: {{name: aws, runtime: python3.13}}\n{more}functions:\n{own}"


def notes(report: Report) -> list[str]:
    found = []
    for notice in report.notices:
        assert notice.place is not None
        found.append(f"{notice.place.origin.document.path}:{notice.place.origin.line} {notice.message}")
    return found


def why(report: Report, name: str) -> list[str]:
    return [each.why for each in report.undecided if each.rule.id == name]


# --- archives ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left", "expected"),
    [
        (service(), {"test.zip": LARGE}, [":5 one has 2.9 MB"]),
        (service(), {"test.zip": SMALL}, []),
        (service(), {"other.zip": LARGE}, None),
        (service(functions="one two"), {"test.zip": LARGE}, [":5 one has 2.9 MB", ":7 two has 2.9 MB"]),
        # Each function has an archive of its own: for all of them, for one, or because a plugin says so.
        (
            service(functions="one two", more="package: {individually: true}\n"),
            {"test.zip": LARGE, "one.zip": SMALL, "two.zip": LARGE},
            [":8 two has 2.9 MB"],
        ),
        (
            service(settings="    package: {individually: true}\n"),
            {"test.zip": SMALL, "one.zip": LARGE},
            [":5 one has 2.9 MB"],
        ),
        (
            service(),
            {"test.zip": SMALL, "module-one.zip": LARGE, "serverless-state.json": state(one="module-one.zip")},
            [":5 one has 2.9 MB"],
        ),
        (
            service(),
            {"all.zip": LARGE, "serverless-state.json": state(artifact="all.zip")},
            [":5 one has 2.9 MB"],
        ),
        # What the service names itself is what is uploaded.
        (service(settings="    package: {artifact: own.zip}\n"), {"test.zip": LARGE}, []),
        (service(more="package: {artifact: own.zip}\n"), {"test.zip": LARGE}, []),
        # Layers count with the functions that use them.
        (
            service(settings="    layers: [!Ref ToolsLambdaLayer]\n", more="layers: {tools: {path: layer}}\n"),
            {"test.zip": LARGE, "tools.zip": LARGE},
            [":6 one has 5.7 MB"],
        ),
        # A note that is hostile is none.
        (service(), {"test.zip": LARGE, "serverless-state.json": "[" * 100_000}, [":5 one has 2.9 MB"]),
        (service(), {"test.zip": LARGE, "serverless-state.json": state(one="../../etc/passwd")}, None),
    ],
)
def test_the_archive_of_a_function_is_the_one_that_was_packaged(
    tmp_path: Path, text: str, left: dict[str, Any], expected: list[str] | None
) -> None:
    write(tmp_path, {"serverless.yml": text, "app.py": APP, "layer/a.py": "", "own.zip": SMALL})
    write(tmp_path, {f".serverless/{name}": content for name, content in left.items()})
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert said(report) == [f"serverless.yml{line}" for line in expected or []]
    assert why(report, "package-large") == ([] if expected is not None else ["the package is not at hand"])
    assert (notes(report), report.gaps) == ([], ())


@pytest.mark.parametrize(
    ("changed", "line", "sentence"),
    [
        ("serverless.yml", 1, "serverless.yml, so .serverless was not looked at"),
        ("config.yml", 1, "config.yml, so .serverless was not looked at"),
        ("app.py", 5, "app.py, so it was not looked at"),
        ("inner/helper.py", 5, "inner/helper.py, so it was not looked at"),
        ("requirements.txt", 5, "requirements.txt, so it was not looked at"),
    ],
)
def test_an_archive_older_than_what_it_was_made_of_is_passed_over_and_named(
    tmp_path: Path, changed: str, line: int, sentence: str
) -> None:
    files = {
        "serverless.yml": service(more="custom: ${file(config.yml)}\n", settings="    description: ${self:custom.a}\n"),
        "config.yml": "a: b\n",
        "app.py": f"from inner import helper\n{APP}",
        "inner/helper.py": "",
        "requirements.txt": "",
        "unrelated.txt": "",
    }
    write(tmp_path, {**files, ".serverless/test.zip": LARGE})
    os.utime(tmp_path / "unrelated.txt", (NEW, NEW))
    assert said(report_of(tmp_path, here=tmp_path, rules=RULES)) == ["serverless.yml:6 one has 2.9 MB"]
    os.utime(tmp_path / changed, (NEW, NEW))
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert said(report) == []
    message = f".serverless/test.zip is older than {sentence}; run `serverless package` again"
    assert notes(report) == [f"serverless.yml:{line} {message}"]
    assert len(why(report, "package-large")) == 1


def test_a_bundled_source_counts_although_the_archive_has_it_under_another_name(tmp_path: Path) -> None:
    text = service().replace("python3.13", "nodejs22.x")
    files = {"serverless.yml": text, "app.ts": "export const handler = async () => 1;\n"}
    write(tmp_path, {**files, ".serverless/test.zip": {"app.js": b"0" * 3_000_000}})
    assert said(report_of(tmp_path, here=tmp_path, rules=RULES)) == ["serverless.yml:5 one has 2.9 MB"]
    os.utime(tmp_path / "app.ts", (NEW, NEW))
    (note,) = notes(report_of(tmp_path, here=tmp_path, rules=RULES))
    assert "older than app.ts" in note


@pytest.mark.parametrize(
    ("files", "expected"),
    [(SMALL, []), ({**SMALL, "lib/x.so": ELF}, ["serverless.yml:4 one is compiled"])],
)
def test_an_archive_says_whether_it_holds_compiled_code(
    tmp_path: Path, files: dict[str, bytes], expected: list[str]
) -> None:
    # A library that is not known leaves the sources undecided.
    write(tmp_path, {"serverless.yml": service(), "app.py": f"import mystery\n{APP}", "requirements.txt": "mystery"})
    assert why(report_of(tmp_path, here=tmp_path, rules=RULES), "package-compiled") != []
    write(tmp_path, {".serverless/test.zip": files})
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert (said(report), why(report, "package-compiled")) == (expected, [])


def test_a_broken_archive_is_unknown_with_its_reason(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": service(), "app.py": APP, ".serverless/test.zip": archive(LARGE)[:-30]})
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert why(report, "package-large") == [".serverless/test.zip is no zip archive, or is cut off"]


def test_a_build_of_sam_is_passed_over_once_its_sources_are_newer(tmp_path: Path) -> None:
    template = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, CodeUri: src}
"""
    built = {f".aws-sam/build/One/{name}": data for name, data in LARGE.items()}
    write(tmp_path, {"template.yaml": template, "src/app.py": APP, ".aws-sam/build/template.yaml": template, **built})
    assert said(report_of(tmp_path, here=tmp_path, rules=RULES)) == ["template.yaml:5 One has 2.9 MB"]
    os.utime(tmp_path / "src" / "app.py", (NEW, NEW))
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert said(report) == []
    sentence = "One is older than src/app.py, so it was not looked at; run `sam build` again"
    assert notes(report) == [f"template.yaml:3 .aws-sam/build/{sentence}"]


# --- the template -----------------------------------------------------------------------------------------------------


def compiled(timeout: object = 90, **more: Any) -> str:
    """A packaged template with one function, and what else is given."""
    code = {"S3Bucket": {"Ref": "ServerlessDeploymentBucket"}, "S3Key": "serverless/test/dev/1-2026/test.zip"}
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Code": code, "Handler": "app.handler", "Runtime": "python3.13", "Timeout": timeout},
    }
    return json.dumps({"Resources": {"OneLambdaFunction": function, **more}})


SLOW_ONE = "serverless.yml:6 one may run for 90 s"
OPEN = service(settings="    timeout: ${ssm:/timeout}\n")
WITH_MYSTERY = service(more="plugins: [serverless-mystery]\n")
MYSTERY = "plugin serverless-mystery"
WARMER = {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 900}}
PASSED = "so it was not looked at"
JUDGED = f"judged as it was packaged, in {TEMPLATE}"


@pytest.mark.parametrize(
    ("text", "left", "findings", "remarks"),
    [
        # What only a deployment knows is known once it was packaged.
        (OPEN, {}, [SLOW_ONE], [f"1 what only a deployment knows is {JUDGED}"]),
        (WITH_MYSTERY, {}, ["serverless.yml:5 one may run for 90 s"], [f"3 {MYSTERY}: {JUDGED}"]),
        # Where nothing is open, what is written stands.
        (service(settings="    timeout: 30\n"), {}, [], []),
        # A function that only a plugin knows, and that belongs to another by its name.
        (
            OPEN,
            {"template": compiled(30, OneWarmerLambdaFunction=WARMER)},
            ["serverless.yml:4 OneWarmerLambdaFunction may run for 900 s"],
            [f"1 what only a deployment knows is {JUDGED}"],
        ),
        # It was packaged for something else.
        (OPEN, {"stage": "prod"}, [], [f"1 .serverless was packaged for stage prod, and dev is judged, {PASSED}"]),
        (OPEN, {"template": compiled().replace("One", "Two")}, [], [f"1 {TEMPLATE} has no function one, {PASSED}"]),
        (
            OPEN,
            {"template": compiled(Rest={"Type": "AWS::CloudFormation::Stack", "Properties": {}})},
            [],
            [f"1 {TEMPLATE} is only a part of what is deployed, as it nests others, {PASSED}"],
        ),
        (OPEN, {"template": compiled()[:-5]}, [], [f"1 {TEMPLATE} is malformed in line 1, {PASSED}"]),
        (OPEN, {"template": "[" * 100_000}, [], [f"1 {TEMPLATE} is malformed in line 1, {PASSED}"]),
        (OPEN, {"template": "3"}, [], [f"1 {TEMPLATE} is no template, {PASSED}"]),
        (OPEN, {"template": "{}"}, [], [f"1 {TEMPLATE} has no function one, {PASSED}"]),
    ],
)  # fmt: skip
def test_the_packaged_template_says_what_a_service_leaves_open(
    tmp_path: Path, text: str, left: dict[str, str], findings: list[str], remarks: list[str]
) -> None:
    left = {"template": compiled(), "stage": "dev", **left}
    write(tmp_path, {"serverless.yml": text, "app.py": APP, TEMPLATE: left["template"]})
    write(tmp_path, {".serverless/serverless-state.json": state(left["stage"])})
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == findings
    assert notes(report) == [f"serverless.yml:{remark}" for remark in remarks]
    assert report.gaps == ()


def test_an_old_template_leaves_the_gap_and_is_named_once(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": WITH_MYSTERY, "app.py": APP})
    write(tmp_path, {TEMPLATE: compiled(), ".serverless/test.zip": LARGE})
    os.utime(tmp_path / "serverless.yml", (NEW, NEW))
    report = report_of(tmp_path, here=tmp_path, rules=RULES)
    assert [gap.what for gap in report.gaps] == [MYSTERY]
    (note,) = notes(report)
    assert note.endswith(
        "is older than serverless.yml, so .serverless was not looked at; run `serverless package` again"
    )


def test_each_stage_is_judged_by_what_was_packaged_for_it(tmp_path: Path) -> None:
    write(tmp_path, {"serverless.yml": OPEN, "app.py": APP, TEMPLATE: compiled()})
    write(tmp_path, {".serverless/serverless-state.json": state("prod")})
    stages = [Environment(stage, {"Stage": stage}, None, True) for stage in ("dev", "prod")]
    report = report_of(tmp_path, here=tmp_path, environments=stages)
    assert said(report) == ["serverless.yml:6 one may run for 90 s [in environment prod]"]
    assert notes(report) == [
        f"serverless.yml:1 .serverless was packaged for stage prod, and dev is judged, {PASSED}",
        f"serverless.yml:1 what only a deployment knows is {JUDGED}",
    ]


def test_packaged_values_keep_the_places_of_what_is_written(tmp_path: Path) -> None:
    text = service(settings="    memorySize: 512\n    environment: {KEY: '${ssm:/key}', PLAIN: a}\n    url: true\n")
    version = {
        "Type": "AWS::Lambda::Version",
        "DeletionPolicy": "Retain",
        "Properties": {"FunctionName": {"Ref": "OneLambdaFunction"}, "CodeSha256": "x"},
    }
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {"MetricName": {"Fn::Sub": "${OneLambdaVersionAbCdEfGhIjKlMn}"}},
    }
    template = json.loads(compiled(OneLambdaVersionAbCdEfGhIjKlMn=version, OneErrorsAlarm=alarm, Other=alarm))
    template["Resources"]["OneLambdaFunction"]["Properties"] |= {
        "MemorySize": 512,
        "Environment": {"Variables": {"KEY": "value", "PLAIN": "a", "MORE": "b"}},
    }
    write(tmp_path, {"serverless.yml": text, TEMPLATE: json.dumps(template)})
    shown = json.loads(inspected(tmp_path))["documents"][0]
    assert (shown["dialect"], shown["gaps"]) == ("serverless", [])
    resources = shown["resources"]
    # The hash at the end of an id changes with every package, and is left out as it is without one.
    assert resources["OneLambdaVersion"]["Properties"]["FunctionName"] == {"Ref": "OneLambdaFunction"}
    assert resources["OneErrorsAlarm"]["Properties"]["MetricName"] == {"Fn::Sub": "${OneLambdaVersion}"}
    function = resources["OneLambdaFunction"]["Properties"]
    assert function["Environment"]["Variables"] == {"KEY": "value", "PLAIN": "a", "MORE": "b"}
    assert function["Code"] == "."
    large = rule(
        SLOW.replace("function.timeout <= 60", "function.memory == 128").replace("function.timeout", "function.memory")
    )
    report = report_of(tmp_path, here=tmp_path, rules=(large,))
    assert said(report) == ["serverless.yml:6 one may run for 512 s"]


def inspected(folder: Path) -> str:
    output = folder / "inspected.json"
    with output.open("w") as file, contextlib.redirect_stdout(file):
        main(["inspect", str(folder)])
    return output.read_text()


# --- services written as programs -------------------------------------------------------------------------------------


def test_a_program_is_judged_by_its_package_and_everything_once(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    log_group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/test-dev-one"}}
    write(tmp_path, {"serverless.ts": "export default {}", "app.py": APP, TEMPLATE: compiled(OneLogGroup=log_group)})
    first = ".serverless/cloudformation-template-create-stack.json"
    write(tmp_path, {".serverless/test.zip": LARGE, first: compiled(900)})
    expected = [f"{TEMPLATE}:1 OneLambdaFunction has 2.9 MB", f"{TEMPLATE}:1 OneLambdaFunction may run for 90 s"]
    for path in (tmp_path, tmp_path / ".serverless", tmp_path / "serverless.ts"):
        report = report_of(path, here=tmp_path, rules=RULES)
        assert sorted(said(report)) == expected
        assert why(report, "package-compiled") == []
    # For another stage it is judged as well, as there is nothing else, but not in silence.
    report = report_of(tmp_path, here=tmp_path, environments=[Environment("prod", {"Stage": "prod"}, None, True)])
    assert notes(report) == [f"{TEMPLATE}:1 this was packaged for stage dev, and stage prod was asked for"]
    # Its sources stand in the folder above.
    os.utime(tmp_path / "app.py", (NEW, NEW))
    (note,) = notes(report_of(tmp_path, here=tmp_path, rules=RULES))
    assert note == f"{TEMPLATE}:1 test.zip is older than ../app.py, {PASSED}; run `serverless package` again"
    # The framework reads data before programs.
    write(tmp_path, {"serverless.yml": service(settings="    timeout: 70\n")})
    report = report_of(tmp_path, here=tmp_path)
    assert said(report) == ["serverless.yml:6 one may run for 70 s"]
    assert report.gaps == ()
