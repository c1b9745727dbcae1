"""How wide a statement is: facts about what it grants beyond what can be named.

Only what is surely wide is reported: a pattern that is not fully known says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias

from lambdalint.data import iam
from lambdalint.data.iam_overrides import ALTERNATIVES, OVERRIDES, Need
from lambdalint.data.services import parse_arn
from lambdalint.model.glob import matches
from lambdalint.model.statement import Pattern, Statement
from lambdalint.record import record

Breadth: TypeAlias = Literal["everything", "service", "actions", "pass-role", "not-action", "not-resource"]

_ROLE_PASSING = "iam:PassRole"
#: Service -> how the ARNs of a kind begin -> the pattern that covers all of that kind; "*" stands for all.
_Stars: TypeAlias = dict[str, dict[str, Pattern]]
_ONLY_WILD = re.compile(r"[*:/]*\*[*:/]*")


@record
class Wide:
    """One way in which an Allow statement is wide.

    ``kind``: ``everything`` (every action), ``service`` (every action of a service), ``actions`` (``actions`` could
    name their resource, yet are granted on every one), ``pass-role`` (any role can be passed to any service),
    ``not-action`` and ``not-resource`` (all but what is named). ``pattern`` is the action pattern responsible and
    ``resource`` the resource pattern that is ``*`` in effect, None where the resources are narrow (which occurs with
    ``everything``, ``service`` and ``not-action`` only). ``need``: what makes the breadth right after all: a function
    in a VPC (``vpc``), a mapping (``mapping``), text messages to phones (``sms``). ``conditioned``: the statement has a
    condition, which may well make it narrow.
    """

    kind: Breadth
    pattern: Pattern
    resource: Pattern | None
    actions: tuple[str, ...] = ()
    need: Need | None = None
    conditioned: bool = False

    @property
    def everywhere(self) -> bool:
        """Whether it applies to every resource."""
        return self.resource is not None


def width(statement: Statement) -> tuple[Wide, ...]:
    """Every way in which a statement of an identity policy is wide; () for Deny and for an unknown effect.

    A resource policy must not be asked: there ``*`` means the resource that it is attached to.
    """
    return tuple(_width(statement)) if statement.effect == "Allow" else ()


def effectively_star(resource: str) -> bool:
    """Whether a resource pattern covers all resources of a kind: its identifying segment is ``*``.

    True for ``*``, ``arn:aws:s3:::*``, ``arn:*:*:*`` and ``.../table/*``; False for ``bucket/*``, ``table/x/index/*``
    and ``log-group:/aws/lambda/x:*``.
    """
    return _star_of(resource) is not None


def _width(statement: Statement) -> Iterator[Wide]:
    conditioned = statement.conditioned
    stars: _Stars = {}
    for pattern in statement.resources:
        star = _star_of(pattern.text) if pattern.known else None
        if star is not None:
            stars.setdefault(star[0], {}).setdefault(star[1], pattern)
    everywhere = stars.get("*", {}).get("*")
    if statement.not_resources and statement.actions:
        yield Wide("not-resource", statement.actions[0], statement.not_resources[0], conditioned=conditioned)
    if statement.not_actions:
        yield Wide("not-action", statement.not_actions[0], everywhere, conditioned=conditioned)
    for pattern in statement.actions:
        if not pattern.known or "${" in pattern.text:
            continue
        service, _, rest = pattern.text.lower().partition(":")
        if not pattern.text.strip("*") or (not service.strip("*") and not rest.strip("*")):
            yield Wide("everything", pattern, everywhere, conditioned=conditioned)
            continue
        if rest and not rest.strip("*"):
            of_service = next(iter(stars.get(service, {}).values()), None)
            yield Wide("service", pattern, everywhere or of_service, conditioned=conditioned)
        if stars:
            yield from _starred(statement, pattern, stars)


def _starred(statement: Statement, pattern: Pattern, stars: _Stars) -> Iterator[Wide]:
    """What an action pattern on every resource is wide in, apart from covering its whole service."""
    conditioned = statement.conditioned
    groups: dict[Need | None, list[iam.Action]] = {}
    places: dict[Need | None, Pattern] = {}
    passing = matches(pattern.text.lower(), _ROLE_PASSING.lower())
    whole = pattern.text.endswith(":*")  # the service has been reported as such
    for name in ((_ROLE_PASSING,) if passing else ()) if whole else iam.expand(pattern.text):
        action = iam.action(name)
        star = _star_for(action, stars) if action is not None else None
        if action is None or star is None:
            continue
        if name == _ROLE_PASSING:
            if "iam:passedtoservice" not in {key.lower() for key in statement.condition_keys}:
                yield Wide("pass-role", pattern, star, (name,), None, conditioned)
            continue
        override = OVERRIDES.get(name.lower())
        if not _nameable(action) if override is None else override.star == "always":
            continue
        need: Need | None = None if override is None or override.star == "never" else override.star
        groups.setdefault(need, []).append(action)
        places.setdefault(need, star)
    for only_for, actions in groups.items():
        names = tuple(action.name for action in actions)
        yield Wide("actions", pattern, places[only_for], names, only_for, conditioned)


def _nameable(action: iam.Action) -> bool:
    """Whether an action can always name its resource."""
    if action.tier == "optional" and action.level != "tagging":
        return action.name.partition(":")[0].lower() in ALTERNATIVES
    return action.tier == "required"


def _star_for(action: iam.Action, stars: _Stars) -> Pattern | None:
    """The resource pattern by which an action is granted on every resource, or None.

    An action that needs several kinds of resource (a table and its database) is only as wide as the narrowest; one
    that takes either of several kinds is as wide as the widest.
    """
    everywhere = stars.get("*", {}).get("*")
    if everywhere is not None:
        return everywhere
    own = stars.get(action.name.split(":", 1)[0].lower(), {})
    if "*" in own:
        return own["*"]
    kinds = [kind for kind in action.resources if kind.required]
    starts = {_start(kind.arn) for kind in kinds or action.resources if "${" in kind.arn.rpartition(":")[2]}
    found = [own.get(start) for start in sorted(starts)]
    known = [pattern for pattern in found if pattern is not None]
    return known[0] if known and (not kinds or len(known) == len(found)) else None


@lru_cache(maxsize=4096)
def _star_of(resource: str) -> tuple[str, str] | None:
    """Of what a pattern covers all: (service, how the resource part of these ARNs begins), ``*`` for any; or None."""
    if not resource.strip("*"):
        return ("*", "*") if resource else None
    if not resource.startswith("arn:"):
        return None
    missing = 5 - re.sub(r"\$\{[^}]*\}", "", resource).count(":")
    arn = parse_arn(resource + ":*" * max(missing, 0))
    if arn is None:
        return None
    service = arn.service.lower()
    if _ONLY_WILD.fullmatch(arn.resource):
        return ("*" if not service.strip("*") else service), "*"
    start = _whole_kind(service, arn.resource)
    return None if start is None else (service, start)


def _whole_kind(service: str, resource: str) -> str | None:
    """How the ARNs begin of the kind of resource that is covered whole, or None: AWS's ARN patterns say where the
    segment that identifies the resource begins."""
    starts = _starts(service)
    for start in starts:
        if start and resource.endswith("*") and start.rstrip(":/") == resource.rstrip("*"):
            return start  # "parameter*": the wildcard swallows the divider and all that follows
    fitting = [start for start in starts if resource.startswith(start)]
    if not fitting:
        return None
    longest = max(fitting, key=len)
    return longest if re.split("[:/]", resource[len(longest) :], maxsplit=1)[0] == "*" else None


@lru_cache(maxsize=128)
def _starts(service: str) -> tuple[str, ...]:
    """How the ARNs of a service's resources begin, sorted."""
    return tuple(sorted({_start(kind.arn) for kind in iam.resource_types(service)}))


@lru_cache(maxsize=4096)
def _start(pattern: str) -> str:
    """The literal text with which the resource part of an ARN pattern begins: ``table/``."""
    arn = parse_arn(pattern)
    return arn.resource.partition("${")[0] if arn is not None else pattern
