"""What can go wrong while accounts are audited: nothing is lost, nothing invented, and how many calls it costs.

``ROWS``, at the end, says which tests stand for which failure.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, SHOP, Fault, Fleet, Proxy, Recorded
from test_audit import (
    AS_OF,
    MEMBERS,
    ROOT,
    RULES,
    judged,
    organization,
    run,
    said,
)
from test_audit import test_a_region_that_is_off_is_no_gap_where_others_work as off_region
from test_audit import test_denied_policies_make_public_functions_unknown_not_private as denied_policies
from test_audit import test_largest_regions_come_first_and_accounts_never_mix as accounts_apart

from lambdalint import cli
from lambdalint.audit.scope import Scope
from lambdalint.audit.verdict import verdict
from lambdalint.load.aws.answer import refusal
from lambdalint.load.aws.ask import DENIALS, FAILURE_TRIES, GIVEN_UP, THROTTLE_TRIES
from lambdalint.load.aws.journal import Journal, JournalError
from lambdalint.load.aws.pace import Bucket
from lambdalint.load.aws.recorded import recorded_in
from lambdalint.load.aws.workers import Workers

pytestmark = pytest.mark.usefixtures("credentials")
HTML = "<html><body>404 Not Found</body></html>"
#: Rules that need functions, their tags and their policies, and nothing else.
ABOUT_POLICIES = [pair for pair in RULES if pair[0].id == "function-open-to-everyone"]
MANY = 60


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """The calls of an audit of the recorded account when nothing goes wrong."""
    with pytest.MonkeyPatch.context() as patch:
        proxy = Proxy(answer=Recorded(SHOP))
        patch.setenv("AWS_ENDPOINT_URL", proxy.url)
        patch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        run()
        proxy.close()
        return proxy.calls


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An account with functions that nobody but policies is asked about."""
    proxy = organization(monkeypatch, Fleet({ACCOUNT: {REGION: MANY}}))
    yield proxy
    proxy.close()


# --- what passes ----------------------------------------------------------------------------------------------------

PASSING = [
    Fault("GetPolicy", status=429, code="TooManyRequestsException", times=1),
    # As many as one call is tried, less one: whichever calls they hit, none is given up.
    Fault("GetPolicy", status=429, code="TooManyRequestsException", times=THROTTLE_TRIES - 1),
    Fault("GetAccountAuthorizationDetails", status=400, code="Throttling", times=1),
    Fault("GetPolicy", status=500, code="ServiceException", times=1),
    Fault("DescribeAlarms", status=503, code="ServiceUnavailable", times=FAILURE_TRIES - 1),
    Fault("GetPolicy", close=True, times=1),
    Fault("iam.", close=True, times=1),
    Fault("ListFunctions", status=500, body=HTML, times=1),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.match} {fault.code or 'cut'} {fault.times}")
def test_what_passes_loses_nothing_and_costs_one_call_each_time(shop: Proxy, fault: Fault, usual: Counter[str]) -> None:
    fault.seen = fault.hit = 0
    shop.reset(fault)
    heard = run()
    assert fault.hit == fault.times
    assert heard.gaps == []
    assert said(heard.findings) == said(judged().findings)
    assert shop.calls.total() == usual.total() + fault.times


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2])
def test_no_call_is_given_up_where_others_use_most_of_the_quota(share: float) -> None:
    """A thousand calls, 64 at a time, against a quota of which others leave only a part of what is asked for."""
    bucket, left, free = Bucket(7.5), 1000, share * 7.5
    tokens, filled, done, worst = free, 0.0, 0.0, 0
    waiting: list[tuple[float, int, int]] = []
    for number in range(64):
        heappush(waiting, (bucket.turn(0.0), number, 0))
    while waiting:
        now, number, tries = heappop(waiting)
        tokens, filled = min(max(free, 1.0), tokens + (now - filled) * free), now
        tries += 1
        worst = max(worst, tries)
        if tokens >= 1:
            tokens -= 1
            left, done, tries = left - 1, now, 0
            if left >= len(waiting) + 1:
                heappush(waiting, (now + bucket.turn(now), number, 0))
        else:
            bucket.throttled(now)
            again = now + 0.2 * 2 ** min(tries, 6)
            heappush(waiting, (again + bucket.turn(again), number, tries))
    assert left == 0
    assert worst < THROTTLE_TRIES
    assert done < 1000 / free * 2.5


