"""Live accounts: from answers to findings, through servers that behave as AWS does and as it should not."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from account_server import (
    ACCOUNT,
    REGION,
    SECRET,
    SHOP,
    Fault,
    Fleet,
    Proxy,
    Recorded,
    emulator,
    emulator_program,
    fill,
    operation_of,
)
from test_same import INTENTS, SETTINGS, facts, findings, stacks

from lambdalint import cli
from lambdalint.audit.coverage import gaps
from lambdalint.audit.need import calls_for, facts_of
from lambdalint.audit.progress import Line
from lambdalint.audit.run import Heard, Progress, audit
from lambdalint.audit.scope import Scope, ScopeError, in_shard
from lambdalint.audit.verdict import Judged, verdict
from lambdalint.check.finding import RuleInfo
from lambdalint.data import iam
from lambdalint.load.aws.answer import Ok, Refused, refusal
from lambdalint.load.aws.ask import Asking
from lambdalint.load.aws.client import Boto, Identity, shared_http
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.aws.journal import Journal
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.load.aws.pace import SLOW_SECONDS, Bucket, Pace
from lambdalint.load.aws.plan import FACTS, KINDS, NEEDS
from lambdalint.load.aws.recorded import recorded_in
from lambdalint.load.aws.shape import stack_of
from lambdalint.load.aws.survey import Order
from lambdalint.model.kinds import THINGS
from lambdalint.model.thing import facts_of as facts_of_kind
from lambdalint.record import replace
from lambdalint.report.wire import ReportRecord
from lambdalint.rule.library import load_folder
from lambdalint.rule.rule import Rule
from lambdalint.run import info_of, with_fingerprints

ROOT = Path(__file__).resolve().parent.parent
AS_OF = date(2026, 11, 21)
RULES: list[tuple[Rule, RuleInfo]] = [(rule, info_of(rule)) for rule in load_folder(ROOT / "rules")]
#: Rules without a live example, and why an account shows none.
ONLY_BEFORE_DEPLOYMENT = {
    "duplicate-key": "an answer of the API has no key twice; only texts do",
    "environment-name-reserved": "Lambda refuses a configuration that sets its own names",
    "environment-over-4kb": "Lambda refuses more than 4 KB",
    "memory-out-of-range": "Lambda refuses such a size",
    "package-too-large": "Lambda refuses a package above the limit",
    "too-many-layers": "Lambda refuses a sixth layer",
}
ACCOUNTS = sorted(path for path in SHOP.parent.iterdir() if path.is_dir())


pytestmark = pytest.mark.usefixtures("credentials")


def run(journal: Path | None = None, resume: bool = False, scope: Scope | None = None, **more: Any) -> Heard:
    """An audit in this process, at a pace that suits tests."""
    boto = Boto(threads=8)
    kept = Journal(journal, resume) if journal is not None else None
    asking = Asking(boto, Pace(1.0, factor=1000), kept, threads=8, pause=0.001)
    chosen = more.get("rules", RULES)
    deep = bool(more.get("deep"))
    order = Order(calls_for([rule for rule, _ in chosen], deep), tuple(more.get("functions", ())), deep)
    heard = audit(scope or Scope(), order, chosen, AS_OF, boto, asking, Progress())
    if kept is not None:
        kept.close()
    return heard


def said(findings: Any) -> list[tuple[str, str]]:
    return sorted((finding.rule.id, finding.subject.arn or finding.subject.logical_id or "") for finding in findings)


def judged(change: Callable[[Evidence], None] = lambda _: None) -> Judged:
    evidence = recorded_in(SHOP)
    change(evidence)
    return verdict(evidence, RULES, AS_OF)


# --- answers to findings --------------------------------------------------------------------------------------------


def test_a_recorded_account_gives_the_findings_that_are_written_down() -> None:
    shown = [f"{rule} {arn}" for rule, arn in said(judged().findings)]
    assert shown == (SHOP.parent / "shop.txt").read_text().splitlines()


def test_every_rule_that_makes_sense_live_has_a_live_example() -> None:
    busy = verdict(recorded_in(SHOP.parent / "busy"), RULES, AS_OF)
    fired = {finding.rule.id for finding in (*judged().findings, *busy.findings)}
    fired |= {rule.id for rule, _ in RULES for one in rule.examples if (one.dialect, one.verdict) == ("aws", "fail")}
    assert {rule.id for rule, _ in RULES} - fired == set(ONLY_BEFORE_DEPLOYMENT)


def test_no_live_finding_speaks_of_a_template() -> None:
    """An account holds stacks and functions; what stands in a file is not known of it."""
    for folder in ACCOUNTS:
        for finding in verdict(recorded_in(folder), RULES, AS_OF).findings:
            for text in (finding.message, finding.rule.title):
                assert not re.search(r"\b(template|declare[sd]?|logical id|line|deployment fails)\b", text), (
                    finding.rule.id,
                    text,
                )


def test_findings_name_the_arn_and_the_property() -> None:
    found = {finding.rule.id: finding for finding in judged().findings}
    visibility = found["sqs-visibility-timeout-too-short"]
    assert visibility.place is not None
    assert visibility.place.pointer == "/Resources/shipments/Properties/VisibilityTimeout"
    assert visibility.subject.function == "ship"
    assert found["secret-in-environment"].subject.arn == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:checkout"
    assert "(Role)" not in found["role-resource-wildcard"].message


#: Values of the parameters with which an intent is deployed: an account holds one stage of it.
DEPLOYED = {"nightly-report": {"Stage": "dev"}}
#: What a template says and an account cannot hold: facts, and the rules that are about them.
UNDEPLOYABLE = {"orders-api": ({"environment", "environment_size"}, {"environment-name-reserved"})}


@pytest.mark.parametrize("intent", INTENTS)
def test_what_is_deployed_gives_the_model_and_the_findings_of_its_templates(intent: str) -> None:
    folder = ROOT / "fixtures" / "same" / intent / "aws"
    settings = replace(SETTINGS, parameters=DEPLOYED.get(intent, {}))
    lost_facts, lost_rules = UNDEPLOYABLE.get(intent, (set(), set()))
    held = facts(stack_of(recorded_in(folder)))
    live = verdict(recorded_in(folder), RULES, AS_OF)
    shown = sorted((one.rule.id, one.confidence, one.message, one.condition) for one in live.findings)
    for template in stacks(intent, settings):
        declared, expected = facts(template, settings), findings(template, settings)
        differ = {
            name
            for function in declared
            for name in declared[function]
            if held[function][name] != declared[function][name]
        }
        assert (set(held), differ) == (set(declared), lost_facts), template.dialect
        assert {rule for rule, *_ in expected if rule in lost_rules} == lost_rules
        assert shown == [entry for entry in expected if entry[0] not in lost_rules], template.dialect


# --- the plan -------------------------------------------------------------------------------------------------------


def test_the_plan_knows_every_kind_and_fact() -> None:
    assert set(THINGS) <= set(KINDS)
    known = {f"{thing.kind}.{name}" for thing in THINGS.values() for name in facts_of_kind(thing)}
    known |= {f"{kind}.{fact.partition('.')[2]}" for fact in known for kind in ("source", "configuration")}
    assert set(FACTS) <= known
    assert {need for needs in [*KINDS.values(), *FACTS.values()] for need in needs} <= set(NEEDS)
    assert {call for calls in NEEDS.values() for call in calls} <= set(OPERATIONS)


@pytest.mark.parametrize("rule", [rule for rule, _ in RULES], ids=lambda rule: rule.id)
def test_the_calls_of_a_rule_are_enough_for_it(rule: Rule) -> None:
    """With only the answers that a rule plans for, it says the same as with all of them."""
    assert all(fact.partition(".")[0] in KINDS for fact in facts_of(rule))
    calls = calls_for([rule])
    whole, part = recorded_in(SHOP), recorded_in(SHOP)
    part.answers = {key: answer for key, answer in part.answers.items() if key[0] in calls}
    pair = [(rule, info_of(rule))]
    everything, planned = verdict(whole, pair, AS_OF), verdict(part, pair, AS_OF)
    assert said(planned.findings) == said(everything.findings)
    assert len(planned.undecided) == len(everything.undecided)


def test_a_cheap_choice_costs_few_calls(shop: Proxy) -> None:
    run(rules=[pair for pair in RULES if pair[0].id == "runtime-deprecated"])
    assert sum(shop.calls.values()) == 3  # who am I, functions, tags


# --- over HTTP ------------------------------------------------------------------------------------------------------


def test_an_audit_finds_over_http_what_the_records_show(shop: Proxy) -> None:
    heard = run()
    assert said(heard.findings) == said(judged().findings)
    assert heard.gaps == []
    assert shop.calls == Counter(
        {
            "lambda.GetPolicy": 8,
            "lambda.GetFunction": 8,
            "sqs.GetQueueAttributes": 4,
            "lambda.ListFunctionEventInvokeConfigs": 2,
            "sqs.ListDeadLetterSourceQueues": 2,
            **dict.fromkeys(
                (
                    "sts.GetCallerIdentity",
                    "lambda.ListFunctions",
                    "lambda.ListEventSourceMappings",
                    "lambda.GetAccountSettings",
                    "lambda.ListFunctionUrlConfigs",
                    "lambda.ListVersionsByFunction",
                    "lambda.ListProvisionedConcurrencyConfigs",
                    "logs.DescribeLogGroups",
                    "monitoring.ListMetrics",
                    "monitoring.DescribeAlarms",
                    "tagging.GetResources",
                    "scheduler.ListSchedules",
                    "application-autoscaling.DescribeScalableTargets",
                    "ec2.DescribeSubnets",
                    "iam.GetAccountAuthorizationDetails",
                    "sns.GetTopicAttributes",
                ),
                1,
            ),
        }
    )


def test_only_functions_of_a_name_are_judged_and_asked_about(shop: Proxy) -> None:
    heard = run(functions=["ship"])
    assert {finding.subject.function for finding in heard.findings} <= {"ship", None}
    assert shop.calls["lambda.GetPolicy"] == 1
    whole = {entry for entry in said(judged().findings) if entry[1].endswith(":function:ship")}
    assert {entry for entry in said(heard.findings) if entry[1].endswith(":function:ship")} == whole


def test_nobody_is_asked_for_reservations_that_nobody_has(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    limits = shop.answer.answers["lambda.GetAccountSettings"]["AccountLimit"]
    limits["UnreservedConcurrentExecutions"] = limits["ConcurrentExecutions"]
    heard = run()
    assert shop.calls["lambda.GetFunction"] == 0
    assert "reserved-concurrency-zero" not in {finding.rule.id for finding in heard.findings}


def test_deep_audits_see_what_invokes_an_alias(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    answers = shop.answer.answers
    answers["lambda.ListAliases"] = {"ledger": {"Aliases": [{"Name": "live", "FunctionVersion": "3"}]}}
    answers["lambda.GetPolicy"]["ledger@live"] = {
        "Policy": json.dumps(
            {
                "Statement": [
                    {
                        "Sid": "bucket",
                        "Effect": "Allow",
                        "Principal": {"Service": "s3.amazonaws.com"},
                        "Action": "lambda:InvokeFunction",
                        "Resource": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ledger:live",
                    }
                ]
            }
        )
    }
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ledger:live/policy/bucket"
    assert ("permission-without-source", arn) in said(run(deep=True).findings)
    assert shop.calls["lambda.ListAliases"] == 8
    assert ("permission-without-source", arn) not in said(run().findings)


def test_templates_are_checked_without_the_sdk(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    program = "import sys; from lambdalint import cli; cli.main(['--isolated']); sys.exit('botocore' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        cwd=tmp_path,
    )
    assert found.returncode == 0, found.stderr.decode()


def test_an_empty_region_costs_one_call(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    shop.answer.answers["lambda.ListFunctions"] = {"Functions": []}
    heard = run()
    assert sum(shop.calls.values()) == 2
    assert [(item.action, item.asked, item.answered) for item in heard.coverage] == [("lambda:ListFunctions", 1, 1)]


def test_lists_are_read_page_by_page_and_twins_are_dropped(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    functions = shop.answer.answers["lambda.ListFunctions"]["Functions"]
    functions.append(functions[0])
    shop.answer.page = 3
    heard = run()
    assert shop.calls["lambda.ListFunctions"] == 3
    assert said(heard.findings) == said(judged().findings)


# --- truth ----------------------------------------------------------------------------------------------------------

ASKED = sorted({operation for operation, _ in recorded_in(SHOP).answers} - {"lambda.ListFunctions"})


@pytest.mark.parametrize("operation", ASKED)
@pytest.mark.parametrize("code", ["AccessDeniedException", "TooManyRequestsException", "ExpiredTokenException", "500"])
def test_a_refused_call_invents_nothing(operation: str, code: str) -> None:
    """Whatever is refused, no finding appears that complete answers do not show; and the gap is named."""

    def refuse(evidence: Evidence) -> None:
        for key in evidence.answers:
            if key[0] == operation:
                evidence.answers[key] = refusal(code)

    evidence = recorded_in(SHOP)
    refuse(evidence)
    assert OPERATIONS[operation].action in " ".join(gap.what for gap in gaps(evidence))
    assert set(said(verdict(evidence, RULES, AS_OF).findings)) <= set(said(judged().findings))


@pytest.mark.parametrize("operation", ASKED)
def test_a_single_refused_answer_invents_nothing(operation: str) -> None:
    whole = set(said(judged().findings))
    for target in [target for name, target in recorded_in(SHOP).answers if name == operation]:

        def refuse(evidence: Evidence, target: str = target) -> None:
            evidence.answers[operation, target] = refusal("AccessDenied")

        assert set(said(judged(refuse).findings)) <= whole


def test_a_role_that_is_gone_says_nothing_of_the_next_one() -> None:
    def change(evidence: Evidence) -> None:
        functions = evidence.items("lambda.ListFunctions", "Functions")
        functions[0]["Role"] = f"arn:aws:iam::{ACCOUNT}:role/gone"
        functions[1]["Role"] = "arn:aws:iam::999999999999:role/theirs"

    found = {item.why for item in judged(change).undecided}
    assert {"the role does not exist any more", "the role belongs to another account"} <= found


def test_denied_policies_make_public_functions_unknown_not_private(shop: Proxy) -> None:
    shop.reset(Fault("GetPolicy", status=403, code="AccessDeniedException"))
    heard = run()
    assert "function-open-to-everyone" not in {finding.rule.id for finding in heard.findings}
    # Whether there is a URL can be asked in another way, and is.
    assert "url-without-auth" in {finding.rule.id for finding in heard.findings}
    assert heard.denied == {"lambda:GetPolicy"}
    assert shop.calls["lambda.GetPolicy"] <= 10  # a few tries, not one for each function
    (gap,) = [gap for gap in heard.gaps if gap.what.startswith("lambda:GetPolicy")]
    assert "lambdalint permissions" in gap.why
    (line,) = [item for item in heard.coverage if item.action == "lambda:GetPolicy"]
    assert (line.asked, line.answered, line.why) == (8, 0, "access was denied")


# --- TLS ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def secure(shop: Proxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The recorded account over HTTPS; the certificate of its authority."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    shop.server.socket = context.wrap_socket(shop.server.socket, server_side=True)
    monkeypatch.setenv("AWS_ENDPOINT_URL", shop.url.replace("http:", "https:"))
    return certificate


def test_clients_share_one_tls_context_and_still_check_certificates(
    secure: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operation = OPERATIONS["lambda.GetAccountSettings"]
    stranger = Boto(threads=2)
    who = stranger.identity(None)
    assert isinstance(who, Identity)
    refused = stranger.call(who, REGION, operation, {})
    assert isinstance(refused, Refused) and "SSL" in refused.code
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure))
    boto = Boto(threads=2)
    assert isinstance(boto.call(who, REGION, operation, {}), Ok)
    assert isinstance(boto.call(who, REGION, OPERATIONS["cloudwatch.DescribeAlarms"], {}), Ok)
    clients = [boto._client(service, REGION) for service in ("lambda", "cloudwatch")]
    sessions = [client._endpoint.http_session for client in clients]
    assert sessions[0] is sessions[1] is boto._http, "botocore's inside changed: see load/aws/client.py"


def test_clients_are_plain_where_botocore_is_not_as_expected() -> None:
    assert shared_http(object()) is None


# --- pace -----------------------------------------------------------------------------------------------------------


def drive(bucket: Bucket, calls: int, start: float = 0.0) -> list[float]:
    """The times of calls that are made as soon as the bucket lets them."""
    now, times = start, []
    for _ in range(calls):
        now += bucket.turn(now)
        times.append(now)
    return times


def test_a_bucket_is_never_faster_than_its_rate() -> None:
    times = drive(Bucket(7.5), 76)
    assert times[-1] == pytest.approx(10.0)
    assert all(later - earlier >= 1 / 7.5 - 1e-9 for earlier, later in pairwise(times))


def test_a_bucket_makes_up_for_half_a_second_at_most() -> None:
    bucket = Bucket(10.0)
    drive(bucket, 5)
    waits = [bucket.turn(100.0) for _ in range(10)]
    assert sum(1 for wait in waits if wait == 0) == 6
    assert waits[-1] == pytest.approx(0.4)


def test_a_throttle_halves_the_rate_for_a_while() -> None:
    bucket = Bucket(15.0)
    drive(bucket, 15)
    bucket.throttled(1.0)
    times = drive(bucket, 61, 1.0)
    assert times[0] == pytest.approx(2.0)
    assert times[-1] - times[0] == pytest.approx(8.0)
    assert bucket.current_rate(1.0 + SLOW_SECONDS) == 15.0


def test_quotas_of_accounts_and_regions_are_apart() -> None:
    pace = Pace(0.5)
    first = pace.bucket("1", "eu-west-1", "lambda", 15.0)
    assert first is pace.bucket("1", "eu-west-1", "lambda", 15.0)
    assert first.rate == 7.5
    assert first is not pace.bucket("2", "eu-west-1", "lambda", 15.0)
    assert first is not pace.bucket("1", "us-east-1", "lambda", 15.0)


def test_an_audit_at_awss_rates_is_never_throttled(shop: Proxy) -> None:
    """The proxy refuses what AWS would, at rates twenty times AWS's so that the test ends soon."""
    shop.reset(
        Fault("^lambda.GetPolicy$", rate=15 * 20),
        Fault("^lambda.GetFunction$", rate=100 * 20),
        Fault("^lambda.(?!GetPolicy$|GetFunction$)", rate=15 * 20),
    )
    boto = Boto(threads=16)
    asking = Asking(boto, Pace(0.9, factor=20), None, threads=16)
    heard = audit(Scope(), Order(calls_for([rule for rule, _ in RULES])), RULES, AS_OF, boto, asking, Progress())
    assert shop.throttled == 0
    assert heard.throttled == 0
    assert heard.gaps == []


