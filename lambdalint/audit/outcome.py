"""From what an audit heard to its report: suppressions and the baseline, exactly as for templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lambdalint import __version__
from lambdalint.check.finding import Covered, Finding, Place, Report
from lambdalint.check.scope import Scope
from lambdalint.data import runtimes
from lambdalint.record import replace
from lambdalint.run import Request, info_of, settled
from lambdalint.source.gap import Gap

if TYPE_CHECKING:
    from lambdalint.audit.run import Heard


def report_of(heard: Heard, request: Request, declared: dict[str, Place], scope: Scope) -> Report:
    """What was found, after suppressions and the baseline. What a template declares (by the ARN of the function)
    stands there, so that code scanning shows the line."""
    standing, suppressed, notices, more = settled(request, heard.findings, heard.stacks, scope)
    return Report(
        tool="lambdalint",
        version=__version__,
        findings=tuple(_placed(finding, declared) for finding in standing),
        undecided=tuple(heard.undecided),
        suppressed=tuple(suppressed),
        gaps=tuple(heard.gaps),
        notices=(*notices, *more, *heard.notices),
        seen=tuple(heard.seen),
        rules=tuple(sorted((info_of(rule) for rule in request.rules), key=lambda info: info.id)),
        data_dates={"runtimes": runtimes.AS_OF},
        fail_on=request.fail_on,
        coverage=tuple(heard.coverage),
    )


def looked_at(
    coverage: Iterable[Covered], gaps: Iterable[Gap], skipped: frozenset[str], whole: bool, every_region: bool
) -> Scope:
    """What an audit looked at, with everything in it: only there something can be gone, or a suppression be unused.

    ``whole`` says that every function was meant, ``every_region`` that every region was.
    """
    gaps = list(gaps)
    open_pairs = {(gap.account, gap.region) for gap in gaps}
    open_accounts = {gap.account for gap in gaps}
    pairs = {(item.account, item.region) for item in coverage}
    return Scope(
        skipped=skipped,
        everywhere=whole,
        pairs=frozenset(pairs - open_pairs),
        accounts=frozenset(account for account, _ in pairs if account not in open_accounts)
        if every_region
        else frozenset(),
    )


def _placed(finding: Finding, declared: dict[str, Place]) -> Finding:
    """A finding about a function, its permissions or its URL, at the line of the template that declares it."""
    # An alias has an ARN of its own: that of the function and the alias's name.
    function = ":".join((finding.subject.arn or "").partition("/")[0].split(":")[:7])
    return replace(finding, place=declared[function]) if function in declared else finding
