"""Rules against one stack: every rule for every thing, in every world that the rule's evaluation asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lambdalint.check.case import case_of, in_words
from lambdalint.check.finding import Confidence, Finding, Place, RuleInfo, Subject, Undecided
from lambdalint.check.fixes import fix_for
from lambdalint.check.place import Places
from lambdalint.load.conditions import Fork, Step
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element
from lambdalint.model.kinds import KINDS, Kind
from lambdalint.model.model import Catalog, Model
from lambdalint.record import record, replace
from lambdalint.rule.expression import Outcome
from lambdalint.rule.rule import Rule
from lambdalint.source.node import Origin
from lambdalint.source.value import Default, Given, Many, Unknown

#: Worlds that one rule may ask for about one resource; past it the rule is undecided there.
MAX_WORLDS = 48


@record
class Verdict:
    """What one rule says of one thing in one world. ``finding`` or ``undecided`` or neither (it passes)."""

    subject: str
    finding: Finding | None
    undecided: Undecided | None


class Worlds:
    """The models of one stack, one for each assignment that was asked for."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.base = Model(catalog, {})
        self._models: dict[tuple[tuple[str, str], ...], Model] = {(): self.base}

    def model(self, steps: tuple[Step, ...]) -> Model:
        """The model in the world that some decisions lead to."""
        if not steps:
            return self.base
        assignment = {step.name: step.value for step in steps}
        key = tuple(sorted(assignment.items()))
        found = self._models.get(key)
        if found is None:
            found = self._models[key] = Model(self.catalog, assignment)
        return found


def judge(rules: Iterable[tuple[Rule, RuleInfo]], catalog: Catalog) -> Iterator[Finding | Undecided]:
    """Everything that the rules find in a stack."""
    worlds = Worlds(catalog)
    places = Places(catalog.stack)
    holders_of: dict[tuple[str, ...], list[Resource]] = {}
    for rule, info in rules:
        kind = KINDS[rule.kind]
        if kind.types not in holders_of:
            holders_of[kind.types] = _holders(worlds.base, kind)
        for holder in holders_of[kind.types] if kind.types else (None,):
            yield from _settle(_leaves(rule, info, kind, holder, worlds, places), worlds)


def _holders(base: Model, kind: Kind) -> list[Resource]:
    """The resources that hold things of a kind, without those that are not to be judged."""
    return [one for one in base.declared(*kind.types) if one.judged and not base.framework_owned(one)]


def _leaves(
    rule: Rule, info: RuleInfo, kind: Kind, holder: Resource | None, worlds: Worlds, places: Places
) -> list[tuple[tuple[Step, ...], list[Verdict]]]:
    """The verdicts in each world in which the holder exists."""
    leaves: list[tuple[tuple[Step, ...], list[Verdict]]] = []
    pending: list[tuple[Step, ...]] = [()]
    asked = 0
    while pending:
        steps = pending.pop()
        model = worlds.model(steps)
        asked += 1
        try:
            if holder is not None and not model.exists(holder):
                continue
            things = kind.expand(model, holder)
            verdicts = [_verdict(rule, info, kind, thing, places) for thing in things]
            if isinstance(things, Many) and things.missing is not None:
                verdicts.append(_unsettled(info, holder, things.missing.why, places))
        except Fork as fork:
            if asked + len(pending) + len(fork.choices) > MAX_WORLDS:
                why = f"it depends on too many conditions ({fork.asked} and others)"
                return [((), [_unsettled(info, holder, why, places)])]
            pending += [(*steps, Step(fork.name, choice, fork.condition)) for choice in reversed(fork.choices)]
            continue
        leaves.append((steps, verdicts))
    return leaves


def _unsettled(info: RuleInfo, holder: Resource | None, why: str, places: Places) -> Verdict:
    subject = Subject(holder.type if holder else "stack", holder.logical_id if holder else None)
    place = places.place(holder.origin) if holder else None
    return Verdict(holder.logical_id if holder else "", None, Undecided(info, subject, why, place))


