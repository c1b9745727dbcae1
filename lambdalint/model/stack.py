"""A stack as a whole."""

from __future__ import annotations

from lambdalint.data import limits
from lambdalint.load.stack import ACCOUNT
from lambdalint.model.alarm import ALARM, LOG_GROUP, Alarm, LogGroup
from lambdalint.model.element import Element, derive
from lambdalint.model.function import TYPE, Function
from lambdalint.model.model import Model
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping, Node, Origin, Scalar
from lambdalint.source.value import Default, Given, Many, Unknown, Value


class StackThing(Element):
    """Everything that one template deploys together."""

    kind = "stack"
    __slots__ = ("group",)

    def __init__(self, model: Model, group: str | None = None) -> None:
        root = model.stack.document.root
        super().__init__(model, None, root.at() if root is not None else None, model.stack.name or "the stack")
        #: In a live account: the CloudFormation stack that is meant; None for everything there is.
        self.group = group

    @fact
    def functions(self) -> Many[Function]:
        """Its functions."""
        return Many(self.model.kept("functions by group", _by_group).get(self.group, ()))

    @fact
    def alarms(self) -> Many[Alarm]:
        """Its CloudWatch alarms, whatever they watch."""
        return Many(tuple(self.model.all(Alarm, ALARM)), self.model.unseen(ALARM))

    @fact
    def traced_api(self) -> Value[str | None]:
        """The first stage of a REST API in the template that X-Ray traces; None when there is none."""
        kind = "AWS::ApiGateway::Stage"
        for resource in self.model.resources(kind):
            found = self.model.thing(Element, resource).boolean("TracingEnabled", default=False)
            if isinstance(found, Given) and found.value:
                return Given(resource.via or resource.logical_id, found.origin)
        return self.model.unseen(kind) or Default(None, self.origin)

    @fact
    def log_groups(self) -> Many[LogGroup]:
        """Its log groups."""
        if self.group is not None:
            written = [function.log_group for function in self.functions]
            missing = next((group for group in written if isinstance(group, Unknown)), None)
            return Many(tuple(group for group in written if isinstance(group, LogGroup)), missing)
        return Many(tuple(self.model.all(LogGroup, LOG_GROUP)), self.model.unseen(LOG_GROUP))

    @fact
    def retains_logs(self) -> Value[bool]:
        """Whether it sets the retention of the log group of one of its functions."""
        unknown: Unknown | None = None
        for group in self.log_groups:
            if group.function is None:
                continue
            retention = group.retention
            if isinstance(retention, Unknown):
                unknown = unknown or retention
            elif retention.value is not None:
                return derive(retention, lambda _: True)
        return unknown or self.log_groups.missing or Default(False, self.origin)

    @fact
    def traces(self) -> Value[bool]:
        """Whether one of its functions starts traces (tracing mode ``Active``)."""
        unknown: Unknown | None = None
        for function in self.functions:
            tracing = function.tracing
            if isinstance(tracing, Unknown):
                unknown = unknown or tracing
            elif tracing.value == "Active":
                return derive(tracing, lambda _: True)
        return unknown or Default(False, self.origin)

    @fact
    def reserved_concurrency(self) -> Value[int]:
        """The concurrency that its functions reserve together, as far as it is known: at least this."""
        total = 0
        place: Origin | None = None
        largest = -1
        reserving = [item for item in self.model.declared(TYPE) if "ReservedConcurrentExecutions" in item.properties]
        for resource in reserving:
            if not self.model.exists(resource):
                continue
            reserved = self.model.thing(Function, resource).reserved_concurrency
            if isinstance(reserved, Unknown) or reserved.value is None:
                continue
            total += reserved.value
            if reserved.value > largest and isinstance(reserved, Given):
                largest, place = reserved.value, reserved.origin
        return Given(total, place) if place is not None else Default(0, self.origin)

    @fact
    def every_reservation_known(self) -> Value[bool]:
        """True; Unknown where a function may reserve more than ``reserved_concurrency`` counts."""
        for resource in self.model.declared(TYPE):
            if "ReservedConcurrentExecutions" in resource.properties and self.model.exists(resource):
                reserved = self.model.thing(Function, resource).reserved_concurrency
                if isinstance(reserved, Unknown):
                    return reserved
        return Default(True, self.origin)

    @fact
    def concurrency_pool(self) -> Value[int | None]:
        """Concurrent executions that the account may have in the region; None where no account says it."""
        for resource in self.model.declared(ACCOUNT):
            return self.model.thing(Element, resource).integer("ConcurrentExecutions", default=None)
        return self.model.unseen(ACCOUNT) or Default(None, self.origin)

    @fact
    def unreserved_minimum(self) -> Value[int]:
        """Concurrent executions of an account and region that must stay unreserved (100); Unknown in an account whose
        pool is below AWS's default.

        Lambda's refusals name 10 or 50 where a new account has no more than that; where it ends is not documented.
        """
        pool = self.concurrency_pool
        if isinstance(pool, Given) and pool.value is not None and pool.value < limits.ACCOUNT_CONCURRENCY:
            return Unknown("how much an account of reduced concurrency must leave unreserved is not documented")
        return Default(limits.UNRESERVED_MINIMUM, self.origin)


def stack_of(function: Function) -> StackThing:
    """The stack that a function is deployed with, the same thing each time.

    In a live account it is the CloudFormation stack that the function's tags name; a function without such tags is
    taken to be deployed alone.
    """
    model = function.model
    group = None
    if model.live:
        own = function.resource.group if function.resource is not None else None
        group = own or f"\0{function.label}"
    stacks: dict[str | None, StackThing] = model.kept("stacks", lambda _: {})
    if group not in stacks:
        stacks[group] = StackThing(model, group)
    return stacks[group]


def _by_group(model: Model) -> dict[str | None, tuple[Function, ...]]:
    """All functions under None; in a live account also those of each CloudFormation stack."""
    every = model.all(Function, TYPE)
    found: dict[str | None, list[Function]] = {None: every}
    for function in every if model.live else ():
        own = function.resource.group if function.resource is not None else None
        found.setdefault(own or f"\0{function.label}", []).append(function)
    return {group: tuple(functions) for group, functions in found.items()}


class DuplicateKey(Element):
    """A key that stands twice in one map: CloudFormation keeps only the last value."""

    kind = "duplicate_key"
    __slots__ = ("first", "repeat")

    def __init__(self, model: Model, repeat: Scalar, first: Origin) -> None:
        super().__init__(model, None, repeat.at(), repeat.text)
        self.repeat = repeat
        self.first = first

    @fact
    def unique(self) -> Value[bool]:
        """Always false: the thing is a repetition."""
        return Given(False, self.repeat.at())

    @fact
    def first_line(self) -> Value[int]:
        """The line where the key stands first."""
        return Given(self.first.line, self.first)


def duplicates_of(model: Model) -> tuple[DuplicateKey, ...]:
    """Every repeated key of the document, in the order of their places."""
    found: list[DuplicateKey] = []
    document = model.stack.document
    pending: list[Node] = [document.root] if document.root is not None and document.repeats else []
    seen: set[int] = set()
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Mapping):
            found += [DuplicateKey(model, repeat, node.first(repeat.text)) for repeat, _ in node.duplicates]
            pending.extend(node.items.values())
        else:
            pending.extend(node.items)
    return tuple(sorted(found, key=lambda duplicate: duplicate.repeat.start))
