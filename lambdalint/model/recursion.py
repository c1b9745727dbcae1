"""Loops: a function that writes to what triggers it.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import permissions
from lambdalint.model.source import Source
from lambdalint.source.value import Default, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.trigger import Trigger

_WRITES: dict[str, tuple[str, ...]] = {
    "sqs": permissions.DESTINATION_ACTIONS["sqs"],
    "sns": permissions.DESTINATION_ACTIONS["sns"],
    "s3": permissions.DESTINATION_ACTIONS["s3"],
    "kinesis": ("kinesis:PutRecord", "kinesis:PutRecords"),
}


def written_back(trigger: Trigger) -> Value[bool]:
    """Whether the role grants writes to the trigger's own source by name.

    A grant on ``*`` does not say that the function writes there, so only grants that name the source count; and as a
    grant is not a call, the answer is an inference unless the function's destination itself points back.
    """
    from lambdalint.model.role import Role

    source, function = trigger.source, trigger.of
    if not isinstance(source, Source) or source.resource is None:
        return source if isinstance(source, Unknown) else Default(False, trigger.origin)
    for destination in (function.on_success, function.on_failure, function.dead_letter_queue):
        if isinstance(destination, Unknown) or destination is None:
            continue
        target = destination.target
        if isinstance(target, Source) and target.resource is source.resource:
            return Default(True, destination.origin)
    actions = _WRITES.get(trigger.word)
    if actions is None:
        return Default(False, trigger.origin)
    role = function.role
    if not isinstance(role, Role):
        return role or Unknown("the function has no role", trigger.origin)
    return role.names_in_grant(actions, source)
