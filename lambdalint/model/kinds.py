"""The kinds of things that rules can be written for, and how each is found in a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lambdalint.load.stack import ACCOUNT, Resource
from lambdalint.model.account import Account
from lambdalint.model.alarm import ALARM, LOG_GROUP, Alarm, LogGroup
from lambdalint.model.destination import Destination, destinations_of
from lambdalint.model.element import Element
from lambdalint.model.environment import Variable
from lambdalint.model.function import TYPE as FUNCTION
from lambdalint.model.function import Function
from lambdalint.model.grant import Attachment, Grant
from lambdalint.model.handler import Code
from lambdalint.model.mapping import TYPE as MAPPING
from lambdalint.model.mapping import Mapping
from lambdalint.model.metrics import Metrics, metrics_of
from lambdalint.model.model import Model
from lambdalint.model.payload import Payload, payloads_of
from lambdalint.model.permission import PERMISSION, URL, Permission, Url
from lambdalint.model.recommendation import Recommendation, recommendations_of
from lambdalint.model.role import Role
from lambdalint.model.role_policies import ROLE
from lambdalint.model.source import Source
from lambdalint.model.stack import DuplicateKey, StackThing, duplicates_of
from lambdalint.model.thing import Thing
from lambdalint.model.trigger import Trigger
from lambdalint.model.version import ALIAS, Alias, Layer
from lambdalint.record import record


@record
class Kind:
    """A kind of thing: its class, the resource types that hold such things, and the things of one such resource.

    ``types`` empty means that the things belong to the stack as a whole.
    """

    thing: type[Thing]
    types: tuple[str, ...]
    expand: Callable[[Model, Resource | None], Iterable[Element]]


def _of(kind: type[Element]) -> Callable[[Model, Resource | None], Iterable[Element]]:
    def expand(model: Model, resource: Resource | None) -> Iterable[Element]:
        return [model.thing(kind, resource)] if resource is not None else []

    return expand


def _in_function(
    list_of: Callable[[Function], Iterable[Element]],
) -> Callable[[Model, Resource | None], Iterable[Element]]:
    def expand(model: Model, resource: Resource | None) -> Iterable[Element]:
        return list_of(model.thing(Function, resource)) if resource is not None else []

    return expand


def _in_role(
    list_of: Callable[[Role], Iterable[Element]],
) -> Callable[[Model, Resource | None], Iterable[Element]]:
    """Things of execution roles only: what other roles of the template may do is not about Lambda."""

    def expand(model: Model, resource: Resource | None) -> Iterable[Element]:
        role = model.thing(Role, resource) if resource is not None else None
        return list_of(role) if role is not None and len(role.functions) > 0 else []

    return expand


KINDS: dict[str, Kind] = {
    "function": Kind(Function, (FUNCTION,), _of(Function)),
    "variable": Kind(Variable, (FUNCTION,), _in_function(lambda function: function.environment)),
    "trigger": Kind(Trigger, (FUNCTION,), _in_function(lambda function: function.triggers)),
    "destination": Kind(Destination, (FUNCTION,), _in_function(destinations_of)),
    "layer": Kind(Layer, (FUNCTION,), _in_function(lambda function: function.layers)),
    "payload": Kind(Payload, (FUNCTION,), _in_function(payloads_of)),
    "code": Kind(Code, (FUNCTION,), _in_function(lambda function: [function.code])),
    "mapping": Kind(Mapping, (MAPPING,), _of(Mapping)),
    "queue": Kind(Source, ("AWS::SQS::Queue",), _of(Source)),
    "role": Kind(Role, (ROLE,), _in_role(lambda role: [role])),
    "grant": Kind(Grant, (ROLE,), _in_role(lambda role: role.grants)),
    "attachment": Kind(Attachment, (ROLE,), _in_role(lambda role: role.attachments)),
    "permission": Kind(Permission, (PERMISSION,), _of(Permission)),
    "url": Kind(Url, (URL,), _of(Url)),
    "alias": Kind(Alias, (ALIAS,), _of(Alias)),
    "alarm": Kind(Alarm, (ALARM,), _of(Alarm)),
    "log_group": Kind(LogGroup, (LOG_GROUP,), _of(LogGroup)),
    "metrics": Kind(Metrics, (FUNCTION,), _in_function(metrics_of)),
    "recommendation": Kind(Recommendation, (FUNCTION,), _in_function(recommendations_of)),
    "account": Kind(Account, (ACCOUNT,), _of(Account)),
    "stack": Kind(StackThing, (), lambda model, _: [StackThing(model)]),
    "duplicate_key": Kind(DuplicateKey, (), lambda model, _: duplicates_of(model)),
}

#: Kind -> class, as the rule language wants it.
THINGS: dict[str, type[Thing]] = {name: kind.thing for name, kind in KINDS.items()}
