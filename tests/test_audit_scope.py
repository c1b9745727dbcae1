"""Whose accounts are audited, and with which permissions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from account_server import ACCOUNT, REGION, SHOP, Enforcing, Fault, Fleet, Members, Proxy, Recorded
from test_audit import MEMBERS, RULES, organization, run
from test_metrics import BUSY, Busy
from test_metrics import MEASURED as MEASURED_RULES
from test_metrics import run as with_metrics

from lambdalint import cli
from lambdalint.audit.run import Heard
from lambdalint.audit.scope import Scope, ScopeError
from lambdalint.data import iam
from lambdalint.record import record

pytestmark = pytest.mark.usefixtures("credentials")
URL_RULE = [pair for pair in RULES if pair[0].id == "url-without-auth"]
MEASURED = sorted(rule.id for rule, _ in MEASURED_RULES)
ONE_RULE = [pair for pair in RULES if pair[0].id == "runtime-deprecated"]


def accounts_of(heard: Heard) -> set[str]:
    return {(finding.subject.arn or "").split(":")[4] for finding in heard.findings}


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """Six accounts in nested units; the caller's own is one of them, as the management account is."""
    made = Fleet({name: {REGION: 1} for name in [ACCOUNT, *MEMBERS[:5]]})
    made.units = {
        "r-root": (["ou-prod", "ou-test"], [ACCOUNT]),
        "ou-prod": (["ou-shops", "ou-empty"], [MEMBERS[0]]),
        "ou-shops": ([], [MEMBERS[1], MEMBERS[2]]),
        "ou-empty": ([], []),
        "ou-test": ([], [MEMBERS[3], MEMBERS[4]]),
    }
    proxy = organization(monkeypatch, made)
    made.proxy = proxy  # type: ignore[attr-defined]
    yield made
    proxy.close()


# --- organizations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (("r-root",), {ACCOUNT, *MEMBERS[:5]}),
        (("ou-prod",), set(MEMBERS[:3])),
        (("ou-shops",), set(MEMBERS[1:3])),
        (("ou-shops", "ou-test"), set(MEMBERS[1:5])),
        (("ou-prod", "ou-shops"), set(MEMBERS[:3])),
        (("ou-empty",), set()),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_units_hold_the_accounts_of_the_units_in_them(fleet: Fleet, units: tuple[str, ...], expected: set[str]) -> None:
    heard = run(scope=Scope(organization=True, units=units), rules=ONE_RULE)
    assert accounts_of(heard) == expected and heard.gaps == []
    assert len(fleet.assumed) == len(set(fleet.assumed)) == len(expected - {ACCOUNT}), "each account once"


@pytest.mark.parametrize(
    ("tags", "units", "expected"),
    [
        ((("stage", "prod"),), (), {MEMBERS[0], MEMBERS[1]}),
        ((("stage", "prod"), ("team", "a")), (), {MEMBERS[0]}),
        ((("stage", "prod"),), ("ou-shops",), {MEMBERS[1]}),
        ((("stage", ""),), (), set()),
        ((("Stage", "prod"),), (), set()),
    ],
)
def test_accounts_have_all_the_tags_that_are_asked_for(
    fleet: Fleet, tags: tuple[tuple[str, str], ...], units: tuple[str, ...], expected: set[str]
) -> None:
    fleet.tags = {MEMBERS[0]: {"stage": "prod", "team": "a"}, MEMBERS[1]: {"stage": "prod"}, MEMBERS[2]: {"team": "a"}}
    heard = run(scope=Scope(organization=True, units=units, tags=tags), rules=ONE_RULE)
    assert accounts_of(heard) == expected and heard.gaps == []


@pytest.mark.parametrize("units", [(), ("r-root",)])
def test_suspended_accounts_are_passed_over(fleet: Fleet, units: tuple[str, ...]) -> None:
    fleet.suspended = {MEMBERS[1], MEMBERS[4]}
    heard = run(scope=Scope(organization=True, units=units), rules=ONE_RULE)
    assert accounts_of(heard) == {ACCOUNT, MEMBERS[0], MEMBERS[2], MEMBERS[3]} and heard.gaps == []
    assert not [role for role in fleet.assumed if MEMBERS[1] in role or MEMBERS[4] in role]


def test_the_callers_own_account_needs_no_role(fleet: Fleet) -> None:
    """The management account has no role of its own to be assumed, and neither has a delegated administrator."""
    heard = run(scope=Scope(organization=True), rules=ONE_RULE)
    assert ACCOUNT in accounts_of(heard)
    assert not [role for role in fleet.assumed if ACCOUNT in role]


