"""Function URLs, and what happens to asynchronous events."""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, given, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.service import Cause, Function, Service, join, truthy
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node, Scalar

_CORS_HEADERS: list[Part] = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
]
_DESTINATIONS = {
    "function": "lambda:InvokeFunction",
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "eventBus": "events:PutEvents",
}


def add_url(service: Service, function: Function) -> None:
    """Add the function URL and, where it asks for no authorisation, the permissions for everybody.

    https://www.serverless.com/framework/docs/providers/aws/guide/functions#lambda-function-urls
    """
    url = function.given("url")
    if url is None:
        return
    settings = plain_map(url)
    cause = Cause(function.properties.key("url"), f"url of {function.name}")
    authorizer = text_of(settings.get("authorizer")) if settings is not None else None
    auth = "AWS_IAM" if authorizer == "aws_iam" else "NONE"
    mode = given(settings.get("invokeMode")) if settings is not None else None
    written = settings.get("authorizer") if settings is not None else None
    value: dict[str, Part] = {
        "AuthType": build(auth, written or (url if isinstance(url, Scalar) else cause.origin), cause.via),
        "TargetFunctionArn": function.arn,
        "Cors": _cors(settings, cause),
        "InvokeMode": mode if text_of(mode) == "RESPONSE_STREAM" else None,
    }
    names = {"Cors": "cors", "AuthType": "authorizer", "InvokeMode": "invokeMode"}
    resource = service.add(
        f"{function.prefix}LambdaFunctionUrl", "AWS::Lambda::Url", value, cause, settings, names, function
    )
    resource.condition = service.condition_of(function)
    if auth == "NONE":
        _open_to_all(service, function, cause)


def _cors(settings: Mapping | None, cause: Cause) -> Part:
    cors = truthy(settings.get("cors")) if settings is not None else None
    if cors is None:
        return None
    written = plain_map(cors)
    if written is None:
        value: dict[str, Part] = {"AllowHeaders": _CORS_HEADERS, "AllowMethods": ["*"], "AllowOrigins": ["*"]}
        return build(value, cors, cause.via)

    def part(name: str, default: list[Part]) -> Part:
        own = written.get(name)
        if own is None:
            return default
        return None if is_null(own) else [own] if isinstance(own, Scalar) else own

    return build(
        {
            "AllowCredentials": truthy(written.get("allowCredentials")),
            "AllowHeaders": part("allowedHeaders", _CORS_HEADERS),
            "AllowMethods": part("allowedMethods", ["*"]),
            "AllowOrigins": part("allowedOrigins", ["*"]),
            "ExposeHeaders": given(written.get("exposedResponseHeaders")),
            "MaxAge": given(written.get("maxAge")),
        },
        written,
        cause.via,
    )


def _open_to_all(service: Service, function: Function, cause: Cause) -> None:
    kind = "AWS::Lambda::Permission"
    through: dict[str, Part] = {
        "FunctionName": function.arn,
        "Action": "lambda:InvokeFunctionUrl",
        "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    }
    made = service.add(f"{function.prefix}LambdaPermissionFnUrl", kind, through, cause, function=function)
    made.condition = service.condition_of(function)
    if service.generation == "v3":
        return
    invoke: dict[str, Part] = {
        "FunctionName": function.arn,
        "Action": "lambda:InvokeFunction",
        "Principal": "*",
        "InvokedViaFunctionUrl": True,
    }
    made = service.add(f"{function.prefix}LambdaPermissionFn", kind, invoke, cause, function=function)
    made.condition = service.condition_of(function)


def add_invoke_config(service: Service, function: Function) -> None:
    """Add the asynchronous settings and, to the shared role, what destinations need.

    https://www.serverless.com/framework/docs/providers/aws/guide/functions#asynchronous-invocation
    """
    destinations = function.given("destinations")
    age = function.given("maximumEventAge")
    retries = function.get("maximumRetryAttempts")
    if destinations is None and age is None and retries is None:
        return
    config: dict[str, Part] = {}
    for side, name in (("OnSuccess", "onSuccess"), ("OnFailure", "onFailure")):
        written = truthy(destinations.get(name)) if isinstance(destinations, Mapping) else None
        if written is not None:
            config[side] = build({"Destination": _destination(service, function, written)}, written)
    value: dict[str, Part] = {
        "FunctionName": ref(function.logical_id),
        "DestinationConfig": config if destinations is None or plain_map(destinations) is not None else destinations,
        "Qualifier": function.alias.name if function.alias is not None else "$LATEST",
        "MaximumEventAgeInSeconds": age,
        "MaximumRetryAttempts": retries,
    }
    names = {
        "DestinationConfig": "destinations",
        "MaximumEventAgeInSeconds": "maximumEventAge",
        "MaximumRetryAttempts": "maximumRetryAttempts",
    }
    keys = [key for key in names.values() if key in function.properties]
    cause = Cause(function.properties.key(keys[0]), f"asynchronous settings of {function.name}")
    kind = "AWS::Lambda::EventInvokeConfig"
    resource = service.add(f"{function.prefix}LambdaEvConf", kind, value, cause, function.properties, names, function)
    resource.condition = service.condition_of(function)


def _destination(service: Service, function: Function, written: Node) -> Part:
    """The ARN of a destination; what sending to it needs is added to the shared role."""
    from lambdalint.load.serverless.function import custom_role

    settings = plain_map(written)
    text = text_with_unknowns(written)
    arn: Part = written
    needed: Part = written
    action: str | None = None
    if settings is not None and text is None:
        arn = needed = given(settings.get("arn"))
        action = _DESTINATIONS.get(text_of(settings.get("type")) or "")
    elif text is not None and not text.startswith("arn:"):
        target = service.functions.get(text)
        if target is not None:
            # Up to version 3 the function itself is meant, even where its events go to an alias.
            alias = target.alias if service.generation != "v3" else None
            reached = target.arn if alias is not None else get_att(target.logical_id, "Arn")
            arn = build(reached, written, f"destination of {function.name}")
            prefix: Part = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"}
            needed = function_arn(target.physical, prefix, f":{alias.name}" if alias is not None else "")
        action = "lambda:InvokeFunction"
    elif text is not None:
        marks = {":function:": "function", ":sqs:": "sqs", ":sns:": "sns", ":event-bus/": "eventBus"}
        action = next((_DESTINATIONS[kind] for mark, kind in marks.items() if mark in text), None)
    if action is not None and needed is not None and custom_role(service, function) is None:
        key = f"destination {text or id(written)}"
        if key not in service.granted:
            service.granted.add(key)
            service.allow(action, needed, written, f"destination of {function.name}")
    return arn


def function_arn(physical: Part, prefix: Part, suffix: str = "") -> Part:
    """The ARN of a function by its name, as one text of ``Fn::Sub`` where the name is known."""
    name = physical.text if isinstance(physical, Scalar) else physical
    if isinstance(name, str) and isinstance(prefix, dict):
        return {"Fn::Sub": f"{prefix['Fn::Sub']}{name}{suffix}"}
    return join(prefix, physical, suffix)


__all__ = ["add_invoke_config", "add_url", "function_arn"]
