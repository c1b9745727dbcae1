"""``httpApi`` events: an HTTP API with its routes, integrations and authorizers.

https://www.serverless.com/framework/docs/providers/aws/events/http-api
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, given, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.api_authorizer import invocation_uri
from lambdalint.load.serverless.naming import HTTP_API, normalized, path_name
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import (
    Cause,
    Event,
    Function,
    Service,
    events_of,
    first,
    is_true,
    join,
    listed,
    truthy,
)
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

_TIMEOUT_MS = 30_000
_HEADERS: list[Part] = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
]
_METHODS = ("GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE")
_LOGGED = ("requestId", "ip", "requestTime", "httpMethod", "routeKey", "status", "protocol", "responseLength")


def lower_http_api(service: Service) -> None:
    """Add the HTTP API, as far as there are routes."""
    routes: list[tuple[Function, Event, str]] = []
    for function, event in events_of(service, "httpApi"):
        key = _route_key(event)
        if key is None:
            why = "its method or path is not known, so the route is not looked at; write method and path"
            service.gap(f"httpApi event of {function.name}", why, event.cause.origin)
        else:
            routes.append((function, event, key))
    if not routes:
        return
    cause = routes[0][1].cause
    if service.setting("httpApi", "id") is None:
        _add_api(service, [key for _, _, key in routes], cause)
    authorizers = _add_authorizers(service, cause)
    for function, event, key in routes:
        _add_route(service, function, event, key, authorizers)


def _api_id(service: Service) -> Part:
    return service.setting("httpApi", "id") or ref(HTTP_API)


def _route_key(event: Event) -> str | None:
    """``METHOD /path``, ``*`` for every route; None where it is not known."""
    if event.settings is not None:
        method, path = text_of(event.get("method")), text_with_unknowns(event.get("path"))
    else:
        text = (text_with_unknowns(event.value) or "").strip()
        method, _, path = text.partition(" ") if text != "*" else ("", "", "*")
    if path is None:
        return None
    path = path.strip()
    if path == "*":
        return "*"
    if not method or "?" in method:
        return None
    return f"{'ANY' if method == '*' else method.upper()} {path}"


def _source(service: Service) -> Part:
    parts: list[Part] = ["arn:", ref("AWS::Partition"), ":execute-api:", ref("AWS::Region"), ":"]
    return {"Fn::Join": ["", [*parts, ref("AWS::AccountId"), ":", _api_id(service), "/*"]]}


def _add_api(service: Service, routes: list[str], cause: Cause) -> None:
    if is_true(service.setting("httpApi", "shouldStartNameWithService")):
        name = join(service.name, "-", service.stage)
    else:
        name = join(service.stage, "-", service.name)
    tags = service.setting("tags")
    value: dict[str, Part] = {
        "Name": first(service.setting("httpApi", "name")) or name,
        "Description": first(service.setting("httpApi", "description")),
        "ProtocolType": "HTTP",
        "DisableExecuteApiEndpoint": service.setting("httpApi", "disableDefaultEndpoint"),
        "Tags": tags,
        "CorsConfiguration": _cors(service, routes),
    }
    service.add(HTTP_API, "AWS::ApiGatewayV2::Api", value, cause)
    settings: Part = {"DetailedMetricsEnabled": first(service.setting("httpApi", "metrics")) or False}
    stage: dict[str, Part] = {
        "ApiId": ref(HTTP_API),
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": settings,
        "Tags": tags,
    }
    logs = truthy(service.setting("logs", "httpApi"))
    if logs is not None:
        stack = first(service.setting("stackName")) or service.prefix
        group: dict[str, Part] = {
            "LogGroupName": join("/aws/http-api/", stack),
            "RetentionInDays": service.setting("logRetentionInDays"),
            "DataProtectionPolicy": service.setting("logDataProtectionPolicy"),
        }
        service.add("HttpApiLogGroup", "AWS::Logs::LogGroup", group, cause)
        arn: Part = {"Fn::GetAtt": ["HttpApiLogGroup", "Arn"]}
        stage["AccessLogSettings"] = {"DestinationArn": arn, "Format": child(logs, "format") or _log_format()}
    service.add("HttpApiStage", "AWS::ApiGatewayV2::Stage", stage, cause)


def _log_format() -> str:
    names = {"ip": "identity.sourceIp"}
    return "{" + ",".join(f'"{name}":"$context.{names.get(name, name)}"' for name in _LOGGED) + "}"


def _cors(service: Service, routes: list[str]) -> Part:
    written = truthy(service.setting("httpApi", "cors"))
    if written is None:
        return None
    settings = plain_map(written)
    methods: list[str] = ["OPTIONS"]
    for key in routes:
        method = "ANY" if key == "*" else key.partition(" ")[0]
        methods += [name for name in (_METHODS if method == "ANY" else (method,)) if name not in methods]
    origins, headers = child(settings, "allowedOrigins"), child(settings, "allowedHeaders")
    allowed, exposed = child(settings, "allowedMethods"), child(settings, "exposedResponseHeaders")
    value: dict[str, Part] = {
        "AllowCredentials": truthy(child(settings, "allowCredentials")),
        "AllowHeaders": _list(headers) or _HEADERS,
        "AllowMethods": _list(allowed) or list(methods),
        "AllowOrigins": _list(origins) or ["*"],
        "ExposeHeaders": _list(exposed),
        "MaxAge": child(settings, "maxAge"),
    }
    return build(value, written, "cors of the HTTP API")


def _list(node: Node | None) -> Part:
    """A list; a single value is written alone."""
    if node is None or isinstance(node, Sequence):
        return node
    return [node]


def _add_authorizers(service: Service, cause: Cause) -> dict[str, tuple[str, str]]:
    """(type, logical id) of each authorizer by its name in the service."""
    written = service.setting("httpApi", "authorizers")
    found: dict[str, tuple[str, str]] = {}
    for key, settings in written.items.items() if isinstance(written, Mapping) else ():
        if not isinstance(settings, Mapping) or not isinstance(written, Mapping):
            continue
        name = text_of(settings.get("name")) or key
        kind = text_of(settings.get("type")) or "jwt"
        logical_id = f"HttpApiAuthorizer{normalized(name)}"
        found[key] = (kind, logical_id)
        place = Cause(written.key(key), f"authorizer {key}")
        value: dict[str, Part] = {
            "ApiId": _api_id(service),
            "Name": name,
            "IdentitySource": list(listed(settings.get("identitySource"))),
        }
        if kind == "request":
            function = service.functions.get(text_of(settings.get("functionName")) or "")
            arn: Part = given(settings.get("functionArn")) or (function.arn if function is not None else None)
            value["AuthorizerType"] = "REQUEST"
            value["EnableSimpleResponses"] = given(settings.get("enableSimpleResponses"))
            value["AuthorizerResultTtlInSeconds"] = given(settings.get("resultTtlInSeconds"))
            value["AuthorizerPayloadFormatVersion"] = truthy(settings.get("payloadVersion")) or "2.0"
            value["AuthorizerUri"] = invocation_uri(arn)
            if not is_true(settings.get("managedExternally")):
                allowed: dict[str, Part] = {
                    "FunctionName": arn,
                    "Action": "lambda:InvokeFunction",
                    "Principal": "apigateway.amazonaws.com",
                    "SourceArn": _source(service),
                }
                permission = f"{normalized(name)}LambdaAuthorizerPermissionHttpApi"
                service.add(permission, "AWS::Lambda::Permission", allowed, place, function=function)
        else:
            value["AuthorizerType"] = "JWT"
            value["JwtConfiguration"] = {
                "Audience": _list(given(settings.get("audience"))),
                "Issuer": given(settings.get("issuerUrl")),
            }
        service.add(logical_id, "AWS::ApiGatewayV2::Authorizer", value, place)
    return found


def _add_route(
    service: Service, function: Function, event: Event, key: str, authorizers: dict[str, tuple[str, str]]
) -> None:
    integration = f"HttpApiIntegration{function.prefix}"
    if integration not in service.made:
        payload = first(function.get("httpApi", "payload"), service.setting("httpApi", "payload"))
        value: dict[str, Part] = {
            "ApiId": _api_id(service),
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": function.arn,
            "PayloadFormatVersion": payload or "2.0",
            "TimeoutInMillis": _TIMEOUT_MS,
        }
        service.add(integration, "AWS::ApiGatewayV2::Integration", value, event.cause, function=function)
        suffix = "LambdaPermissionHttpApi"
        add_permission(service, function, event.cause, suffix, "apigateway.amazonaws.com", _source(service))
    route: dict[str, Part] = {
        "ApiId": _api_id(service),
        "RouteKey": "$default" if key == "*" else key,
        "Target": {"Fn::Join": ["/", ["integrations", ref(integration)]]},
        **_authorization(event, authorizers),
    }
    name = "HttpApiRouteDefault" if key == "*" else f"HttpApiRoute{path_name(key)}"
    names = {"RouteKey": "path", "AuthorizationType": "authorizer"}
    kind = "AWS::ApiGatewayV2::Route"
    service.add(name, kind, route, event.cause, event.settings, names, function, integration)


def _authorization(event: Event, authorizers: dict[str, tuple[str, str]]) -> dict[str, Part]:
    written = truthy(event.get("authorizer"))
    if written is None:
        return {}
    settings = plain_map(written)
    own = written if settings is None else settings.get("name")
    kind = text_of(settings.get("type")) if settings is not None else None
    if kind == "aws_iam":
        return {"AuthorizationType": "AWS_IAM"}
    known = authorizers.get(text_of(own) or "")
    identifier: Part = child(settings, "id") or (ref(known[1]) if known is not None else None)
    kind = known[0] if known is not None and child(settings, "id") is None else kind
    if identifier is None and isinstance(own, Scalar):
        identifier = ref(f"HttpApiAuthorizer{normalized(own.text)}")
    scopes = settings.get("scopes") if settings is not None else None
    return {
        "AuthorizationType": "CUSTOM" if kind == "request" else "JWT",
        "AuthorizerId": identifier,
        "AuthorizationScopes": None if is_null(scopes) else scopes,
    }
