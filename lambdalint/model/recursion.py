"""Loops: a function that writes to what triggers it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from lambdalint.data import permissions
from lambdalint.data.services import parse_arn
from lambdalint.load.stack import Resource
from lambdalint.load.via import policy_template_of
from lambdalint.model.arn import arn_of
from lambdalint.model.source import Source
from lambdalint.record import record
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Scalar
from lambdalint.source.node import Sequence as SequenceNode
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.handler import CodeArgument, CodeCall
    from lambdalint.model.role import Role
    from lambdalint.model.trigger import Trigger

_WRITES: dict[str, tuple[str, ...]] = {
    "sqs": permissions.DESTINATION_ACTIONS["sqs"],
    "sns": permissions.DESTINATION_ACTIONS["sns"],
    "s3": permissions.DESTINATION_ACTIONS["s3"],
    "kinesis": ("kinesis:PutRecord", "kinesis:PutRecords"),
    "dynamodb": permissions.TABLE_WRITES,
}
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
_QUEUE_URL = re.compile(r"https://sqs\.([^./]+)\.amazonaws\.com(?:\.cn)?/([^/]+)/([^/]+)")
#: The argument of a call that names what is written to.
_TARGETS = {
    "sqs": ("QueueUrl",),
    "sns": ("TopicArn", "TargetArn"),
    "s3": ("Bucket",),
    "kinesis": ("StreamName", "StreamARN"),
    "dynamodb": ("TableName",),
}


def written_back(trigger: Trigger) -> Value[bool]:
    """Whether the function writes to the trigger's own source, so that it triggers itself.

    Only an asynchronous destination that points back is sure. Code that writes to the source is an inference (it may
    check before it writes), and so, where the code cannot be read, is a grant that names the source and was written for
    writing alone: a grant on ``*``, or a template that grants everything at once, says little of what a function does.
    Functions on the stream of a table often keep something in the table, so for these only code counts.
    """
    from lambdalint.model.role import Role

    source, function = trigger.source, trigger.of
    if trigger.model.live and isinstance(source, Source) and source.resource is None and trigger.word in _WRITES:
        return Unknown(f"{source.label} was not looked at", trigger.origin)
    if not isinstance(source, Source) or source.resource is None:
        return source if isinstance(source, Unknown) else Default(False, trigger.origin)
    if _sends_results_to(function, source) and _is_async(trigger):
        return Default(True, trigger.origin)
    actions = _WRITES.get(trigger.word)
    filters = _filters(trigger, source) if trigger.word == "s3" else (_EVERYTHING,)
    if actions is None or not filters:
        return Default(False, trigger.origin)
    if isinstance(filters, Unknown):
        return filters
    if trigger.word == "dynamodb" and (passed_over := _filtered(trigger)) is not False:
        return passed_over or Default(False, trigger.origin)
    shown = _shown_by_code(trigger, source, actions, filters)
    if shown == "no" or (shown == "unread" and trigger.word == "dynamodb"):
        return Default(False, trigger.origin)
    role = function.role
    if not isinstance(role, Role):
        return role or Unknown("the function has no role", trigger.origin)
    if shown == "yes":
        return Default(not _may_not(role, actions, source), trigger.origin, sure=False)
    unclear = Unknown(f"whether {function.label} writes to {source.label} is not clear from its code", trigger.origin)
    if shown == "unclear" or len(role.functions) > 1:
        # A grant of a role that functions share may be meant for another of them.
        return unclear if not _may_not(role, actions, source) else Default(False, trigger.origin)
    granted = role.names_in_grant(actions, source)
    if _EVERYTHING in filters and not isinstance(granted, Unknown) and _for_writing(role, actions, granted):
        return granted
    return Default(False, trigger.origin) if _may_not(role, actions, source) else unclear


def _may_not(role: Role, actions: tuple[str, ...], source: Source) -> bool:
    """Whether the role surely does not allow any of the actions."""
    return all(role.allowed(action, _written_arn(source, action)) is False for action in actions)


def _written_arn(source: Source, action: str) -> str | None:
    """The canonical ARN of what an action writes to: of a table itself, where its stream is the source."""
    arn = arn_of(source, action.partition(":")[0])
    return arn.replace(".StreamArn}", ".Arn}").partition("/stream/")[0] if arn and "dynamodb" in action else arn


def _filtered(trigger: Trigger) -> Literal[False] | Unknown | None:
    """False where the mapping has no filter that could pass over what the function writes; else None or why that is
    not known."""
    filters = trigger.mapping_thing.filters if trigger.mapping_thing is not None else None
    if isinstance(filters, Unknown):
        return filters
    return None if filters is not None and filters.value else False


def _for_writing(role: Role, actions: tuple[str, ...], granted: Value[bool]) -> bool:
    """Whether a grant names one of the actions itself, and does not come with a policy template for every use."""
    if isinstance(granted, Unknown) or not granted.value or granted.origin is None:
        return False
    place = granted.origin.start
    wanted = {action.lower() for action in actions}
    return any(
        policy_template_of(statement.origin.via) not in permissions.TEMPLATES_FOR_EVERY_USE
        and any(pattern.text.lower() in wanted for pattern in statement.actions)
        for statement in role.statements()
        if statement.origin.start == place
    )


def _is_async(trigger: Trigger) -> bool:
    mode = trigger.invocation
    return not isinstance(mode, Unknown) and mode.value == "async"


def _sends_results_to(function: Function, source: Source) -> bool:
    from lambdalint.model.destination import destinations_of

    # What a mapping gives up comes from another source than an asynchronous trigger.
    for target in (item.target for item in destinations_of(function) if item.owner is function):
        if isinstance(target, Source) and target.resource is source.resource:
            return True
    return False


def _shown_by_code(
    trigger: Trigger, source: Source, actions: tuple[str, ...], filters: Sequence[_Filter]
) -> Literal["yes", "no", "unclear", "unread"]:
    """Whether the code writes to the source in a way that triggers the function again."""
    facts = trigger.of.code.facts
    if facts is None or not facts.readable:
        return "unread"
    wanted = {action.lower() for action in actions}
    writes = [call for call in facts.calls if any(action.lower() in wanted for action in call.actions)]
    answers = [_both(_hits(trigger, source, call), _passes(call, filters)) for call in writes]
    if True in answers:
        return "yes"
    if None in answers:
        return "unclear"
    return "unread" if facts.open else "no"


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _hits(trigger: Trigger, source: Source, call: CodeCall) -> bool | None:
    """Whether a call writes to the source."""
    if trigger.word == "dynamodb" and call.argument("ConditionExpression") is not None:
        return False  # a write under a condition as a rule ends by itself
    argument = _argument(call, _TARGETS[trigger.word])
    if argument is None:
        return None
    if argument.kind == "literal" and argument.value is not None:
        return _is_named(trigger, source, argument.value)
    if argument.kind == "event":
        return True if trigger.word == "s3" and argument.value is None else None
    if argument.kind != "environment":
        return None
    for variable in trigger.of.environment:
        if variable.label == argument.value:
            target = trigger.model.target(variable.node)
            if isinstance(target, Resource):
                return target is source.resource
            return _is_named(trigger, source, target) if isinstance(target, str) else None
    return None


def _is_named(trigger: Trigger, source: Source, text: str) -> bool | None:
    """Whether a name, ARN or URL means the source; None where one of them is known only in part. A name that
    CloudFormation makes up is not one that people write."""
    model, resource = trigger.model, source.resource
    assert resource is not None
    url = _QUEUE_URL.fullmatch(text)
    text = "arn:aws:sqs:{}:{}:{}".format(*url.groups()) if url is not None else text
    found = model.named(text)
    if found is None and parse_arn(text) is None:
        found = model.called(resource.type, text.rpartition("/")[2])
    if found is not None:
        return found is resource
    if model.named(text, "account") is resource:
        return None  # of the same name, in an account and region that may be those of the stack
    written = model.name_of(resource)
    own = model.resolver.text(written)
    open_name = "${" in own.value if isinstance(own, Given) else written is not None
    return None if open_name or "${" in text else False


def _argument(call: CodeCall, names: tuple[str, ...]) -> CodeArgument | None:
    found = (call.argument(name) for name in names)
    return next((argument for argument in found if argument is not None), None)


# --- filters of S3 notifications --------------------------------------------------------------------------------------


@record
class _Filter:
    """What the name of an object must start and end with."""

    prefix: str = ""
    suffix: str = ""


_EVERYTHING = _Filter()


def _filters(trigger: Trigger, bucket: Source) -> Sequence[_Filter] | Unknown:
    """The filters under which new objects of the bucket invoke the function; none where only other events do."""
    assert bucket.resource is not None
    name = f"notifications of {bucket.resource.logical_id}"
    notifications = bucket.model.kept(name, lambda _: _notifications(bucket))
    if isinstance(notifications, Unknown):
        return notifications
    own = notifications.get(id(trigger.of), [])
    found: list[_Filter] = []
    for item in own:
        event = item.get("Event")
        if isinstance(event, Scalar) and not event.text.startswith(("s3:ObjectCreated", "s3:*")):
            continue
        rules = _filter(trigger, item)
        if isinstance(rules, Unknown):
            return rules
        found.append(rules)
    return found if own else Unknown(f"the notifications of {bucket.label} are not known", trigger.origin)


def _notifications(bucket: Source) -> dict[int, list[MappingNode]] | Unknown:
    """The notifications that a bucket sends to each function, by the function's identity."""
    from lambdalint.model.function import Function, function_of

    written = bucket.listed("NotificationConfiguration", "LambdaConfigurations")
    if isinstance(written, Unknown):
        return written
    found: dict[int, list[MappingNode]] = {}
    for item in written:
        function = function_of(bucket.model, item.get("Function")) if isinstance(item, MappingNode) else None
        if isinstance(item, MappingNode) and isinstance(function, Function):
            found.setdefault(id(function), []).append(item)
    return found


