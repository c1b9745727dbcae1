"""What becomes of live findings: baselines, suppressions, and the commands that mend them."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, SHOP, Fault, Fleet, Proxy, Recorded
from botocore import xform_name
from botocore.session import Session
from botocore.validate import ParamValidator
from test_audit import AS_OF, MEMBERS, ROOT, RULES, organization

from lambdalint import cli
from lambdalint.audit.verdict import verdict
from lambdalint.load.aws.recorded import recorded_in
from lambdalint.rule.command import render_command
from lambdalint.rule.error import RuleFileError
from lambdalint.rule.library import load_folder
from lambdalint.rule.message import Message
from lambdalint.source.value import Unknown

pytestmark = pytest.mark.usefixtures("credentials")
LAMBDA = "arn:aws:lambda:"
BUDGET = ["--api-budget", "1"]


def audited(capsys: Any, *arguments: str) -> dict[str, Any]:
    """The JSON report of an audit."""
    capsys.readouterr()
    cli.main(["audit", "--format", "json", *BUDGET, *arguments])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def notices(report: dict[str, Any]) -> list[str]:
    return [notice["message"] for notice in report["summary"]["notices"]]


# --- baselines ------------------------------------------------------------------------------------------------------


def test_a_second_audit_with_a_baseline_finds_what_is_new(shop: Proxy, capsys: Any) -> None:
    first = audited(capsys, "-o", "first.json")
    assert len(first["findings"]) > 20
    assert cli.main(["baseline", "--report", "first.json", "-o", "known.json"]) == 0
    assert f"{len(first['findings'])} findings are written to known.json" in capsys.readouterr().out
    again = audited(capsys, "--baseline", "known.json", "-o", "second.json")
    assert again["findings"] == [] and notices(again) == notices(first)
    assert {item["by"] for item in again["suppressed"]} >= {"baseline"}
    assert isinstance(shop.answer, Recorded)
    functions = shop.answer.answers["lambda.ListFunctions"]["Functions"]
    old = next(item for item in functions if item["FunctionName"] == "bill")
    new = {**old, "FunctionName": "aaa", "FunctionArn": old["FunctionArn"].replace(":bill", ":aaa")}
    functions.insert(0, new)
    shop.answer.answers["lambda.GetFunction"]["aaa"] = shop.answer.answers["lambda.GetFunction"]["bill"]
    more = audited(capsys, "--baseline", "known.json")
    assert {item["resource"]["arn"] for item in more["findings"]} == {new["FunctionArn"]}
    assert "runtime-deprecated" in {item["rule"] for item in more["findings"]}
    # The baseline of a report that was made with one still knows what that one knew.
    cli.main(["baseline", "--report", "second.json", "-o", "known-2.json"])
    assert json.loads(Path("known-2.json").read_text()) == json.loads(Path("known.json").read_text())


def test_what_is_mended_is_said_and_what_was_not_looked_at_is_not(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    fleet = Fleet({ACCOUNT: {"eu-west-1": 2, "us-east-1": 1}}, regions=("eu-west-1", "us-east-1"))
    proxy = organization(monkeypatch, fleet)
    chosen = ["--isolated", "--select", "runtime-deprecated"]
    audited(capsys, *chosen, "--region", "eu-west-1,us-east-1", "-o", "all.json")
    cli.main(["baseline", "--report", "all.json", "-o", "known.json"])
    assert [entry["path"] for entry in json.loads(Path("known.json").read_text())["findings"]] == [None] * 3
    chosen += ["--baseline", "known.json"]
    fleet.sizes = {ACCOUNT: {"eu-west-1": 1, "us-east-1": 0}}
    gone = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:fn-00001"
    # One region alone says nothing about the other, one function nothing about others, and a rule nothing about others.
    (message,) = notices(audited(capsys, *chosen, "--region", "eu-west-1"))
    assert message == (
        f"1 baseline entry is fixed (runtime-deprecated in {gone}): run `lambdalint baseline --report FILE` to drop it"
    )
    assert notices(audited(capsys, *chosen, "--region", "eu-west-1", "--function", "fn-00000")) == []
    assert notices(audited(capsys, "--isolated", "--select", "default-memory", "--baseline", "known.json")) == []
    (message,) = notices(audited(capsys, *chosen, "--region", "eu-west-1,us-east-1"))
    assert message.startswith("2 baseline entries are fixed")
    proxy.reset(Fault("ListFunctions", status=403, code="AccessDeniedException", region="us-east-1"))
    (message,) = notices(audited(capsys, *chosen, "--region", "eu-west-1,us-east-1"))
    assert message.startswith("1 baseline entry is fixed")
    proxy.reset()
    # A new baseline from one region keeps what the old one says of the other.
    audited(capsys, *chosen[:3], "--region", "eu-west-1", "-o", "one.json")
    assert cli.main(["baseline", "--report", "one.json", "-o", "known.json"]) == 0
    assert "1 findings are written to known.json, and 1 of what was not looked at are kept" in capsys.readouterr().out
    proxy.close()


def test_a_baseline_serves_templates_and_accounts_alike(shop: Proxy, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.8, Handler: a.b}}}\n"
    )
    chosen = ["--isolated", "--select", "runtime-deprecated"]
    audited(capsys, *chosen, "-o", "live.json")
    cli.main(["baseline", *chosen, "-o", "known.json"])
    cli.main(["baseline", "--report", "live.json", "-o", "known.json"])
    rows = json.loads(Path("known.json").read_text())["findings"]
    assert {entry["path"] for entry in rows} == {None, "template.yaml"}
    capsys.readouterr()
    assert cli.main(["check", *chosen, "--baseline", "known.json", "--format", "json"]) == 0
    checked = json.loads(capsys.readouterr().out)
    live = audited(capsys, *chosen, "--baseline", "known.json")
    for report in (checked, live):
        assert report["findings"] == [] and notices(report) == []
        assert len(report["suppressed"]) >= 1


def test_fingerprints_are_those_of_a_thing_in_its_account_and_region(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    sizes = {name: {"eu-west-1": 2, "us-east-1": 2} for name in MEMBERS[:3]}
    proxy = organization(monkeypatch, Fleet(sizes, regions=("eu-west-1", "us-east-1")))
    arguments = ["--isolated", "--organization", "--region", "all"]
    both = [audited(capsys, *arguments)["findings"] for _ in range(2)]
    proxy.close()
    prints = [{item["fingerprint"]: (item["rule"], item["resource"]["arn"]) for item in found} for found in both]
    assert prints[0] == prints[1]
    assert len(prints[0]) == len(both[0]) == 12


def test_a_thing_keeps_its_fingerprint_when_another_takes_its_name(shop: Proxy, capsys: Any) -> None:
    """A role that is called as a function is, is told apart from it within a report, but stays the same finding."""
    findings = audited(capsys, "--isolated")["findings"]
    assert isinstance(shop.answer, Recorded)
    functions = shop.answer.answers["lambda.ListFunctions"]["Functions"]
    taken = {item["FunctionName"] for item in functions}
    roles = [item["resource"]["arn"] for item in findings if ":role/" in item["resource"]["arn"]]
    role = next(arn for arn in roles if arn.rpartition("/")[2] not in taken)
    before = {item["fingerprint"] for item in findings if item["resource"]["arn"] == role}
    name = role.rpartition("/")[2]
    functions.append(
        {**functions[-1], "FunctionName": name, "FunctionArn": f"{LAMBDA}{REGION}:{ACCOUNT}:function:{name}"}
    )
    shop.answer.answers["lambda.GetFunction"][name] = {}
    after = audited(capsys, "--isolated")["findings"]
    again = [item for item in after if item["resource"]["arn"] == role]
    assert before and before == {item["fingerprint"] for item in again}
    assert any("(Role)" in item["location"]["pointer"] for item in again)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("[]", "not a JSON report"), ("{}", "not a JSON report"), (None, "cannot be read"), ("no", "not JSON")],
)
def test_a_baseline_wants_reports_of_audits(content: str | None, sentence: str, capsys: Any) -> None:
    if content is not None:
        Path("r.json").write_text(content)
    assert cli.main(["baseline", "--report", "r.json", "-o", "known.json"]) == 2
    assert sentence in capsys.readouterr().err
    assert not Path("known.json").exists()


# --- suppressions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "hidden"),
    [
        ("bill", {"bill"}),
        (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bill", {"bill"}),
        (f"arn:aws:lambda:{REGION}:*", {"bill", "checkout"}),
        (f"arn:*:{ACCOUNT}:*", {"bill", "checkout"}),
        ("arn:aws:lambda:us-east-1:*", set()),
        ("arn:*:999999999999:*", set()),
        ("b*", {"bill"}),
    ],
)
def test_config_suppresses_by_function_region_and_account(
    shop: Proxy, resource: str, hidden: set[str], capsys: Any
) -> None:
    Path("lambdalint.yaml").write_text(
        f"suppress:\n  - {{rules: [runtime-deprecated], resources: ['{resource}'], reason: soon gone}}\n"
    )
    report = audited(capsys, "--select", "runtime-deprecated")
    assert {item["resource"]["function"] for item in report["suppressed"]} == hidden
    assert {item["resource"]["function"] for item in report["findings"]} == {"bill", "checkout"} - hidden
    assert all(item["reason"] == "soon gone" for item in report["suppressed"])


def test_a_suppression_is_unused_only_where_it_could_have_been_used(shop: Proxy, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "template.yaml").write_text("Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}}")
    (tmp_path / "lambdalint.yaml").write_text(
        "suppress:\n"
        f"  - {{rules: [runtime-deprecated], resources: ['{LAMBDA}{REGION}:{ACCOUNT}:function:gone'], reason: r}}\n"
        f"  - {{rules: [url-without-auth], resources: ['{LAMBDA}us-east-1:{ACCOUNT}:function:x'], reason: r}}\n"
        "  - {rules: [memory-out-of-range], resources: [F], reason: r}\n"
    )
    said = "unused suppression of {} in the config: remove it"
    assert notices(audited(capsys, "--select", "runtime-deprecated,url-without-auth,memory-out-of-range")) == [
        said.format("runtime-deprecated")
    ]
    cli.main(["check", "--format", "json"])
    assert notices(json.loads(capsys.readouterr().out)) == [said.format("memory-out-of-range")]


def test_tags_suppress_some_rules_or_all(shop: Proxy, capsys: Any) -> None:
    assert isinstance(shop.answer, Recorded)
    listed = shop.answer.answers["resourcegroupstaggingapi.GetResources"]["ResourceTagMappingList"]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
    own = {entry["ResourceARN"]: entry["Tags"] for entry in listed}
    before = audited(capsys, "--isolated")["findings"]
    own[f"{arn}bill"].append({"Key": "lambdalint:ignore", "Value": "runtime-deprecated/default-memory no-such-rule"})
    own[f"{arn}checkout"].append({"Key": "lambdalint:ignore", "Value": ""})
    report = audited(capsys, "--isolated")
    hidden = {(item["resource"]["function"], item["rule"]) for item in report["suppressed"]}
    assert ("bill", "runtime-deprecated") in hidden
    assert {rule for function, rule in hidden if function == "bill"} <= {"runtime-deprecated", "default-memory"}
    about = {item["rule"] for item in before if item["resource"]["arn"] == f"{arn}checkout"}
    assert about == {rule for function, rule in hidden if function == "checkout"} & about != set()
    assert any("no-such-rule" in message and f"{arn}bill" in message for message in notices(report))


def test_an_idle_tag_is_named_with_its_function(shop: Proxy, capsys: Any) -> None:
    assert isinstance(shop.answer, Recorded)
    listed = shop.answer.answers["resourcegroupstaggingapi.GetResources"]["ResourceTagMappingList"]
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:bill"
    next(entry for entry in listed if entry["ResourceARN"] == arn)["Tags"].append(
        {"Key": "lambdalint:ignore", "Value": "too-many-layers"}
    )
    found = notices(audited(capsys, "--isolated"))
    assert f"unused suppression of too-many-layers (in a tag of {arn}): remove it" in found


# --- what people read -----------------------------------------------------------------------------------------------


def blocks(text: str) -> dict[str, list[str]]:
    """The lines of each rule in a text report, in its order."""
    found = {}
    for block in text.split("\n\n"):
        head = re.match(r"(\w+)\[([\w-]+)\]", block)
        if head is not None:
            found[head[0]] = block.splitlines()
    return found


def test_what_many_functions_share_is_said_once(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = organization(monkeypatch, Fleet({ACCOUNT: {REGION: 40, "us-east-1": 2}, MEMBERS[0]: {REGION: 2}}))
    arguments = ["--isolated", "--organization", "--region", f"{REGION},us-east-1", "--select", "runtime-deprecated"]
    report = audited(capsys, *arguments, "-o", "page.html")
    cli.main(["audit", *BUDGET, *arguments])
    proxy.close()
    lines = blocks(capsys.readouterr().out)["medium[runtime-deprecated]"]
    also = {line.split(":")[0].strip(): line for line in lines if "also in" in line}
    names = [item["resource"]["function"] for item in report["findings"]]
    assert len(names) == 44
    assert len(lines) < 10 and not any("also at" in line for line in lines)
    assert set(also) == {
        f"also in account {ACCOUNT}, {REGION}",
        f"also in account {ACCOUNT}, us-east-1",
        f"also in account {MEMBERS[0]}, {REGION}",
    }
    assert "and 10 others; -o FILE.html" in also[f"also in account {ACCOUNT}, {REGION}"]
    assert also[f"also in account {ACCOUNT}, us-east-1"].endswith(": fn-00000, fn-00001")
    # The page is grouped by where functions are, and a name of two regions is two functions.
    page = Path("page.html").read_text()
    groups = re.findall(r'<span class="title">(.*?)</span> <span class="pill">(\d+)', page)
    assert sorted(groups) == sorted(
        [
            (f"account {ACCOUNT}, {REGION}", "40"),
            (f"account {ACCOUNT}, us-east-1", "2"),
            (f"account {MEMBERS[0]}, {REGION}", "2"),
        ]
    )
    assert len(set(re.findall('data-owner="(.*?)"', page))) == 44
    assert "stdin" not in page and "3 regions" in page


def test_the_worst_of_an_account_stands_first(shop: Proxy, capsys: Any) -> None:
    cli.main(["audit", "--isolated", *BUDGET])
    severities = [head.partition("[")[0] for head in blocks(capsys.readouterr().out)]
    order = ["critical", "high", "medium", "low"]
    assert len(set(severities)) >= 3
    assert severities == sorted(severities, key=order.index)


def test_a_gap_of_several_regions_says_how_many(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = organization(monkeypatch, Fleet({ACCOUNT: {REGION: 1, "us-east-1": 1}}))
    proxy.reset(Fault("GetResources", status=403, code="AccessDeniedException"))
    chosen = ["--isolated", "--region", f"{REGION},us-east-1", "--select", "too-many-layers"]
    cli.main(["audit", *BUDGET, *chosen, "-o", "r.md"])
    proxy.close()
    text = capsys.readouterr().out
    (line,) = [line for line in text.splitlines() if line.startswith("  tag:GetResources: access")]
    assert line.endswith(f"(account {ACCOUNT}, {REGION}, and 1 more)")
    assert re.search(r"^- account .*\n  - tag:GetResources: 0 of 1", Path("r.md").read_text(), re.MULTILINE)


def test_a_report_merged_with_itself_says_nothing_twice(shop: Proxy, capsys: Any) -> None:
    cli.main(["audit", "--isolated", *BUDGET, "-o", "r.json"])
    capsys.readouterr()
    cli.main(["merge", "r.json", "r.json", "--format", "json", "-o", "merged.txt"])
    merged = json.loads(capsys.readouterr().out)
    # What to do stands in the merged report as in the first.
    cli.main(["audit", "--isolated", *BUDGET, "--resume"])
    first = blocks(capsys.readouterr().out)
    assert any("= help: Move to" in line for lines in first.values() for line in lines)
    assert blocks(Path("merged.txt").read_text()) == first
    alone = json.loads(Path("r.json").read_text())
    assert alone["undecided"] and alone["summary"]["regions"][0] == {
        "account": ACCOUNT,
        "region": REGION,
        "functions": alone["summary"]["functions"],
    }
    for key in ("findings", "undecided", "documents", "functions", "regions"):
        assert merged["summary"][key] == alone["summary"][key], key


# --- commands -------------------------------------------------------------------------------------------------------

COMMANDS = {rule.id: rule.command.text for rule, _ in RULES if rule.command is not None}


def commands_of(folder: Path, rules: list[Any] = RULES) -> dict[str, list[tuple[str, str]]]:
    """The commands of the findings about a recorded account, by rule, with the ARN of what they mend."""
    evidence = recorded_in(folder)
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in verdict(evidence, rules, AS_OF).findings:
        if finding.fix is not None:
            assert finding.fix.command is not None and finding.fix.edits == ()
            found.setdefault(finding.rule.id, []).append((finding.fix.command, finding.subject.arn or ""))
    return found


def parsed(command: str) -> tuple[str, str, dict[str, str]]:
    """The service, the operation and the options of a call of the AWS CLI."""
    words = shlex.split(command)
    assert words[0] == "aws" and len(words) % 2 == 1, words
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert all(name.startswith("--") for name in options) and len(options) == (len(words) - 3) // 2
    return words[1], words[2], options


def valued(shape: Any, text: str) -> Any:
    """A value as the AWS CLI reads it: plain, or in its shorthand of ``Key=value``."""
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "structure":
            return {
                name: valued(shape.members[name], each)
                for name, each in (part.split("=", 1) for part in text.split(","))
            }
        case "map":
            return dict(part.split("=", 1) for part in text.split(","))
        case "string":
            assert not shape.enum or text in shape.enum, (text, shape.enum)
            return text
        case other:
            raise AssertionError(f"{other} is not looked into")


@pytest.mark.parametrize("folder", sorted(SHOP.parent.iterdir()), ids=lambda path: path.name)
def test_commands_are_what_the_api_takes(folder: Path) -> None:
    """Names of options and their values, against the model of the service that the AWS CLI is made of."""
    if not folder.is_dir():
        pytest.skip("no recorded account")
    session = Session()
    for commands in commands_of(folder).values():
        for command, arn in commands:
            service, name, options = parsed(command)
            assert options.pop("--region", "") == arn.split(":")[3]
            model = session.get_service_model(service)
            operation = next(one for one in model.operation_names if xform_name(one, "-") == name)
            shape = model.operation_model(operation).input_shape
            members = {f"--{xform_name(member, '-')}": member for member in shape.members}
            values = {members[option]: valued(shape.members[members[option]], text) for option, text in options.items()}
            report = ParamValidator().validate(values, shape)
            assert not report.has_errors(), report.generate_report()


def test_every_rule_with_a_command_gives_one() -> None:
    given = {rule for folder in SHOP.parent.iterdir() if folder.is_dir() for rule in commands_of(folder)}
    assert given == set(COMMANDS)


def test_a_command_mends_its_finding() -> None:
    """What the commands set, written into the recorded answers: the findings are gone."""
    evidence = recorded_in(SHOP)
    commands = [parsed(command) for each in commands_of(SHOP).values() for command, _ in each]
    for _, operation, options in commands:
        match operation:
            case "delete-function-concurrency":
                answer = evidence.data("lambda.GetFunction", options["--function-name"])
                answer.pop("Concurrency")
            case "update-function-configuration":
                for item in evidence.items("lambda.ListFunctions", "Functions"):
                    if item["FunctionName"] == options["--function-name"]:
                        item["TracingConfig"] = {"Mode": options["--tracing-config"].partition("=")[2]}
            case "set-queue-attributes":
                name = options["--queue-url"].rpartition("/")[2]
                arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
                assert options["--queue-url"] == f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
                key, _, value = options["--attributes"].partition("=")
                evidence.data("sqs.GetQueueAttributes", arn)["Attributes"][key] = value
            case "put-retention-policy":
                for prefix, _ in list(evidence.all("logs.DescribeLogGroups")):
                    for item in evidence.items("logs.DescribeLogGroups", "logGroups", prefix):
                        if item["logGroupName"] == options["--log-group-name"]:
                            item["retentionInDays"] = int(options["--retention-in-days"])
            case "attach-role-policy":
                for item in evidence.items("iam.GetAccountAuthorizationDetails", "RoleDetailList"):
                    if item["RoleName"] == options["--role-name"]:
                        item.setdefault("AttachedManagedPolicies", []).append({"PolicyArn": options["--policy-arn"]})
            case _:
                raise AssertionError(f"{operation}: say what it changes")
    left = {finding.rule.id for finding in verdict(evidence, RULES, AS_OF).findings if finding.fix is not None}
    assert commands and left == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("worker", "aws logs put --name worker --mode a=worker --region eu-west-1"),
        (
            "it's; rm -rf ~",
            "aws logs put --name 'it'\"'\"'s; rm -rf ~' --mode a='it'\"'\"'s; rm -rf ~' --region eu-west-1",
        ),
        ("$(id)`id`", "aws logs put --name '$(id)`id`' --mode a='$(id)`id`' --region eu-west-1"),
        ("--endpoint-url=https://x", None),
        ("file:///etc/passwd", None),
        ("a\x1b[31m", None),
        ("", None),
        (None, None),
    ],
)
def test_no_name_gets_out_of_its_word(name: str | None, expected: str | None) -> None:
    command = Message("aws logs put --name {option.name} --mode a={option.name}")
    env = {"option": {"name": Unknown("nobody looked") if name is None else name}}
    found = render_command(command, env, f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:x")
    assert found == expected
    if found is not None:
        assert shlex.split(found)[4] == name and shlex.split(found)[6] == f"a={name}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("rm -rf {function.name}", "a command is a call of the AWS CLI"),
        ("aws logs put --name '{function.name}'", "they are quoted where they need to be"),
        ("aws logs put --name x; id", "they are quoted where they need to be"),
        ("aws logs put --name $(id)", "they are quoted where they need to be"),
        ("aws logs put --name {function.nmae}", "did you mean"),
    ],
)
def test_a_command_that_is_none_is_no_rule(text: str, sentence: str, tmp_path: Path) -> None:
    folder = tmp_path / "operations"
    folder.mkdir()
    original = (ROOT / "rules" / "reliability" / "reserved-concurrency-zero.yaml").read_text()
    changed = [f'command: "{text}"' if line.startswith("command:") else line for line in original.splitlines()]
    (folder / "mine.yaml").write_text("\n".join(changed) + "\n")
    with pytest.raises(RuleFileError, match=re.escape(sentence)):
        load_folder(tmp_path)


def test_commands_stand_in_every_report_and_survive_a_merge(shop: Proxy, capsys: Any) -> None:
    wanted = f"aws lambda delete-function-concurrency --function-name paused --region {REGION}"
    files = ["r.json", "r.html", "r.sarif", "r.md"]
    chosen = ["--isolated", "--select", "reserved-concurrency-zero"]
    cli.main(["audit", *BUDGET, *chosen, *(word for name in files for word in ("-o", name))])
    assert f"command: {wanted}" in capsys.readouterr().out
    for name in files:
        assert wanted in Path(name).read_text(), name
    (finding,) = json.loads(Path("r.json").read_text())["findings"]
    assert finding["fix"] == {"title": wanted, "safe": False, "command": wanted}
    cli.main(["merge", "r.json", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["findings"][0]["fix"] == finding["fix"]


def test_templates_get_edits_and_no_commands(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: {ReservedConcurrentExecutions: 0}}}\n"
    )
    cli.main(["--isolated", "--select", "reserved-concurrency-zero", "--format", "json"])
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["fix"] is None
