"""How long the APIs of a template wait for a function: the timeouts of their integrations.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdalint.load.intrinsics import Absent
from lambdalint.model.element import Element
from lambdalint.model.model import Model
from lambdalint.source.node import Mapping, Node, Scalar
from lambdalint.source.scalar import integer
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

_REST = "rest-api"
_INTEGRATION = "x-amazon-apigateway-integration"


def longest_wait(function: Function, kind: str, default: float, raisable: bool) -> Value[float | None]:
    """Seconds that the most patient route of a kind of API waits for a function.

    ``default`` is what holds for a route that says nothing. Where no route can be seen (the API is declared elsewhere,
    or in a file) it is not sure when it is ``raisable``.
    """
    longest: Value[float | None] | None = None
    for written in _integrations(function, kind):
        wait = _seconds(function, written, default)
        if isinstance(wait, Unknown):
            return wait
        if longest is None or isinstance(longest, Unknown) or (wait.value or 0) > (longest.value or 0):
            longest = wait
    return longest or Default(default, function.origin, sure=not raisable)


def _seconds(function: Function, integration: Mapping, default: float) -> Value[float | None]:
    written = integration.get("TimeoutInMillis") or integration.get("timeoutInMillis")
    found = function.model.resolver.resolve(written)
    if isinstance(found, Absent):
        return Default(default, function.origin)
    milliseconds = integer(found) if isinstance(found, Scalar) else None
    if milliseconds is None or written is None:
        return Unknown("the timeout of an integration is not known", written or function.origin)
    return Given(milliseconds / 1000, written.at())


def _integrations(function: Function, kind: str) -> Iterator[Mapping]:
    """The integrations of a kind of API that lead to a function."""
    names = [item.resource.logical_id for item in (function, *function.aliases) if item.resource is not None]
    marks = tuple(mark for name in names for mark in (f"${{{name}}}", f"${{{name}."))
    for integration in _declared(function.model, kind):
        uri = integration.get("Uri") or integration.get("uri") or integration.get("IntegrationUri")
        pattern = function.model.resolver.pattern(uri)
        if isinstance(pattern, tuple) and any(mark in pattern[0] for mark in marks):
            yield integration


def _declared(model: Model, kind: str) -> Iterator[Mapping]:
    if kind == _REST:
        for method in model.all(Element, "AWS::ApiGateway::Method"):
            found = method.find("Integration")
            if isinstance(found, Mapping):
                yield found
    else:
        for resource in model.resources("AWS::ApiGatewayV2::Integration"):
            yield resource.properties
    for api in model.all(Element, "AWS::ApiGateway::RestApi" if kind == _REST else "AWS::ApiGatewayV2::Api"):
        for path in _maps(model, api.find("Body", "paths")):
            for method_of_path in _maps(model, path):
                found = model.resolver.resolve(method_of_path.get(_INTEGRATION))
                if isinstance(found, Mapping):
                    yield found


def _maps(model: Model, found: object) -> Iterator[Mapping]:
    """The maps among the values of a map."""
    values: list[Node] = list(found.items.values()) if isinstance(found, Mapping) else []
    for value in values:
        resolved = model.resolver.resolve(value)
        if isinstance(resolved, Mapping):
            yield resolved
