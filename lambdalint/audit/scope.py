"""Which accounts and regions an audit looks at, and with whose credentials."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lambdalint.load.aws.answer import Answer, Ok, Refused, in_words
from lambdalint.load.aws.ask import Asking
from lambdalint.load.aws.client import Boto, Identity
from lambdalint.load.aws.evidence import Pair
from lambdalint.source.gap import Gap

#: Regions that every account has, asked about when the account does not say which it has.
#: https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
DEFAULT_REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)


_ACCOUNT = re.compile(r"[0-9]{12}")
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)


class ScopeError(Exception):
    """What was asked for cannot be audited at all; one sentence with the next step."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a user asked for. ``accounts`` is a file with one account id or role ARN a line."""

    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    organization: bool = False
    accounts: Path | None = None
    role: str = "OrganizationAccountAccessRole"
    external_id: str | None = None
    units: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    shard: tuple[int, int] = (1, 1)

    @property
    def assumes(self) -> bool:
        """Whether roles of other accounts are assumed."""
        return self.organization or self.accounts is not None


@dataclass(slots=True)
class Reached:
    """The pairs that can be asked, with the credentials of each account, and what could not be reached."""

    pairs: list[Pair]
    identities: dict[str, Identity]
    gaps: list[Gap]
    #: Accounts whose regions are a guess: a region that is not enabled there is no gap.
    guessed: set[str]
    #: Actions that were denied.
    denied: set[str]


async def reach(scope: Scope, boto: Boto, asking: Asking) -> Reached:
    """Find the accounts and regions.

    Raises:
        ScopeError: there are no credentials or no region, or the accounts cannot be listed.
    """
    profiles: Sequence[str | None] = scope.profiles or (None,)
    reached = Reached([], {}, [], set(), set())
    for profile in profiles:
        base = await _caller(boto, asking, profile)
        home = boto.default_region(profile)
        partition = _partition(home)
        named = await _accounts(scope, asking, base, home or "us-east-1")
        if named is None:
            reached.identities.setdefault(base.account, base)
        else:
            chosen = [name for name in named if in_shard(name.partition("|")[0], scope.shard)]
            await _assume_all(scope, boto, asking, base, chosen, partition, reached)
    await _regions(scope, boto, asking, reached)
    return reached


def in_shard(account: str, shard: tuple[int, int]) -> bool:
    """Whether an account belongs to a shard (from 1). All of an account's regions share their quotas and one shard."""
    number, count = shard
    return int.from_bytes(hashlib.sha256(account.encode()).digest()[:8], "big") % count == number - 1


async def _caller(boto: Boto, asking: Asking, profile: str | None) -> Identity:
    found = boto.identity(profile)
    shown = f"profile {profile}" if profile else "the environment"
    if isinstance(found, Refused):
        raise ScopeError(f"{shown}: {found.message}; set AWS_PROFILE or --profile, or run `aws configure`")
    answer = await asking.ask(found, boto.default_region(profile) or "us-east-1", "sts.GetCallerIdentity")
    if isinstance(answer, Refused):
        step = "run `aws sso login`" if answer.reason in ("expired", "disabled") else "check the network and try again"
        # Whoever set AWS_ENDPOINT_URL, or nothing, sees from the address which of them it was.
        detail = f": {answer.message.rstrip('.')}" if answer.reason == "broken" and answer.message else ""
        raise ScopeError(f"{shown}: who this is could not be asked, because {in_words(answer)}{detail}; {step}")
    found.account = str(answer.data.get("Account", ""))
    return found


# --- accounts ----------------------------------------------------------------------------------------------------


async def _accounts(scope: Scope, asking: Asking, base: Identity, region: str) -> list[str] | None:
    """The accounts to assume a role in, as ``id`` or ``id|role ARN``; None where only the caller's own is meant."""
    if scope.accounts is not None:
        return read_accounts(scope.accounts)
    if not scope.organization:
        return None
    # Organizations answers in one region of the partition only.
    home = "us-east-1" if _partition(region) == "aws" else region
    if scope.units:
        listed = [entry for unit in scope.units for entry in await _below(asking, base, home, unit)]
    else:
        listed = await _items(asking, base, home, "ListAccounts", "Accounts", "list the accounts")
    active = {str(entry["Id"]): None for entry in listed if _active(entry)}
    if not scope.tags:
        return list(active)
    kept: list[str] = []
    for account in active:
        tags = await _items(asking, base, home, "ListTagsForResource", "Tags", f"read the tags of {account}", account)
        own = {tag["Key"]: tag["Value"] for tag in tags}
        if all(own.get(key) == value for key, value in scope.tags):
            kept.append(account)
    return kept


