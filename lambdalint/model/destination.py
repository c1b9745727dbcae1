"""Where failures and results go: dead-letter queues and destinations.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lambdalint.data import permissions
from lambdalint.load.intrinsics import Absent
from lambdalint.model.element import Element
from lambdalint.model.invoke_config import configs_of
from lambdalint.model.model import Model
from lambdalint.model.source import Source, source_of
from lambdalint.model.thing import fact
from lambdalint.source.node import Node
from lambdalint.source.value import Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


class Destination(Element):
    """A target that Lambda writes failures (or results) to, with the permissions of the execution role."""

    kind = "destination"
    __slots__ = ("node", "owner", "role_name")

    def __init__(self, model: Model, owner: Element, node: Node | None, role_name: str) -> None:
        super().__init__(model, owner.resource, node.at() if node is not None else owner.origin, role_name)
        self.owner = owner
        self.node = node
        self.role_name = role_name

    @fact
    def name(self) -> str:
        """What it is: "dead-letter queue", "on-failure destination" or "on-success destination"."""
        return self.role_name

    @fact
    def target(self) -> Source | Unknown | None:
        """The queue, topic, bus, bucket or function that it names."""
        return source_of(self.model, self.node)

    @fact
    def target_name(self) -> str:
        """The target's logical id or ARN, for messages."""
        target = self.target
        return target.label if isinstance(target, Source) else "its target"

    @fact
    def function(self) -> Function | Unknown | None:
        """The function whose failures or results it takes."""
        from lambdalint.model.function import Function

        return self.owner if isinstance(self.owner, Function) else getattr(self.owner, "function", None)

    @fact
    def writable(self) -> Value[bool]:
        """Whether the execution role may write to the target."""
        from lambdalint.model.role import Role, granted

        target, function = self.target, self.function
        if not isinstance(target, Source):
            return target or Unknown("its target is not known", self.origin)
        if isinstance(target.type, Unknown):
            return target.type
        actions = permissions.DESTINATION_ACTIONS.get(target.type.value)
        if actions is None:
            return Unknown(f"what writing to {target.type.value} needs is not known", self.origin)
        role = getattr(function, "role", None)
        if not isinstance(role, Role):
            return role if isinstance(role, Unknown) else Unknown("the execution role is not known", self.origin)
        return granted(role, actions, target)

    @fact
    def needed_actions(self) -> Value[str]:
        """The actions that writing to the target needs, for messages."""
        target = self.target
        if isinstance(target, Source) and not isinstance(target.type, Unknown):
            from lambdalint.source.value import Default

            return Default(", ".join(permissions.DESTINATION_ACTIONS.get(target.type.value, ())), self.origin)
        return Unknown("its target is not known", self.origin)


def dead_letter_queue(function: Function) -> Destination | Unknown | None:
    """The dead-letter queue or topic of a function."""
    return _destination(function, function, ("DeadLetterConfig", "TargetArn"), "dead-letter queue")


def async_destination(
    function: Function, config: Element | Unknown | None, side: Literal["OnFailure", "OnSuccess"]
) -> Destination | Unknown | None:
    """The destination that some asynchronous settings of a function name."""
    if not isinstance(config, Element):
        return config
    label = "on-failure destination" if side == "OnFailure" else "on-success destination"
    return _destination(function, config, ("DestinationConfig", side, "Destination"), label)


def destinations_of(function: Function) -> list[Destination]:
    """Everything that a function's failures and results are sent to, by whichever of its versions and aliases."""
    found = [dead_letter_queue(function)]
    for config in configs_of(function):
        found += [async_destination(function, config, "OnFailure"), async_destination(function, config, "OnSuccess")]
    found += [mapping.on_failure for mapping in function.mappings]
    return [item for item in found if isinstance(item, Destination)]


def _destination(
    function: Function, holder: Element, path: tuple[str, ...], label: str
) -> Destination | Unknown | None:
    found = holder.find(*path)
    if isinstance(found, Absent):
        return None
    return found if isinstance(found, Unknown) else Destination(function.model, function, holder.raw(*path), label)