# --- accounts and regions -------------------------------------------------------------------------------------------


def organization(monkeypatch: pytest.MonkeyPatch, fleet: Fleet) -> Proxy:
    proxy = Proxy(answer=fleet)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    return proxy


MEMBERS = [f"{number:012d}" for number in range(100000000000, 100000000030)]


def test_an_organization_is_audited_account_by_account(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = Fleet({name: {"eu-west-1": 1} for name in MEMBERS})
    fleet.suspended = {MEMBERS[3]}
    fleet.refused = {MEMBERS[5]}
    fleet.tags = {name: {"stage": "prod"} for name in MEMBERS[:10]}
    proxy = organization(monkeypatch, fleet)
    heard = run(scope=Scope(organization=True))
    assert {(finding.subject.arn or "").split(":")[4] for finding in heard.findings} == set(MEMBERS) - {
        MEMBERS[3],
        MEMBERS[5],
    }
    assert [(gap.account, "cannot be assumed" in gap.why) for gap in heard.gaps] == [(MEMBERS[5], True)]
    heard = run(scope=Scope(organization=True, tags=(("stage", "prod"),)))
    assert len({(finding.subject.arn or "").split(":")[4] for finding in heard.findings}) == 8
    proxy.close()


def test_accounts_can_be_named_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proxy = organization(monkeypatch, Fleet({name: {"eu-west-1": 1} for name in MEMBERS}))
    listed = tmp_path / "accounts.txt"
    listed.write_text(f"# ours\n{MEMBERS[0]}\narn:aws:iam::{MEMBERS[1]}:role/reader # theirs\n")
    heard = run(scope=Scope(accounts=listed, external_id="x"))
    assert {(finding.subject.arn or "").split(":")[4] for finding in heard.findings} == set(MEMBERS[:2])
    listed.write_text("12345\n")
    with pytest.raises(ScopeError, match=r"accounts.txt:1: '12345' is neither"):
        run(scope=Scope(accounts=listed))
    proxy.close()


def test_shards_part_the_accounts_and_merge_puts_them_together(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    assert all(sum(in_shard(name, (part, 3)) for part in (1, 2, 3)) == 1 for name in MEMBERS)
    proxy = organization(monkeypatch, Fleet({name: {"eu-west-1": 1} for name in MEMBERS[:6]}))
    common = ["--isolated", "--organization", "--select", "runtime-deprecated", "--exit-zero", "--api-budget", "1"]
    for part in ("1", "2"):
        cli.main(["audit", *common, "--shard", f"{part}/2", "-o", f"part-{part}.json", "--journal", f"{part}.sqlite"])
    cli.main(["audit", *common, "-o", "whole.json"])
    capsys.readouterr()
    assert cli.main(["merge", "part-1.json", "part-2.json", "part-2.json", "--format", "json"]) == 1
    merged, whole = json.loads(capsys.readouterr().out), json.loads(Path("whole.json").read_text())
    assert merged["findings"] == whole["findings"]
    assert merged["summary"]["coverage"] == whole["summary"]["coverage"]
    assert len(whole["findings"]) == 6
    (tmp_path / "no.json").write_text("[]")
    assert cli.main(["merge", "no.json"]) == 2
    assert "not a JSON report" in capsys.readouterr().err
    proxy.close()


def test_all_regions_are_those_of_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = Fleet({ACCOUNT: {"eu-west-1": 1, "us-east-2": 2}}, regions=("eu-west-1", "us-east-2", "sa-east-1"))
    proxy = organization(monkeypatch, fleet)
    heard = run(scope=Scope(regions=("all",)))
    assert proxy.calls["lambda.ListFunctions"] == 3
    assert {(finding.subject.arn or "").split(":")[3] for finding in heard.findings} == {"eu-west-1", "us-east-2"}
    assert proxy.calls["iam.GetAccountAuthorizationDetails"] == 1, "roles are asked for once for an account"
    proxy.close()


def test_a_region_that_is_off_is_no_gap_where_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = organization(monkeypatch, Fleet({ACCOUNT: {"eu-west-1": 1}}))
    proxy.reset(
        Fault("ListRegions", status=403, code="AccessDeniedException"),
        Fault("^lambda", status=403, code="UnrecognizedClientException", region="sa-east-1"),
    )
    heard = run(scope=Scope(regions=("all",)))
    # What the account has opted in to is not known; that a region of the others is off is no gap.
    assert [gap.what for gap in heard.gaps] == ["account:ListRegions"]
    assert heard.denied == {"account:ListRegions"}
    (off,) = [item for item in heard.coverage if item.region == "sa-east-1"]
    assert off.why == "the region is not enabled for the account"
    proxy.reset(Fault("^lambda", status=403, code="UnrecognizedClientException"))
    heard = run(scope=Scope(regions=("eu-west-1",)))
    assert "not valid" in heard.gaps[0].why
    proxy.close()


def test_largest_regions_come_first_and_accounts_never_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {name: {"eu-west-1": 3 + number} for number, name in enumerate(MEMBERS[:12])}
    proxy = organization(monkeypatch, Fleet(sizes))
    heard = run(scope=Scope(organization=True))
    for account, region, call in proxy.answered:
        assert account in {*MEMBERS, ACCOUNT} and region, call
    arns = [finding.subject.arn or "" for finding in heard.findings if finding.rule.id == "runtime-deprecated"]
    count = Counter(arn.split(":")[4] for arn in arns)
    assert count == {name: own["eu-west-1"] for name, own in sizes.items()}
    proxy.close()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--shard", "3/2"], "--shard 3/2: write it as I/N"),
        (["--api-budget", "0"], "--api-budget 0: it is a share"),
        (["--ou", "ou-1"], "--ou and --account-tag choose among the accounts of --organization"),
        (["--organization", "--accounts", "x"], "exclude each other"),
        (["--accounts", "missing.txt"], "missing.txt: the accounts file cannot be read"),
        (["--against", "nowhere"], "--against nowhere: there is no such file"),
        (["--profile", "unheard-of"], "unheard-of"),
    ],
)
def test_wrong_use_is_one_sentence(shop: Proxy, arguments: list[str], sentence: str, capsys: Any) -> None:
    assert cli.main(["audit", "--isolated", *arguments]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors and "Traceback" not in errors


def test_without_credentials_it_says_what_to_do(shop: Proxy, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert cli.main(["audit", "--isolated"]) == 2
    assert "aws configure" in capsys.readouterr().err
    assert sum(shop.calls.values()) == 0


# --- permissions, plan, drift, progress, reports --------------------------------------------------------------------


def test_the_policy_names_the_calls_that_are_made_and_no_other(shop: Proxy, capsys: Any) -> None:
    run()
    made = {OPERATIONS[operation_of(name)].action for name in shop.calls} - {"sts:GetCallerIdentity"}
    assert cli.main(["permissions", "--isolated"]) == 0
    (statement,) = json.loads(capsys.readouterr().out)["Statement"]
    assert set(statement["Action"]) == made
    assert cli.main(["permissions", "--isolated", "--select", "runtime-deprecated"]) == 0
    assert json.loads(capsys.readouterr().out)["Statement"][0]["Action"] == ["lambda:ListFunctions", "tag:GetResources"]
    assert cli.main(["permissions", "--isolated", "--organization", "--role-name", "reader"]) == 0
    assert json.loads(capsys.readouterr().out)["Statement"][1]["Resource"] == "arn:aws:iam::*:role/reader"


def test_every_action_reads(capsys: Any) -> None:
    cli.main(["permissions", "--isolated", "--deep", "--all-regions", "--organization"])
    actions = json.loads(capsys.readouterr().out)["Statement"][0]["Action"]
    known = {name: iam.action(name) for name in actions}
    assert [name for name, action in known.items() if action is None] == []
    assert {action.level for action in known.values() if action is not None} <= {"read", "list"}


def test_the_plan_is_printed_without_a_call(shop: Proxy, capsys: Any) -> None:
    assert cli.main(["audit", "--isolated", "--plan"]) == 0
    text = capsys.readouterr().out
    assert "lambda:GetPolicy" in text and "10,000 functions: 22.2 min" in text
    assert re.search("lambda:GetFunction +for functions until all reserved concurrency is found", text)
    assert cli.main(["audit", "--isolated", "--plan", "--deep"]) == 0
    assert re.search("lambda:GetFunction +for each function ", capsys.readouterr().out)
    assert sum(shop.calls.values()) == 0


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Checkout:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.9
      Handler: app.handler
      Timeout: 20
      MemorySize: 128
      Architectures: [arm64]
      Tracing: Active
      Environment: {Variables: {TABLE: orders, GONE: x, STRIPE_KEY: other}}
  Ship:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.13, Handler: app.handler, Timeout: 60, MemorySize: 512, Architectures: [arm64]}
"""


def test_drift_names_what_differs_and_what_no_template_declares(shop: Proxy, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    arguments = ["audit", "--isolated", "--select", "runtime-deprecated", "--against", ".", "--format", "json"]
    cli.main([*arguments, "--api-budget", "1"])
    notices = json.loads(capsys.readouterr().out)["summary"]["notices"]
    drift = [notice for notice in notices if notice["message"].startswith("drift")]
    said_ = sorted(notice["message"].partition("): ")[2] for notice in drift if "checkout" in notice["message"])
    assert said_ == [
        "Timeout is 40, the template says 20",
        "environment variable GONE is not there",
        "environment variable STRIPE_KEY has another value",
    ]
    (timeout,) = [notice for notice in drift if "Timeout" in notice["message"]]
    assert (timeout["location"]["path"], timeout["location"]["line"]) == ("template.yaml", 9)
    assert not any(" ship " in notice["message"] for notice in drift)
    undeclared = {notice["message"].split()[4] for notice in drift if "no template declares" in notice["message"]}
    assert undeclared == {"ledger", "paused", "report", "webhook", "bill", "thumbnail"}


def test_code_scanning_shows_the_template_that_declares_a_function(shop: Proxy, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    arguments = ["--isolated", "--select", "runtime-deprecated", "--against", ".", "-o", "r.sarif", "--exit-zero"]
    cli.main(["audit", *arguments])
    results = json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
    places = {
        result["message"]["text"].split()[0]: (
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for result in results
    }
    assert places["checkout"] == ("template.yaml", 4)
    assert places["bill"] == (f"lambda/{ACCOUNT}/{REGION}/function/bill", 1)


def test_progress_is_for_terminals_only(shop: Proxy, capsys: Any) -> None:
    cli.main(["audit", "--isolated", "--select", "runtime-deprecated"])
    assert capsys.readouterr().err == ""
    shown: list[str] = []
    line = Line(shown.append)
    line.show(Progress(pairs=2, listed=1, functions=10, asked=0, calls=4))
    assert "listing: 1 of 2 regions" in shown[-1]
    text = line.text(Progress(pairs=2, listed=2, functions=500, asked=250, calls=300), time.monotonic() + 10)
    assert "250 of 500 functions, 300 calls" in text and "left" in text


def test_reports_say_what_was_asked_and_group_by_function(shop: Proxy, capsys: Any) -> None:
    shop.reset(Fault("DescribeAlarms", status=403, code="AccessDeniedException"))
    arguments = [
        "audit",
        "--isolated",
        "--api-budget",
        "1",
        "-o",
        "r.json",
        "-o",
        "r.sarif",
        "-o",
        "r.md",
        "-o",
        "r.html",
    ]
    assert cli.main(arguments) == 1
    output = capsys.readouterr()
    assert f"account {ACCOUNT}, {REGION}: " in output.out
    assert "cloudwatch:DescribeAlarms: 0 of 1, because access was denied" in output.out
    assert '"cloudwatch:DescribeAlarms"' in output.err, "a policy that allows what was denied"
    report = json.loads(Path("r.json").read_text())
    ReportRecord.model_validate_json(Path("r.json").read_text())
    resources = [item["resource"] for item in report["findings"]]
    functions = [item["function"] for item in resources if item["function"] and ":lambda:" in item["arn"]]
    assert functions == sorted(functions)
    asked = {item["action"]: item for item in report["summary"]["coverage"]}
    assert asked["lambda:GetPolicy"]["asked"] == asked["lambda:GetPolicy"]["answered"] == 8
    assert "cloudwatch:DescribeAlarms" in Path("r.md").read_text()
    sarif = json.loads(Path("r.sarif").read_text())["runs"][0]
    locations = [result["locations"][0] for result in sarif["results"]]
    paths = {location["physicalLocation"]["artifactLocation"]["uri"] for location in locations}
    assert f"lambda/{ACCOUNT}/{REGION}/function/checkout" in paths
    assert all("//" not in path and ":" not in path for path in paths)
    assert {location["logicalLocations"][0]["kind"] for location in locations} == {"resource"}


def test_findings_are_suppressed_by_tag_config_and_baseline(shop: Proxy, tmp_path: Path, capsys: Any) -> None:
    arguments = ["audit", "--api-budget", "1", "--format", "json"]
    (tmp_path / "lambdalint.yaml").write_text(
        "suppress:\n  - {rules: [runtime-deprecated], resources: [bill], reason: soon gone}\n"
    )
    cli.main(arguments)
    report = json.loads(capsys.readouterr().out)
    hidden = {(item["rule"], item["resource"]["function"], item["by"]) for item in report["suppressed"]}
    assert ("snapstart-on-latest", "report", "metadata") in hidden
    assert ("runtime-deprecated", "bill", "config") in hidden


def test_what_a_framework_deployed_for_itself_is_passed_over() -> None:
    def mark(evidence: Evidence) -> None:
        for entry in evidence.items("resourcegroupstaggingapi.GetResources", "ResourceTagMappingList"):
            for tag in entry["Tags"]:
                if tag["Key"] == "aws:cloudformation:logical-id":
                    tag["Value"] = "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F"

    functions = {finding.subject.arn for finding in judged(mark).findings if finding.rule.id == "runtime-deprecated"}
    assert functions == set()


def test_fingerprints_stay_when_other_functions_come(shop: Proxy) -> None:
    before = {finding.fingerprint: finding.message for finding in with_fingerprints(run().findings)}
    assert isinstance(shop.answer, Recorded)
    functions = shop.answer.answers["lambda.ListFunctions"]["Functions"]
    functions.insert(0, {**functions[6], "FunctionName": "aaa", "FunctionArn": functions[6]["FunctionArn"] + "-a"})
    for operation in ("lambda.GetPolicy", "lambda.GetFunction"):
        shop.answer.answers[operation]["aaa"] = shop.answer.answers[operation]["paused"]
    after = {finding.fingerprint: finding.message for finding in with_fingerprints(run().findings)}
    assert set(before) <= set(after)


def test_gaps_alone_exit_with_3(shop: Proxy, capsys: Any) -> None:
    shop.reset(Fault("GetResources", status=403, code="AccessDeniedException"))
    assert cli.main(["audit", "--isolated", "--select", "too-many-layers"]) == 3
    assert "No problems found in 1 region (8 functions), but 1 thing could not be looked at" in capsys.readouterr().out
    assert cli.main(["audit", "--isolated", "--select", "too-many-layers", "--allow-gaps"]) == 0


# --- the emulator ---------------------------------------------------------------------------------------------------

PROGRAM = emulator_program()
#: It pins botocore, so it wants an environment of its own: LAMBDALINT_EMULATOR=.../bin/ministack
NEEDS_EMULATOR = pytest.mark.skipif(PROGRAM is None, reason="ministack is not installed; see LAMBDALINT_EMULATOR")


@NEEDS_EMULATOR
def test_an_emulator_is_audited_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert PROGRAM is not None
    with emulator(PROGRAM, tmp_path) as url:
        fill(url, 24)
        proxy = Proxy(url)
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        heard = run()
        proxy.close()
    found = Counter(finding.rule.id for finding in heard.findings)
    assert found["runtime-deprecated"] == 5
    assert found["secret-in-environment"] == 3
    assert found["url-without-auth"] == found["url-cors-wildcard"] == 6
    assert found["permission-without-source"] == 6
    assert found["sqs-visibility-timeout-too-short"] == 3
    assert found["errors-without-alarm"] == 21
    # What the emulator does not have is a gap, and nothing else is.
    assert {gap.what.partition(" ")[0] for gap in heard.gaps} <= {
        "application-autoscaling:DescribeScalableTargets",
        "sqs:ListDeadLetterSourceQueues",
    }
    assert SECRET not in str(heard.findings)


#: Actions whose denial the emulator enforces under AWS's own name.
ENFORCED = (
    "cloudwatch:DescribeAlarms",
    "cloudwatch:ListMetrics",
    "iam:GetAccountAuthorizationDetails",
    "lambda:GetFunction",
    "lambda:GetPolicy",
    "lambda:ListEventSourceMappings",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "scheduler:ListSchedules",
    "sqs:GetQueueAttributes",
    "tag:GetResources",
)


@NEEDS_EMULATOR
def test_the_printed_policy_is_enough_and_no_more_than_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    import boto3

    assert PROGRAM is not None
    assert cli.main(["permissions", "--isolated"]) == 0
    document = json.loads(capsys.readouterr().out)
    actions = document["Statement"][0]["Action"]
    with emulator(PROGRAM, tmp_path, authorize=True) as url:
        fill(url, 6)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        owner = boto3.client("iam")
        owner.create_user(UserName="auditor")
        key = owner.create_access_key(UserName="auditor")["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

        def denied_without(action: str | None) -> set[str]:
            document["Statement"][0]["Action"] = [name for name in actions if name != action]
            owner.put_user_policy(UserName="auditor", PolicyName="audit", PolicyDocument=json.dumps(document))
            return run().denied

        assert denied_without(None) == set()
        assert {action for action in ENFORCED if action in denied_without(action)} == set(ENFORCED)