def test_a_delegated_administrator_reads_the_organization_and_assumes_the_others(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", MEMBERS[2])
    fleet.refused = {ACCOUNT}  # the management account is nobody's member
    heard = run(scope=Scope(organization=True), rules=ONE_RULE)
    assert accounts_of(heard) == set(MEMBERS[:5])
    assert [gap.account for gap in heard.gaps] == [ACCOUNT]
    assert not [role for role in fleet.assumed if MEMBERS[2] in role]


def test_the_role_and_its_external_id_are_those_that_were_given(fleet: Fleet) -> None:
    fleet.external_id = "secret handshake"
    scope = Scope(organization=True, role="audit/reader", external_id="secret handshake")
    assert accounts_of(run(scope=scope, rules=ONE_RULE)) == {ACCOUNT, *MEMBERS[:5]}
    assert set(fleet.assumed) == {f"arn:aws:iam::{name}:role/audit/reader" for name in MEMBERS[:5]}
    heard = run(scope=Scope(organization=True, external_id="other"), rules=ONE_RULE)
    assert accounts_of(heard) == {ACCOUNT}
    assert {gap.account for gap in heard.gaps} == set(MEMBERS[:5])
    assert all("--external-id" in gap.why for gap in heard.gaps)
    assert heard.denied == {"sts:AssumeRole"}


def test_an_account_whose_role_is_refused_stops_no_other(fleet: Fleet, capsys: Any) -> None:
    fleet.refused = {MEMBERS[1]}
    arguments = ["audit", "--isolated", "--organization", "--select", "runtime-deprecated", "--api-budget", "1"]
    assert cli.main([*arguments, "--format", "json", "--fail-on", "never"]) == 3
    output = capsys.readouterr()
    report = json.loads(output.out)
    assert {item["resource"]["arn"].split(":")[4] for item in report["findings"]} == {ACCOUNT, *MEMBERS[:5]} - {
        MEMBERS[1]
    }
    (gap,) = report["gaps"]
    assert gap["account"] == MEMBERS[1] and f"arn:aws:iam::{MEMBERS[1]}:role/" in gap["why"]
    assert '"sts:AssumeRole"' in output.err


@pytest.mark.parametrize(
    ("match", "scope", "action"),
    [
        ("ListAccounts$", Scope(organization=True), "organizations:ListAccounts"),
        ("ListAccountsForParent", Scope(organization=True, units=("r-root",)), "organizations:ListAccountsForParent"),
        (
            "ListOrganizationalUnits",
            Scope(organization=True, units=("r-root",)),
            "organizations:ListOrganizationalUnitsForParent",
        ),
        ("ListTagsForResource", Scope(organization=True, tags=(("a", "b"),)), "organizations:ListTagsForResource"),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" in value else "",
)
def test_an_organization_that_does_not_answer_is_said(fleet: Fleet, match: str, scope: Scope, action: str) -> None:
    fleet.proxy.reset(Fault(match, status=400, code="AccessDeniedException"))  # type: ignore[attr-defined]
    with pytest.raises(ScopeError, match=rf"because access was denied \({action}\).*--accounts FILE"):
        run(scope=scope, rules=ONE_RULE)
    fleet.proxy.reset(Fault(match, status=400, code="AWSOrganizationsNotInUseException"))  # type: ignore[attr-defined]
    with pytest.raises(ScopeError, match="because it does not exist"):
        run(scope=scope, rules=ONE_RULE)


# --- files of accounts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"# ours\n\n{MEMBERS[0]}  # shop\n   {MEMBERS[1]}\r\n", {MEMBERS[0], MEMBERS[1]}),
        (f"arn:aws:iam::{MEMBERS[2]}:role/path/reader\n{MEMBERS[0]}", {MEMBERS[0], MEMBERS[2]}),
        (f"{MEMBERS[0]}\n{MEMBERS[0]}\n", {MEMBERS[0]}),
        (f"{ACCOUNT}\n", {ACCOUNT}),
        ("# nobody\n", set()),
    ],
)
def test_a_file_names_accounts_and_roles(fleet: Fleet, text: str, expected: set[str]) -> None:
    Path("accounts.txt").write_bytes(text.encode())
    heard = run(scope=Scope(accounts=Path("accounts.txt"), role="r"), rules=ONE_RULE)
    assert accounts_of(heard) == expected
    assert len(fleet.assumed) == len(expected - {ACCOUNT})
    assert all(role.endswith(("/r", "/path/reader")) for role in fleet.assumed)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1234\n", ":1: '1234'"),
        (f"{MEMBERS[0]}\n{MEMBERS[1]},{MEMBERS[2]}\n", ":2: "),
        ("arn:aws:iam::123456789012:user/me\n", ":1: 'arn:aws:iam::123456789012:user/me'"),
        ("arn:aws:iam::12345:role/x\n", ":1: 'arn:aws:iam::12345:role/x'"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662\n", ":1: "),
        (
            f"{MEMBERS[0]}\n{MEMBERS[1]}\narn:aws:iam::{MEMBERS[0]}:role/x\n",
            f":3: account {MEMBERS[0]} stands in the file",
        ),
        (b"\xff\xfe", ": the accounts file cannot be read"),
    ],
)
def test_a_line_that_names_no_account_is_said_before_anything_is_asked(
    fleet: Fleet, text: str | bytes, wrong: str, capsys: Any
) -> None:
    Path("accounts.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert cli.main(["audit", "--isolated", "--accounts", "accounts.txt"]) == 2
    assert f"accounts.txt{wrong}" in capsys.readouterr().err
    assert fleet.assumed == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--threads", "0"], "--threads 0: from 1 to 256 calls"),
        (["--threads", "257"], "--threads 257: from 1 to 256 calls"),
        (["--shard", "1/2"], "--shard divides the accounts of --organization or --accounts"),
        (["--region", "EU-WEST-1"], "--region EU-WEST-1: this is no AWS region"),
        (["--region", "all,eu-west-1"], "all regions, or those that are named"),
    ],
)
def test_what_an_option_cannot_be_is_said_before_any_call(
    shop: Proxy, arguments: list[str], sentence: str, capsys: Any
) -> None:
    assert cli.main(["audit", "--isolated", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not shop.calls


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--region", "eu-wst-1"], "--region eu-wst-1: no such region is known; did you mean eu-west-1?"),
        (["--function", "chekout"], "--function chekout: no function that was listed has such a name"),
    ],
)
def test_a_slip_in_a_name_is_said(shop: Proxy, arguments: list[str], sentence: str, capsys: Any) -> None:
    cli.main(["audit", "--isolated", "--select", "runtime-deprecated", *arguments])
    assert sentence in capsys.readouterr().err
    cli.main(["audit", "--isolated", "--select", "runtime-deprecated", "--region", REGION, "--function", "checkout"])
    assert "lambdalint:" not in capsys.readouterr().err


