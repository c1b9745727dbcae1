"""Audits with --metrics: what CloudWatch and Compute Optimizer are asked, and what their answers and silence mean."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, Fault, Proxy, Recorded, emulator, emulator_program, fill, operation_of

from lambdalint import cli
from lambdalint.audit.coverage import gaps
from lambdalint.audit.need import calls_for, metrics_for, needs_metrics
from lambdalint.audit.run import Heard, Progress, audit
from lambdalint.audit.scope import Scope
from lambdalint.audit.verdict import Judged, verdict
from lambdalint.check.engine import judge
from lambdalint.check.finding import RuleInfo
from lambdalint.data.metrics import METRICS
from lambdalint.load.aws import metrics as asked_for
from lambdalint.load.aws.answer import Ok, refusal
from lambdalint.load.aws.ask import Asking
from lambdalint.load.aws.client import Boto
from lambdalint.load.aws.evidence import Evidence, Pair, Window
from lambdalint.load.aws.journal import Journal
from lambdalint.load.aws.operation import OPERATIONS
from lambdalint.load.aws.pace import Pace
from lambdalint.load.aws.plan import OPT_IN
from lambdalint.load.aws.recorded import recorded_in
from lambdalint.load.aws.survey import Order
from lambdalint.model.model import Settings
from lambdalint.rule.library import load_folder
from lambdalint.rule.rule import Rule
from lambdalint.run import build_in, info_of, load_document
from lambdalint.source.folder import DictFolder
from lambdalint.source.read import read_document

ROOT = Path(__file__).resolve().parent.parent
BUSY = ROOT / "fixtures" / "accounts" / "busy"
pytestmark = pytest.mark.usefixtures("credentials")

AS_OF = date(2026, 11, 21)
WINDOW = Window(date(2026, 10, 21), AS_OF)
RULES: list[tuple[Rule, RuleInfo]] = [(rule, info_of(rule)) for rule in load_folder(ROOT / "rules")]
MEASURED = [pair for pair in RULES if needs_metrics(pair[0])]
LIVE = [pair for pair in RULES if needs_metrics(pair[0]) or pair[0].kind == "account"]


class Busy(Recorded):
    """The recorded account; CloudWatch answers what it is asked, point by point and in pages."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.requests: list[dict[str, Any]] = []
        #: Queries that one page answers, and quotas.
        self.results = 100_000
        self.quotas = 100
        #: A query that has no result.
        self.silent = ""

    def __call__(self, name: str, region: str, account: str, request: bytes) -> tuple[int, str, bytes]:
        body = request.partition(b"\n")[2]
        operation = operation_of(name)
        if operation == "cloudwatch.GetMetricData":
            return 200, "application/json", json.dumps(self._metrics(json.loads(body))).encode()
        if operation == "kinesis.DescribeStreamSummary":
            found = self.answers[operation][json.loads(body)["StreamARN"]]
            return 200, "application/json", json.dumps(found).encode()
        if operation == "service-quotas.ListServiceQuotas" and not self.answers[operation].get("Error"):
            return 200, "application/json", json.dumps(self._quotas(json.loads(body))).encode()
        return super().__call__(name, region, account, request)

    def _quotas(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["ServiceCode"] == "lambda" and asked["MaxResults"] <= 100, "AWS takes no more"
        start = int(asked.get("NextToken") or 0)
        quotas = self.answers["service-quotas.ListServiceQuotas"]["Quotas"]
        more = {"NextToken": str(start + self.quotas)} if start + self.quotas < len(quotas) else {}
        return {"Quotas": quotas[start : start + self.quotas], **more}

    def _metrics(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.requests.append(asked)
        start = int(asked.get("NextToken") or 0)
        queries = asked["MetricDataQueries"]
        assert len(queries) <= 500, "AWS takes no more"
        part = [query for query in queries[start : start + self.results] if query["Label"] != self.silent]
        page = [self._result(query, asked["StartTime"]) for query in part]
        more = {"NextToken": str(start + self.results)} if start + self.results < len(queries) else {}
        return {"MetricDataResults": page, **more}

    def _result(self, query: dict[str, Any], since: float) -> dict[str, Any]:
        metric = query["MetricStat"]["Metric"]
        dimensions = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        who = dimensions.get("Resource") or dimensions.get("FunctionName") or ""
        label = f"{who} {metric['MetricName']}".strip()
        recorded = self.answers["cloudwatch.GetMetricData"].get("MetricDataResults", ())
        found: dict[str, Any] = next(
            (one for one in recorded if one["Label"] == label), {"Timestamps": [], "Values": []}
        )
        points = [
            (datetime.fromisoformat(stamp).timestamp(), value)
            for stamp, value in zip(found["Timestamps"], found["Values"], strict=True)
        ]
        kept = [point for point in points if point[0] >= since]
        return {
            "Id": query["Id"],
            "Label": "as the server likes",
            "Timestamps": [stamp for stamp, _ in kept],
            "Values": [value for _, value in kept],
            "StatusCode": "Complete",
        }


@pytest.fixture
def server() -> Busy:
    return Busy(BUSY)


@pytest.fixture
def busy(server: Busy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(answer=server)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    yield proxy
    proxy.close()


def run(rules: list[tuple[Rule, RuleInfo]] = RULES, journal: Path | None = None, resume: bool = False) -> Heard:
    """An audit with --metrics in this process, at a pace that suits tests."""
    kept = Journal(journal, resume) if journal is not None else None
    asking = Asking(Boto(threads=8), Pace(1.0, factor=1000), kept, threads=8, pause=0.001)
    only = [rule for rule, _ in rules]
    order = Order(calls_for(only, metrics=True), metrics=metrics_for(only), window=WINDOW)
    heard = audit(Scope(), order, rules, AS_OF, asking._caller, asking, Progress())  # type: ignore[arg-type]
    if kept is not None:
        kept.close()
    return heard


def said(findings: Any) -> list[tuple[str, str]]:
    return sorted((finding.rule.id, finding.subject.arn or finding.subject.logical_id or "") for finding in findings)


def judged(change: Callable[[Evidence], None] = lambda _: None, rules: list[tuple[Rule, RuleInfo]] = RULES) -> Judged:
    evidence = recorded_in(BUSY)
    change(evidence)
    return verdict(evidence, rules, AS_OF)


# --- what is found --------------------------------------------------------------------------------------------------


def test_a_recorded_account_gives_the_findings_that_are_written_down() -> None:
    found = judged(rules=LIVE)
    shown = sorted(f"{finding.rule.id} {finding.message}" for finding in found.findings)
    assert shown == (BUSY.parent / "busy.txt").read_text().splitlines()
    assert found.undecided == ()
    assert {finding.rule.id for finding in found.findings} == {rule.id for rule, _ in LIVE}


def test_an_audit_finds_over_http_what_the_records_show(busy: Proxy, server: Busy) -> None:
    heard = run()
    assert heard.gaps == []
    assert said(heard.findings) == said(judged().findings)
    assert {operation_of(name) for name in busy.calls} >= OPT_IN
    assert busy.calls["monitoring.GetMetricData"] == 1
    # Only whom the metrics make suspicious is asked more: who dropped events, and who was throttled.
    assert busy.calls["lambda.GetFunction"] == 1
    assert busy.calls["lambda.ListFunctionEventInvokeConfigs"] == 3
    (request,) = server.requests
    assert datetime.fromtimestamp(request["StartTime"], UTC) == datetime(2026, 10, 21, tzinfo=UTC)
    asked = Counter(query["MetricStat"]["Metric"]["MetricName"] for query in request["MetricDataQueries"])
    # Of two functions it was known by then that they have no destination; all others may have one.
    subjects = {"stream": 2, "dead-letter": 1, "destination": 9, "provisioned": 1, "account": 1}
    assert asked == {metric.name: subjects.get(metric.subject, 10) for metric in METRICS.values()}
    assert all(query["MetricStat"]["Period"] == 86_400 for query in request["MetricDataQueries"])


def test_without_the_option_nothing_is_asked_and_nobody_is_undecided(
    busy: Proxy, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["audit", "--isolated", "--api-budget", "1", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert OPT_IN.isdisjoint(operation_of(name) for name in busy.calls)
    measured = {rule.id for rule, _ in MEASURED}
    assert measured.isdisjoint(item["rule"] for item in [*report["findings"], *report["undecided"]])
    assert "code-storage-near-limit" in {item["rule"] for item in report["findings"]}


def test_a_rule_that_is_named_and_cannot_judge_is_said(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "--isolated", "--select", "function-throttled,too-many-layers"]) == 0
    assert "function-throttled: needs metrics" in capsys.readouterr().err


@pytest.mark.parametrize(
    "path", sorted((ROOT / "fixtures" / "same").glob("*/*.y*ml")), ids=lambda path: path.parent.name
)
def test_templates_hear_nothing_of_them(path: Path) -> None:
    settings = Settings(as_of=AS_OF)
    stack = load_document(read_document(path, path.name), settings)
    assert list(judge(LIVE, build_in(stack, settings, DictFolder({})))) == []  # type: ignore[arg-type]


# --- what is asked --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [rule for rule, _ in LIVE], ids=lambda rule: rule.id)
def test_the_calls_and_metrics_of_a_rule_are_enough_for_it(rule: Rule) -> None:
    """With only the answers that a rule plans for, it says the same as with all of them."""
    calls, metrics = calls_for([rule], metrics=True), metrics_for([rule])

    def plan(evidence: Evidence) -> None:
        evidence.answers = {key: answer for key, answer in evidence.answers.items() if key[0] in calls}
        for _, answer in evidence.all("cloudwatch.GetMetricData"):
            assert isinstance(answer, Ok)
            results = answer.data["MetricDataResults"]
            answer.data["MetricDataResults"] = [one for one in results if one["Label"].split()[-1] in metrics]

    pair = [(rule, info_of(rule))]
    assert said(judged(plan, pair).findings) == said(judged(rules=pair).findings) != []
    assert judged(plan, pair).undecided == ()


@pytest.mark.parametrize("dropped", [6, 0])
def test_who_may_have_a_destination_is_asked_about_it(busy: Proxy, server: Busy, dropped: int) -> None:
    """No policy lets an asynchronous caller in: somebody calls it all the same, whether events were dropped or not."""
    arn = server.answers["lambda.ListFunctions"]["Functions"][1]["FunctionArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:export-failures"
    config = {"FunctionArn": f"{arn}:$LATEST", "DestinationConfig": {"OnFailure": {"Destination": queue}}}
    server.answers["lambda.ListFunctionEventInvokeConfigs"]["notify"] = {"FunctionEventInvokeConfigs": [config]}
    metrics = server.answers["cloudwatch.GetMetricData"]["MetricDataResults"]
    failed = next(one for one in metrics if one["Label"] == "notify DestinationDeliveryFailures")
    failed |= {"Timestamps": ["2026-11-18T00:00:00+00:00"], "Values": [2]}
    next(one for one in metrics if one["Label"] == "notify AsyncEventsDropped")["Values"] = [dropped]
    heard = run()
    assert ("destination-delivery-failed", arn) in said(heard.findings)
    assert ("async-events-dropped", arn) not in said(heard.findings)
    assert not {item.rule.id for item in heard.undecided} & {rule.id for rule, _ in LIVE}


def test_a_cheap_choice_asks_for_few_metrics(busy: Proxy, server: Busy) -> None:
    run([pair for pair in RULES if pair[0].id == "function-often-fails"])
    (request,) = server.requests
    assert {query["MetricStat"]["Metric"]["MetricName"] for query in request["MetricDataQueries"]} == {
        "Invocations",
        "Errors",
    }
    assert set(busy.calls) == {
        "sts.GetCallerIdentity",
        "lambda.ListFunctions",
        "tagging.GetResources",
        "monitoring.GetMetricData",
    }


def test_a_call_holds_500_metrics(busy: Proxy, server: Busy) -> None:
    functions = server.answers["lambda.ListFunctions"]["Functions"]
    arn = functions[0]["FunctionArn"].removesuffix("checkout")
    server.answers["lambda.ListFunctions"]["Functions"] = [
        *({**functions[8], "FunctionName": f"f{number}", "FunctionArn": f"{arn}f{number}"} for number in range(600)),
        *functions,
    ]
    heard = run([pair for pair in RULES if pair[0].id == "function-often-fails"])
    assert [len(request["MetricDataQueries"]) for request in server.requests].count(500) == 2
    assert sum(len(request["MetricDataQueries"]) for request in server.requests) == 2 * 610
    assert said(heard.findings) == [("function-often-fails", f"{arn}checkout")]
    assert heard.undecided == []
    (line,) = [item for item in heard.coverage if item.action == "cloudwatch:GetMetricData"]
    assert (line.asked, line.answered) == (3, 3)


@pytest.mark.parametrize("size", [1, 7, 40])
def test_answers_that_go_on_over_pages_are_put_together(busy: Proxy, server: Busy, size: int) -> None:
    server.results = size
    assert said(run().findings) == said(judged().findings)
    assert len(server.requests) > 1
    assert all(request["MetricDataQueries"] for request in server.requests), "AWS wants the queries with each page"


def test_a_metric_whose_points_come_on_two_pages_is_whole() -> None:
    def cut(evidence: Evidence) -> None:
        (answer,) = (answer for _, answer in evidence.all("cloudwatch.GetMetricData"))
        assert isinstance(answer, Ok)
        parts = []
        for one in answer.data["MetricDataResults"]:
            first = {
                **one,
                "Timestamps": one["Timestamps"][:1],
                "Values": one["Values"][:1],
                "StatusCode": "PartialData",
            }
            parts += [first, {**one, "Timestamps": one["Timestamps"][1:], "Values": one["Values"][1:]}]
        answer.data["MetricDataResults"] = parts

    assert [finding.message for finding in judged(cut).findings] == [finding.message for finding in judged().findings]


def test_a_resumed_audit_asks_about_the_same_days_and_nothing_twice(
    busy: Proxy, server: Busy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["audit", "--isolated", "--api-budget", "1", "--metrics", "--metrics-days", "30", "--exit-zero"]
    busy.reset(Fault("GetMetricData", status=403, code="ExpiredTokenException"))
    cli.main(arguments)
    journal = Journal(tmp_path / ".lambdalint" / "audit.sqlite", True)
    assert journal.note("metrics until") == datetime.now(UTC).date().isoformat()
    journal.set_note("metrics until", "2026-11-01")
    journal.close()
    busy.faults = []
    assert "are used again" not in capsys.readouterr().err
    cli.main([*arguments, "--resume"])
    assert "answers since 2026-11-01 are used again; start without --resume" in capsys.readouterr().err
    (request,) = server.requests
    assert datetime.fromtimestamp(request["StartTime"], UTC).date() == date(2026, 10, 2)
    busy.reset()
    cli.main([*arguments, "--resume"])
    assert busy.calls == {"sts.GetCallerIdentity": 1}


def test_days_are_those_of_utc() -> None:
    """Clients give data points in the machine's own time."""

    def shift(evidence: Evidence) -> None:
        (answer,) = (answer for _, answer in evidence.all("cloudwatch.GetMetricData"))
        assert isinstance(answer, Ok)
        for one in answer.data["MetricDataResults"]:
            moments = (datetime.fromisoformat(stamp) for stamp in one["Timestamps"])
            one["Timestamps"] = [moment.astimezone(timezone(timedelta(hours=-5))) for moment in moments]

    assert said(judged(shift).findings) == said(judged().findings)


@pytest.mark.parametrize("days", ["2", "91"])
def test_days_that_cannot_be_asked_about_are_refused(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "--isolated", "--metrics", "--metrics-days", days]) == 2
    assert f"--metrics-days {days}: from 3 to 90 days" in capsys.readouterr().err


# --- quotas ---------------------------------------------------------------------------------------------------------


def limited(in_effect: int, quota: int | None = None, **more: Any) -> Callable[[Evidence], None]:
    """An account with other numbers of concurrent executions: in effect, and in Service Quotas."""

    def change(evidence: Evidence) -> None:
        settings = {"ConcurrentExecutions": in_effect, "UnreservedConcurrentExecutions": in_effect}
        evidence.data("lambda.GetAccountSettings")["AccountLimit"] = settings
        own = {"QuotaCode": "L-B99A9384", "Value": quota, **more}
        evidence.put("service-quotas.ListServiceQuotas", "", Ok({"Quotas": [own] if quota is not None else []}))

    return change


@pytest.mark.parametrize(
    ("in_effect", "quota", "expected", "advice"),
    [
        (1000, 1000.0, "nothing", ""),
        (5000, 1000.0, "nothing", ""),
        (10, 10.0, "10 concurrent executions; its quota in Service Quotas is 10, and", "Request an increase"),
        (10, 1000.0, "10 concurrent executions; its quota in Service Quotas is 1000, and", "Ask AWS Support"),
        (3000, 5000.0, "3000 concurrent executions; its quota in Service Quotas is 5000, and", "Ask AWS Support"),
        (10, None, "undecided", ""),
    ],
)
def test_what_is_in_effect_is_compared_with_the_quota(
    in_effect: int, quota: float | None, expected: str, advice: str
) -> None:
    rules = [pair for pair in RULES if pair[0].id == "concurrency-below-quota"]
    found = judged(limited(in_effect, quota), rules)  # type: ignore[arg-type]
    said = "".join(finding.message for finding in found.findings) or ("undecided" if found.undecided else "nothing")
    assert expected in said
    assert all((finding.advice or "").startswith(advice) and advice for finding in found.findings)


def test_a_quota_never_stands_in_for_what_is_in_effect() -> None:
    """Where Lambda does not say what is in effect, a quota of 1 proves nothing."""

    def refuse(evidence: Evidence) -> None:
        limited(1000, 1)(evidence)
        evidence.put("lambda.GetAccountSettings", "", refusal("AccessDeniedException"))

    about_account = {"concurrency-near-quota", "concurrency-below-quota", "reserved-concurrency-starves-pool"}
    found = judged(refuse, [pair for pair in RULES if pair[0].id in about_account])
    assert found.findings == ()
    evidence = recorded_in(BUSY)
    refuse(evidence)
    assert [gap.what for gap in gaps(evidence)] == ["lambda:GetAccountSettings"]


@pytest.mark.parametrize("size", [1, 2])
def test_quotas_are_read_page_by_page_and_once(busy: Proxy, server: Busy, tmp_path: Path, size: int) -> None:
    server.quotas = size
    rules = [pair for pair in RULES if pair[0].id == "concurrency-below-quota"]
    pages = -(-3 // size)
    assert said(run(rules, tmp_path / "journal").findings) == said(judged(rules=rules).findings) != []
    assert busy.calls["servicequotas.ListServiceQuotas"] == pages
    heard = run(rules, tmp_path / "journal", resume=True)
    assert said(heard.findings) == said(judged(rules=rules).findings)
    assert busy.calls["servicequotas.ListServiceQuotas"] == pages


def test_quotas_are_asked_for_a_rule_that_is_named(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    named = ["--isolated", "--select", "concurrency-below-quota"]
    assert cli.main(["audit", *named, "--api-budget", "1"]) == 1
    assert set(busy.calls) == {
        "sts.GetCallerIdentity",
        "lambda.ListFunctions",
        "tagging.GetResources",
        "lambda.GetAccountSettings",
        "servicequotas.ListServiceQuotas",
    }
    assert cli.main(["audit", *named, "--plan"]) == 0
    assert re.search(
        r"servicequotas:ListServiceQuotas +once for each region, 100 a page +10\n", capsys.readouterr().out
    )
    assert cli.main(["permissions", *named]) == 0
    assert "servicequotas:ListServiceQuotas" in json.loads(capsys.readouterr().out)["Statement"][0]["Action"]


@pytest.mark.parametrize("chosen", [[], ["--select", "reliability"]])
def test_quotas_are_not_asked_for_a_rule_that_nobody_named(
    busy: Proxy, chosen: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["permissions", "--isolated", *chosen])
    assert "servicequotas" not in capsys.readouterr().out


def test_an_empty_region_is_not_asked_for_its_quotas(busy: Proxy, server: Busy) -> None:
    server.answers["lambda.ListFunctions"] = {"Functions": []}
    run()
    assert set(busy.calls) == {"sts.GetCallerIdentity", "lambda.ListFunctions"}


def test_denied_quotas_are_a_gap_with_a_policy(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    busy.reset(Fault("ListServiceQuotas", status=400, code="AccessDeniedException"))
    arguments = ["audit", "--isolated", "--metrics", "--select", "concurrency-below-quota", "--api-budget", "1"]
    assert cli.main([*arguments, "--format", "json"]) == 3
    output = capsys.readouterr()
    (gap,) = json.loads(output.out)["gaps"]
    assert gap["what"] == "servicequotas:ListServiceQuotas"
    assert '"servicequotas:ListServiceQuotas"' in output.err


# --- plan and permissions -------------------------------------------------------------------------------------------


def test_the_plan_names_calls_price_and_time(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["audit", "--isolated", "--metrics", "--plan", "--select", "function-often-fails,function-throttled"]
    assert cli.main(arguments) == 0
    text = capsys.readouterr().out
    assert "$0.01 for 1,000 metrics" in text and "over 14 days: Errors, Invocations, Throttles." in text
    assert "10,000 functions: 60 s; metrics: 60 calls, at most $0.30" in text
    assert cli.main(["audit", "--isolated", "--plan"]) == 0
    assert not {"GetMetricData", "$"} & set(re.findall(r"GetMetricData|\$", capsys.readouterr().out))
    assert sum(busy.calls.values()) == 0


def test_permissions_follow_the_option(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    def actions(*more: str) -> set[str]:
        assert cli.main(["permissions", "--isolated", *more]) == 0
        return set(json.loads(capsys.readouterr().out)["Statement"][0]["Action"])

    run()
    made = {OPERATIONS[operation_of(name)].action for name in busy.calls} - {"sts:GetCallerIdentity"}
    # Nothing of this account makes these worth asking.
    rest = {"lambda:ListFunctionUrlConfigs", "lambda:ListVersionsByFunction", "ec2:DescribeSubnets"}
    rest |= {"sns:GetTopicAttributes", "sqs:ListDeadLetterSourceQueues"}
    assert actions("--metrics") == made | rest
    assert actions("--metrics") - actions() == {OPERATIONS[name].action for name in OPT_IN}


# --- truth ----------------------------------------------------------------------------------------------------------

ASKED = sorted({operation for operation, _ in recorded_in(BUSY).answers} - {"lambda.ListFunctions"})


@pytest.mark.parametrize("operation", ASKED)
@pytest.mark.parametrize("code", ["AccessDeniedException", "OptInRequiredException", "500"])
def test_a_refused_call_invents_nothing(operation: str, code: str) -> None:
    def refuse(evidence: Evidence) -> None:
        for key in evidence.answers:
            if key[0] == operation:
                evidence.answers[key] = refusal(code)

    evidence = recorded_in(BUSY)
    refuse(evidence)
    assert OPERATIONS[operation].action in " ".join(gap.what for gap in gaps(evidence))
    assert set(said(judged(refuse).findings)) <= set(said(judged().findings))


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_a_metric_that_could_not_be_read_is_not_zero(status: str) -> None:
    def fail(evidence: Evidence) -> None:
        (answer,) = (answer for _, answer in evidence.all("cloudwatch.GetMetricData"))
        assert isinstance(answer, Ok)
        for one in answer.data["MetricDataResults"]:
            one["StatusCode"], one["Values"], one["Timestamps"] = status, [], []

    found = judged(fail, MEASURED)
    by_cloudwatch = {rule.id for rule, _ in MEASURED if metrics_for([rule])}
    assert by_cloudwatch.isdisjoint(finding.rule.id for finding in found.findings)
    # Whether somebody who lost no event has a destination does not matter; whether anybody did is not known.
    assert {item.rule.id for item in found.undecided} == by_cloudwatch
    evidence = recorded_in(BUSY)
    fail(evidence)
    count = len(evidence.data("cloudwatch.GetMetricData")["MetricDataResults"])
    (gap,) = gaps(evidence)
    assert gap.what == f"cloudwatch:GetMetricData ({count} of {count} metrics)" and status in gap.why


def test_a_metric_that_the_answer_leaves_out_is_a_gap(busy: Proxy, server: Busy) -> None:
    server.silent = "checkout Errors"
    heard = run([pair for pair in RULES if pair[0].id == "function-often-fails"])
    assert heard.findings == []
    assert [item.subject.function for item in heard.undecided] == ["checkout"]
    (gap,) = heard.gaps
    assert gap.what == "cloudwatch:GetMetricData (1 of 20 metrics)"


def test_one_accident_among_millions_is_no_finding() -> None:
    def one(evidence: Evidence) -> None:
        for series in evidence.data("cloudwatch.GetMetricData")["MetricDataResults"]:
            if series["Label"] in ("checkout Duration", "checkout Throttles"):
                series["Values"] = [value if place == 0 else 1 for place, value in enumerate(series["Values"])]
            if series["Label"] == "checkout Invocations":
                series["Values"] = [1_000_000 for _ in series["Values"]]

    named = {"function-throttled", "timeout-nearly-reached"}
    assert {finding.rule.id for finding in judged(one).findings} & named == set()
    assert {finding.rule.id for finding in judged().findings} >= named


@pytest.mark.parametrize(
    ("savings", "expected"),
    [
        ({"currency": "USD", "value": 7.25}, "this saves 7.25 USD a month"),
        ({"currency": "USD", "value": 0.01}, "this saves 0.01 USD a month"),
        ({"currency": "USD", "value": 0.009}, "this saves less than 0.01 USD a month"),
        ({}, "this saves an amount that it does not name a month"),
    ],
)
def test_no_saving_is_made_up(savings: dict[str, Any], expected: str) -> None:
    def change(evidence: Evidence) -> None:
        for item in evidence.items(
            "compute-optimizer.GetLambdaFunctionRecommendations", "lambdaFunctionRecommendations"
        ):
            for option in item["memorySizeRecommendationOptions"]:
                option["savingsOpportunity"] = {"estimatedMonthlySavings": savings}

    (finding,) = (each for each in judged(change).findings if each.rule.id == "memory-overprovisioned")
    assert expected in finding.message


def test_denied_metrics_are_a_gap_with_a_policy(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    busy.reset(Fault("GetMetricData", status=403, code="AccessDeniedException"))
    assert cli.main(["audit", "--isolated", "--metrics", "--select", "function-throttled", "--api-budget", "1"]) == 3
    output = capsys.readouterr()
    assert "cloudwatch:GetMetricData" in output.out and '"cloudwatch:GetMetricData"' in output.err
    assert "could not be looked at" in output.out


def test_an_account_that_has_not_opted_in_is_told_how(busy: Proxy, capsys: pytest.CaptureFixture[str]) -> None:
    busy.reset(Fault("GetLambdaFunctionRecommendations", status=403, code="OptInRequiredException"))
    arguments = ["audit", "--isolated", "--metrics", "--select", "memory-overprovisioned,too-many-layers"]
    assert cli.main([*arguments, "--format", "json"]) == 3
    output = capsys.readouterr()
    report = json.loads(output.out)
    assert report["findings"] == []
    (gap,) = report["gaps"]
    assert gap["what"] == "compute-optimizer:GetLambdaFunctionRecommendations"
    assert "update-enrollment-status --status Active" in gap["why"]
    assert len([item for item in report["undecided"] if item["rule"] == "memory-overprovisioned"]) == 10
    assert "policy" not in output.err, "no permission is missing"


def test_an_answer_to_one_call_of_several_leaves_the_others_unknown(busy: Proxy, server: Busy) -> None:
    functions = server.answers["lambda.ListFunctions"]["Functions"]
    arn = functions[0]["FunctionArn"].removesuffix("checkout")
    functions += [{**functions[8], "FunctionName": f"f{n}", "FunctionArn": f"{arn}f{n}"} for n in range(490)]
    busy.reset(Fault("GetMetricData", status=403, code="AccessDeniedException", path='"f489"'))
    heard = run([pair for pair in RULES if pair[0].id == "function-often-fails"])
    assert said(heard.findings) == [("function-often-fails", f"{arn}checkout")]
    assert len(heard.undecided) == 250
    (gap,) = heard.gaps
    assert gap.what == "cloudwatch:GetMetricData (1 of 2 calls)"


def test_queries_name_dimensions_as_cloudwatch_does() -> None:
    evidence = recorded_in(BUSY)
    asked = {query.label: query for query in asked_for.queries(evidence, ["checkout"], frozenset(METRICS))}
    alias = asked["checkout:live ProvisionedConcurrencyUtilization"].parameters(3)["MetricStat"]
    assert alias["Metric"]["Dimensions"] == [
        {"Name": "FunctionName", "Value": "checkout"},
        {"Name": "Resource", "Value": "checkout:live"},
    ]
    assert asked["ClaimedAccountConcurrency"].parameters(0)["MetricStat"]["Metric"]["Dimensions"] == []
    assert not any("clicks" in label for label in asked)
    assert list(asked_for.queries(Evidence(Pair("1", "eu-west-1")), [], frozenset({"Throttles"}))) == []


# --- the emulator ---------------------------------------------------------------------------------------------------

PROGRAM = emulator_program()


@pytest.mark.skipif(PROGRAM is None, reason="ministack is not installed; see LAMBDALINT_EMULATOR")
def test_an_emulator_counts_what_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3

    assert PROGRAM is not None
    with emulator(PROGRAM, tmp_path) as url:
        fill(url, 3, reserve=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        boto3.client("cloudwatch").put_metric_data(
            Namespace="AWS/Lambda",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "FunctionName", "Value": "fn-00001"}],
                    "Timestamp": datetime.now(UTC),
                    "Value": value,
                }
                for name, value in (("Invocations", 150), ("Invocations", 50), ("Errors", 90), ("Throttles", 70))
            ],
        )
        asking = Asking(Boto(threads=8), Pace(1.0, factor=1000), None, threads=8)
        only = [rule for rule, _ in MEASURED]
        window = asked_for.window_of(datetime.now(UTC).date(), 14)
        order = Order(calls_for(only, metrics=True), metrics=metrics_for(only), window=window)
        heard = audit(Scope(), order, MEASURED, AS_OF, asking._caller, asking, Progress())  # type: ignore[arg-type]
    found = {(finding.rule.id, finding.subject.function): finding.message for finding in heard.findings}
    assert set(found) == {("function-often-fails", "fn-00001"), ("function-throttled", "fn-00001")}
    assert "90 of 200 invocations" in found["function-often-fails", "fn-00001"]
    assert "throttled 70 times in 14 days" in found["function-throttled", "fn-00001"]
