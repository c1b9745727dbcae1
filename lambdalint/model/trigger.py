"""What invokes a function, and how: synchronously, asynchronously or by polling.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from lambdalint.data import invocations, limits
from lambdalint.data.services import parse_arn
from lambdalint.load.intrinsics import Absent
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, known
from lambdalint.model.invoke_config import qualifier_named
from lambdalint.model.mapping import Mapping
from lambdalint.model.model import Model
from lambdalint.model.source import Source, source_of
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping as MappingNode
from lambdalint.source.node import Node, Scalar, Sequence, make
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function


#: Words that are not kinds of invocation of their own -> one that invokes in the same way. A mapping whose source is
#: not known polls all the same, and an API that is not known is called synchronously whatever its kind.
_LIKE = {"schedule": "eventbridge", "mapping": "sqs"}
_API = "api"
_REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)[.}]")

#: Service principal -> services whose ARNs can stand in its ``SourceArn``; a permission with another one is never used.
_SOURCE_SERVICES = {
    "events.amazonaws.com": ("events",),
    "s3.amazonaws.com": ("s3",),
    "sns.amazonaws.com": ("sns",),
}


#: The word for the kind of invocation, what declares it, what the events come from, and what it names as its target.
_Way: TypeAlias = "tuple[str, Resource, Node | None, Node]"


class Trigger(Element):
    """One way in which a function is invoked."""

    kind = "trigger"
    __slots__ = ("doubt", "mapping_thing", "of", "source_node", "target_node", "word")

    def __init__(
        self,
        of: Function,
        resource: Resource,
        word: str,
        source_node: Node | None = None,
        mapping: Mapping | None = None,
        doubt: str | None = None,
        target_node: Node | None = None,
    ) -> None:
        super().__init__(of.model, resource, resource.origin, resource.via or resource.logical_id)
        self.of = of
        self.word = word
        self.source_node = source_node
        self.mapping_thing = mapping
        #: Why it is not known whether it ever invokes the function, or None.
        self.doubt = doubt
        #: What names the function, with the version or alias that is invoked; None where nothing says.
        self.target_node = target_node

    @property
    def qualifier(self) -> str | None:
        """The version or alias that it invokes, as canonical text; None where it is not known."""
        return qualifier_named(self.model, self.target_node)

    @fact
    def type(self) -> str:
        """``s3``, ``sns``, ``eventbridge``, ``schedule``, ``scheduler``, ``rest-api``, ``http-api``, ``websocket-api``,
        ``function-url``, ``alb``, ``logs``, ``iot``, ``cognito``, ``sqs``, ``kinesis``, ``dynamodb``, ..."""
        return self.word

    def _entry(self) -> invocations.Invocation | None:
        return invocations.invocation(_LIKE.get(self.word, self.word))

    @fact
    def function(self) -> Function:
        """The function that it invokes."""
        return self.of

    @fact
    def mapping(self) -> Mapping | None:
        """Its event source mapping, when Lambda polls for it."""
        return self.mapping_thing

    @fact
    def source(self) -> Source | Unknown | None:
        """The bucket, topic, queue or stream behind it."""
        if self.mapping_thing is not None:
            return self.mapping_thing.source
        return source_of(self.model, self.source_node, self.word) if self.source_node is not None else None

    @fact
    def invocation(self) -> Value[str]:
        """``sync``, ``async`` or ``polled``; Unknown for callers whose way of invoking is not fixed."""
        if self.word == _API:
            return Default("sync", self.origin)
        if self.doubt is not None:
            return Unknown(self.doubt, self.origin)
        entry = self._entry()
        if entry is None or entry.mode is None:
            return Unknown(f"how {self.word} invokes a function is not known", self.origin)
        return Default(entry.mode, self.origin)

    @fact
    def at_least_once(self) -> Value[bool]:
        """Whether the same event may come twice without anyone asking for it."""
        if self.word == _API:
            return Default(False, self.origin)
        entry = self._entry()
        if entry is None:
            return Unknown(f"how {self.label} invokes is not known", self.origin)
        return Default(entry.at_least_once, self.origin)

    @fact
    def deduplicated(self) -> Value[bool]:
        """Whether its source removes messages that are sent again within five minutes, as a FIFO queue or topic does;
        Unknown where the name of a source that is declared elsewhere is.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
        """
        source = self.source
        if isinstance(source, Source):
            return source.fifo
        return source if isinstance(source, Unknown) else Default(False, self.origin)

    @fact
    def wait_limit(self) -> Value[float | None]:
        """Seconds that the caller waits for an answer at most; None when it does not wait or has no limit."""
        if self.word == _API:
            return Default(limits.HTTP_API_TIMEOUT_SECONDS, self.origin, sure=False)
        if self.doubt is not None:
            return Unknown(self.doubt, self.origin)
        entry = self._entry()
        if entry is None:
            return Unknown(f"how long {self.label} waits is not known", self.origin)
        if self.word in {"rest-api", "http-api", "websocket-api"} and entry.wait_seconds is not None:
            from lambdalint.model.integration import longest_wait

            return longest_wait(self.of, self.word, entry.wait_seconds, entry.wait_raisable)
        return Default(entry.wait_seconds, self.origin, sure=not entry.wait_raisable)

    @fact
    def written_by_function(self) -> Value[bool]:
        """Whether the execution role lets the function write to what triggers it."""
        from lambdalint.model.recursion import written_back

        return written_back(self)


def slowest_caller(function: Function) -> Trigger | Unknown | None:
    """The trigger that waits longest; None where one does not wait at all, or waits as long as the function runs."""
    slowest: Trigger | None = None
    longest = 0.0
    for trigger in function.triggers:
        wait = trigger.wait_limit
        if isinstance(wait, Unknown):
            return wait
        if wait.value is None:
            return None
        if slowest is None or wait.value > longest:
            slowest, longest = trigger, wait.value
    return function.triggers.missing or slowest


def triggers_of(function: Function) -> tuple[Trigger, ...]:
    """Everything in the template that invokes a function, each way once; not what is surely disabled."""
    model = function.model
    found: list[Trigger] = []
    for mapping in function.mappings:
        if known(mapping.enabled) is False:
            continue
        kind = mapping.source_type
        word = "mapping" if isinstance(kind, Unknown) else kind.value
        assert mapping.resource is not None
        found.append(Trigger(function, mapping.resource, word, None, mapping))
    declared = _declared(function)
    sources = {word: node for word, _, node, _ in declared}
    for permission in function.permissions:
        assert permission.resource is not None
        caller = _permission_word(model, permission)
        if caller is None:
            continue
        named = permission.raw("SourceArn")
        sure = named is not None or caller in sources or caller in _SOURCELESS
        doubt = None if sure else "a permission names no source that would use it"
        if caller == "cognito":
            caller, doubt = _cognito_word(function, permission, doubt)
        source, target = named or sources.get(caller), permission.raw("FunctionName")
        found.append(Trigger(function, permission.resource, caller, source, doubt=doubt, target_node=target))
    seen = {trigger.word for trigger in found}
    found += [
        Trigger(function, resource, word, node, target_node=target)
        for word, resource, node, target in declared
        if word not in seen
    ]
    url = function.url
    if isinstance(url, Element) and url.resource is not None:
        found.append(Trigger(function, url.resource, "function-url"))
    return tuple(found)


def unknown_caller(function: Function) -> Unknown | None:
    """Why a permission may let in a service that is not known, or None."""
    for permission in function.permissions:
        caller = permission.text("Principal")
        if isinstance(caller, Unknown):
            return caller
        name = caller.value.removeprefix("${").removesuffix("}") if isinstance(caller, Given) else ""
        if isinstance(caller, Given) and caller.value == f"${{{name}}}" and name in function.model.stack.parameters:
            return Unknown(f"parameter {name} has no value", caller.origin)
    return None


def _permission_word(model: Model, permission: Element) -> str | None:
    principal = permission.text("Principal")
    if not isinstance(principal, Given) or not isinstance(permission.find("FunctionUrlAuthType"), Absent):
        return None
    if not isinstance(permission.find("InvokedViaFunctionUrl"), Absent) or not _invokes(permission):
        return None
    caller = principal.value.replace("${AWS::URLSuffix}", "amazonaws.com")
    entries = invocations.by_principal(caller)
    if not entries:
        return None
    if not _fits(model, permission, caller):
        return None
    word = entries[0].kind
    if caller.startswith("apigateway."):
        return _api_word(model, permission)
    if word == "eventbridge":
        rule = model.target(permission.raw("SourceArn"))
        if isinstance(rule, Resource) and _disabled(model, rule):
            return None
        if isinstance(rule, Resource) and "ScheduleExpression" in rule.properties:
            return "schedule"
    return word


def _invokes(permission: Element) -> bool:
    """Whether a permission lets its principal invoke the function; what is not known may."""
    action = permission.string("Action", default="lambda:InvokeFunction")
    return isinstance(action, Unknown) or action.value.lower() in {"lambda:invokefunction", "lambda:*", "*"}


def _disabled(model: Model, resource: Resource) -> bool:
    """Whether a rule or schedule surely never fires."""
    if resource.type not in {"AWS::Events::Rule", "AWS::Scheduler::Schedule"}:
        return False
    return known(model.thing(Element, resource).string("State", default="ENABLED")) == "DISABLED"


def _cognito_word(function: Function, permission: Element, doubt: str | None) -> tuple[str, str | None]:
    """Cognito waits for its triggers but not for custom senders, and both have one principal: the pool tells.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
    """
    from lambdalint.model.function import function_of

    model = function.model
    pool = model.target(permission.raw("SourceArn"))
    pools = [pool] if isinstance(pool, Resource) else model.resources("AWS::Cognito::UserPool")
    words: set[str] = set()
    for resource in pools:
        written = model.thing(Element, resource).entries("LambdaConfig")
        for key, value in () if isinstance(written, Unknown) else written:
            named = value.get("LambdaArn") if isinstance(value, MappingNode) else None
            if function_of(model, named or value) is function:
                words.add("cognito-sender" if key in {"CustomEmailSender", "CustomSMSSender"} else "cognito")
    if len(words) == 1:
        return words.pop(), doubt
    return "cognito", doubt or f"whether Cognito waits for {function.label} is not known"


#: Callers whose permission need not name a source: they have none, or one token stands for it.
_SOURCELESS = frozenset({"alexa-skill", "alexa-smart-home", "lex", "connect", "cloudformation", "codepipeline", "api"})


def _api_word(model: Model, permission: Element) -> str:
    """REST, HTTP and WebSocket APIs share a principal; the source ARN names the API."""
    pattern = model.resolver.pattern(permission.raw("SourceArn"))
    text = pattern[0] if isinstance(pattern, tuple) else ""
    for logical_id in _REFERENCE.findall(text):
        resource = model.stack.resources.get(logical_id)
        if resource is not None and resource.type == "AWS::ApiGateway::RestApi":
            return "rest-api"
        if resource is not None and resource.type == "AWS::ApiGatewayV2::Api":
            kind = resource.properties.get("ProtocolType")
            return "websocket-api" if isinstance(kind, Scalar) and kind.text == "WEBSOCKET" else "http-api"
    return _API


def _fits(model: Model, permission: Element, principal: str) -> bool:
    """Whether the service can call with this ``SourceArn``; what is not known may fit."""
    services = _SOURCE_SERVICES.get(principal)
    pattern = model.resolver.pattern(permission.raw("SourceArn"))
    arn = parse_arn(pattern[0]) if isinstance(pattern, tuple) else None
    return services is None or arn is None or "$" in arn.service or arn.service in services


def _declared(function: Function) -> list[_Way]:
    """Ways in that are declared without a permission for the service (or with one for another principal)."""
    return function.model.kept("declared ways in", _by_function).get(id(function), [])


def _by_function(model: Model) -> dict[int, list[_Way]]:
    """The declared ways into each function, by its identity: looked for once, not once for every function."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[_Way]] = {}
    for way in _ways(model):
        function = function_of(model, way[3])
        if not isinstance(function, Function):
            continue
        ways = found.setdefault(id(function), [])
        # A bucket that notifies a function of several things is one way in.
        if way[0] != "s3" or not any(word == "s3" and resource is way[1] for word, resource, _, _ in ways[-1:]):
            ways.append(way)
    return found


