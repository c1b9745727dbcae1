"""The commands about live accounts: ``audit``, ``permissions`` and ``merge``."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint.audit.need import calls_for
from lambdalint.audit.permission import actions_of, policy
from lambdalint.audit.scope import Scope, ScopeError

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.audit.drift import Drift
    from lambdalint.audit.run import Heard
    from lambdalint.check.finding import Finding, Place, Report
    from lambdalint.run import Request

INTERRUPTED = 130


class AuditError(Exception):
    """Something that the user asked for cannot be done; one sentence."""


@dataclass(frozen=True, slots=True)
class Console:
    """How a command speaks: to standard output, to people, and with a whole report."""

    out: Callable[[str], None]
    say: Callable[[str], None]
    #: Writes to a terminal as it is; None where nobody watches.
    tell: Callable[[str], object] | None
    write: Callable[[Report, Request], None]


def run_command(parsed: Namespace, request: Request | None, console: Console) -> int:
    """Run one of the commands; the exit code.

    Raises:
        AuditError: it cannot be done.
    """
    # Answers are parsed into garbage that refers to itself: without the collector an audit would grow without end.
    gc.enable()
    if parsed.command == "merge":
        return _merge(parsed, console)
    assert request is not None
    if parsed.command == "permissions":
        actions = actions_of(calls_for(request.rules, parsed.deep), parsed.all_regions, parsed.organization)
        console.out(policy(actions, parsed.role_name if parsed.organization else None))
        return 0
    if parsed.plan:
        from lambdalint.audit.forecast import forecast

        calls = calls_for(request.rules, parsed.deep)
        console.out(forecast(calls, _budget(parsed), parsed.deep, parsed.region == "all", parsed.organization))
        return 0
    return _audit(parsed, request, console)


def _audit(parsed: Namespace, request: Request, console: Console) -> int:
    from lambdalint.audit.progress import Line
    from lambdalint.audit.run import Interrupted, Progress, audit
    from lambdalint.load.aws.ask import Asking
    from lambdalint.load.aws.client import Boto
    from lambdalint.load.aws.journal import Journal, JournalError
    from lambdalint.load.aws.pace import Pace
    from lambdalint.load.aws.survey import Order
    from lambdalint.run import exit_code, info_of

    scope = _scope(parsed)
    order = Order(calls_for(request.rules, parsed.deep), tuple(parsed.function), parsed.deep)
    line = Line(None if parsed.no_progress else console.tell)
    try:
        journal = Journal(Path(parsed.journal), parsed.resume)
        _ignored_by_git(Path(parsed.journal))
        boto = Boto(scope.profiles[0] if scope.profiles else None, parsed.threads)
        asking = Asking(boto, Pace(_budget(parsed)), journal, parsed.threads)
        rules = [(rule, info_of(rule)) for rule in request.rules]
        drift = _drift(parsed, request, journal.key)
        progress = Progress(show=line.show)
        heard = audit(scope, order, rules, request.settings.as_of, boto, asking, progress, drift)
    except (ScopeError, JournalError) as error:
        raise AuditError(str(error)) from None
    except Interrupted:
        line.clear()
        kept = f"{journal.count():,} answers are kept"
        console.say(f"lambdalint: stopped; {kept}. Go on with the same command and --resume")
        return INTERRUPTED
    finally:
        line.clear()
    report = report_of(heard, request, drift.places if drift is not None else {})
    console.write(report, request)
    if heard.denied:
        console.say(
            "lambdalint: some calls were denied. This policy allows them:\n" + policy(heard.denied).rstrip("\n")
        )
    journal.close()
    return exit_code(report, parsed.allow_gaps, parsed.exit_zero)


def report_of(heard: Heard, request: Request, declared: dict[str, Place]) -> Report:
    """What was found, after suppressions and the baseline. What a template declares (by the ARN of the function)
    stands there, so that code scanning shows the line."""
    from lambdalint import __version__
    from lambdalint.check import baseline
    from lambdalint.check.finding import Report
    from lambdalint.check.suppress import settle
    from lambdalint.data import runtimes
    from lambdalint.run import info_of, with_fingerprints

    findings = list(with_fingerprints(heard.findings))
    known = request.known_rules | {rule.id for rule in request.rules}
    standing, suppressed, notices = settle(findings, heard.stacks, request.exemptions, request.settings.as_of, known)
    if request.baseline:
        standing, more, others = baseline.apply(standing, request.baseline)
        suppressed, notices = [*suppressed, *more], [*notices, *others]
    return Report(
        tool="lambdalint",
        version=__version__,
        findings=tuple(_placed(finding, declared) for finding in standing),
        undecided=tuple(heard.undecided),
        suppressed=tuple(suppressed),
        gaps=tuple(heard.gaps),
        notices=(*notices, *heard.notices),
        seen=tuple(heard.seen),
        rules=tuple(sorted((info_of(rule) for rule in request.rules), key=lambda info: info.id)),
        data_dates={"runtimes": runtimes.AS_OF},
        fail_on=request.fail_on,
        coverage=tuple(heard.coverage),
    )


def _placed(finding: Finding, declared: dict[str, Place]) -> Finding:
    """A finding about a function, its permissions or its URL, at the line of the template that declares it."""
    from lambdalint.record import replace

    function = "/".join((finding.subject.arn or "").split("/")[:1])
    return replace(finding, place=declared[function]) if function in declared else finding


def _scope(parsed: Namespace) -> Scope:
    number, slash, count = parsed.shard.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise AuditError(f"--shard {parsed.shard}: write it as I/N, such as 1/4")
    tags = [entry.partition("=") for entry in parsed.account_tag]
    if any(not equals for _, equals, _ in tags):
        raise AuditError("--account-tag: write it as KEY=VALUE")
    if (parsed.ou or tags) and not parsed.organization:
        raise AuditError("--ou and --account-tag choose among the accounts of --organization")
    if parsed.organization and parsed.accounts:
        raise AuditError("--organization and --accounts exclude each other")
    regions = tuple(name.strip() for name in (parsed.region or "").split(",") if name.strip())
    return Scope(
        profiles=tuple(name for entry in parsed.profile for name in entry.split(",")),
        regions=regions,
        organization=parsed.organization,
        accounts=Path(parsed.accounts) if parsed.accounts else None,
        role=parsed.role_name,
        external_id=parsed.external_id,
        units=tuple(parsed.ou),
        tags=tuple((key, value) for key, _, value in tags),
        shard=(int(number), int(count)),
    )


def _budget(parsed: Namespace) -> float:
    budget = float(parsed.api_budget)
    if not 0 < budget <= 1:
        raise AuditError(f"--api-budget {parsed.api_budget:g}: it is a share of AWS's rates, above 0 and at most 1")
    return budget


def _ignored_by_git(journal: Path) -> None:
    """Keep the default folder out of version control; a folder of the user's own is the user's business."""
    marker = journal.parent / ".gitignore"
    if journal.parent.name == ".lambdalint" and not marker.exists():
        marker.write_text("*\n", encoding="utf-8")


def _drift(parsed: Namespace, request: Request, key: bytes) -> Drift | None:
    """What templates declare, where the audit is to be compared with them."""
    if not parsed.against:
        return None
    from lambdalint.audit.drift import Drift
    from lambdalint.load.collect import collect
    from lambdalint.load.deployment import Environment
    from lambdalint.run import build, excluded_by_config, load

    path = Path(parsed.against)
    if not path.exists():
        raise AuditError(f"--against {path}: there is no such file or directory")
    found, _ = collect([path], request.here, list(request.exclude), excluded_by_config(request))
    deployments, _ = load(found, request.environments or (Environment(None, {}, None),))
    return Drift((build(one, request.settings) for one in deployments), key)


def _merge(parsed: Namespace, console: Console) -> int:
    from datetime import date

    from lambdalint.audit.merge import MergeError, merged
    from lambdalint.check.finding import Severity
    from lambdalint.model.model import Settings
    from lambdalint.rule.library import builtin
    from lambdalint.run import Request, exit_code, info_of

    fail_on = None if parsed.fail_on == "never" else Severity[(parsed.fail_on or "medium").upper()]
    rules = {rule.id: info_of(rule) for rule in builtin()}
    try:
        report = merged((Path(path) for path in parsed.reports), rules, fail_on)
    except MergeError as error:
        raise AuditError(str(error)) from None
    console.write(report, Request((), Path.cwd(), (), Settings(date.today())))
    return exit_code(report, parsed.allow_gaps, parsed.exit_zero)
