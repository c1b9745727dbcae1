"""``websocket`` events: a WebSocket API with its routes, stage and authorizers.

https://www.serverless.com/framework/docs/providers/aws/events/websocket
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, child, plain_map, ref, text_of
from lambdalint.load.serverless.api_authorizer import invocation_uri
from lambdalint.load.serverless.custom import ensure_account_role
from lambdalint.load.serverless.naming import WEBSOCKET_API, normalized, websocket_route
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Cause, Event, Function, Service, events_of, first, is_true, join, truthy
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node

_DESCRIPTION = "Serverless Websockets"
_CONNECTIONS = "arn:${AWS::Partition}:execute-api:*:*:*/@connections/*"
_LOG_FORMAT = (
    "$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "
    '"$context.eventType $context.routeKey $context.connectionId" $context.requestId'
)


def lower_websocket(service: Service) -> None:
    """Add the WebSocket API, as far as there are routes."""
    routes: list[tuple[Function, Event, str]] = []
    for function, event in events_of(service, "websocket"):
        route = text_of(event.get("route") if event.settings is not None else event.value)
        if route is None:
            why = "its route is not known, so it is not looked at; write its route"
            service.gap(f"websocket event of {function.name}", why, event.cause.origin)
        else:
            routes.append((function, event, route))
    if not routes:
        return
    cause = routes[0][1].cause
    external = service.setting("apiGateway", "websocketApiId")
    if external is None:
        _add_api(service, cause)
    for function, event, route in routes:
        _add_route(service, function, event, route)
    description = first(service.setting("websocketsDescription")) or _DESCRIPTION
    if external is None:
        _add_stage(service, description, cause)
    value: dict[str, Part] = {
        "ApiId": _api_id(service),
        "Description": description,
        "StageName": service.stage if external is not None else None,
    }
    service.add("WebsocketsDeployment", "AWS::ApiGatewayV2::Deployment", value, cause)


def _api_id(service: Service) -> Part:
    return service.setting("apiGateway", "websocketApiId") or ref(WEBSOCKET_API)


def _add_api(service: Service, cause: Cause) -> None:
    name = join(service.stage, "-", service.name, "-websockets")
    value: dict[str, Part] = {
        "Name": first(service.setting("websocketsApiName")) or name,
        "RouteSelectionExpression": first(service.setting("websocketsApiRouteSelectionExpression"))
        or "$request.body.action",
        "Description": first(service.setting("websocketsDescription")) or _DESCRIPTION,
        "ProtocolType": "WEBSOCKET",
        "Tags": service.setting("tags"),
    }
    service.add(WEBSOCKET_API, "AWS::ApiGatewayV2::Api", value, cause)
    service.allow(["execute-api:ManageConnections"], [{"Fn::Sub": _CONNECTIONS}], cause.origin, cause.via)


def _add_route(service: Service, function: Function, event: Event, route: str) -> None:
    integration = f"{function.prefix}WebsocketsIntegration"
    value: dict[str, Part] = {
        "ApiId": _api_id(service),
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": invocation_uri(function.arn),
    }
    service.add(integration, "AWS::ApiGatewayV2::Integration", value, event.cause, function=function)
    suffix = "LambdaPermissionWebsockets"
    add_permission(service, function, event.cause, suffix, "apigateway.amazonaws.com")
    logical_id = f"{websocket_route(route)}WebsocketsRoute"
    authorizer = _authorizer(service, event)
    response = truthy(event.get("routeResponseSelectionExpression"))
    properties: dict[str, Part] = {
        "ApiId": _api_id(service),
        "RouteKey": route,
        "AuthorizationType": "NONE" if authorizer is None else "CUSTOM",
        "AuthorizerId": None if authorizer is None else ref(authorizer),
        "Target": {"Fn::Join": ["/", ["integrations", ref(integration)]]},
        "RouteResponseSelectionExpression": response,
    }
    names = {"RouteKey": "route", "AuthorizationType": "authorizer"}
    service.add(logical_id, "AWS::ApiGatewayV2::Route", properties, event.cause, event.settings, names, function)
    if response is not None:
        answer: dict[str, Part] = {
            "ApiId": _api_id(service),
            "RouteId": ref(logical_id),
            "RouteResponseKey": "$default",
        }
        service.add(f"{logical_id}Response", "AWS::ApiGatewayV2::RouteResponse", answer, event.cause)


def _authorizer(service: Service, event: Event) -> str | None:
    """Add the authorizer of a route; its logical id."""
    written = truthy(event.get("authorizer"))
    if written is None:
        return None
    settings = plain_map(written)
    arn: Node | None = child(settings, "arn") if settings is not None else written
    text = text_with_unknowns(arn)
    name = text_of(settings.get("name")) if settings is not None else None
    target: Function | None = None
    if settings is None and text is not None and ":" not in text:
        name, arn = text, None
    if arn is None:
        target = service.functions.get(name or "")
    elif text is not None:
        name = text.split(":")[-1]
    address: Part = target.arn if target is not None else arn
    if address is None or not name:
        why = "it names no function of the service, so it is not looked at; correct its name"
        service.gap("authorizer of a websocket event", why, written)
        return None
    logical_id = f"{normalized(name)}WebsocketsAuthorizer"
    source: Part = child(settings, "identitySource")
    value: dict[str, Part] = {
        "ApiId": _api_id(service),
        "Name": name,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": invocation_uri(address),
        "IdentitySource": source or ["route.request.header.Auth"],
    }
    service.add(logical_id, "AWS::ApiGatewayV2::Authorizer", value, event.cause)
    allowed: dict[str, Part] = {
        "FunctionName": address,
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
    }
    service.add(f"{normalized(name)}LambdaPermissionWebsockets", "AWS::Lambda::Permission", allowed, event.cause)
    return logical_id


def _add_stage(service: Service, description: Part, cause: Cause) -> None:
    value: dict[str, Part] = {
        "ApiId": _api_id(service),
        "StageName": service.stage,
        "Description": description,
        "DeploymentId": ref("WebsocketsDeployment"),
    }
    logs = truthy(service.setting("logs", "websocket"))
    if logs is not None:
        executes = _not_off(logs, "executionLogging")
        level: Part = truthy(child(logs, "level")) or "INFO"
        data = child(logs, "fullExecutionData")
        value["DefaultRouteSettings"] = {
            "DataTraceEnabled": True if data is None else data,
            "LoggingLevel": level if executes else "OFF",
        }
        if _not_off(logs, "accessLogging"):
            start = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
            value["AccessLogSettings"] = {
                "DestinationArn": {"Fn::Sub": f"{start}${{WebsocketsLogGroup}}"},
                "Format": truthy(child(logs, "format")) or _LOG_FORMAT,
            }
        group: dict[str, Part] = {
            "LogGroupName": join("/aws/websocket/", service.name, "-", service.stage),
            "RetentionInDays": service.setting("logRetentionInDays"),
            "DataProtectionPolicy": service.setting("logDataProtectionPolicy"),
        }
        service.add("WebsocketsLogGroup", "AWS::Logs::LogGroup", group, cause)
        ensure_account_role(service, cause)
    service.add("WebsocketsDeploymentStage", "AWS::ApiGatewayV2::Stage", value, cause)


def _not_off(logs: Node, name: str) -> bool:
    written = logs.get(name) if isinstance(logs, Mapping) else None
    return text_of(written) is None or is_true(written)
