"""One report of several deployments of a template: what holds in all of them is said once, the rest says in which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from lambdalint.check.finding import Finding, Undecided
from lambdalint.load.deployment import Deployment
from lambdalint.record import replace

#: What was found in a deployment.
Judged: TypeAlias = "tuple[Deployment, list[Finding | Undecided]]"


def merge(judged: Iterable[Judged]) -> tuple[list[Finding], list[Undecided]]:
    """The findings and open questions of a run."""
    groups: dict[int, list[Judged]] = {}
    for item in judged:
        groups.setdefault(id(item[0].stack.document), []).append(item)
    findings: list[Finding] = []
    undecided: list[Undecided] = []
    for group in groups.values():
        found = _merge_one(group) if len(group) > 1 else group[0][1]
        findings += [item for item in found if isinstance(item, Finding)]
        undecided += [item for item in found if isinstance(item, Undecided)]
    return findings, undecided


def _merge_one(group: list[Judged]) -> list[Finding | Undecided]:
    """The verdicts of all deployments of one document."""
    first: dict[tuple[object, ...], Finding | Undecided] = {}
    holders: dict[tuple[object, ...], list[Deployment]] = {}
    reported: set[tuple[str, str | None]] = set()
    for deployment, verdicts in group:
        for verdict in verdicts:
            key = _key(verdict)
            first.setdefault(key, verdict)
            within = holders.setdefault(key, [])
            if not within or within[-1] is not deployment:
                within.append(deployment)
            if isinstance(verdict, Finding):
                reported.add((verdict.rule.id, verdict.subject.logical_id))
    everywhere = [deployment for deployment, _ in group]
    merged: list[Finding | Undecided] = []
    for key, verdict in first.items():
        if isinstance(verdict, Undecided):
            if (verdict.rule.id, verdict.subject.logical_id) not in reported:
                merged.append(verdict)
        elif len(holders[key]) == len(everywhere):
            merged.append(verdict)
        else:
            tag = _tag(holders[key], everywhere)
            condition = f"{verdict.condition}, {tag}" if verdict.condition else tag
            merged.append(replace(verdict, condition=condition))
    return merged


def _key(verdict: Finding | Undecided) -> tuple[object, ...]:
    origin = verdict.place.origin if verdict.place is not None else None
    place = (id(origin.document), origin.start, origin.end) if origin is not None else None
    same = (verdict.rule.id, verdict.subject.logical_id, place)
    if isinstance(verdict, Undecided):
        return (*same, verdict.why)
    return (*same, verdict.message, verdict.condition, verdict.confidence)


def _tag(holders: list[Deployment], everywhere: list[Deployment]) -> str:
    """In words, which deployments of a document are meant."""
    environments = _names(holder.environment for holder in holders)
    if environments and _are(holders, [one for one in everywhere if one.environment in environments]):
        return f"in environment{'s' if len(environments) > 1 else ''} {_listed(environments)}"
    labels = _names(holder.nested for holder in holders)
    if labels and _are(holders, [one for one in everywhere if one.nested in labels]):
        return _listed(labels)
    places = (" ".join(filter(None, (one.nested, one.environment and f"in {one.environment}"))) for one in holders)
    return _listed(_names(places)) or "standing alone"


def _are(some: list[Deployment], others: list[Deployment]) -> bool:
    return {id(one) for one in some} == {id(one) for one in others}


def _names(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
