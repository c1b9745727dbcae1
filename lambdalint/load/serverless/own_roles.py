"""``serverless-iam-roles-per-function``: functions with ``iamRoleStatements`` get a role of their own.

The plugin grants less than the framework does: no tracing, no destinations, of event sources only queues and streams.
https://github.com/functionalone/serverless-iam-roles-per-function (as of 3.2.0)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, is_null, text_of
from lambdalint.load.serverless.invocation import function_arn
from lambdalint.load.serverless.naming import ROLE
from lambdalint.load.serverless.role import role_properties, vpc_policy
from lambdalint.load.serverless.service import Cause, Function, Service, is_true, listed
from lambdalint.load.serverless.unknown import text_with_unknowns
from lambdalint.source.node import Mapping, Node

_PLUGIN = "serverless-iam-roles-per-function"
_LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
_STREAM = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
_LONGEST_NAME = 64


def add_own_roles(service: Service) -> None:
    """Add the roles, and let the functions run as them."""
    if not service.has_role:
        return
    boundary = service.top("custom", _PLUGIN, "iamGlobalPermissionsBoundary")
    if boundary is not None:
        service.made[ROLE].properties.items["PermissionsBoundary"] = boundary
    for function in service.functions.values():
        if "iamRoleStatements" in function.properties and function.given("role") is None:
            _add(service, function)


def _add(service: Service, function: Function) -> None:
    cause = Cause(function.properties.key("iamRoleStatements"), f"execution role of {function.name}")
    value = role_properties(service, service.principals, _policy_name(service), _statements(service, function, cause))
    shared = service.made[ROLE].properties
    for name in ("Path", "Tags", "PermissionsBoundary"):
        value[name] = shared.get(name)
    value["PermissionsBoundary"] = function.get("iamPermissionsBoundary") or value["PermissionsBoundary"]
    value["RoleName"] = function.given("iamRoleStatementsName") or _name(service, function)
    own, inherited = function.get("vpc"), service.setting("vpc")
    if any(isinstance(node, Mapping) and len(node) for node in (own, inherited)):
        value["ManagedPolicyArns"] = [vpc_policy()]
    else:
        value["ManagedPolicyArns"] = []
    logical_id = f"{function.prefix}{ROLE}"
    service.add(logical_id, "AWS::IAM::Role", value, cause, function=function)
    made = service.made[function.logical_id].properties
    made.items["Role"] = build(get_att(logical_id, "Arn"), cause.origin, cause.via)


def _policy_name(service: Service) -> Part:
    return {"Fn::Join": ["-", [service.name, service.stage, "lambda"]]}


def _name(service: Service, function: Function) -> Part:
    region: Part = {"Ref": "AWS::Region"}
    parts: list[Part] = [service.name, service.stage, function.name, region]
    shown = [part if isinstance(part, str) else text_of(service.region) or "" for part in parts]
    if len("-".join([*shown, "lambdaRole"])) <= _LONGEST_NAME:
        parts.append("lambdaRole")
    return {"Fn::Join": ["-", parts]}


def _statements(service: Service, function: Function, cause: Cause) -> list[Part]:
    actions: list[Part] = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"]
    group = function_arn(function.physical, {"Fn::Sub": f"{_LOGS}/aws/lambda/"}, ":*:*")
    found: list[Part] = [{"Effect": "Allow", "Action": actions, "Resource": [group]}]
    sources = _sources(function)
    for service_name in ("dynamodb", "kinesis"):
        if sources[service_name]:
            reading: list[Part] = [f"{service_name}:{action}" for action in _STREAM]
            found.append({"Effect": "Allow", "Action": reading, "Resource": sources[service_name]})
    if sources["sqs"]:
        receiving: list[Part] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        found.append({"Effect": "Allow", "Action": receiving, "Resource": sources["sqs"]})
    target = function.given("onError")
    if target is not None:
        found.append({"Effect": "Allow", "Action": ["sns:Publish"], "Resource": target})
    found = [build(part, cause.origin, cause.via) for part in found]
    if _inherits(service, function):
        written = service.setting("iam", "role", "statements")
        found += listed(written if "iam" in service.provider else service.setting("iamRoleStatements"))
        found += service.plugin_statements
    return found + list(listed(function.get("iamRoleStatements")))


def _inherits(service: Service, function: Function) -> bool:
    own = function.properties.get("iamRoleStatementsInherit")
    if own is not None and not is_null(own):
        return is_true(own)
    return is_true(service.top("custom", _PLUGIN, "defaultInherit"))


def _sources(function: Function) -> dict[str, list[Part]]:
    """The ARNs of what the function polls, by service."""
    found: dict[str, list[Part]] = {"dynamodb": [], "kinesis": [], "sqs": []}
    for event in function.events:
        arn: Node | None = event.value if event.settings is None else event.get("arn")
        if event.kind == "sqs" and arn is not None:
            found["sqs"].append(arn)
        elif event.kind == "stream" and arn is not None:
            kind = text_of(event.get("type")) or [*(text_with_unknowns(arn) or "").split(":"), "", "", ""][2]
            if kind in found:
                found[kind].append(arn)
    return found
