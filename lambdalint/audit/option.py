"""What the options of ``audit`` ask for, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lambdalint.audit.scope import DEFAULT_REGIONS, Scope

if TYPE_CHECKING:
    from argparse import Namespace

    from lambdalint.load.aws.client import Boto

#: More than AWS's rates keep busy, and few enough for any machine.
MOST_THREADS = 256


class AuditError(Exception):
    """Something that the user asked for cannot be done; one sentence."""


def scope_of(parsed: Namespace) -> Scope:
    """What the options choose.

    Raises:
        AuditError: they contradict each other or are written wrongly.
    """
    number, slash, count = parsed.shard.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise AuditError(f"--shard {parsed.shard}: write it as I/N, such as 1/4")
    tags = [entry.partition("=") for entry in parsed.account_tag]
    if any(not equals for _, equals, _ in tags):
        raise AuditError("--account-tag: write it as KEY=VALUE")
    if count != "1" and not (parsed.organization or parsed.accounts):
        raise AuditError("--shard divides the accounts of --organization or --accounts, and neither is given")
    if (parsed.ou or tags) and not parsed.organization:
        raise AuditError("--ou and --account-tag choose among the accounts of --organization")
    if parsed.organization and parsed.accounts:
        raise AuditError("--organization and --accounts exclude each other")
    regions = _regions(parsed)
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


def _regions(parsed: Namespace) -> tuple[str, ...]:
    """The regions that are named; a slip would ask an address that nobody has, or nothing at all."""
    import re

    from lambdalint.data.regions import FORM

    regions = tuple(dict.fromkeys(name.strip() for name in (parsed.region or "").split(",") if name.strip()))
    if "all" in regions and len(regions) > 1:
        raise AuditError(f"--region {parsed.region}: all regions, or those that are named, but not both")
    for name in regions:
        if name != "all" and re.fullmatch(FORM, name) is None:
            raise AuditError(f"--region {name}: this is no AWS region; write it like eu-central-1")
    return regions


def tell_unknown_regions(scope: Scope, boto: Boto, say: Callable[[str], None]) -> None:
    """Say which regions look like a slip. A region may be younger than the list, so it is looked at all the same."""
    strange = [name for name in scope.regions if name != "all" and name not in DEFAULT_REGIONS]
    if not strange:
        return
    from difflib import get_close_matches

    known = {*DEFAULT_REGIONS, *boto.known_regions()}
    for name in strange:
        near = [] if name in known else get_close_matches(name, sorted(known), 1, 0.85)
        if near:
            say(f"lambdalint: --region {name}: no such region is known; did you mean {near[0]}?")


def days_of(parsed: Namespace) -> int:
    """How many days CloudWatch is asked about.

    Raises:
        AuditError: CloudWatch does not keep so many, or they are too few to judge.
    """
    from lambdalint.load.aws.metrics import MOST_DAYS

    days = int(parsed.metrics_days)
    if not 3 <= days <= MOST_DAYS:
        raise AuditError(f"--metrics-days {days}: from 3 to {MOST_DAYS} days can be asked about")
    return days


def threads_of(parsed: Namespace) -> int:
    """How many calls are made at the same time.

    Raises:
        AuditError: none, or more than do any good.
    """
    threads = int(parsed.threads)
    if not 1 <= threads <= MOST_THREADS:
        raise AuditError(f"--threads {threads}: from 1 to {MOST_THREADS} calls can be made at the same time")
    return threads


def budget_of(parsed: Namespace) -> float:
    """The share of AWS's rates that is used.

    Raises:
        AuditError: it is no share.
    """
    budget = float(parsed.api_budget)
    if not 0 < budget <= 1:
        raise AuditError(f"--api-budget {parsed.api_budget:g}: it is a share of AWS's rates, above 0 and at most 1")
    return budget
