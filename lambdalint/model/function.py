"""Lambda functions: configuration, links and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.load.stack import Resource
from lambdalint.model.configuration import Configuration
from lambdalint.model.element import Element
from lambdalint.model.invoke_config import config_in_force, idle_settings, split_qualifier
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Node, Origin, Scalar
from lambdalint.source.value import Default, Given, Many, Outside, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.alarm import Alarm, LogGroup
    from lambdalint.model.destination import Destination
    from lambdalint.model.environment import Variable
    from lambdalint.model.handler import Code
    from lambdalint.model.mapping import Mapping
    from lambdalint.model.model import Beside, Model
    from lambdalint.model.permission import Permission, Url
    from lambdalint.model.role import Role
    from lambdalint.model.stack import StackThing
    from lambdalint.model.trigger import Trigger
    from lambdalint.model.version import Alias, Layer

TYPE = "AWS::Lambda::Function"


class Function(Configuration):
    """A Lambda function."""

    kind = "function"
    __slots__ = ()

    # --- configuration ----------------------------------------------------------------------------------------------

    @fact
    def zones(self) -> Value[int]:
        """How many availability zones its subnets span at least; Unknown where the subnets are not known."""
        from lambdalint.model.network import zones_of

        return zones_of(self)

    @fact
    def network_permitted(self) -> Value[bool]:
        """Whether the execution role may create, describe and delete network interfaces, as a VPC needs."""
        from lambdalint.model.network import network_permitted

        return network_permitted(self)

    @fact
    def missing_network_actions(self) -> Value[str]:
        """The actions on network interfaces that the role does not grant, for messages."""
        from lambdalint.model.network import missing_network_actions

        return missing_network_actions(self)

    # --- environment and layers ---------------------------------------------------------------------------------------

    @fact
    def environment(self) -> Many[Variable]:
        """Its environment variables."""
        from lambdalint.model.environment import variables_of

        return variables_of(self)

    @fact
    def environment_size(self) -> Value[int]:
        """Bytes of all names and values of the environment together, at least; Unknown where it is open on which side
        of Lambda's limit they are."""
        from lambdalint.model.environment import size_of

        return size_of(self)

    @fact
    def layers(self) -> Many[Layer]:
        """Its layers, in order."""
        from lambdalint.model.version import layers_of

        return layers_of(self)

    # --- asynchronous invocation --------------------------------------------------------------------------------------

    @fact
    def retries(self) -> Value[int]:
        """How often a failed asynchronous invocation is repeated (0 to 2, default 2)."""
        config = config_in_force(self)
        if isinstance(config, Element):
            return config.integer("MaximumRetryAttempts", default=limits.ASYNC_RETRIES_DEFAULT)
        return config or Default(limits.ASYNC_RETRIES_DEFAULT, self.origin)

    @fact
    def event_age(self) -> Value[int]:
        """Seconds that an asynchronous event may wait (default 21,600)."""
        config = config_in_force(self)
        if isinstance(config, Element):
            return config.integer("MaximumEventAgeInSeconds", default=limits.ASYNC_AGE_DEFAULT_SECONDS)
        return config or Default(limits.ASYNC_AGE_DEFAULT_SECONDS, self.origin)

    @fact
    def dead_letter_queue(self) -> Destination | Unknown | None:
        """Its dead-letter queue or topic for failed asynchronous events."""
        from lambdalint.model.destination import dead_letter_queue

        return dead_letter_queue(self)

    @fact
    def on_failure(self) -> Destination | Unknown | None:
        """Its on-failure destination for asynchronous events, where the versions or aliases that are invoked have
        one."""
        from lambdalint.model.destination import async_destination

        return async_destination(self, config_in_force(self), "OnFailure")

    @fact
    def on_success(self) -> Destination | Unknown | None:
        """Its on-success destination for asynchronous events, where the versions or aliases that are invoked have
        one."""
        from lambdalint.model.destination import async_destination

        return async_destination(self, config_in_force(self), "OnSuccess")

    @fact
    def idle_settings(self) -> Value[str]:
        """Asynchronous settings for another version or alias than those that are invoked, as the end of a sentence:
        "; Settings applies to live only"; empty without any."""
        return idle_settings(self)

    # --- links --------------------------------------------------------------------------------------------------------

    @fact
    def role(self) -> Role | Unknown | None:
        """Its execution role."""
        from lambdalint.model.role import role_of

        return role_of(self.model, self.raw("Role"))

    @fact
    def mappings(self) -> Many[Mapping]:
        """The event source mappings that invoke it."""
        from lambdalint.model.mapping import TYPE as MAPPING
        from lambdalint.model.mapping import Mapping

        return Many(self.model.owned(Mapping, MAPPING, self), self.model.unseen(MAPPING))

    @fact
    def triggers(self) -> Many[Trigger]:
        """Everything in this template that invokes it."""
        from lambdalint.model.caller import unknown_caller
        from lambdalint.model.trigger import triggers_of

        model = self.model
        unseen = model.unseen("AWS::Lambda::Permission", self.resource) or self.mappings.missing
        return Many(triggers_of(self), unknown_caller(self) or unseen)

    @fact
    def slowest_caller(self) -> Trigger | Unknown | None:
        """The trigger that waits longest for an answer, where each of them waits and gives up at some time."""
        from lambdalint.model.trigger import slowest_caller

        return slowest_caller(self)

    @fact
    def permissions(self) -> Many[Permission]:
        """Who may invoke it."""
        from lambdalint.model.permission import permissions_of

        return Many(permissions_of(self), self.model.unseen("AWS::Lambda::Permission", self.resource))

    @fact
    def url(self) -> Url | Unknown | None:
        """Its function URL."""
        from lambdalint.model.permission import URL, Url

        return next(iter(self.model.owned(Url, URL, self)), None) or self.model.unseen(URL, self.resource)

    @fact
    def aliases(self) -> Many[Alias]:
        """Its aliases."""
        from lambdalint.model.version import ALIAS, Alias

        return Many(self.model.owned(Alias, ALIAS, self), self.model.unseen(ALIAS, self.resource))

    @fact
    def published(self) -> Value[bool]:
        """Whether this template publishes a version or an alias of it."""
        from lambdalint.model.version import published

        return published(self)

    @fact
    def alarms(self) -> Many[Alarm]:
        """The CloudWatch alarms of this template that watch it (or every function of the account)."""
        from lambdalint.model.alarm import alarms_of

        return alarms_of(self)

    @fact
    def errors_alarmed(self) -> Value[bool]:
        """Whether one of its alarms watches its errors."""
        from lambdalint.model.alarm import watched

        return watched(self, "Errors")

    @fact
    def throttles_alarmed(self) -> Value[bool]:
        """Whether one of its alarms watches its throttles."""
        from lambdalint.model.alarm import watched

        return watched(self, "Throttles")

    @fact
    def log_group(self) -> LogGroup | Unknown | None:
        """The log group of this template that it writes to."""
        from lambdalint.model.alarm import log_group_of

        return log_group_of(self)

    @fact
    def code(self) -> Code:
        """What its source and package say."""
        from lambdalint.model.handler import Code

        return Code(self)

    @fact
    def declared_idempotent(self) -> Value[bool]:
        """Whether its metadata says ``lambdalint: {idempotent: true}``."""
        metadata = self.resource.metadata if self.resource is not None else None
        own = metadata.get("lambdalint") if metadata is not None else None
        said = own.get("idempotent") if isinstance(own, MappingNode) else None
        if isinstance(said, Scalar):
            return Given(said.text.lower() == "true", said.at())
        return Default(False, self.origin)

    @fact
    def stack(self) -> StackThing:
        """The stack that it is deployed with."""
        from lambdalint.model.stack import stack_of

        return stack_of(self)

    @fact
    def at_edge(self) -> Value[bool]:
        """Whether CloudFront runs it at its edge locations (Lambda@Edge), which run x86_64 only."""
        from lambdalint.model.edge import at_edge

        return at_edge(self)

    @fact
    def at_deployment(self) -> Value[bool]:
        """Whether it only serves a custom resource or a macro, so that it runs when a stack is deployed."""
        from lambdalint.model.deployment import at_deployment

        return at_deployment(self)

    @fact
    def framework_owned(self) -> bool:
        """Whether a framework wrote it (CDK's custom resource providers): its owner cannot change it."""
        return self.resource is not None and self.model.framework_owned(self.resource)

    def _here(self) -> Origin:
        assert self.origin is not None
        return self.origin


