"""What requests to the REST API must look like: parameters, validators and models.

https://www.serverless.com/framework/docs/providers/aws/events/apigateway#request-schema-validators
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.naming import alphanumeric, camel_case, start_case, upper_first
from lambdalint.load.serverless.service import Event, Service, is_true, join
from lambdalint.load.serverless.unknown import COMPOSED, text_with_unknowns
from lambdalint.source.node import Mapping, Scalar

_LOCATIONS = {"querystrings": "querystring", "paths": "path", "headers": "header"}


def parameters_of(event: Event) -> Part:
    """``RequestParameters``: whether each is required."""
    found: dict[str, Part] = {}
    for location, name in _LOCATIONS.items():
        written = event.get("request", "parameters", location)
        for key, value in written.items.items() if isinstance(written, Mapping) else ():
            if isinstance(value, Mapping):
                required = value.get("required")
                found[f"method.request.{name}.{key}"] = True if is_null(required) else required
            else:
                found[f"method.request.{name}.{key}"] = value
    return found


def validator_of(service: Service, event: Event, api: Part) -> Part:
    """A validator, where something is to be checked: one for the whole API."""
    required = parameters_of(event)
    checks = any(
        part is True or (isinstance(part, Scalar) and is_true(part))
        for part in (required.values() if isinstance(required, dict) else ())
    )
    if not checks and not isinstance(event.get("request", "schemas"), Mapping):
        return None
    shown = text_with_unknowns(build(service.name, event.cause.origin, COMPOSED)) or ""
    logical_id = f"ApiGateway{alphanumeric(shown)}RequestValidator"
    name = join(service.name, "-", service.stage, " | Validate request body and querystring parameters")
    value: dict[str, Part] = {
        "RestApiId": api,
        "ValidateRequestBody": True,
        "ValidateRequestParameters": True,
        "Name": name,
    }
    service.add(logical_id, "AWS::ApiGateway::RequestValidator", value, event.cause)
    return ref(logical_id)


def models_of(service: Service, event: Event, method: str, api: Part) -> Part:
    """The schemas that requests must fit, by content type."""
    schemas = event.get("request", "schemas")
    found: dict[str, Part] = {}
    for kind, written in schemas.items.items() if isinstance(schemas, Mapping) else ():
        shared = text_of(written)
        declared = plain_map(service.setting("apiGateway", "request", "schemas", shared)) if shared else None
        settings = declared if declared is not None else plain_map(written)
        inner = settings.get("schema") if settings is not None else None
        if declared is not None and shared is not None:
            logical_id = f"ApiGateway{upper_first(camel_case(shared))}Model"
        else:
            logical_id = f"{method}{start_case(kind)}Model"
        named = settings if inner is not None and settings is not None else None
        value: dict[str, Part] = {
            "RestApiId": api,
            "ContentType": "application/json" if declared is not None else kind,
            "Schema": inner if inner is not None else settings if settings is not None else written,
            "Name": named.get("name") if named is not None else None,
            "Description": named.get("description") if named is not None else None,
        }
        service.add(logical_id, "AWS::ApiGateway::Model", value, event.cause)
        found[kind] = ref(logical_id)
    return found or None
