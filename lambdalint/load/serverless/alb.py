"""``alb`` events: target groups and listener rules of an application load balancer.

https://www.serverless.com/framework/docs/providers/aws/events/alb
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, plain_map, ref, text_of
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Cause, Event, Function, Service, events_of, is_true, join, listed, truthy
from lambdalint.load.serverless.texts import reference_name
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node

_PRINCIPAL = "elasticloadbalancing.amazonaws.com"
_CONDITIONS = {
    "host": ("host-header", "HostHeaderConfig"),
    "method": ("http-request-method", "HttpRequestMethodConfig"),
    "ip": ("source-ip", "SourceIpConfig"),
}
_HEALTH: dict[str, tuple[str, Part]] = {
    "HealthCheckPath": ("path", "/"),
    "HealthCheckIntervalSeconds": ("intervalSeconds", 35),
    "HealthCheckTimeoutSeconds": ("timeoutSeconds", 30),
    "HealthyThresholdCount": ("healthyThresholdCount", 5),
    "UnhealthyThresholdCount": ("unhealthyThresholdCount", 5),
}
_COGNITO = ("userPoolArn", "userPoolClientId", "userPoolDomain")
_OIDC = ("authorizationEndpoint", "clientId", "issuer", "tokenEndpoint", "userInfoEndpoint")
_SESSION = ("scope", "sessionCookieName", "sessionTimeout")


def lower_alb(service: Service) -> None:
    """Add a target group, a listener rule and two permissions for each event."""
    for function, event in events_of(service, "alb"):
        listener = event.get("listenerArn")
        text = text_with_unknowns(listener) or ""
        parts = text.split("/")
        balancer = reference_name(listener) or (parts[3] if len(parts) > 4 else "")
        group = _add_target_group(service, function, event, balancer)
        add_permission(service, function, event.cause, "LambdaPermissionAlb", _PRINCIPAL, ref(group))
        add_permission(service, function, event.cause, "LambdaPermissionRegisterTarget", _PRINCIPAL)
        priority = event.get("priority")
        value: dict[str, Part] = {
            "Actions": _actions(service, event, group),
            "Conditions": _conditions(event.get("conditions")),
            "ListenerArn": listener,
            "Priority": priority,
        }
        logical_id = f"{function.prefix}AlbListenerRule{text_of(priority) or ''}"
        kind = "AWS::ElasticLoadBalancingV2::ListenerRule"
        service.add(logical_id, kind, value, event.cause, function=function)


def _add_target_group(service: Service, function: Function, event: Event, balancer: str) -> str:
    multiple = is_true(event.get("multiValueHeaders"))
    logical_id = f"{function.prefix}Alb{'MultiValue' if multiple else ''}TargetGroup{balancer}"
    tag = join(service.name, f"-{function.name}-{balancer}-", service.stage)
    hashed = join(service.name, f"-{function.name}-{balancer}-{'multi-value-' if multiple else ''}", service.stage)
    value: dict[str, Part] = {
        "TargetType": "lambda",
        "Targets": [{"Id": function.arn}],
        "Name": truthy(event.get("targetGroupName")) or _hashed(service, hashed, event.cause),
        "Tags": [{"Key": "Name", "Value": tag}],
        "TargetGroupAttributes": [{"Key": "lambda.multi_value_headers.enabled", "Value": multiple}],
        **_health(truthy(event.get("healthCheck"))),
    }
    kind = "AWS::ElasticLoadBalancingV2::TargetGroup"
    depends = [f"{function.prefix}LambdaPermissionRegisterTarget", function.alias_id]
    service.add(logical_id, kind, value, event.cause, function=function, depends_on=depends)
    return logical_id


def _hashed(service: Service, name: Part, cause: Cause) -> Part:
    """The framework names target groups by a hash, which is not known where a part of the name is not."""
    from hashlib import md5

    prefix = text_of(service.setting("alb", "targetGroupPrefix")) or ""
    if not isinstance(name, str):
        return build(name, cause.origin, cause.via)
    return f"{prefix}{md5(name.encode(), usedforsecurity=False).hexdigest()}"[:32]


def _health(written: Node | None) -> dict[str, Part]:
    if written is None:
        return {"HealthCheckEnabled": False}
    settings = plain_map(written)
    found: dict[str, Part] = {"HealthCheckEnabled": True}
    for new, (old, default) in _HEALTH.items():
        found[new] = child(settings, old) or default
    found["Matcher"] = {"HttpCode": child(settings, "matcher", "httpCode") or "200"}
    return found


def _actions(service: Service, event: Event, group: str) -> list[Part]:
    found: list[Part] = []
    for item in listed(truthy(event.get("authorizer"))):
        settings = plain_map(service.setting("alb", "authorizers", text_of(item) or ""))
        if settings is None:
            why = "it is not declared in provider.alb.authorizers, so it is not looked at; declare it"
            service.gap(f"authorizer {text_of(item)}", why, item)
            continue
        cognito = text_of(settings.get("type")) == "cognito"
        names = (*(_COGNITO if cognito else _OIDC), *_SESSION)
        config: dict[str, Part] = {name[0].upper() + name[1:]: settings.get(name) for name in names}
        config["OnUnauthenticatedRequest"] = settings.get("onUnauthenticatedRequest") or "deny"
        config["AuthenticationRequestExtraParams"] = settings.get("requestExtraParams")
        if not cognito:
            secret = truthy(settings.get("clientSecret"))
            config["ClientSecret"] = secret
            config["UseExistingClientSecret"] = True if secret is None else None
        kind = "authenticate-cognito" if cognito else "authenticate-oidc"
        key = "AuthenticateCognitoConfig" if cognito else "AuthenticateOidcConfig"
        found.append({"Type": kind, "Order": len(found) + 1, key: config})
    forward: dict[str, Part] = {"Type": "forward", "TargetGroupArn": ref(group)}
    if found:
        forward["Order"] = len(found) + 1
    return [*found, forward]


def _conditions(written: Node | None) -> list[Part]:
    settings = plain_map(written)
    if settings is None:
        return []
    found: list[Part] = []
    paths = truthy(settings.get("path"))
    if paths is not None:
        found.append({"Field": "path-pattern", "Values": list(listed(paths))})
    for name in ("host", "method"):
        found += _values(settings, name)
    for item in listed(settings.get("header")):
        if isinstance(item, Mapping):
            header: Part = {"HttpHeaderName": item.get("name"), "Values": item.get("values")}
            found.append({"Field": "http-header", "HttpHeaderConfig": header})
    query = settings.get("query")
    if isinstance(query, Mapping):
        pairs: list[Part] = [{"Key": key, "Value": value} for key, value in query.items.items()]
        found.append({"Field": "query-string", "QueryStringConfig": {"Values": pairs}})
    return found + _values(settings, "ip")


def _values(settings: Mapping, name: str) -> list[Part]:
    written = truthy(settings.get(name))
    if written is None:
        return []
    field, config = _CONDITIONS[name]
    return [{"Field": field, config: {"Values": list(listed(written))}}]
