"""Things that may be there although nobody was allowed to look: what the rules about them say is open.

A rule about permissions has nothing to judge where a policy could not be read, and would pass by silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lambdalint.check.finding import RuleInfo, Subject, Undecided
from lambdalint.load.aws.answer import Refused
from lambdalint.load.aws.evidence import Evidence
from lambdalint.load.stack import Resource, Stack
from lambdalint.model.kinds import KINDS
from lambdalint.record import record
from lambdalint.rule.rule import Rule

#: Type of resource that an answer would have shown -> the types whose things only it would have named.
_SHOWS = {
    "AWS::Lambda::Permission": ("AWS::Lambda::Permission",),
    "AWS::Lambda::Url": ("AWS::Lambda::Url",),
    "AWS::Lambda::EventSourceMapping": ("AWS::Lambda::EventSourceMapping", "AWS::SQS::Queue"),
    "AWS::CloudWatch::Alarm": ("AWS::CloudWatch::Alarm",),
    "AWS::Logs::LogGroup": ("AWS::Logs::LogGroup",),
}
_ALIAS = "AWS::Lambda::Alias"


@record
class Hidden:
    """Resources of a type that could not be looked at: those of one function, or any."""

    type: str
    owner: Resource | None
    why: str


def hidden_in(evidence: Evidence, stack: Stack) -> list[Hidden]:
    """What some answers would have shown, had they been given."""
    found: dict[tuple[str, str | None], Hidden] = {}
    for (kind, owner), why in stack.unseen.items():
        resource = stack.resources[owner] if owner is not None else None
        if resource is None or resource.judged:
            for shown in _SHOWS.get(kind, ()):
                found[shown, owner] = Hidden(shown, resource, why)
    # Aliases are known by the provisioned concurrency that they hold.
    for operation in ("cloudwatch.ListMetrics", "lambda.ListProvisionedConcurrencyConfigs"):
        for target, answer in evidence.all(operation):
            if isinstance(answer, Refused) and answer.reason != "missing":
                found[_ALIAS, target] = Hidden(
                    _ALIAS, stack.resources.get(target), str(evidence.why_not(operation, target))
                )
    return list(found.values())


def undecided_for(
    hidden: Iterable[Hidden], rules: Iterable[tuple[Rule, RuleInfo]], stack: Stack
) -> Iterator[Undecided]:
    """What the rules about such resources cannot say."""
    rules = list(rules)
    for item in hidden:
        owner = item.owner
        subject = (
            Subject(item.type, None, owner.arn, owner.logical_id)
            if owner is not None
            else Subject(item.type, stack.name)
        )
        for rule, info in rules:
            if item.type in KINDS[rule.kind].types:
                yield Undecided(info, subject, item.why, None)
