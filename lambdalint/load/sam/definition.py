"""The OpenAPI definition of an API: what was written, with the routes of events and the security they get.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    branches,
    build,
    build_map,
    child,
    each,
    flag,
    get_att,
    given,
    intrinsic,
    plain_map,
    ref,
    sub,
    text_of,
)
from lambdalint.load.sam.authorizer import http_schemes, rest_schemes
from lambdalint.load.sam.lowering import Lowering, Route, Unit
from lambdalint.source.node import Mapping, Node, Scalar

_ANY = "x-amazon-apigateway-any-method"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "any", _ANY})
_INTEGRATION = "x-amazon-apigateway-integration"
_IAM: dict[str, Part] = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "awsSigv4",
}
_API_KEY: dict[str, Part] = {"type": "apiKey", "name": "x-api-key", "in": "header"}


def rest_definition(lowering: Lowering, unit: Unit) -> Node:
    """The definition of a REST API."""
    version = unit.get("OpenApiVersion")
    schemes = rest_schemes(unit)
    if text_of(child(unit.properties, "Auth", "DefaultAuthorizer")) == "AWS_IAM":
        schemes["AWS_IAM"] = _IAM
    if flag(child(unit.properties, "Auth", "ApiKeyRequired")) is True:
        schemes["api_key"] = _API_KEY
    policy = child(unit.properties, "Auth", "ResourcePolicy")
    extra: dict[str, Part] = {"x-amazon-apigateway-policy": policy}
    head: dict[str, Part] = {"openapi": version} if version is not None else {"swagger": "2.0"}
    return _definition(lowering, unit, head, schemes, extra, version is not None)


def http_definition(lowering: Lowering, unit: Unit) -> Node:
    """The definition of an HTTP API."""
    schemes = http_schemes(unit)
    if flag(child(unit.properties, "Auth", "EnableIamAuthorizer")) is True:
        schemes.setdefault("AWS_IAM", _IAM)
    cors = unit.get("CorsConfiguration")
    extra: dict[str, Part] = {"x-amazon-apigateway-cors": cors if plain_map(cors) is not None else None}
    return _definition(lowering, unit, {"openapi": "3.0.1"}, schemes, extra, True)


def _definition(
    lowering: Lowering,
    unit: Unit,
    head: dict[str, Part],
    schemes: dict[str, Part],
    extra: dict[str, Part],
    components: bool,
) -> Node:
    written = unit.get("DefinitionBody")
    routes = lowering.routes.get(unit.logical_id, [])
    if written is not None and plain_map(written) is None:
        return written
    info: dict[str, Part] = {"version": "1.0", "title": ref("AWS::StackName")}
    body: dict[str, Part] = dict(written.items) if isinstance(written, Mapping) else {"info": info, **head}
    body["paths"] = _paths(unit, plain_map(child(written, "paths")), child(written, "paths"), routes)
    for name, value in extra.items():
        if value is not None and name not in body:
            body[name] = value
    _add_schemes(body, written, schemes, components or child(written, "openapi") is not None)
    if isinstance(written, Mapping):
        return build_map(body, written, written.via, written)
    return build_map(body, unit.origin, unit.via or "Events")


def _add_schemes(body: dict[str, Part], written: Node | None, schemes: dict[str, Part], components: bool) -> None:
    if not schemes:
        return
    known = child(written, "components", "securitySchemes") if components else child(written, "securityDefinitions")
    merged: dict[str, Part] = {**schemes, **(known.items if isinstance(known, Mapping) else {})}
    if not components:
        body["securityDefinitions"] = merged
        return
    present = child(written, "components")
    body["components"] = {**(present.items if isinstance(present, Mapping) else {}), "securitySchemes": merged}


def _paths(unit: Unit, written: Mapping | None, raw: Node | None, routes: list[Route]) -> Part:
    """Paths as written, with the operations of events added and the API's default authorizer where none is named."""
    if raw is not None and written is None:
        return raw
    default = _default_security(unit)
    paths: dict[str, Part] = {}
    for path, item in written.items.items() if written is not None else ():
        paths[path] = _secured(item, default)
    at_path: dict[str, list[Route]] = {}
    for route in routes:
        at_path.setdefault(route.path, []).append(route)
    for path, wanted in at_path.items():
        known = paths.get(path)
        if known is not None and (not isinstance(known, Mapping) or intrinsic(known) is not None):
            continue
        operations: dict[str, Part] = dict(known.items) if isinstance(known, Mapping) else {}
        for route in wanted:
            _add_operation(unit, operations, route, default)
        if isinstance(known, Mapping):
            paths[path] = build_map(operations, known, known.via, known)
        elif operations:
            paths[path] = build_map(operations, wanted[0].event.cause.origin, wanted[0].event.cause.via)
    if written is None:
        return dict(paths)
    return build_map(paths, written, written.via, written)


