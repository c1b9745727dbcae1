"""``cloudFront`` events: functions at the edge and the distribution that calls them.

https://www.serverless.com/framework/docs/providers/aws/events/cloudfront
"""

from __future__ import annotations

from urllib.parse import urlsplit

from lambdalint.load.nodes import Part, build, plain_map, ref, text_of
from lambdalint.load.serverless.naming import alphanumeric
from lambdalint.load.serverless.service import Event, Function, Service, events_of, join, truthy
from lambdalint.load.serverless.texts import json_text
from lambdalint.source.node import Node, Scalar

_DISTRIBUTION = "CloudFrontDistribution"
#: AWS's managed policy CachingOptimized.
_CACHE_POLICY = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_OWN_CACHING = ("ForwardedValues", "MaxTTL", "MinTTL", "DefaultTTL")
_LOG_ACTIONS: list[Part] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:TagResource"]


def lower_cloudfront(service: Service) -> None:
    """Add the distribution, and make the functions fit for the edge: no VPC and no environment."""
    origins: dict[str, dict[str, Part]] = {}
    behaviors: dict[tuple[str, str], dict[str, Part]] = {}
    default: str | None = None
    place = None
    for function, event in events_of(service, "cloudFront"):
        place = place or event.cause
        _fit_for_edge(service, function, event)
        origin = _origin(event)
        identifier = str(origin["Id"])
        origins.setdefault(identifier, origin)
        if text_of(event.get("isDefaultOrigin")) == "true":
            default = identifier
        path = text_of(event.get("pathPattern")) or ""
        association: Part = {
            "EventType": event.get("eventType"),
            "LambdaFunctionARN": ref(f"{function.prefix}LambdaVersion"),
            "IncludeBody": event.get("includeBody"),
        }
        behavior = behaviors.setdefault((path, identifier), _behavior(service, event, identifier, path))
        known = behavior["LambdaFunctionAssociations"]
        behavior["LambdaFunctionAssociations"] = [*(known if isinstance(known, list) else []), association]
    if place is None:
        return
    ordered = sorted(behaviors.values(), key=lambda behavior: "PathPattern" in behavior)
    if "PathPattern" in ordered[0]:
        skipped = ("PathPattern", "LambdaFunctionAssociations")
        base = {key: value for key, value in ordered[0].items() if key not in skipped}
        ordered.insert(0, {**base, "TargetOriginId": default or next(iter(origins))})
    config: dict[str, Part] = {
        "Comment": join(service.name, " ", service.stage),
        "Enabled": True,
        "DefaultCacheBehavior": dict(ordered[0]),
        "Origins": [dict(origin) for origin in origins.values()],
        "CacheBehaviors": [dict(behavior) for behavior in ordered[1:]] or None,
    }
    service.add(_DISTRIBUTION, "AWS::CloudFront::Distribution", {"DistributionConfig": config}, place)
    if service.has_role:
        service.principals.append("edgelambda.amazonaws.com")
        everywhere: Part = {"Fn::Sub": "arn:${AWS::Partition}:logs:*:*:*"}
        service.allow(list(_LOG_ACTIONS), [everywhere], place.origin, place.via)


def _fit_for_edge(service: Service, function: Function, event: Event) -> None:
    made = service.made[function.logical_id]
    for name in ("VpcConfig", "Environment"):
        made.properties.items.pop(name, None)
    made.attributes["DeletionPolicy"] = build("Retain", event.cause.origin, event.cause.via)
    parts: list[Part] = ["", "arn:", ref("AWS::Partition"), ":cloudfront::", ref("AWS::AccountId"), ":distribution/"]
    value: dict[str, Part] = {
        "FunctionName": ref(f"{function.prefix}LambdaVersion"),
        "Action": "lambda:InvokeFunction",
        "Principal": "edgelambda.amazonaws.com",
        "SourceArn": {"Fn::Join": ["", [*parts, ref(_DISTRIBUTION)]]},
    }
    logical_id = f"{function.logical_id}InvokePermission"
    service.add(logical_id, "AWS::Lambda::Permission", value, event.cause, function=function)


def _origin(event: Event) -> dict[str, Part]:
    written = event.get("origin")
    settings = plain_map(written)
    if settings is not None:
        found: dict[str, Part] = dict(settings.items)
        domain: Node | None = settings.get("DomainName")
        shown = text_of(domain)
        if shown is None and domain is not None:
            whole = json_text(domain)
            shown = alphanumeric(whole.text if isinstance(whole, Scalar) else "")
        path = text_of(settings.get("OriginPath")) or ""
    else:
        parts = urlsplit(text_of(written) or "")
        shown, path = parts.hostname or "", parts.path if len(parts.path) > 1 else ""
        found = {"DomainName": shown, "OriginPath": path or None}
        if parts.scheme == "s3":
            found["S3OriginConfig"] = {}
        else:
            found["CustomOriginConfig"] = {"OriginProtocolPolicy": "match-viewer"}
    kind = "s3" if "S3OriginConfig" in found else "custom"
    return {**found, "Id": f"{kind}/{shown or ''}{path}"}


def _behavior(service: Service, event: Event, origin: str, path: str) -> dict[str, Part]:
    written = plain_map(event.get("behavior"))
    found: dict[str, Part] = {"ViewerProtocolPolicy": "allow-all"}
    if written is not None:
        found.update(written.items)
    policy, name = event.get("cachePolicy", "id"), text_of(event.get("cachePolicy", "name"))
    if policy is not None:
        found["CachePolicyId"] = policy
    elif name is not None:
        found["CachePolicyId"] = ref(f"CloudFrontCachePolicy{name[:1].upper()}{name[1:]}")
        _cache_policy(service, name)
    elif "CachePolicyId" not in found and not any(key in found for key in _OWN_CACHING):
        found["CachePolicyId"] = _CACHE_POLICY
    found["TargetOriginId"] = origin
    found["LambdaFunctionAssociations"] = []
    if path:
        found["PathPattern"] = path
    return found


def _cache_policy(service: Service, name: str) -> None:
    settings = plain_map(truthy(service.setting("cloudFront", "cachePolicies", name)))
    if settings is None:
        return
    from lambdalint.load.serverless.service import Cause

    config: dict[str, Part] = {**settings.items, "Name": join(service.prefix, f"-{name}")}
    logical_id = f"CloudFrontCachePolicy{name[:1].upper()}{name[1:]}"
    cause = Cause(settings, f"cache policy {name}")
    service.add(logical_id, "AWS::CloudFront::CachePolicy", {"CachePolicyConfig": config}, cause)
