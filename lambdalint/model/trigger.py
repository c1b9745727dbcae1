"""What invokes a function, and how: synchronously, asynchronously or by polling.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import invocations, limits
from lambdalint.load.stack import Resource
from lambdalint.model.caller import API, SOURCELESS, caller_of, cognito_caller
from lambdalint.model.element import Element, known
from lambdalint.model.invoke_config import qualifier_named
from lambdalint.model.mapping import Mapping
from lambdalint.model.source import Source, source_of
from lambdalint.model.thing import fact
from lambdalint.model.way import ways_into
from lambdalint.source.node import Node
from lambdalint.source.value import Default, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.task import Task


#: Words that are not kinds of invocation of their own -> one that invokes in the same way. A mapping whose source is
#: not known polls all the same, and an API that is not known is called synchronously whatever its kind.
_LIKE = {"schedule": "eventbridge", "mapping": "sqs"}
#: A state machine invokes with its own role: where its states are known, permissions say nothing more.
_STATES = "step-functions"
_ELSEWHERE = "whether the account and region that its target names are those of the stack is not known"


class Trigger(Element):
    """One way in which a function is invoked."""

    kind = "trigger"
    __slots__ = ("doubt", "mapping_thing", "of", "source_node", "target_node", "task", "word")

    def __init__(
        self,
        of: Function,
        resource: Resource,
        word: str,
        source_node: Node | None = None,
        mapping: Mapping | None = None,
        doubt: str | None = None,
        target_node: Node | None = None,
        task: Task | None = None,
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
        #: The state of a state machine that invokes it.
        self.task = task

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
        if self.word == API:
            return Default("sync", self.origin)
        if self.doubt is not None:
            return Unknown(self.doubt, self.origin)
        if self.task is not None:
            return self.task.mode
        entry = self._entry()
        if entry is None or entry.mode is None:
            return Unknown(f"how {self.word} invokes a function is not known", self.origin)
        return Default(entry.mode, self.origin)

    @fact
    def at_least_once(self) -> Value[bool]:
        """Whether the same event may come twice without anyone asking for it."""
        if self.word == API:
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
        if self.word == API:
            return Default(limits.HTTP_API_TIMEOUT_SECONDS, self.origin, sure=False)
        if self.doubt is not None:
            return Unknown(self.doubt, self.origin)
        if self.task is not None:
            return self.task.wait()
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
    declared = ways_into(function)
    sources = {word: node for word, _, node, _ in declared}
    tasks = _tasks_of(function)
    for permission in function.permissions:
        assert permission.resource is not None
        caller = caller_of(model, permission)
        if caller is None or (caller == _STATES and tasks):
            continue
        named = permission.raw("SourceArn")
        sure = named is not None or caller in sources or caller in SOURCELESS
        doubt = None if sure else "a permission names no source that would use it"
        if caller == "cognito":
            caller, doubt = cognito_caller(function, permission, doubt)
        source, target = named or sources.get(caller), permission.raw("FunctionName")
        found.append(Trigger(function, permission.resource, caller, source, doubt=doubt, target_node=target))
    seen = {trigger.word for trigger in found}
    found += [
        Trigger(function, resource, word, node, doubt=_doubt(function, target), target_node=target)
        for word, resource, node, target in declared
        if word not in seen
    ]
    for task in tasks:
        assert task.machine.resource is not None
        doubt = task.doubt or _doubt(function, task.target)
        found.append(Trigger(function, task.machine.resource, _STATES, doubt=doubt, target_node=task.target, task=task))
    url = function.url
    if isinstance(url, Element) and url.resource is not None:
        found.append(Trigger(function, url.resource, "function-url"))
    return tuple(found)


def _tasks_of(function: Function) -> list[Task]:
    """The states of state machines that invoke a function; what reads them is imported where there is a machine."""
    if not function.model.declared("AWS::StepFunctions::StateMachine"):
        return []
    from lambdalint.model.task import tasks_of

    return tasks_of(function)


def _doubt(function: Function, target: Node) -> str | None:
    """Why what is invoked may be a function of the same name in another account or region, or None."""
    from lambdalint.model.function import function_of

    return None if function_of(function.model, target) is function else _ELSEWHERE
