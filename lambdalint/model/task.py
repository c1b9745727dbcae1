"""Functions that state machines invoke: the Task states of their definitions.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.model.model import Model
from lambdalint.model.state_machine import TYPE, StateMachine, shorter, text_at
from lambdalint.record import record
from lambdalint.source.node import Mapping, Node, Sequence
from lambdalint.source.value import Default, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

#: What stands after ``arn:<partition>:states:::`` where a state calls Lambda's API. With ``waitForTaskToken`` the
#: function is invoked in the same way, and the state waits for the token after that.
_INVOKES = re.compile(r"(?:aws-sdk:)?lambda:invoke(Async)?(?:\.waitForTaskToken)?")
#: Begins an expression that each execution evaluates.
#: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
_COMPUTED = "{%"


@record
class Task:
    """A state that invokes a function. ``mode``: ``sync`` or ``async``. ``express``: it stands in a distributed map
    whose iterations are Express workflows. ``doubt``: why it is not known whether it invokes the function at all."""

    machine: StateMachine
    target: Node
    state: Mapping | None = None
    mode: Value[str] = Default("sync")
    express: bool = False
    doubt: str | None = None

    def wait(self) -> Value[float | None]:
        """Seconds after which the state gives up a function that has not answered; None where it never does, or does
        not wait."""
        if isinstance(self.mode, Unknown) or self.state is None:
            return Unknown(f"whether {self.machine.label} waits is not known", self.machine.origin)
        if self.mode.value == "async":
            return Default(None, self.machine.origin)
        found = self.machine.wait(self.state)
        return shorter(found, Default(limits.EXPRESS_WORKFLOW_SECONDS, found.origin)) if self.express else found


def tasks_of(function: Function) -> list[Task]:
    """The states that invoke a function, and state machines of which it is only known that they name it."""
    return function.model.kept("tasks of state machines", _by_function).get(id(function), [])


def _by_function(model: Model) -> dict[int, list[Task]]:
    """The tasks of each function, by its identity."""
    from lambdalint.model.function import Function, function_of

    found: dict[int, list[Task]] = {}
    for machine in model.all(StateMachine, TYPE):
        for task in _tasks(machine, machine.root) if machine.root is not None else _named(machine):
            function = function_of(model, task.target, "account")
            if isinstance(function, Function):
                found.setdefault(id(function), []).append(task)
    return found


def _named(machine: StateMachine) -> Iterator[Task]:
    """What is filled into a definition that is not at hand: of these the functions are what it is about."""
    written = machine.entries("DefinitionSubstitutions")
    for _, node in () if isinstance(written, Unknown) else written:
        yield Task(machine, node, doubt=f"the definition of {machine.label} is not at hand")


def _tasks(machine: StateMachine, root: Mapping) -> Iterator[Task]:
    """The states that name a function, those in maps and parallel branches too."""
    resolve = machine.model.resolver.resolve
    waiting: list[tuple[Node | None, bool]] = [(root, False)]
    while waiting:
        node, express = waiting.pop()
        inner = resolve(node)
        states = resolve(inner.get("States")) if isinstance(inner, Mapping) else None
        for written in states.items.values() if isinstance(states, Mapping) else ():
            state = resolve(written)
            if not isinstance(state, Mapping):
                continue
            branches = resolve(state.get("Branches"))
            waiting += [(branch, express) for branch in (branches.items if isinstance(branches, Sequence) else ())]
            for name in ("ItemProcessor", "Iterator"):
                processor = resolve(state.get(name))
                if isinstance(processor, Mapping):
                    waiting.append((processor, express or _by_express(machine, processor)))
            if machine.text_of(state.get("Type")) == "Task" and (task := _task(machine, state, express)) is not None:
                yield task


def _by_express(machine: StateMachine, processor: Mapping) -> bool:
    """Whether a distributed map runs its iterations as Express workflows.
    https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
    """
    config = machine.model.resolver.resolve(processor.get("ProcessorConfig"))
    return isinstance(config, Mapping) and machine.text_of(config.get("ExecutionType")) == "EXPRESS"


def _task(machine: StateMachine, state: Mapping, express: bool) -> Task | None:
    """A Task state as one that invokes what it names; None where it surely invokes no function, or one that only its
    input tells."""
    resource = machine.text_of(state.get("Resource")) or ""
    called = _INVOKES.fullmatch(resource.rpartition(":states:::")[2])
    if called is None:
        return Task(machine, text_at(state, resource), state, Default("sync", machine.place_of(state)), express)
    arguments = machine.model.resolver.resolve(state.get("Parameters") or state.get("Arguments"))
    if not isinstance(arguments, Mapping):
        return None
    name = machine.text_of(arguments.get("FunctionName"))
    mode = _mode(machine, arguments, called[1] is not None)
    if name is None or mode is None:
        return None
    if "Qualifier" in arguments or "Qualifier.$" in arguments:
        qualifier = machine.text_of(arguments.get("Qualifier")) or _COMPUTED
        name = f"{name}:{'${?}' if qualifier.startswith(_COMPUTED) else qualifier}"
    return Task(machine, text_at(state, name), state, mode, express)


def _mode(machine: StateMachine, arguments: Mapping, fire_and_forget: bool) -> Value[str] | None:
    """How a call of Lambda's API invokes; None for a dry run.
    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    """
    place = machine.place_of(arguments)
    if fire_and_forget:
        return Default("async", place)
    if "InvocationType" not in arguments and "InvocationType.$" not in arguments:
        return Default("sync", place)
    match machine.text_of(arguments.get("InvocationType")):
        case "RequestResponse":
            return Default("sync", place)
        case "Event":
            return Default("async", place)
        case "DryRun":
            return None
        case _:
            return Unknown(f"whether {machine.label} waits for the function is not known", place)
