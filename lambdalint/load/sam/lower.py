"""SAM templates to CloudFormation: the whole way, on one screen.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from lambdalint.load.cloudformation import read_stack
from lambdalint.load.nodes import text_of
from lambdalint.load.sam.implicit import add_implicit
from lambdalint.load.sam.inheritance import inherit, read_globals
from lambdalint.load.sam.lowering import Lowering, Unit
from lambdalint.load.sam.references import resolve_references
from lambdalint.load.stack import Resource, Stack
from lambdalint.source.node import Document, Mapping

PREFIX = "AWS::Serverless::"
_CONNECTOR = "AWS::Serverless::Connector"

#: What adds routes to APIs or asks for resources of others comes first.
_FIRST = frozenset(
    f"{PREFIX}{name}"
    for name in (
        "Application",
        "CapacityProvider",
        "Function",
        "GraphQLApi",
        "LayerVersion",
        "MicrovmImage",
        "NetworkConnector",
        "SimpleTable",
        "StateMachine",
        "WebFunction",
    )
)
_APIS = frozenset(f"{PREFIX}{name}" for name in ("Api", "HttpApi", "WebSocketApi"))
_KNOWN = _FIRST | _APIS


def lower(
    document: Document, root: Mapping, parameters: dict[str, str], unknown: Collection[str] = frozenset()
) -> Stack:
    """The CloudFormation stack that a SAM template stands for.

    ``parameters`` are values given from outside; the template's own defaults fill in the rest, except for parameters
    in ``unknown``, which are set from outside to something that is not known (``*``: any of them may be). Nothing here
    raises for a malformed template: what cannot be lowered becomes a gap and the rest goes on.
    """
    stack = read_stack(document, root, "sam")
    lowering = Lowering(stack, _parameter_values(stack, parameters, unknown))
    inherited = read_globals(lowering, root)
    for resource in list(stack.resources.values()):
        _take(lowering, resource, inherited)
    _lower_all(lowering, _FIRST)
    if lowering.notices:
        from lambdalint.load.sam.push import add_notifications

        add_notifications(lowering)
    add_implicit(lowering, inherited)
    _lower_all(lowering, _APIS)
    if lowering.connectors:
        from lambdalint.load.sam.connector import lower_connectors

        lower_connectors(lowering)
    resolve_references(lowering)
    return stack


def _parameter_values(stack: Stack, parameters: dict[str, str], unknown: Collection[str]) -> dict[str, str]:
    """What is known of parameters: given values over defaults."""
    if "*" in unknown:
        return parameters
    values: dict[str, str] = {}
    for name, declared in stack.parameters.items():
        default = text_of(declared.get("Default"))
        if default is not None and name not in unknown:
            values[name] = default
    return {**values, **parameters}


def _take(lowering: Lowering, resource: Resource, inherited: dict[str, Mapping]) -> None:
    """Take a SAM resource, and the connectors that any resource holds, out of the stack as units."""
    if "Connectors" in resource.attributes:
        from lambdalint.load.sam.connector import embedded

        lowering.connectors.extend(embedded(resource, resource.attributes))
    if not resource.type.startswith(PREFIX):
        return
    if resource.type not in _KNOWN and resource.type != _CONNECTOR:
        why = f"{resource.type} is not known here, so what it creates is not looked at; correct its Type if it is wrong"
        lowering.gap(f"resource {resource.logical_id}", why, resource.origin)
        return
    del lowering.stack.resources[resource.logical_id]
    attributes = dict(resource.attributes)
    properties = inherit(inherited.get(resource.type), resource.properties, attributes.pop("IgnoreGlobals", None))
    unit = Unit(resource.logical_id, resource.type, properties, resource.origin, resource.condition, attributes)
    if resource.type == _CONNECTOR:
        lowering.connectors.append(unit)
    else:
        lowering.units[resource.logical_id] = unit


def _lower_all(lowering: Lowering, kinds: frozenset[str]) -> None:
    for unit in list(lowering.units.values()):
        if unit.type in kinds:
            _step(unit.type)(lowering, unit)


def _step(kind: str) -> Callable[[Lowering, Unit], None]:
    """What lowers a type. Imported here: most templates use two or three of them, and start-up time counts."""
    match kind.removeprefix(PREFIX):
        case "Api":
            from lambdalint.load.sam.rest_api import lower_rest_api as step
        case "Application":
            from lambdalint.load.sam.plain import lower_application as step
        case "CapacityProvider":
            from lambdalint.load.sam.capacity_provider import lower_capacity_provider as step
        case "GraphQLApi":
            from lambdalint.load.sam.graphql_api import lower_graphql_api as step
        case "HttpApi":
            from lambdalint.load.sam.http_api import lower_http_api as step
        case "LayerVersion":
            from lambdalint.load.sam.plain import lower_layer as step
        case "MicrovmImage":
            from lambdalint.load.sam.microvm import lower_microvm_image as step
        case "NetworkConnector":
            from lambdalint.load.sam.microvm import lower_network_connector as step
        case "SimpleTable":
            from lambdalint.load.sam.plain import lower_table as step
        case "StateMachine":
            from lambdalint.load.sam.state_machine import lower_state_machine as step
        case "WebFunction":
            from lambdalint.load.sam.web_function import lower_web_function as step
        case "WebSocketApi":
            from lambdalint.load.sam.websocket_api import lower_websocket_api as step
        case _:
            from lambdalint.load.sam.function import lower_function as step
    return step
