"""Events of services that call a function themselves: ``cloudwatchLog``, ``alexaSkill``, ``iot``, ``cognitoUserPool``.

https://www.serverless.com/framework/docs/providers/aws/guide/events
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, ref, text_of
from lambdalint.load.serverless.custom import add_custom_function, qualifier_of
from lambdalint.load.serverless.naming import alphanumeric
from lambdalint.load.serverless.permission import add_permission
from lambdalint.load.serverless.service import Event, Function, Service, events_of, is_true, truthy
from lambdalint.load.serverless.texts import json_text
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Node, Scalar

_LAMBDA_ARN = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"


# --- cloudwatchLog ----------------------------------------------------------------------------------------------------


def lower_cloudwatch_log(service: Service) -> None:
    """Subscriptions of log groups."""
    groups: dict[str, list[str]] = {}
    for function, event in events_of(service, "cloudwatchLog"):
        group = event.get("logGroup") if event.settings is not None else event.value
        name = (text_with_unknowns(group) or "").replace("\r", "").replace("\n", "")
        known = groups.setdefault(function.name, [])
        known.append(name)
        pattern = truthy(event.get("filter"))
        value: dict[str, Part] = {
            "LogGroupName": group,
            "FilterPattern": pattern if pattern is not None else "",
            "DestinationArn": function.arn,
        }
        names = {"LogGroupName": "logGroup", "FilterPattern": "filter"}
        kind = "AWS::Logs::SubscriptionFilter"
        logical_id = f"{function.prefix}LogsSubscriptionFilterCloudWatchLog{len(known)}"
        service.add(logical_id, kind, value, event.cause, event.settings, names, function)
        covered: Part = _common(known) if len(known) > 1 else group
        parts: list[Part] = ["arn:", ref("AWS::Partition"), ":logs:", ref("AWS::Region"), ":", ref("AWS::AccountId")]
        source: Part = {"Fn::Join": ["", [*parts, ":log-group:", covered, ":*"]]}
        principal: Part = {"Fn::Join": ["", ["logs.", ref("AWS::Region"), ".amazonaws.com"]]}
        suffix = "LambdaPermissionLogsSubscriptionFilterCloudWatchLog"
        add_permission(service, function, event.cause, suffix, principal, source)


def _common(names: list[str]) -> str:
    """What all names begin with, and a star for the rest."""
    common = names[0]
    for name in names[1:]:
        while not name.startswith(common):
            common = common[:-1]
    return common if common.endswith("*") else f"{common}*"


# --- Alexa ------------------------------------------------------------------------------------------------------------


def lower_alexa(service: Service) -> None:
    """Alexa skills and smart home skills."""
    for kind, principal, mark in (
        ("alexaSkill", "alexa-appkit.amazon.com", "AlexaSkill"),
        ("alexaSmartHome", "alexa-connectedhome.amazon.com", "AlexaSmartHome"),
    ):
        numbers: dict[str, int] = {}
        for function in service.functions.values():
            for event in function.events:
                if event.kind != kind:
                    continue
                numbers[function.name] = number = numbers.get(function.name, 0) + 1
                app = event.get("appId") if event.settings is not None else truthy(event.value)
                off = text_of(event.get("enabled")) == "false"
                more: dict[str, Part] = {
                    "EventSourceToken": app,
                    "Action": "lambda:DisableInvokeFunction" if off else "lambda:InvokeFunction",
                }
                add_permission(service, function, event.cause, f"LambdaPermission{mark}{number}", principal, None, more)


# --- IoT --------------------------------------------------------------------------------------------------------------


def lower_iot(service: Service) -> None:
    """Rules of IoT Core, and hooks of its fleet provisioning."""
    numbers: dict[str, int] = {}
    for function, event in events_of(service, "iot"):
        numbers[function.name] = number = numbers.get(function.name, 0) + 1
        logical_id = f"{function.prefix}IotTopicRule{number}"
        payload: Part = {
            "RuleDisabled": text_of(event.get("enabled")) == "false",
            "Sql": _on_one_line(event.get("sql")),
            "Actions": [{"Lambda": {"FunctionArn": function.arn}}],
            "Description": truthy(event.get("description")),
            "AwsIotSqlVersion": truthy(event.get("sqlVersion")),
        }
        value: dict[str, Part] = {"TopicRulePayload": payload, "RuleName": truthy(event.get("name"))}
        service.add(logical_id, "AWS::IoT::TopicRule", value, event.cause, function=function)
        parts: list[Part] = ["arn:", ref("AWS::Partition"), ":iot:", ref("AWS::Region"), ":", ref("AWS::AccountId")]
        source: Part = {"Fn::Join": ["", [*parts, ":rule/", ref(logical_id)]]}
        suffix = f"LambdaPermissionIotTopicRule{number}"
        add_permission(service, function, event.cause, suffix, "iot.amazonaws.com", source)
    for function, event in events_of(service, "iotFleetProvisioning"):
        enabled: Part = event.get("enabled")
        body = event.get("templateBody")
        hook: dict[str, Part] = {
            "Enabled": True if enabled is None else enabled,
            "PreProvisioningHook": {"TargetArn": function.arn},
            "ProvisioningRoleArn": event.get("provisioningRoleArn"),
            "TemplateBody": None if body is None else json_text(body),
            "TemplateName": truthy(event.get("templateName")),
        }
        kind = "AWS::IoT::ProvisioningTemplate"
        service.add(f"{function.prefix}IotProvisioningTemplate", kind, hook, event.cause, function=function)
        suffix = "LambdaPermissionIotProvisioningTemplate"
        add_permission(service, function, event.cause, suffix, "iot.amazonaws.com")


def _on_one_line(node: Node | None) -> Part:
    if isinstance(node, Scalar) and "\n" in node.text:
        text = node.text.replace("\r\n", "").replace("\n", "")
        return Scalar(node.document, node.start, node.end, text, False, "on one line")
    return node


# --- cognitoUserPool --------------------------------------------------------------------------------------------------

_SENDERS = ("CustomSMSSender", "CustomEmailSender")


def lower_cognito(service: Service) -> None:
    """Triggers of user pools: the service's own, and those that exist."""
    pools: dict[str, list[tuple[Function, Event]]] = {}
    existing: list[tuple[Function, Event]] = []
    for function, event in events_of(service, "cognitoUserPool"):
        if is_true(event.get("existing")):
            existing.append((function, event))
        else:
            pools.setdefault(text_with_unknowns(event.get("pool")) or "", []).append((function, event))
    for name, uses in pools.items():
        logical_id = f"CognitoUserPool{alphanumeric(name)}"
        config: dict[str, Part] = {}
        for function, event in uses:
            config.update(_trigger(function, event))
            trigger = text_of(event.get("trigger")) or ""
            suffix = f"LambdaPermissionCognitoUserPool{alphanumeric(name)}TriggerSource{alphanumeric(trigger)}"
            arn = get_att(logical_id, "Arn")
            add_permission(service, function, event.cause, suffix, "cognito-idp.amazonaws.com", arn)
        value: dict[str, Part] = {"UserPoolName": uses[0][1].get("pool"), "LambdaConfig": config}
        depends: list[str | None] = [function.alias_id or function.logical_id for function, _ in uses]
        service.add(logical_id, "AWS::Cognito::UserPool", value, uses[0][1].cause, depends_on=depends)
    if existing:
        _existing_pools(service, existing)