def _filter(trigger: Trigger, notification: MappingNode) -> _Filter | Unknown:
    resolve = trigger.model.resolver.resolve
    parts = {"prefix": "", "suffix": ""}
    written = resolve(notification.get("Filter"))
    key = resolve(written.get("S3Key")) if isinstance(written, MappingNode) else written
    rules = resolve(key.get("Rules")) if isinstance(key, MappingNode) else key
    for rule in rules.items if isinstance(rules, SequenceNode) else ():
        name = rule.get("Name") if isinstance(rule, MappingNode) else None
        value = trigger.model.resolver.literal(rule.get("Value")) if isinstance(rule, MappingNode) else None
        if not isinstance(name, Scalar) or not isinstance(value, Given):
            return Unknown(f"the filter of {trigger.label} is not known", trigger.origin)
        parts[name.text.lower()] = value.value
    return rules if isinstance(rules, Unknown) else _Filter(parts["prefix"], parts["suffix"])


def _passes(call: CodeCall, filters: Sequence[_Filter]) -> bool | None:
    """Whether one of the filters lets the object that a call writes through."""
    if _EVERYTHING in filters:
        return True
    argument = call.argument("Key")
    if argument is None or argument.value is None or argument.kind == "environment":
        return None
    answers = [_lets_through(argument.value, item) for item in filters]
    return True if True in answers else None if None in answers else False


def _lets_through(name: str, rules: _Filter) -> bool | None:
    """``name`` has ``{}`` for each part that varies."""
    varies = "{}" in name
    head, tail = (name.partition("{}")[0], name.rpartition("{}")[2]) if varies else (name, name)
    return _both(
        _fits(head.startswith(rules.prefix), varies and rules.prefix.startswith(head)),
        _fits(tail.endswith(rules.suffix), varies and rules.suffix.endswith(tail)),
    )


def _fits(surely: bool, perhaps: bool) -> bool | None:
    return True if surely else None if perhaps else False
