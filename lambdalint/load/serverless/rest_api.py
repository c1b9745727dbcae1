"""``http`` events: a REST API with its resources, methods, authorizers, keys and deployment.

What API Gateway turns requests and responses into (templates of the older ``lambda`` integration, CORS headers) is
left out: no rule asks for it.
https://www.serverless.com/framework/docs/providers/aws/events/apigateway
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, get_att, plain_map, ref, text_of
from lambdalint.load.serverless.api_authorizer import Authorizer, add_authorizer, authorizer_of
from lambdalint.load.serverless.api_keys import add_keys
from lambdalint.load.serverless.api_request import models_of, parameters_of, validator_of
from lambdalint.load.serverless.custom import ensure_account_role
from lambdalint.load.serverless.naming import REST_API, method_id, path_name
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
    key_values,
    word,
)
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.record import record
from lambdalint.source.node import Mapping, Sequence

_METHOD = "AWS::ApiGateway::Method"


@record
class Route:
    """One method of one path. ``path`` has no slash at its ends."""

    function: Function
    event: Event
    path: str
    method: str

    @property
    def id(self) -> str:
        """The logical id of the method."""
        return method_id(path_name(self.path), self.method)


def lower_http(service: Service) -> None:
    """Add the REST API, as far as there are routes."""
    routes = [route for function, event in events_of(service, "http") for route in _routes(service, function, event)]
    if not routes:
        return
    _add_api(service, routes[0].event.cause)
    resources = _Resources(service)
    methods: list[str | None] = []
    for route in routes:
        _add_method(service, route, resources, methods)
    _add_preflights(service, routes, resources, methods)
    deployment = "ApiGatewayDeployment"
    value: dict[str, Part] = {
        "RestApiId": api_id(service),
        "StageName": service.setting("apiGateway", "stage") or service.stage,
        "Description": service.setting("apiGateway", "description"),
    }
    cause = routes[0].event.cause
    service.add(deployment, "AWS::ApiGateway::Deployment", value, cause, depends_on=methods)
    add_keys(service, api_id(service), cause)
    logs = service.setting("logs", "restApi")
    if is_true(logs) and (not isinstance(logs, Mapping) or text_of(logs.get("accessLogging")) != "false"):
        group: dict[str, Part] = {
            "LogGroupName": join("/aws/api-gateway/", service.name, "-", service.stage),
            "RetentionInDays": service.setting("logRetentionInDays"),
            "DataProtectionPolicy": service.setting("logDataProtectionPolicy"),
        }
        service.add("ApiGatewayLogGroup", "AWS::Logs::LogGroup", group, cause)
        ensure_account_role(service, cause)


def api_id(service: Service) -> Part:
    """The id of the REST API: the service's own, or one that exists."""
    return service.setting("apiGateway", "restApiId") or ref(REST_API)


def _routes(service: Service, function: Function, event: Event) -> list[Route]:
    """The route of an event; none, with a gap, where method or path are not known."""
    method, path = text_of(event.get("method")), text_with_unknowns(event.get("path"))
    if event.settings is None:
        words = (text_with_unknowns(event.value) or "").split()
        method, path = words if len(words) == 2 else (None, None)
    if not method or path is None or "?" in method:
        why = "its method or path is not known, so the route is not looked at; write method and path"
        service.gap(f"http event of {function.name}", why, event.cause.origin)
        return []
    return [Route(function, event, path.strip().removeprefix("/").removesuffix("/"), method.lower())]


def _add_api(service: Service, cause: Cause) -> None:
    if service.setting("apiGateway", "restApiId") is not None:
        return
    settings = plain_map(service.setting("apiGateway"))
    named: tuple[Part, ...] = (service.stage, "-", service.name)
    if is_true(settings.get("shouldStartNameWithService") if settings is not None else None):
        named = (service.name, "-", service.stage)
    policy = service.setting("apiGateway", "resourcePolicy")
    endpoint: dict[str, Part] = {
        "Types": [word(service.setting("endpointType")) or "EDGE"],
        "VpcEndpointIds": service.setting("vpcEndpointIds"),
    }
    source = word(service.setting("apiGateway", "apiKeySourceType"))
    mode = word(service.setting("apiGateway", "endpoint", "accessMode"))
    value: dict[str, Part] = {
        "Name": first(service.setting("apiName")) or join(*named),
        "BinaryMediaTypes": service.setting("apiGateway", "binaryMediaTypes"),
        "DisableExecuteApiEndpoint": service.setting("apiGateway", "disableDefaultEndpoint"),
        "EndpointConfiguration": endpoint,
        "SecurityPolicy": service.setting("apiGateway", "endpoint", "securityPolicy"),
        "EndpointAccessMode": mode or None,
        "Policy": "" if policy is None else {"Version": "2012-10-17", "Statement": policy},
        "Tags": key_values(service.setting("tags")) or None if service.generation != "v3" else None,
        "ApiKeySourceType": source or None,
        "MinimumCompressionSize": service.setting("apiGateway", "minimumCompressionSize"),
        "Description": service.setting("apiGateway", "description"),
    }
    service.add(REST_API, "AWS::ApiGateway::RestApi", value, cause)


