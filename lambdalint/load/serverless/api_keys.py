"""API keys and usage plans of the REST API.

https://www.serverless.com/framework/docs/providers/aws/events/apigateway#setting-api-keys-for-your-rest-api
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, child, plain_map, ref
from lambdalint.load.serverless.naming import upper_first
from lambdalint.load.serverless.service import Cause, Service, join, listed
from lambdalint.source.node import Mapping, Node, Sequence


def add_keys(service: Service, api: Part, cause: Cause) -> None:
    """Add what the provider's ``apiKeys`` and ``usagePlan`` ask for."""
    keys = service.setting("apiGateway", "apiKeys")
    plan = service.setting("apiGateway", "usagePlan")
    if keys is None and plan is None:
        return
    plans = _plans(plan)
    for name, settings in plans.items():
        _add_plan(service, name, settings, api, cause)
    number = 0
    for entry in listed(keys):
        group = plain_map(entry)
        name = next(iter(group.items), "") if group is not None else ""
        if group is not None and isinstance(plan, Sequence) and name in plans:
            number = 0
            for item in listed(group.get(name)):
                number += 1
                _add_key(service, item, name, number, api, cause)
        else:
            number += 1
            _add_key(service, entry, None, number, api, cause)


def _plans(plan: Node | None) -> dict[str, Node | None]:
    """The usage plans by name; the one without a name of its own is ``default``."""
    if not isinstance(plan, Sequence):
        return {"default": plan}
    found: dict[str, Node | None] = {}
    for item in plan.items:
        if isinstance(item, Mapping):
            found.update(list(item.items.items())[:1])
    return found


def _add_plan(service: Service, name: str, settings: Node | None, api: Part, cause: Cause) -> None:
    quota, throttle = plain_map(child(settings, "quota")), plain_map(child(settings, "throttle"))
    unnamed = name == "default"
    shown: str = "Usage plan for " if unnamed else f'Usage plan "{name}" for '
    value: dict[str, Part] = {
        "ApiStages": [{"ApiId": api, "Stage": service.stage}],
        "Description": join(shown, service.name, " ", service.stage, " stage"),
        "UsagePlanName": join(service.name, "-" if unnamed else f"-{name}-", service.stage),
    }
    if quota is not None:
        value["Quota"] = {upper_first(key): quota.get(key) for key in ("limit", "offset", "period")}
    if throttle is not None:
        value["Throttle"] = {upper_first(key): throttle.get(key) for key in ("burstLimit", "rateLimit")}
    logical_id = "ApiGatewayUsagePlan" if unnamed else f"ApiGatewayUsagePlan{upper_first(name)}"
    service.add(logical_id, "AWS::ApiGateway::UsagePlan", value, cause)


def _add_key(service: Service, entry: Node, plan: str | None, number: int, api: Part, cause: Cause) -> None:
    settings = plain_map(entry)
    enabled: Part = child(settings, "enabled")
    value: dict[str, Part] = {
        "Enabled": True if enabled is None else enabled,
        "Name": child(settings, "name") if settings is not None else entry,
        "Value": child(settings, "value"),
        "Description": child(settings, "description"),
        "CustomerId": child(settings, "customerId"),
        "StageKeys": [{"RestApiId": api, "StageName": service.stage}],
    }
    suffix = f"{upper_first(plan)}{number}" if plan is not None else f"{number}"
    service.add(f"ApiGatewayApiKey{suffix}", "AWS::ApiGateway::ApiKey", value, cause)
    link: dict[str, Part] = {
        "KeyId": ref(f"ApiGatewayApiKey{suffix}"),
        "KeyType": "API_KEY",
        "UsagePlanId": ref(f"ApiGatewayUsagePlan{upper_first(plan or '')}"),
    }
    service.add(f"ApiGatewayUsagePlanKey{suffix}", "AWS::ApiGateway::UsagePlanKey", link, cause)