def _ways(model: Model) -> Iterator[_Way]:
    """Everything that declares an invocation."""
    for resource in model.resources("AWS::Scheduler::Schedule"):
        if _disabled(model, resource):
            continue
        scheduled = model.resolver.resolve(resource.properties.get("Target"))
        if isinstance(scheduled, MappingNode) and (arn := scheduled.get("Arn")) is not None:
            yield "scheduler", resource, None, arn
    for resource in model.resources("AWS::SNS::Subscription"):
        if (endpoint := resource.properties.get("Endpoint")) is not None:
            yield "sns", resource, resource.properties.get("TopicArn"), endpoint
    for resource in model.resources("AWS::S3::Bucket"):
        notified = model.thing(Source, resource).listed("NotificationConfiguration", "LambdaConfigurations")
        for item in [] if isinstance(notified, Unknown) else notified:
            if isinstance(item, MappingNode) and (arn := item.get("Function")) is not None:
                yield "s3", resource, make({"Ref": resource.logical_id}, resource.origin), arn
    for resource in model.resources("AWS::Logs::SubscriptionFilter"):
        if (arn := resource.properties.get("DestinationArn")) is not None:
            yield "logs", resource, None, arn
    for resource in model.resources("AWS::Events::Rule"):
        if _disabled(model, resource):
            continue
        targets = resource.properties.get("Targets")
        word = "schedule" if "ScheduleExpression" in resource.properties else "eventbridge"
        for target in targets.items if isinstance(targets, Sequence) else ():
            if isinstance(target, MappingNode) and (arn := target.get("Arn")) is not None:
                yield word, resource, None, arn