def _add_operation(unit: Unit, operations: dict[str, Part], route: Route, default: list[Part]) -> None:
    """Add the operation of an event to those of its path, or what the event says to the one that is written there."""
    method = _method(route.method)
    key = next((name for name in operations if _method(name) == method), method)
    known = operations.get(key)
    written = known if isinstance(known, Mapping) and intrinsic(known) is None else None
    made = _operation(unit, route, default)
    if not _may_add(unit, route):
        if written is not None and flag(child(route.event.get("Auth"), "OverrideApiAuth")) is True:
            security = _security(unit, route, default)
            operations[key] = build_map({**written.items, "security": security}, written, written.via, written)
    elif written is None or intrinsic(made) is not None:
        operations[key] = made
    elif route.event.type == "HttpApi" and _INTEGRATION in written:
        named = {"security": made.items["security"]} if route.event.get("Auth") and "security" in made else {}
        operations[key] = build_map({**made.items, **written.items, **named}, written, written.via, written)
    else:
        operations[key] = build_map({**written.items, **made.items}, written, written.via, written)


def _method(name: str) -> str:
    return _ANY if name.lower() == "any" else name.lower()


def _may_add(unit: Unit, route: Route) -> bool:
    """Whether events add to the definition: to a written one of a REST API only where it asks to be merged."""
    if route.event.type == "HttpApi" or unit.get("DefinitionBody") is None:
        return True
    return route.kind == "function" and flag(unit.get("MergeDefinitions")) is True


def _secured(item: Node, security: list[Part]) -> Node:
    """A written path whose operations get the default security where they name none."""
    if not security or not isinstance(item, Mapping):
        return item
    chosen = branches(item)
    if chosen is not None:
        name, yes, no = chosen
        parts: dict[str, Part] = {"Fn::If": [name, _secured(yes, security), _secured(no, security)]}
        return build(parts, item, item.via, item)
    if intrinsic(item) is not None:
        return item
    made: dict[str, Part] = {}
    for method, operation in item.items.items():
        open_operation = isinstance(operation, Mapping) and intrinsic(operation) is None and "security" not in operation
        if method.lower() in _METHODS and method.lower() != "options" and open_operation:
            assert isinstance(operation, Mapping)
            secured: dict[str, Part] = {**operation.items, "security": security}
            made[method] = build_map(secured, operation, operation.via, operation)
        else:
            made[method] = operation
    return build_map(made, item, item.via, item)


def _default_security(unit: Unit) -> list[Part]:
    """The security requirements of operations that name none; none where the API is open by default."""
    auth = child(unit.properties, "Auth")
    name = text_of(child(auth, "DefaultAuthorizer"))
    requirements: list[Part] = []
    if name is not None and name != "NONE":
        requirements.append({name: list(each(child(auth, "Authorizers", name, "AuthorizationScopes")))})
    if flag(child(auth, "ApiKeyRequired")) is True:
        requirements.append({"api_key": []})
    return requirements


def _operation(unit: Unit, route: Route, default: list[Part]) -> Mapping:
    event = route.event
    via = event.cause.via
    operation: dict[str, Part] = {
        _INTEGRATION: _integration(unit, route),
        "responses": {},
        "security": _security(unit, route, default),
    }
    made = operation
    if route.target.unit.condition is not None:
        made = {"Fn::If": [route.target.unit.condition.text, operation, ref("AWS::NoValue")]}
    return build_map(made, event.cause.origin, via)


def _security(unit: Unit, route: Route, default: list[Part]) -> Part:
    """The security requirements of the operation of an event: its own over those of the API."""
    event = plain_map(route.event.get("Auth"))
    if event is None:
        return default or None
    auth = child(unit.properties, "Auth")
    name = text_of(event.get("Authorizer")) or text_of(child(auth, "DefaultAuthorizer"))
    requirements: list[Part] = []
    if name is not None and (name != "NONE" or event.get("Authorizer") is not None):
        scopes = given(event.get("AuthorizationScopes"))
        if scopes is None:
            scopes = child(auth, "Authorizers", name, "AuthorizationScopes")
        requirements.append({name: list(each(scopes))})
    wanted = flag(event.get("ApiKeyRequired"))
    if wanted if wanted is not None else flag(child(auth, "ApiKeyRequired")) is True:
        requirements.append({"api_key": []})
    return build(requirements, event, route.event.cause.via) if requirements else None


def _integration(unit: Unit, route: Route) -> dict[str, Part]:
    """How the route reaches its function."""
    target = route.target
    name = f"${{{target.logical_id}}}" if target.by_arn else f"${{{target.logical_id}.Arn}}"
    uri = sub(f"arn:aws:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/{name}/invocations")
    integration: dict[str, Part] = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    if route.kind == "states":
        start = sub("arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution")
        role = get_att(f"{route.event.logical_id}Role", "Arn")
        return {"type": "aws", "httpMethod": "POST", "uri": start, "credentials": role}
    if unit.type == "AWS::Serverless::HttpApi":
        payload = route.event.get("PayloadFormatVersion")
        integration["payloadFormatVersion"] = payload if isinstance(payload, Scalar) else "2.0"
        integration["timeoutInMillis"] = route.event.get("TimeoutInMillis")
    else:
        integration["timeoutInMillis"] = route.event.get("TimeoutInMillis")
        integration["credentials"] = child(route.event.properties, "Auth", "InvokeRole")
        mode = text_of(route.event.get("ResponseTransferMode"))
        integration["responseTransferMode"] = mode
    return integration
