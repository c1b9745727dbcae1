"""``functions`` as they are declared: their settings, names, aliases and events.

https://www.serverless.com/framework/docs/providers/aws/guide/functions
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, given, is_null
from lambdalint.load.serverless.service import Alias, Cause, Event, Function, Service, join, listed
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.source.node import Mapping, Origin, Scalar, Sequence


def read_functions(service: Service) -> None:
    """Read ``functions``, a map or a list of maps; what cannot be read becomes a gap."""
    for group in listed(service.top("functions")):
        if is_unknown(group) or not isinstance(group, Mapping):
            why = "they are not written as a map here, so they are not looked at; write a map from name to function"
            service.lost("functions", group, why)
            continue
        for name, written in group.items.items():
            if is_null(written):
                continue
            if is_unknown(written) or not isinstance(written, Mapping):
                why = "its settings are not known, so it is not looked at"
                if isinstance(written, (Scalar, Sequence)):
                    why = "its settings are no map, so it is not looked at; write handler and the others below its name"
                service.lost(f"function {name}", written, why)
                continue
            service.functions[name] = read_function(service, name, written, group.key(name))


def read_function(service: Service, name: str, written: Mapping, place: Origin) -> Function:
    """A function as it is declared."""
    physical: Part = given(written.get("name")) or join(service.prefix, f"-{name}")
    condition = given(written.get("condition"))
    function = Function(name, written, place, physical)
    function.condition = condition if isinstance(condition, Scalar) else None
    function.alias = _alias(function)
    function.events = _events(service, function)
    return function


def _alias(function: Function) -> Alias | None:
    """The alias that events point at, where the settings ask for one."""
    if function.given("durableConfig") is not None:
        return Alias("durable", f"{function.prefix}DurableLambdaAlias")
    if function.given("provisionedConcurrency") is not None:
        return Alias("provisioned", f"{function.prefix}ProvConcLambdaAlias")
    if function.given("snapStart") is not None:
        return Alias("snapstart", f"{function.prefix}SnapStartLambdaAlias")
    return None


def _events(service: Service, function: Function) -> list[Event]:
    found: list[Event] = []
    written = function.get("events")
    if written is not None and not isinstance(written, Sequence):
        why = "they are not known, so what they create is not looked at"
        if not is_unknown(written):
            why = "they are no list, so what they create is not looked at; write each as an item: - http: GET /"
        service.lost(f"events of {function.name}", written, why)
        return []
    for index, entry in enumerate(written.items if written is not None else [], start=1):
        if is_null(entry):
            continue
        if isinstance(entry, Scalar):
            continue  # a bare word: the framework passes over it
        if is_unknown(entry) or not isinstance(entry, Mapping):
            service.lost(f"an event of {function.name}", entry, "it is not known, so what it creates is not looked at")
            continue
        for kind, value in entry.items.items():
            if not is_null(value):
                cause = Cause(entry.key(kind), f"{kind} event of {function.name}")
                found.append(Event(kind, value, index, cause))
    return found
