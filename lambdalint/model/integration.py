"""How long the APIs of a template wait for a function: the timeouts of their integrations.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdalint.data import limits
from lambdalint.load.intrinsics import Absent
from lambdalint.model.element import Element
from lambdalint.model.model import Model
from lambdalint.model.version import named_in, names_of
from lambdalint.source.node import Mapping, Node, Scalar
from lambdalint.source.scalar import integer
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

_REST = "rest-api"
_INTEGRATION = "x-amazon-apigateway-integration"
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
_INVOCATION_TYPE = "integration.request.header.X-Amz-Invocation-Type"


def longest_wait(function: Function, kind: str, default: float, raisable: bool) -> Value[float | None]:
    """Seconds that the most patient route of a kind of API waits for a function; None when one does not wait at all.

    ``default`` is what holds for a route that says nothing. Where no route can be seen (the API is declared elsewhere,
    or in a file) it is not sure when it is ``raisable``.
    """
    longest: Given[float | None] | Default[float | None] | None = None
    for written in _integrations(function, kind):
        wait = _seconds(function, written, default)
        if isinstance(wait, Unknown) or wait.value is None:
            return wait
        if longest is None or wait.value > (longest.value or 0):
            longest = wait
    if longest is not None:
        return longest
    if raisable and function.model.kept("whether an API is elsewhere", _elsewhere):
        return Unknown("the definition of an API stands in a file that is not read", function.origin)
    return Default(default, function.origin, sure=not raisable)


def _elsewhere(model: Model) -> bool:
    """Whether a REST API of the template has a definition that cannot be seen."""
    for api in model.all(Element, "AWS::ApiGateway::RestApi"):
        written = isinstance(api.find("BodyS3Location"), Absent)
        if not written or isinstance(api.find("Body"), Unknown) or isinstance(api.find("Body", "Fn::Transform"), Node):
            return True
    return False


def _seconds(function: Function, integration: Mapping, default: float) -> Value[float | None]:
    """How long one route waits. Streamed responses have the function's own time."""
    resolver = function.model.resolver
    parameters = resolver.resolve(_either(integration, "RequestParameters"))
    invocation = resolver.resolve(parameters.get(_INVOCATION_TYPE)) if isinstance(parameters, Mapping) else None
    if isinstance(invocation, Scalar) and invocation.text.strip("'") == "Event":
        return Default(None, function.origin)
    mode = resolver.resolve(_either(integration, "ResponseTransferMode"))
    if isinstance(mode, Scalar) and mode.text == "STREAM":
        default = limits.TIMEOUT_SECONDS.high
    written = _either(integration, "TimeoutInMillis")
    found = resolver.resolve(written)
    if isinstance(found, Absent):
        return Default(default, function.origin)
    milliseconds = integer(found) if isinstance(found, Scalar) else None
    if milliseconds is None or written is None:
        return Unknown("the timeout of an integration is not known", written or function.origin)
    return Given(milliseconds / 1000, written.at())


def _either(integration: Mapping, name: str) -> Node | None:
    """A property as CloudFormation spells it, or as OpenAPI does."""
    return integration.get(name) or integration.get(name[0].lower() + name[1:])


def _integrations(function: Function, kind: str) -> list[Mapping]:
    """The integrations of a kind of API that lead to a function."""
    names = (*names_of(function), *(alias.label for alias in function.aliases))
    leading = function.model.kept(f"integrations of {kind}", lambda model: _leading(model, kind))
    found = {order: integration for name in names for order, integration in leading.get(name, ())}
    return [found[order] for order in sorted(found)]


def _leading(model: Model, kind: str) -> dict[str, list[tuple[int, Mapping]]]:
    """What an address names (see ``named_in``) -> the integrations that lead there, each with its number."""
    found: dict[str, list[tuple[int, Mapping]]] = {}
    for order, integration in enumerate(_declared(model, kind)):
        pattern = model.resolver.pattern(_either(integration, "Uri") or integration.get("IntegrationUri"))
        if not isinstance(pattern, tuple):
            continue
        for name in named_in(pattern[0]):
            found.setdefault(name, []).append((order, integration))
    return found


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