# --- what lasts -----------------------------------------------------------------------------------------------------

LASTING = [
    (Fault("GetFunction$", status=403, code="AccessDeniedException"), "lambda:GetFunction", "denied", DENIALS),
    (
        Fault("GetAccountAuthorizationDetails", status=403, code="AccessDenied"),
        "iam:GetAccountAuthorizationDetails",
        "denied",
        1,
    ),
    (
        Fault("DescribeAlarms", status=503, code="ServiceUnavailable"),
        "cloudwatch:DescribeAlarms",
        "failed",
        FAILURE_TRIES,
    ),
    (Fault("ListSchedules", status=404, body=HTML), "scheduler:ListSchedules", "not supported", 1),
    (Fault("DescribeAlarms", status=500, body=HTML), "cloudwatch:DescribeAlarms", "failed|not supported", None),
    (Fault("ListMetrics", close=True), "cloudwatch:ListMetrics", "failed", FAILURE_TRIES),
    (
        Fault("ListEventSourceMappings", status=400, code="ValidationException"),
        "lambda:ListEventSource",
        "supported",
        1,
    ),
    (Fault("GetResources", status=400, code="ThrottlingException"), "tag:GetResources", "throttling", THROTTLE_TRIES),
    (Fault("GetPolicy", status=429, code="TooManyRequestsException"), "lambda:GetPolicy", "throttling", None),
]


@pytest.mark.parametrize(
    ("fault", "action", "why", "calls"),
    LASTING,
    ids=[f"{fault.match} {fault.code or fault.status or 'cut'}" for fault, *_ in LASTING],
)
def test_what_lasts_is_a_gap_and_invents_nothing(
    shop: Proxy, fault: Fault, action: str, why: str, calls: int | None
) -> None:
    fault.seen = fault.hit = 0
    shop.reset(fault)
    heard = run()
    assert set(said(heard.findings)) <= set(said(judged().findings))
    assert heard.findings, "what was answered is still judged"
    (gap,) = [gap for gap in heard.gaps if gap.what.startswith(action)]
    assert any(word in gap.why for word in why.split("|"))
    assert (gap.account, gap.region) == (ACCOUNT, REGION)
    assert calls is None or fault.hit == calls


@pytest.mark.parametrize(
    ("fault", "calls", "why"),
    [
        (Fault("GetPolicy", status=429, code="TooManyRequestsException"), GIVEN_UP * THROTTLE_TRIES, "throttling"),
        (Fault("GetPolicy", status=503, code="ServiceException"), GIVEN_UP * FAILURE_TRIES, "failed"),
        (Fault("GetPolicy", close=True), GIVEN_UP * FAILURE_TRIES, "failed"),
        (Fault("GetPolicy", status=403, code="AccessDeniedException"), DENIALS, "denied"),
        (Fault("GetPolicy", status=403, code="ExpiredTokenException"), 1, "expired"),
    ],
    ids=["throttled", "failing", "cut", "denied", "expired"],
)
def test_a_call_that_never_works_is_not_made_for_each_function(many: Proxy, fault: Fault, calls: int, why: str) -> None:
    many.reset(fault)
    heard = run(rules=ABOUT_POLICIES)
    assert many.calls["lambda.GetPolicy"] == calls
    (gap,) = [gap for gap in heard.gaps if gap.what.startswith("lambda:GetPolicy")]
    assert why in gap.why and f"({MANY} of {MANY} calls)" in gap.what
    assert len(heard.undecided) == MANY and heard.findings == []


def test_a_call_that_works_again_is_made_for_every_function(many: Proxy) -> None:
    """An outage that outlasts some calls is over before all are given up."""
    outage = Fault("GetPolicy", status=503, code="ServiceException", times=(GIVEN_UP - 1) * FAILURE_TRIES)
    many.reset(outage)
    heard = run(rules=ABOUT_POLICIES)
    (gap,) = heard.gaps
    assert gap.what == f"lambda:GetPolicy ({GIVEN_UP - 1} of {MANY} calls)"
    assert len(heard.undecided) == GIVEN_UP - 1
    assert many.calls["lambda.GetPolicy"] == outage.times + MANY - (GIVEN_UP - 1)