def test_an_address_that_nobody_has_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    assert cli.main(["audit", "--isolated"]) == 2
    assert "Invalid endpoint: nonsense" in capsys.readouterr().err


def test_permissions_take_the_options_of_the_audit(capsys: Any) -> None:
    def printed(*arguments: str) -> str:
        assert cli.main(["permissions", "--isolated", *arguments]) == 0
        return str(capsys.readouterr().out)

    assert printed("--region", "all") == printed("--all-regions")
    assert printed("--region", "eu-west-1,us-east-1") == printed()
    chosen = ["--organization", "--role-name", "reader"]
    assert printed(*chosen, "--ou", "ou-1", "--account-tag", "a=b") == printed(*chosen, "--ou", "--account-tag")
    assert printed("--accounts", "file.txt") == printed("--accounts") != printed()


# --- shards ---------------------------------------------------------------------------------------------------------


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """A report without the order of its documents, which are nameless, and without the number of rules that ran: a
    merged report names the whole library, as the parts tell no names."""
    del report["summary"]["rules"]
    report["documents"] = sorted(json.dumps(item, sort_keys=True) for item in report["documents"])
    report["undecided"] = sorted(json.dumps(item, sort_keys=True) for item in report["undecided"])
    report["suppressed"] = sorted(json.dumps(item, sort_keys=True) for item in report["suppressed"])
    return report


@pytest.mark.parametrize("count", [2, 3, 8])
def test_shards_together_are_the_whole(monkeypatch: pytest.MonkeyPatch, count: int, capsys: Any) -> None:
    """Findings, open questions, suppressions, gaps, coverage and numbers: whatever a report says."""
    made = Fleet({name: {REGION: 2, "us-east-1": 1} for name in MEMBERS[:9]}, regions=(REGION, "us-east-1"))
    made.refused, made.suspended = {MEMBERS[2]}, {MEMBERS[6]}
    proxy = organization(monkeypatch, made)
    proxy.reset(Fault("GetPolicy", path="fn-00001/", status=403, code="AccessDeniedException"))
    Path("lambdalint.yaml").write_text(
        "suppress:\n  - {rules: [runtime-deprecated], resources: ['arn:*:us-east-1:*'], reason: soon gone}\n"
    )
    common = ["audit", "--organization", "--region", "all", "--fail-on", "never", "--api-budget", "1"]
    common += ["--select", "runtime-deprecated,function-open-to-everyone,default-memory"]
    assert cli.main([*common, "-o", "whole.json"]) == 3
    for part in range(1, count + 1):
        cli.main([*common, "--shard", f"{part}/{count}", "-o", f"part-{part}.json", "--journal", f"{part}.sqlite"])
    capsys.readouterr()
    parts = [f"part-{part}.json" for part in range(count, 0, -1)]
    assert cli.main(["merge", *parts, "--fail-on", "never", "--format", "json"]) == 3
    proxy.close()
    merged, whole = json.loads(capsys.readouterr().out), json.loads(Path("whole.json").read_text())
    assert len(whole["findings"]) > 10 and whole["gaps"] and whole["undecided"] and whole["suppressed"]
    assert comparable(merged) == comparable(whole)