def _active(entry: dict[str, Any]) -> bool:
    # Newer answers say State, older ones Status; suspended accounts refuse every call.
    return str(entry.get("State") or entry.get("Status") or "ACTIVE") == "ACTIVE"


async def _below(asking: Asking, base: Identity, region: str, unit: str) -> list[dict[str, Any]]:
    """The accounts of an organizational unit and of the units in it."""
    found: list[dict[str, Any]] = []
    pending = [unit]
    while pending:
        parent = pending.pop()
        what = f"list the accounts of {parent}"
        found += await _items(asking, base, region, "ListAccountsForParent", "Accounts", what, parent)
        what, units = f"list the units of {parent}", "OrganizationalUnits"
        listed = await _items(asking, base, region, "ListOrganizationalUnitsForParent", units, what, parent)
        pending += [str(child["Id"]) for child in listed]
    return found


async def _items(
    asking: Asking, base: Identity, region: str, call: str, key: str, what: str, target: str = ""
) -> list[dict[str, Any]]:
    answer = await asking.ask(base, region, f"organizations.{call}", target)
    if isinstance(answer, Ok):
        return list(answer.data.get(key) or ())
    raise ScopeError(
        f"the organization did not let us {what}, because {in_words(answer)} (organizations:{call}); use the "
        "management account or a delegated administrator, or name the accounts with --accounts FILE"
    )


def read_accounts(path: Path) -> list[str]:
    """The accounts of a file: an id or the ARN of a role on each line; ``#`` begins a comment.

    Raises:
        ScopeError: the file cannot be read, or a line is neither.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ScopeError(f"{path}: the accounts file cannot be read") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        if _ACCOUNT.fullmatch(text):
            account, entry = text, text
        elif _ROLE.fullmatch(text):
            account, entry = text.split(":")[4], f"{text.split(':')[4]}|{text}"
        else:
            raise ScopeError(f"{path}:{number}: '{text}' is neither a 12-digit account id nor the ARN of a role")
        if found.setdefault(account, entry) != entry:
            raise ScopeError(f"{path}:{number}: account {account} stands in the file with another role; keep one")
    return list(found.values())


async def _assume_all(
    scope: Scope,
    boto: Boto,
    asking: Asking,
    base: Identity,
    accounts: Iterable[str],
    partition: str,
    reached: Reached,
) -> None:
    async def assume(entry: str) -> None:
        account, _, role = entry.partition("|")
        if account == base.account and not role:
            reached.identities[account] = base
            return
        arn = role or f"arn:{partition}:iam::{account}:role/{scope.role}"
        async with limit:
            found = await asking.persist(partial(boto.assume, base, arn, scope.external_id, "lambdalint-audit"))
        if isinstance(found, Refused):
            why = f"role {arn} cannot be assumed, because {in_words(found)}; check its trust policy and --external-id"
            reached.gaps.append(Gap(f"account {account}", why, account=account))
            if found.reason == "denied":
                reached.denied.add("sts:AssumeRole")
        else:
            reached.identities[account] = found

    limit = asyncio.Semaphore(16)
    await asyncio.gather(*(assume(entry) for entry in accounts))


# --- regions -----------------------------------------------------------------------------------------------------


async def _regions(scope: Scope, boto: Boto, asking: Asking, reached: Reached) -> None:
    async def of(account: str, who: Identity) -> list[Pair]:
        home = boto.default_region(who.profile)
        if scope.regions and scope.regions != ("all",):
            names: Sequence[str] = scope.regions
        elif scope.regions == ("all",):
            answer = await asking.ask(who, home or "us-east-1", "account.ListRegions")
            listed = [str(entry["RegionName"]) for entry in _listed(answer)]
            if not listed:
                reached.guessed.add(account)
                # Regions that somebody opted in to stand in no list of ours.
                why = in_words(answer) if isinstance(answer, Refused) else "the answer names none"
                why = f"{why}; only the regions that every account has are looked at"
                reached.gaps.append(Gap("account:ListRegions", why, account=account))
                if isinstance(answer, Refused) and answer.reason == "denied":
                    reached.denied.add("account:ListRegions")
            names = listed or DEFAULT_REGIONS
        elif home is not None:
            names = (home,)
        else:
            raise ScopeError("no region is set; name one with --region, or use --region all")
        return [Pair(account, name, _partition(name)) for name in names]

    found = await asyncio.gather(*(of(account, who) for account, who in reached.identities.items()))
    reached.pairs = [pair for pairs in found for pair in pairs]


def _listed(answer: Answer) -> list[dict[str, Any]]:
    return list(answer.data.get("Regions") or ()) if isinstance(answer, Ok) else []


def _partition(region: str | None) -> str:
    if region is not None and region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region is not None and region.startswith("us-gov-") else "aws"