def test_incomplete_audits_exit_with_3(many: Proxy, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    many.reset(Fault("GetPolicy", status=403, code="AccessDeniedException"))
    assert cli.main(["audit", "--isolated", "--select", "function-open-to-everyone", "--api-budget", "1"]) == 3
    assert "could not be looked at" in capsys.readouterr().out


def test_denials_of_single_functions_do_not_stop_the_others(many: Proxy) -> None:
    """A permission may be limited to some functions: whatever was answered once is asked on."""
    many.reset(*(Fault("GetPolicy", path=f"fn-{n:05d}/", status=403, code="AccessDenied") for n in range(1, MANY, 2)))
    heard = run(rules=ABOUT_POLICIES)
    assert many.calls["lambda.GetPolicy"] == MANY
    assert len(heard.undecided) == MANY // 2


def test_a_call_that_hangs_is_given_up(shop: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lambdalint.load.aws.client.READ_SECONDS", 0.2)
    shop.reset(Fault("ListSchedules", hang=60.0, close=True))
    heard = run()
    assert [gap.what for gap in heard.gaps] == ["scheduler:ListSchedules"]
    assert "ReadTimeoutError" in heard.gaps[0].why
    assert set(said(heard.findings)) <= set(said(judged().findings))
    assert shop.calls["scheduler.ListSchedules"] == FAILURE_TRIES


def test_an_answer_about_another_account_is_refused(shop: Proxy) -> None:
    shop.rewrite = lambda name, data: data.replace(ACCOUNT.encode(), b"999999999999") if "ListF" in name else data
    heard = run()
    assert heard.findings == []
    assert "WrongAccount" in heard.gaps[0].why
    assert shop.calls.total() == 2  # who am I, and functions


@pytest.mark.parametrize("seed", range(24))
def test_whatever_is_refused_in_whichever_order_invents_nothing(seed: int) -> None:
    """Some of everything that is asked is refused for some reason; what depends on a refused answer is not asked."""
    code = ("AccessDenied", "TooManyRequestsException", "ExpiredToken", "404")[seed % 4]
    evidence = recorded_in(SHOP)
    keys = [key for key in evidence.answers if key[0] != "lambda.ListFunctions"]
    struck = [key for number, key in enumerate(keys) if pow(31 + seed, number + 3, 257) % (2 + seed % 5) == 0]
    for key in struck:
        if seed % 2:
            evidence.answers[key] = refusal(code)
        else:
            del evidence.answers[key]
    assert struck
    assert set(said(verdict(evidence, RULES, AS_OF).findings)) <= set(said(judged().findings))


# --- lists that change ----------------------------------------------------------------------------------------------


def test_functions_that_two_pages_show_are_judged_once(shop: Proxy) -> None:
    """A function that is made while the list is read moves others to the next page, where they stand again."""
    assert isinstance(shop.answer, Recorded)
    functions = shop.answer.answers["lambda.ListFunctions"]["Functions"]
    functions.insert(3, functions[2])
    functions.insert(6, functions[5])
    shop.answer.page = 3
    heard = run()
    assert shop.calls["lambda.ListFunctions"] == 4
    assert shop.calls["lambda.GetPolicy"] == len(functions) - 2
    assert said(heard.findings) == said(judged().findings)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "InvalidParameterValueException"), (400, "PaginationTokenExpiredException"), (400, "InvalidNextToken")],
)
def test_a_list_whose_token_expires_is_read_from_its_start_once(many: Proxy, status: int, code: str) -> None:
    """Only that list: neither the pair nor the run."""
    lost = Fault("ListFunctions", path="Marker=50", status=status, code=code, times=1)
    many.reset(lost)
    heard = run(rules=ABOUT_POLICIES)
    assert heard.gaps == []
    assert many.calls["lambda.ListFunctions"] == 4  # the first page, the lost one, both again
    assert many.calls["lambda.GetPolicy"] == MANY
    many.reset(Fault("ListFunctions", path="Marker=50", status=status, code=code))
    heard = run(rules=ABOUT_POLICIES)
    assert many.calls["lambda.ListFunctions"] == 4, "but once only"
    assert [gap.what for gap in heard.gaps] == ["lambda:ListFunctions"]
    assert heard.findings == []