def _trigger(function: Function, event: Event) -> dict[str, Part]:
    """The entry of ``LambdaConfig`` for a trigger."""
    trigger = text_of(event.get("trigger")) or ""
    version = event.get("lambdaVersion")
    if trigger in _SENDERS:
        sender: Part = {"LambdaArn": function.arn, "LambdaVersion": version or "V1_0"}
        return {trigger: sender, "KMSKeyID": event.get("kmsKeyId")}
    if trigger == "PreTokenGeneration" and version is not None:
        return {"PreTokenGenerationConfig": {"LambdaArn": function.arn, "LambdaVersion": version}}
    return {trigger: function.arn}


def _existing_pools(service: Service, uses: list[tuple[Function, Event]]) -> None:
    cause = uses[0][1].cause
    handler = add_custom_function(service, "custom-resource-existing-cup", "cognito-user-pool/handler.handler", cause)
    configs: dict[str, list[Part]] = {}
    statements: list[Part] = []
    for function, event in uses:
        logical_id = f"{function.prefix}CustomCognitoUserPool1"
        trigger = text_of(event.get("trigger")) or ""
        config: dict[str, Part] = {"Trigger": event.get("trigger")}
        key = event.get("kmsKeyId")
        if trigger in _SENDERS:
            config |= {"LambdaVersion": event.get("lambdaVersion") or "V1_0", "KMSKeyID": key}
        elif trigger == "PreTokenGeneration":
            config["LambdaVersion"] = event.get("lambdaVersion")
        known = configs.setdefault(logical_id, [])
        known.append(build(config, event.cause.origin, event.cause.via))
        value: dict[str, Part] = {
            "ServiceToken": get_att(handler, "Arn"),
            "FunctionName": function.physical,
            "FunctionQualifier": qualifier_of(service, function),
            "UserPoolName": event.get("pool"),
            "UserPoolConfigs": list(known),
        }
        service.add(logical_id, "Custom::CognitoUserPool", value, event.cause, function=function)
        if len(known) == 1:
            if trigger in _SENDERS and key is not None:
                statements.append({"Effect": "Allow", "Resource": key, "Action": ["kms:CreateGrant"]})
            names = ("ListUserPools", "DescribeUserPool", "UpdateUserPool")
            actions: list[Part] = [f"cognito-idp:{name}" for name in names]
            statements.append({"Effect": "Allow", "Resource": "*", "Action": actions})
    service.custom_statements += [build(part, cause.origin, cause.via) for part in [*statements, *_pool_statements()]]


def _pool_statements() -> list[Part]:
    """What the framework's function needs to let a user pool invoke others."""
    functions: Part = {"Fn::Sub": _LAMBDA_ARN}
    only: Part = {"StringEquals": {"lambda:Principal": "cognito-idp.amazonaws.com"}}
    roles: Part = {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/*"}
    return [
        {"Effect": "Allow", "Resource": functions, "Action": ["lambda:AddPermission"], "Condition": only},
        {"Effect": "Allow", "Resource": functions, "Action": ["lambda:RemovePermission"]},
        {"Effect": "Allow", "Resource": roles, "Action": ["iam:PassRole"]},
    ]


STEPS = {
    "cloudwatchLog": lower_cloudwatch_log,
    "alexaSkill": lower_alexa,
    "alexaSmartHome": lower_alexa,
    "iot": lower_iot,
    "iotFleetProvisioning": lower_iot,
    "cognitoUserPool": lower_cognito,
}
