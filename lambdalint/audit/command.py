"""The commands about live accounts: ``audit``, ``permissions`` and ``merge``."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint.audit.need import calls_for, metrics_for, needs_metrics
from lambdalint.audit.option import AuditError, budget_of, days_of, scope_of, tell_unknown_regions, threads_of
from lambdalint.audit.permission import actions_of, policy
from lambdalint.audit.scope import ScopeError

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.audit.drift import Drift
    from lambdalint.audit.run import Heard
    from lambdalint.check.finding import Report
    from lambdalint.load.aws.client import Boto
    from lambdalint.load.aws.evidence import Window
    from lambdalint.load.aws.journal import Journal
    from lambdalint.load.aws.survey import Order
    from lambdalint.run import Request

INTERRUPTED = 130


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
    # Most of what is parsed stays for a while: to look at it after every few hundred objects takes time for nothing.
    gc.set_threshold(20_000, 20, 20)
    if parsed.command == "merge":
        return _merge(parsed, console)
    assert request is not None
    request = _answerable(parsed, request, console)
    calls = _calls(parsed, request)
    if parsed.command == "permissions":
        organization = parsed.organization or parsed.ou or parsed.account_tag
        every = parsed.all_regions or parsed.region == "all"
        actions = actions_of(calls, every, bool(organization), bool(parsed.ou), bool(parsed.account_tag))
        console.out(policy(actions, parsed.role_name if organization or parsed.accounts else None))
        return 0
    if parsed.plan:
        from lambdalint.audit.forecast import Bill, forecast

        bill = Bill(metrics_for(request.rules), days_of(parsed)) if parsed.metrics else None
        console.out(forecast(calls, budget_of(parsed), parsed.deep, parsed.region == "all", parsed.organization, bill))
        if parsed.code:
            from lambdalint.audit.code import forecast_of

            console.out(forecast_of(Path(parsed.journal)))
        return 0
    return _audit(parsed, request, console)


def _answerable(parsed: Namespace, request: Request, console: Console) -> Request:
    """The request without the rules that need metrics which nobody asked for."""
    if parsed.metrics:
        return request
    from lambdalint.record import replace

    chosen = {name.strip() for entry in parsed.select for name in entry.split(",")}
    left = tuple(rule for rule in request.rules if not needs_metrics(rule, rule.id in chosen))
    gone = {rule.id for rule in request.rules} - {rule.id for rule in left}
    named = sorted(gone & chosen)
    if named:
        console.say(f"lambdalint: {', '.join(named)}: needs metrics, so it judges nothing; add --metrics")
    return replace(request, rules=left, known_rules=request.known_rules | {rule.id for rule in request.rules})


def _calls(parsed: Namespace, request: Request) -> frozenset[str]:
    """The calls of an audit: those that its rules need, and for code the one that tells where packages are."""
    # Rules that nobody asked metrics for are gone from the request.
    calls = calls_for(request.rules, parsed.deep, metrics=True)
    if not parsed.code:
        return calls
    from lambdalint.load.aws.packages import GET_FUNCTION

    return calls | {GET_FUNCTION}


def _with_code(order: Order, request: Request, boto: Boto, console: Console) -> Order:
    """The order with what downloads code, if a rule of the request reads any."""
    from dataclasses import replace

    from lambdalint.audit.code import packages_of, reads_code

    if not any(reads_code(rule) for rule in request.rules):
        console.say("lambdalint: --code: none of the rules that run reads code, so none is downloaded")
        return order
    return replace(order, packages=packages_of(boto))


def _audit(parsed: Namespace, request: Request, console: Console) -> int:
    from lambdalint.audit.outcome import looked_at, report_of
    from lambdalint.audit.progress import Line
    from lambdalint.audit.run import Interrupted, Progress, audit
    from lambdalint.load.aws.ask import Asking
    from lambdalint.load.aws.client import Boto
    from lambdalint.load.aws.journal import Journal, JournalError
    from lambdalint.load.aws.pace import Pace
    from lambdalint.load.aws.survey import Order
    from lambdalint.run import exit_code, info_of

    scope = scope_of(parsed)
    calls = _calls(parsed, request)
    days, threads, budget = days_of(parsed), threads_of(parsed), budget_of(parsed)
    line = Line(None if parsed.no_progress else console.tell)
    try:
        journal = Journal(Path(parsed.journal), parsed.resume)
        _ignored_by_git(Path(parsed.journal))
        metrics = metrics_for(request.rules) if parsed.metrics else frozenset()
        order = Order(calls, tuple(parsed.function), parsed.deep, metrics, _window(journal, days, console.say))
        boto = Boto(scope.profiles[0] if scope.profiles else None, threads)
        tell_unknown_regions(scope, boto, console.say)
        asking = Asking(boto, Pace(budget), journal, threads)
        if parsed.code:
            order = _with_code(order, request, boto, console)
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
    looked = looked_at(
        heard.coverage, heard.gaps, request.skipped_rules, not parsed.function, scope.regions == ("all",)
    )
    report = report_of(heard, request, drift.places if drift is not None else {}, looked)
    console.write(report, request)
    _tell_missing(heard, parsed, console.say)
    journal.close()
    return exit_code(report, parsed.allow_gaps, parsed.exit_zero)


def _tell_missing(heard: Heard, parsed: Namespace, say: Callable[[str], None]) -> None:
    """Say which functions were asked for in vain, and what would allow the calls that were denied."""
    if parsed.function and not heard.seen and not heard.gaps:
        say(f"lambdalint: --function {', '.join(parsed.function)}: no function that was listed has such a name")
    if heard.denied:
        say("lambdalint: some calls were denied. This policy allows them:\n" + policy(heard.denied).rstrip("\n"))


def _window(journal: Journal, days: int, say: Callable[[str], None]) -> Window:
    """The days that CloudWatch is asked about; an audit that is resumed goes on with those that it began with, and its
    user is told how old its answers may be."""
    from datetime import UTC, date, datetime

    from lambdalint.load.aws.metrics import window_of

    kept = journal.note("metrics until")
    today = datetime.now(UTC).date()
    until = date.fromisoformat(kept) if kept else today
    if until < today:
        say(f"lambdalint: --resume: answers since {until} are used again; start without --resume to ask anew")
    journal.set_note("metrics until", until.isoformat())
    return window_of(until, days)


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


def baseline_of(parsed: Namespace, target: Path) -> tuple[str, Report, int]:
    """The baseline of what audits reported, the reports as one, and how many entries of the target are kept because
    they are about what these audits did not look at.

    Raises:
        AuditError: a file is no report of an audit.
    """
    from lambdalint.audit.merge import MergeError, merged
    from lambdalint.audit.outcome import looked_at
    from lambdalint.check.baseline import unseen, write
    from lambdalint.rule.library import builtin
    from lambdalint.run import info_of

    try:
        report = merged((Path(path) for path in parsed.report), {rule.id: info_of(rule) for rule in builtin()}, None)
    except MergeError as error:
        raise AuditError(str(error)) from None
    scope = looked_at(report.coverage, report.gaps, frozenset(), True, False)
    kept = unseen(target, scope)
    known = [item.finding for item in report.suppressed if item.by == "baseline"]
    return write([*report.findings, *known], kept=kept), report, len(kept)


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