def test_a_token_that_expired_before_an_audit_is_resumed_does_no_harm(many: Proxy, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    many.reset(Fault("ListFunctions", path="Marker=50", status=403, code="ExpiredTokenException"))
    assert run(journal, rules=ABOUT_POLICIES).gaps
    many.reset(Fault("ListFunctions", path="Marker=50", status=400, code="InvalidParameterValueException", times=1))
    heard = run(journal, resume=True, rules=ABOUT_POLICIES)
    assert heard.gaps == [] and heard.undecided == []
    assert many.calls["lambda.ListFunctions"] == 3
    assert many.calls["lambda.GetPolicy"] == MANY


def test_no_policy_is_an_answer_and_no_function_is_said(shop: Proxy) -> None:
    """GetPolicy has one answer for both; GetFunction tells that a function was deleted meanwhile."""
    gone = Fault("lambda.Get(Policy|Function)$", path="/ship", status=404, code="ResourceNotFoundException")
    shop.reset(gone)
    heard = run(deep=True)
    assert heard.gaps == []
    assert [notice.message for notice in heard.notices] == [
        f"ship (account {ACCOUNT}, {REGION}) was deleted while the audit ran: it is not judged"
    ]
    about = [entry for entry in said(heard.findings) if entry[1].endswith("function:ship")]
    assert about == []
    assert gone.hit == 2
    shop.reset(Fault("lambda.GetPolicy$", path="/ship", status=404, code="ResourceNotFoundException"))
    heard = run()
    assert heard.gaps == [] and heard.notices == []
    assert set(said(heard.findings)) <= set(said(judged().findings))


# --- what is large --------------------------------------------------------------------------------------------------


def test_a_large_policy_is_read(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    statements = [
        {
            "Sid": f"s{number}",
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:s3:::bucket-{number}"}},
        }
        for number in range(150)
    ]
    assert len(json.dumps(statements)) > 20_000
    shop.answer.answers["lambda.GetPolicy"]["ledger"] = {"Policy": json.dumps({"Statement": statements})}
    heard = run()
    assert heard.gaps == []
    assert ("async-failures-lost", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ledger") not in said(heard.findings)


def test_a_thousand_roles_with_large_policies_are_read_and_those_of_functions_judged(shop: Proxy) -> None:
    assert isinstance(shop.answer, Recorded)
    details = shop.answer.answers["iam.GetAccountAuthorizationDetails"]
    statements = [
        {"Sid": f"s{number}", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"arn:aws:s3:::b{number}/*"}
        for number in range(60)
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    assert len(json.dumps(document)) > 5_000
    for number in range(1_000):
        name = f"other-{number}"
        details["RoleDetailList"].insert(
            0,
            {
                "RoleName": name,
                "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
                "AssumeRolePolicyDocument": {},
                "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document}] if number < 200 else [],
            },
        )
    heard = run()
    assert heard.gaps == []
    assert said(heard.findings) == said(judged().findings)


# --- nothing is lost ------------------------------------------------------------------------------------------------


def twice(proxy: Proxy) -> list[str]:
    """Calls that were answered more than once. Who one is is asked each time: somebody else may resume."""
    asked = Counter(call for call in proxy.answered if "GetCallerIdentity" not in call[2])
    return [call[2] for call, count in asked.items() if count > 1]


def test_an_expired_session_is_resumed_without_asking_twice(shop: Proxy, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    shop.reset(Fault("^lambda", status=403, code="ExpiredTokenException", after=6))
    first = run(journal)
    assert any("aws sso login" in gap.why for gap in first.gaps)
    assert set(said(first.findings)) <= set(said(judged().findings))
    shop.faults = []
    second = run(journal, resume=True)
    assert second.gaps == []
    assert said(second.findings) == said(judged().findings)
    assert twice(shop) == []


def test_a_role_that_cannot_be_renewed_ends_its_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """What SSO and assumed roles do in the middle of a run: the credentials end, and there are no new ones."""
    fleet = Fleet({name: {REGION: 3} for name in MEMBERS[:3]})
    fleet.tokens = 60.0  # so close to the end that each call wants new ones
    proxy = organization(monkeypatch, fleet)
    proxy.reset(Fault("AssumeRole", path=MEMBERS[1], status=403, code="ExpiredTokenException", after=1))
    heard = run(scope=Scope(organization=True), rules=ABOUT_POLICIES)
    proxy.close()
    assert {gap.account for gap in heard.gaps} == {MEMBERS[1]}
    assert all("expired" in gap.why and "--resume" in gap.why for gap in heard.gaps)
    assert [call for account, _, call in proxy.answered if account == MEMBERS[1]] == []
    assert {name for name, _, call in proxy.answered if "GetPolicy" in call} == {MEMBERS[0], MEMBERS[2]}


def test_a_session_without_a_login_says_how_to_log_in(shop: Proxy, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "none").write_text(
        "[profile sso]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\nregion = eu-west-1\n"
        "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n"
    )
    os.environ.pop("AWS_ACCESS_KEY_ID")
    assert cli.main(["audit", "--isolated", "--profile", "sso"]) == 2
    assert "aws sso login" in capsys.readouterr().err
    assert shop.calls.total() == 0


def test_a_complete_journal_answers_everything(shop: Proxy, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    first = run(journal)
    shop.reset()
    second = run(journal, resume=True)
    assert said(second.findings) == said(first.findings)
    assert shop.calls == {"sts.GetCallerIdentity": 1}


def test_values_of_the_environment_are_written_nowhere(shop: Proxy, tmp_path: Path) -> None:
    secret = json.loads((SHOP / "lambda.ListFunctions.json").read_text())["Functions"][0]["Environment"]["Variables"]
    code = cli.main(
        ["audit", "--isolated", "--api-budget", "1", "-o", "report.json", "-o", "report.html", "-o", "r.sarif"]
    )
    assert code == 1
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {
        "report.json",
        "report.html",
        "r.sarif",
        "audit.sqlite",
        "audit.sqlite.key",
    }
    for path in files:
        assert secret["STRIPE_KEY"].encode() not in path.read_bytes(), path
    assert b"STRIPE_KEY" in (tmp_path / "report.json").read_bytes()
    for name in ("audit.sqlite", "audit.sqlite.key"):
        assert stat.S_IMODE((tmp_path / ".lambdalint" / name).stat().st_mode) == 0o600


#: Seconds between two looks at an audit, and how many of these must show the same.
_POLL, _QUIET = 0.02, 25


class Started:
    """An audit in a process of its own, at the point where only calls that hang are on their way."""

    def __init__(self, proxy: Proxy, folder: Path, *arguments: str, calls: int) -> None:
        command = [sys.executable, "-m", "lambdalint.cli", "audit", "--isolated", "--api-budget", "1", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.journal = folder / ".lambdalint" / "audit.sqlite"
        deadline, poll = time.monotonic() + 60, threading.Event()
        # An answer that is on its way when the process dies is lost with it: wait until all are kept and, for longer
        # than any call waits for its turn, no other is made.
        before, quiet = (0, 0), 0
        while quiet < _QUIET:
            assert time.monotonic() < deadline and self.process.poll() is None, (self.kept(), calls)
            now = (self.kept(), proxy.calls.total())
            quiet = quiet + 1 if now == before and now[0] >= calls and proxy.hanging > 0 else 0
            before = now
            poll.wait(_POLL)

    def kept(self) -> int:
        """Answers in the journal."""
        try:
            with sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True) as database:
                return int(database.execute("SELECT count(*) FROM answer").fetchone()[0])
        except sqlite3.Error:
            return 0

    def ended(self, *signals: signal.Signals) -> tuple[int, str, float]:
        """The exit code, what it said, and the seconds that it took, without those in which the machine was busy with
        others."""
        start, waited = time.monotonic(), self._waited()
        for number in signals:
            self.process.send_signal(number)
        os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        seconds = time.monotonic() - start - (self._waited() - waited)
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors, seconds

    def _waited(self) -> float:
        """Seconds in which the process could have run, but others did."""
        found = Path(f"/proc/{self.process.pid}/schedstat")
        return int(found.read_text().split()[1]) / 1e9 if found.exists() else 0.0


@pytest.mark.parametrize(
    "signals",
    [(signal.SIGINT,), (signal.SIGINT, signal.SIGINT), (signal.SIGKILL,)],
    ids=["Ctrl-C", "Ctrl-C twice", "crash"],
)
def test_whatever_ends_an_audit_its_answers_are_kept(
    shop: Proxy, tmp_path: Path, signals: tuple[signal.Signals, ...], usual: Counter[str]
) -> None:
    # What is asked once the policies are known is not asked yet when they hang.
    shop.reset(Fault("GetPolicy", hang=60.0, close=True, after=3))
    later = {"lambda.ListFunctionEventInvokeConfigs", "lambda.ListFunctionUrlConfigs", "sts.GetCallerIdentity"}
    later |= {"sqs.GetQueueAttributes", "sqs.ListDeadLetterSourceQueues", "sns.GetTopicAttributes", "lambda.GetPolicy"}
    audit = Started(shop, tmp_path, calls=sum(count for name, count in usual.items() if name not in later) + 3)
    code, errors, seconds = audit.ended(*signals)
    assert seconds < 1.0
    if signal.SIGINT in signals:
        assert code == 130
        assert "Traceback" not in errors
    if signals == (signal.SIGINT,):
        assert f"{audit.kept()} answers are kept" in errors and "--resume" in errors
    answered = len(shop.answered)
    struck = shop.faults[0].hit
    shop.released.set()
    shop.faults = []
    heard = run(audit.journal, resume=True)
    assert said(heard.findings) == said(judged().findings)
    assert twice(shop) == []
    assert answered < len(shop.answered)
    assert shop.calls["lambda.GetPolicy"] - struck == usual["lambda.GetPolicy"]


def test_ctrl_c_does_not_wait_for_roles_that_are_being_assumed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proxy = organization(monkeypatch, Fleet({name: {REGION: 1} for name in MEMBERS}))
    proxy.reset(Fault("AssumeRole", hang=60.0, close=True))
    code, errors, seconds = Started(proxy, tmp_path, "--organization", calls=2).ended(signal.SIGINT)
    proxy.close()
    assert (code, "Traceback" in errors) == (130, False)
    assert seconds < 1.0


def test_roles_are_assumed_again_where_that_fails_in_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = organization(monkeypatch, Fleet({name: {REGION: 1} for name in MEMBERS[:4]}))
    proxy.reset(Fault("AssumeRole", status=503, code="ServiceUnavailable", times=FAILURE_TRIES - 1))
    heard = run(scope=Scope(organization=True), rules=ABOUT_POLICIES)
    proxy.close()
    assert heard.gaps == []
    assert proxy.calls["sts.AssumeRole"] == 4 + FAILURE_TRIES - 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--resume"],
        ["--resume", "--journal", "README.md"],
        ["--journal", "README.md"],
        ["--journal", "own.db"],
    ],
)
def test_a_journal_that_is_none_is_said_and_left_alone(
    shop: Proxy, tmp_path: Path, arguments: list[str], capsys: Any
) -> None:
    (tmp_path / "README.md").write_text("not a journal, but long enough to be read as a header of something " * 4)
    with sqlite3.connect(tmp_path / "own.db") as database:
        database.execute("CREATE TABLE answer (mine TEXT)")
        database.execute("CREATE TABLE price (cents INTEGER)")
    database.close()
    before = {name: (tmp_path / name).read_bytes() for name in ("README.md", "own.db")}
    assert cli.main(["audit", "--isolated", *arguments]) == 2
    assert "journal" in capsys.readouterr().err
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_a_journal_of_any_version_is_replaced(shop: Proxy, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.put(ACCOUNT, REGION, "lambda.ListFunctions", "", 0, {"Functions": []}, None)
    journal.set_note("version", "0")
    journal.close()
    (tmp_path / "empty.sqlite").touch()
    for name in ("j.sqlite", "empty.sqlite"):
        assert Journal(tmp_path / name).count() == 0


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal._database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(JournalError, match="make room and go on with --resume"):
        for number in range(100):
            journal.put(ACCOUNT, REGION, "lambda.GetPolicy", f"f{number}", 0, {"Policy": "x" * 1000}, None)
    journal.close()


def test_threads_work_at_the_same_time() -> None:
    """Each waits for the others, so they never end where one thread has to do it all."""
    together = threading.Barrier(4)

    async def wait() -> None:
        workers = Workers(4)
        assert await asyncio.wait_for(workers.run(lambda: 7), 10) == 7
        await asyncio.gather(*(workers.run(lambda: together.wait(10)) for _ in range(4)))
        workers.close()

    asyncio.run(wait())


def test_a_journal_without_its_key_is_not_resumed(tmp_path: Path) -> None:
    """Environment values that did not change would look different."""
    Journal(tmp_path / "journal.sqlite").close()
    (tmp_path / "journal.sqlite.key").unlink()
    with pytest.raises(JournalError, match="the key of the journal is gone; start without --resume"):
        Journal(tmp_path / "journal.sqlite", resume=True)


def test_what_fails_on_a_thread_is_heard() -> None:
    def fail() -> None:
        raise JournalError("full")

    async def wait() -> None:
        workers = Workers(2)
        with pytest.raises(JournalError, match="full"):
            await asyncio.wait_for(workers.run(fail), 10)
        assert await asyncio.wait_for(workers.run(lambda: 7), 10) == 7
        workers.close()

    asyncio.run(wait())


@pytest.mark.parametrize(
    ("trouble", "heard"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (SystemExit(3), SystemExit), (StopIteration(), RuntimeError)],
    ids=["Ctrl-C", "exit", "an end without a list"],
)
def test_what_ends_a_program_is_heard_where_it_can_end_it(trouble: BaseException, heard: type[BaseException]) -> None:
    """A thread neither swallows it nor ends by it: whoever waits would wait for ever."""
    workers = Workers(1)

    def fail() -> None:
        raise trouble

    async def wait(work: Callable[[], Any]) -> Any:
        return await asyncio.wait_for(workers.run(work), 10)

    with pytest.raises(heard):
        asyncio.run(wait(fail))
    assert asyncio.run(wait(lambda: 7)) == 7
    workers.close()


def test_nobody_is_disturbed_by_what_a_cancelled_call_comes_to() -> None:
    began, go_on = threading.Event(), threading.Event()
    troubles: list[dict[str, Any]] = []

    def fail() -> None:
        began.set()
        go_on.wait(10)
        raise JournalError("full")

    async def wait() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context))
        workers = Workers(1)
        task = asyncio.ensure_future(workers.run(fail))
        await asyncio.to_thread(began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        assert await asyncio.wait_for(workers.run(lambda: 7), 10) == 7
        workers.close()

    asyncio.run(wait())
    assert troubles == []


# --- what can go wrong, and what shows that it does no harm ---------------------------------------------------------

ROWS: dict[str, tuple[object, ...]] = {
    "throttled once": (test_what_passes_loses_nothing_and_costs_one_call_each_time,),
    "throttled by what others use of the quota": (test_no_call_is_given_up_where_others_use_most_of_the_quota,),
    "throttled for ever": (
        test_a_call_that_never_works_is_not_made_for_each_function,
        test_incomplete_audits_exit_with_3,
    ),
    "denied": (
        test_what_lasts_is_a_gap_and_invents_nothing,
        test_a_call_that_never_works_is_not_made_for_each_function,
        test_denials_of_single_functions_do_not_stop_the_others,
        denied_policies,
    ),
    "region off": (off_region,),
    "expired in the middle of a run": (
        test_an_expired_session_is_resumed_without_asking_twice,
        test_a_role_that_cannot_be_renewed_ends_its_account_alone,
        test_a_session_without_a_login_says_how_to_log_in,
    ),
    "deleted between list and get": (test_no_policy_is_an_answer_and_no_function_is_said,),
    "500 once, 503 for ever": (
        test_what_passes_loses_nothing_and_costs_one_call_each_time,
        test_what_lasts_is_a_gap_and_invents_nothing,
        test_a_call_that_works_again_is_made_for_every_function,
    ),
    "connection reset once, for ever": (
        test_what_passes_loses_nothing_and_costs_one_call_each_time,
        test_a_call_that_never_works_is_not_made_for_each_function,
    ),
    "hang": (test_a_call_that_hangs_is_given_up,),
    "HTML answers": (
        test_what_passes_loses_nothing_and_costs_one_call_each_time,
        test_what_lasts_is_a_gap_and_invents_nothing,
    ),
    "SIGINT": (
        test_whatever_ends_an_audit_its_answers_are_kept,
        test_ctrl_c_does_not_wait_for_roles_that_are_being_assumed,
    ),
    "resume": (
        test_whatever_ends_an_audit_its_answers_are_kept,
        test_a_complete_journal_answers_everything,
        test_values_of_the_environment_are_written_nowhere,
        test_a_full_disk_is_said,
    ),
    "a token expires, a list changes": (
        test_a_list_whose_token_expires_is_read_from_its_start_once,
        test_a_token_that_expired_before_an_audit_is_resumed_does_no_harm,
        test_functions_that_two_pages_show_are_judged_once,
    ),
    "huge policies": (
        test_a_large_policy_is_read,
        test_a_thousand_roles_with_large_policies_are_read_and_those_of_functions_judged,
    ),
    "an answer about another account": (
        test_an_answer_about_another_account_is_refused,
        accounts_apart,
    ),
}