def function_of(model: Model, node: Node | None, beside: Beside = None) -> Function | Unknown | None:
    """The function that a name, ARN, alias or version means; ``beside`` as for ``Model.named``."""
    target = model.target(node, beside)
    for _ in range(4):
        if not isinstance(target, Resource):
            break
        if target.type == TYPE:
            return model.thing(Function, target)
        if target.type not in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            return Unknown(f"{target.logical_id} is not a function", target.origin)
        target, beside = model.target(target.properties.get("FunctionName"), "account"), "account"
    if isinstance(target, str):
        return _function_named(model, target, beside)
    return target if isinstance(target, Unknown) else None


def _function_named(model: Model, text: str, beside: Beside) -> Function | Unknown:
    # "${Fn}:live", "${Fn.Arn}:live" and "arn:...:function:${Fn}:live" name the function with a qualifier.
    # A partial ARN is the account and the name: "123456789012:function:worker".
    account, marker, rest = text.partition(":function:")
    text = rest if marker and (account.isdecimal() or account == "${AWS::AccountId}") else text
    parameter = text.removeprefix("${").removesuffix("}")
    if text == f"${{{parameter}}}" and parameter in model.stack.parameters:
        return Unknown(f"parameter {parameter} has no value", None, Outside("parameter", parameter))
    for name in (text, split_qualifier(text)[0]):
        resource = model.named(name, beside) or model.called(TYPE, name)
        if resource is not None and resource.type == TYPE:
            return model.thing(Function, resource)
    return Unknown(f"function {text} is declared elsewhere", None, Outside("thing", text))