# --- permissions ----------------------------------------------------------------------------------------------------


@record
class Variant:
    """A way to audit: what ``permissions`` is told of it, how it is run, and who answers."""

    flags: tuple[str, ...]
    run: Callable[[], Heard]
    server: Callable[[], Any]


def _organization() -> Members:
    made = Fleet({ACCOUNT: {}, MEMBERS[0]: {}}, regions=(REGION,))
    made.units = {"r-root": ([], [ACCOUNT, MEMBERS[0]])}
    made.tags = {name: {"stage": "prod"} for name in made.sizes}
    return Members(made, SHOP)


def _measured() -> Heard:
    return with_metrics([pair for pair in RULES if pair[0].id in MEASURED])


def _accounts() -> Heard:
    Path("accounts.txt").write_text(MEMBERS[0])
    return run(scope=Scope(accounts=Path("accounts.txt")))


#: A way to audit that makes calls of its own has a row here; its recorded answers must make it make all of them.
VARIANTS = {
    "plain": Variant((), run, lambda: Recorded(SHOP)),
    "deep": Variant(("--deep",), lambda: run(deep=True), lambda: Recorded(SHOP)),
    "every region": Variant(("--all-regions",), lambda: run(scope=Scope(regions=("all",))), _organization),
    "organization": Variant(("--organization",), lambda: run(scope=Scope(organization=True)), _organization),
    "unit": Variant(("--ou",), lambda: run(scope=Scope(organization=True, units=("r-root",))), _organization),
    "tag": Variant(
        ("--account-tag",), lambda: run(scope=Scope(organization=True, tags=(("stage", "prod"),))), _organization
    ),
    "unit and tag": Variant(
        ("--ou", "--account-tag"),
        lambda: run(scope=Scope(organization=True, units=("r-root",), tags=(("stage", "prod"),))),
        _organization,
    ),
    "accounts": Variant(("--accounts",), _accounts, _organization),
    "metrics": Variant(("--metrics", "--select", ",".join(MEASURED)), _measured, lambda: Busy(BUSY)),
    "one rule": Variant(("--select", "url-without-auth"), lambda: run(rules=URL_RULE), lambda: Recorded(SHOP)),
}


def printed(capsys: Any, flags: tuple[str, ...]) -> set[str]:
    """The actions of the policy that ``lambdalint permissions`` prints."""
    capsys.readouterr()
    assert cli.main(["permissions", "--isolated", *flags]) == 0
    statements = json.loads(capsys.readouterr().out)["Statement"]
    return {
        name for one in statements for name in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_the_printed_policy_is_enough_and_no_action_of_it_can_go(
    monkeypatch: pytest.MonkeyPatch, name: str, capsys: Any
) -> None:
    variant = VARIANTS[name]
    actions = printed(capsys, variant.flags)
    assert all(iam.action(action) is not None for action in actions)
    iam_of_aws = Enforcing(variant.server(), actions)
    proxy = Proxy(answer=iam_of_aws)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    heard = variant.run()
    assert (heard.denied, heard.gaps, set(iam_of_aws.denied)) == (set(), [], set())
    assert set(iam_of_aws.used) == actions, "an action that is not used"
    # What the plain policy holds is taken away once, there.
    shared = set() if name in ("plain", "one rule") else printed(capsys, ())
    for action in sorted(actions - shared):
        iam_of_aws.allowed, iam_of_aws.denied = actions - {action}, type(iam_of_aws.denied)()
        try:
            heard = variant.run()
        except ScopeError as error:
            assert f"({action})" in str(error)
        else:
            assert heard.denied == {action}
            assert any(action in gap.what or action == "sts:AssumeRole" for gap in heard.gaps), action
        assert set(iam_of_aws.denied) == {action}
    proxy.close()
