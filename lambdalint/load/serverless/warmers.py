"""``serverless-plugin-warmup``: functions that invoke the others on a schedule, so that these stay warm.

The code of a warmer is the plugin's, so it is not judged. Before version 5 the settings of a single warmer stood
directly in ``custom.warmup``; that form is named as a gap.
https://github.com/juanjoDiaz/serverless-plugin-warmup (as of 8.4.1)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build_map, child, given, is_null, plain_map, text_of
from lambdalint.load.serverless.declared import read_function
from lambdalint.load.serverless.invocation import function_arn
from lambdalint.load.serverless.naming import upper_first
from lambdalint.load.serverless.role import role_properties
from lambdalint.load.serverless.service import Cause, Function, Service, join, listed
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.source.node import Mapping, Node, Scalar

_RUNTIME = "nodejs24.x"
_MEMORY, _TIMEOUT = 128, 10
_SETTINGS = ("architecture", "logRetentionInDays", "role", "tags", "tracing", "vpc")


def add_warmers(service: Service) -> None:
    """Add the warmers and their roles, before anything is made of functions."""
    warmers = service.top("custom", "warmup")
    if warmers is None:
        return
    if not isinstance(warmers, Mapping) or is_unknown(warmers):
        service.lost("custom.warmup", warmers, "it is not known, so the functions that it adds are not looked at")
        return
    if any(isinstance(node, Scalar) and not is_null(node) for node in warmers.items.values()):
        why = "what plugin versions before 5 make of it is not looked at; give each warmer a name"
        service.gap("custom.warmup", why, warmers)
        return
    functions = list(service.functions.values())
    for name, written in warmers.items.items():
        settings = plain_map(written)
        if is_unknown(written) or settings is None:
            service.lost(f"warmer {name}", written, "it is not known, so the function that it adds is not looked at")
            continue
        warmed = [function for function in functions if _is_warmed(service, function, name, settings)]
        if warmed:
            _add(service, name, settings, warmed, warmers)


def _is_warmed(service: Service, function: Function, warmer: str, settings: Mapping) -> bool:
    own = child(function.properties, "warmup", warmer, "enabled")
    enabled = own if own is not None else settings.get("enabled")
    texts = [text_of(item) for item in listed(enabled)]
    return "true" in texts or any(text is not None and text == service.stage for text in texts)


def _add(service: Service, name: str, settings: Mapping, warmed: list[Function], warmers: Mapping) -> None:
    place = warmers.key(name)
    physical: Part = given(settings.get("name")) or join(service.prefix, f"-warmup-plugin-{name}")
    folder = text_of(settings.get("folderName")) or f".warmup/{name}"
    value: dict[str, Part] = {
        "description": f'Serverless WarmUp Plugin (warmer "{name}")',
        "events": given(settings.get("events")) or [{"schedule": "rate(5 minutes)"}],
        "handler": f"{folder}/index.warmUp",
        "memorySize": given(settings.get("memorySize")) or _MEMORY,
        "name": physical,
        "runtime": _RUNTIME,
        "timeout": given(settings.get("timeout")) or _TIMEOUT,
        "layers": [],
        "environment": _environment(service, settings),
        **{key: given(settings.get(key)) for key in _SETTINGS},
    }
    if text_of(settings.get("vpc")) == "false":
        value["vpc"] = {"securityGroupIds": [], "subnetIds": []}
    if value["role"] is None:
        value["role"] = _add_role(service, name, settings, warmed, Cause(place, f"warmer {name}"), physical)
    made = build_map(value, place, f"warmer {name}")
    key = f"warmUpPlugin{upper_first(name)}"
    service.functions[key] = function = read_function(service, key, made, place)
    function.brought = True


def _environment(service: Service, settings: Mapping) -> Part:
    """The variables of a warmer: its own, or else none, not even those of the provider."""
    own = given(settings.get("environment"))
    inherited = service.setting("environment")
    if own is not None or not isinstance(inherited, Mapping) or not len(inherited):
        return own
    document, start, end = settings.document, settings.start, settings.end
    nothing: dict[str, Node] = {key: Scalar(document, start, end, "null", True) for key in inherited.items}
    return Mapping(document, start, end, nothing)


def _add_role(
    service: Service, name: str, settings: Mapping, warmed: list[Function], cause: Cause, physical: Part
) -> str:
    """The role that a warmer runs as: logs, network interfaces, and the functions that it invokes."""
    logical_id = f"WarmUpPlugin{upper_first(name)}Role"
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/"
    functions = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
    network: list[Part] = [
        f"ec2:{action}NetworkInterface{'s' if action == 'Describe' else ''}"
        for action in ("Create", "Describe", "Detach", "Delete")
    ]
    allowed: list[tuple[Part, Part]] = [
        (["logs:CreateLogGroup", "logs:CreateLogStream"], [function_arn(physical, {"Fn::Sub": logs}, ":*")]),
        (["logs:PutLogEvents"], [function_arn(physical, {"Fn::Sub": logs}, ":*:*")]),
        (
            ["lambda:InvokeFunction"],
            [function_arn(function.physical, {"Fn::Sub": functions}, "*") for function in warmed],
        ),
        (network, "*"),
    ]
    statements: list[Part] = [{"Effect": "Allow", "Action": part[0], "Resource": part[1]} for part in allowed]
    short = name.lower()
    policy: Part = {"Fn::Join": ["-", [service.name, service.stage, "warmer", short, "policy"]]}
    value = role_properties(service, ["lambda.amazonaws.com"], policy, statements)
    value["Path"] = "/"
    region: Part = {"Ref": "AWS::Region"}
    value["RoleName"] = given(settings.get("roleName")) or {
        "Fn::Join": ["-", [service.name, service.stage, region, short, "role"]]
    }
    service.add(logical_id, "AWS::IAM::Role", value, cause).judged = False
    return logical_id
