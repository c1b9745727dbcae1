"""The OpenAPI definition of an API: what was written, with the routes of events and the security they get.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

from lambdalint.load.sam.authorizer import http_schemes, rest_schemes
from lambdalint.load.sam.lowering import Lowering, Route, Unit
from lambdalint.load.sam.nodes import (
    Part,
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
from lambdalint.source.node import Mapping, Node, Scalar

_ANY = "x-amazon-apigateway-any-method"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", _ANY})
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
    added: dict[str, dict[str, Part]] = {}
    for route in routes:
        method = _ANY if route.method in ("any", _ANY) else route.method
        added.setdefault(route.path, {})[method] = _operation(unit, route, default)
    for path, operations in added.items():
        known = paths.get(path)
        if isinstance(known, Mapping) and intrinsic(known) is None:
            paths[path] = build_map({**operations, **known.items}, known, known.via, known)
        elif known is None:
            first = next(route for route in routes if route.path == path)
            paths[path] = build_map(operations, first.event.cause.origin, first.event.cause.via)
    if written is None:
        return dict(paths)
    return build_map(paths, written, written.via, written)


def _secured(item: Node, security: Part) -> Node:
    """A written path whose operations get the default security where they name none."""
    if security is None or not isinstance(item, Mapping) or intrinsic(item) is not None:
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


def _default_security(unit: Unit) -> Part:
    """The security requirement of operations that name none; None where the API is open by default."""
    auth = child(unit.properties, "Auth")
    requirement: dict[str, Part] = {}
    name = text_of(child(auth, "DefaultAuthorizer"))
    if name is not None and name != "NONE":
        scopes = child(auth, "Authorizers", name, "AuthorizationScopes")
        requirement[name] = list(each(scopes))
    if flag(child(auth, "ApiKeyRequired")) is True:
        requirement["api_key"] = []
    return [requirement] if requirement else None


def _operation(unit: Unit, route: Route, default: Part) -> Node:
    event = route.event
    via = event.cause.via
    operation: dict[str, Part] = {
        "x-amazon-apigateway-integration": _integration(unit, route),
        "responses": {},
        "security": _security(unit, route, default),
    }
    made: Part = operation
    if route.target.unit.condition is not None:
        made = {"Fn::If": [route.target.unit.condition.text, operation, ref("AWS::NoValue")]}
    return build(made, event.cause.origin, via)


def _security(unit: Unit, route: Route, default: Part) -> Part:
    auth = plain_map(route.event.get("Auth"))
    if auth is None:
        return default
    name = text_of(auth.get("Authorizer"))
    requirement: dict[str, Part] = {}
    if name is None and isinstance(default, list) and default and isinstance(default[0], dict):
        requirement.update(default[0])
        scopes = given(auth.get("AuthorizationScopes"))
        chosen = text_of(child(unit.properties, "Auth", "DefaultAuthorizer"))
        if scopes is not None and chosen in requirement:
            requirement[chosen] = list(each(scopes))
    elif name is not None:
        written = given(auth.get("AuthorizationScopes"))
        scopes = written or child(unit.properties, "Auth", "Authorizers", name, "AuthorizationScopes")
        requirement[name] = list(each(scopes))
    if flag(auth.get("ApiKeyRequired")) is True:
        requirement["api_key"] = []
    elif flag(auth.get("ApiKeyRequired")) is False:
        requirement.pop("api_key", None)
    return build([requirement], auth, route.event.cause.via) if requirement else None


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