class _Resources:
    """The resources of the API by path; those that exist already are named by the provider."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.known: dict[str, Part] = {}
        predefined = service.setting("apiGateway", "restApiResources")
        if isinstance(predefined, Mapping):
            for path, identifier in predefined.items.items():
                self.known[path.strip("/")] = identifier
        elif isinstance(predefined, Sequence):
            for item in predefined.items:
                where = text_of(item.get("path")) if isinstance(item, Mapping) else None
                if where is not None and isinstance(item, Mapping):
                    self.known[where.strip("/")] = item.get("resourceId")

    def of(self, path: str, cause: Cause) -> Part:
        """The id of the resource for a path; it is added, with those above it, where it is missing."""
        if not path:
            root = self.service.setting("apiGateway", "restApiRootResourceId")
            return root or get_att(REST_API, "RootResourceId")
        if path not in self.known:
            above, _, part = path.rpartition("/")
            parent = self.of(above, cause)
            logical_id = f"ApiGatewayResource{path_name(path)}"
            value: dict[str, Part] = {"ParentId": parent, "PathPart": part, "RestApiId": api_id(self.service)}
            self.service.add(logical_id, "AWS::ApiGateway::Resource", value, cause)
            self.known[path] = ref(logical_id)
        return self.known[path]


def _add_method(service: Service, route: Route, resources: _Resources, methods: list[str | None]) -> None:
    event, function = route.event, route.function
    authorizer = authorizer_of(service, event)
    value: dict[str, Part] = {
        "HttpMethod": route.method.upper(),
        "RequestParameters": parameters_of(event),
        "ResourceId": resources.of(route.path, event.cause),
        "RestApiId": api_id(service),
        "OperationName": event.get("operationId"),
        "ApiKeyRequired": is_true(event.get("private")),
        "Integration": _integration(service, route),
        "RequestValidatorId": validator_of(service, event, api_id(service)),
        "RequestModels": models_of(service, event, route.id, api_id(service)),
        **_authorization(authorizer),
    }
    names = {"HttpMethod": "method", "ApiKeyRequired": "private", "AuthorizationType": "authorizer"}
    depends = [f"{function.prefix}LambdaPermissionApiGateway", function.alias_id]
    service.add(route.id, _METHOD, value, event.cause, event.settings, names, function, depends)
    methods.append(route.id)
    partition: list[Part] = ["arn:", ref("AWS::Partition"), ":execute-api:", ref("AWS::Region"), ":"]
    source: Part = {"Fn::Join": ["", [*partition, ref("AWS::AccountId"), ":", api_id(service), "/*/*"]]}
    suffix = "LambdaPermissionApiGateway"
    add_permission(service, function, event.cause, suffix, "apigateway.amazonaws.com", source)
    if authorizer is not None:
        add_authorizer(service, authorizer, event.cause, api_id(service), source)


def _authorization(authorizer: Authorizer | None) -> dict[str, Part]:
    if authorizer is None:
        return {"AuthorizationType": "NONE"}
    return {
        "AuthorizationType": authorizer.kind,
        "AuthorizerId": authorizer.id,
        "AuthorizationScopes": authorizer.scopes if authorizer.kind == "COGNITO_USER_POOLS" else None,
    }


def _kind(event: Event) -> str:
    """The type of integration: ``AWS_PROXY`` unless another is written."""
    written = word(event.get("integration")).replace("-", "_", 1)
    if not written:
        return "AWS" if is_true(event.get("async")) else "AWS_PROXY"
    return {"LAMBDA": "AWS", "LAMBDA_PROXY": "AWS_PROXY"}.get(written, written)


def _integration(service: Service, route: Route) -> Part:
    event, function = route.event, route.function
    kind = _kind(event)
    timeout = first(event.get("timeoutInMillis"), service.setting("apiGateway", "timeoutInMillis"))
    value: dict[str, Part] = {"IntegrationHttpMethod": "POST", "Type": kind, "TimeoutInMillis": timeout}
    streams = word(event.get("response", "transferMode"))
    if kind in ("AWS", "AWS_PROXY"):
        streaming = streams == "STREAM" and kind == "AWS_PROXY"
        version, end = (
            ("2021-11-15", "/response-streaming-invocations") if streaming else ("2015-03-31", "/invocations")
        )
        alias: list[Part] = [] if function.alias is None else [":", function.alias.name]
        parts: list[Part] = ["arn:", ref("AWS::Partition"), ":apigateway:", ref("AWS::Region")]
        target: list[Part] = [f":lambda:path/{version}/functions/", get_att(function.logical_id, "Arn"), *alias, end]
        value["Uri"] = {"Fn::Join": ["", [*parts, *target]]}
    elif kind in ("HTTP", "HTTP_PROXY"):
        value["Uri"] = event.get("request", "uri")
        value["IntegrationHttpMethod"] = word(event.get("request", "method")) or route.method.upper()
        connection = word(event.get("connectionType")).replace("-", "_", 1)
        value["ConnectionType"] = connection or None
        value["ConnectionId"] = event.get("connectionId") if connection else None
    if kind in ("AWS_PROXY", "HTTP_PROXY") and streams:
        value["ResponseTransferMode"] = streams
    if kind == "AWS":
        value["PassthroughBehavior"] = first(event.get("request", "passThrough")) or "NEVER"
        value["ContentHandling"] = event.get("request", "contentHandling")
    if is_true(event.get("async")):
        value["RequestParameters"] = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    return value


def _add_preflights(service: Service, routes: list[Route], resources: _Resources, methods: list[str | None]) -> None:
    """An OPTIONS method for each path that allows other origins."""
    seen: set[str] = set()
    for route in routes:
        if route.path in seen or not is_true(route.event.get("cors")):
            continue
        seen.add(route.path)
        logical_id = method_id(path_name(route.path), "options")
        value: dict[str, Part] = {
            "AuthorizationType": "NONE",
            "HttpMethod": "OPTIONS",
            "RequestParameters": {},
            "Integration": {"Type": "MOCK", "ContentHandling": "CONVERT_TO_TEXT"},
            "ResourceId": resources.of(route.path, route.event.cause),
            "RestApiId": api_id(service),
        }
        service.add(logical_id, _METHOD, value, Cause(route.event.cause.origin, f"cors of {route.function.name}"))
        methods.append(logical_id)