def _verdict(rule: Rule, info: RuleInfo, kind: Kind, thing: Element, places: Places) -> Verdict:
    name = f"{thing.label}@{thing.origin.start if thing.origin else ''}"
    env = rule.env(thing)
    when = rule.when.evaluate(env)
    if when.value is False:
        return Verdict(name, None, None)
    outcome = rule.require.evaluate(env)
    if outcome.value is True:
        return Verdict(name, None, None)
    subject = _subject(thing)
    for part in (when, outcome):
        if isinstance(part.value, Unknown):
            unknown = part.value
            place = places.place(unknown.origin or thing.origin)
            return Verdict(name, None, Undecided(info, subject, unknown.why, place))
    primary, related = _places(rule, thing, outcome, when, places)
    sure = outcome.sure and when.sure
    advice = rule.advice_in.get(thing.dialect, rule.advice)
    confidence: Confidence = info.confidence if sure else "tentative"
    finding = Finding(
        rule=info,
        severity=info.severity,
        confidence=confidence,
        message=rule.message.render(env),
        subject=subject,
        place=primary,
        related=related,
        condition=None,
        fix=fix_for(rule, env, subject.arn),
        fingerprint="",
        advice=advice.render(env) if advice is not None else None,
    )
    return Verdict(name, finding, None)


def _subject(thing: Element) -> Subject:
    resource = thing.resource
    function = getattr(thing, "function", None)
    named = function.resource.logical_id if isinstance(function, Element) and function.resource is not None else None
    if resource is None:
        return Subject(thing.kind, thing.model.stack.name, None, named)
    if resource.type == "AWS::Lambda::Function":
        named = resource.logical_id
    if resource.arn is not None:
        return Subject(resource.type, None, resource.arn, named or resource.owner)
    return Subject(resource.type, resource.logical_id, None, named or resource.owner)


def _places(
    rule: Rule, thing: Element, outcome: Outcome, when: Outcome, places: Places
) -> tuple[Place | None, tuple[Place, ...]]:
    """The place of a finding and the places of the other values that decided it."""
    evidence, things = outcome.evidence, outcome.things
    if rule.at is not None:
        at = rule.at.evaluate(rule.env(thing))
        evidence, things = (*at.evidence, *evidence), (*at.things, *things)
    written = [value.origin for value in evidence if isinstance(value, Given)]
    silent = [value.origin for value in evidence if isinstance(value, Default) and value.origin is not None]
    reached = [other.origin for other in things if other.origin is not None and other is not thing]
    candidates: list[Origin] = [*written, *silent, *(reached if rule.at is not None else [])]
    if thing.origin is not None:
        candidates.append(thing.origin)
    if not candidates:
        return None, ()
    # What made the rule apply (the trigger, the alarm elsewhere) explains the finding, but is not its place.
    candidates += [
        value.origin for value in when.evidence if not isinstance(value, Unknown) and value.origin is not None
    ]
    chosen: dict[tuple[str | None, int], Place] = {}
    for origin in candidates:
        # Without a text there are no lines, but still places.
        key = (origin.document.path, origin.line if origin.document.text else origin.start)
        place = places.place(origin, label=bool(chosen)) if key not in chosen else None
        if place is not None:
            chosen[key] = place
    primary, *related = chosen.values()
    return primary, tuple(related)


def _settle(leaves: list[tuple[tuple[Step, ...], list[Verdict]]], worlds: Worlds) -> Iterator[Finding | Undecided]:
    """One finding for what several worlds say alike, with the condition under which it holds."""
    if len(leaves) == 1 and not leaves[0][0]:
        for verdict in leaves[0][1]:
            if verdict.finding is not None:
                yield verdict.finding
            elif verdict.undecided is not None:
                yield verdict.undecided
        return
    groups: dict[tuple[str, int | None, str], list[tuple[tuple[Step, ...], Finding]]] = {}
    open_ones: dict[str, Undecided] = {}
    for steps, verdicts in leaves:
        for verdict in verdicts:
            if verdict.finding is not None:
                place = verdict.finding.place
                key = (verdict.subject, place.origin.start if place else None, verdict.finding.message)
                groups.setdefault(key, []).append((steps, verdict.finding))
            elif verdict.undecided is not None:
                open_ones.setdefault(verdict.subject, verdict.undecided)
    found = {key[0] for key in groups}
    for members in groups.values():
        finding = members[0][1]
        paths = [steps for steps, _ in members]
        # A leaf is a world in which the holder exists; what is in the holder (a grant, a trigger) may not exist in all.
        if any(steps not in paths for steps, _ in leaves):
            inside, outside = (
                [case_of(steps, worlds.model(steps).resolver) for steps, _ in leaves if (steps in paths) is wanted]
                for wanted in (True, False)
            )
            finding = replace(finding, condition=in_words(inside, outside))
        yield finding
    yield from (undecided for subject, undecided in open_ones.items() if subject not in found)
