"""The execution role that functions share, and the log group of each.

https://www.serverless.com/framework/docs/providers/aws/guide/iam
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, given, text_of
from lambdalint.load.serverless.function import custom_role, is_existing_role
from lambdalint.load.serverless.invocation import function_arn
from lambdalint.load.serverless.naming import ROLE
from lambdalint.load.serverless.service import (
    Cause,
    Function,
    Service,
    first,
    is_true,
    join,
    key_values,
    listed,
)
from lambdalint.load.serverless.unknown import is_unknown
from lambdalint.source.node import Mapping, Node, Sequence

_LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
_VIA = "execution role of the service"


def add_log_groups(service: Service) -> None:
    """Add a log group for each function that writes logs."""
    for function in service.functions.values():
        if is_true(function.get("disableLogs")):
            continue
        retention = first(function.get("logRetentionInDays"), service.setting("logRetentionInDays"))
        value: dict[str, Part] = {
            "LogGroupName": join("/aws/lambda/", function.physical),
            "RetentionInDays": retention,
            "DataProtectionPolicy": first(
                function.get("logDataProtectionPolicy"), service.setting("logDataProtectionPolicy")
            ),
        }
        names = {"RetentionInDays": "logRetentionInDays", "DataProtectionPolicy": "logDataProtectionPolicy"}
        cause = Cause(function.origin, f"function {function.name}")
        kind = "AWS::Logs::LogGroup"
        resource = service.add(f"{function.prefix}LogGroup", kind, value, cause, function.properties, names, function)
        resource.condition = service.condition_of(function)


def decide_role(service: Service) -> None:
    """Whether there is a shared role, and the statements that it begins with."""
    functions = list(service.functions.values())
    role = service.setting("iam", "role")
    service.has_role = not (
        not functions
        or is_existing_role(role)
        or "role" in service.provider
        or all("role" in function.properties for function in functions)
    )
    if not service.has_role:
        return
    cause = _cause(service)
    service.principals = ["lambda.amazonaws.com"]
    service.statements += _log_statements(service, cause)
    written = child(role, "statements") or service.setting("iamRoleStatements")
    service.statements += _statements(service, written) + service.plugin_statements
    managed = child(role, "managedPolicies") or service.setting("iamManagedPolicies")
    service.managed += listed(managed)
    if any("vpc" in function.properties for function in functions) or service.setting("vpc") is not None:
        service.managed.append(build(vpc_policy(), cause.origin, cause.via))
    _add_durable(service, functions, cause)


def vpc_policy() -> Part:
    """The managed policy that lets functions attach to a VPC."""
    name = ":iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, name]]}


def _cause(service: Service) -> Cause:
    for key in ("iam", "iamRoleStatements"):
        if key in service.provider:
            return Cause(service.provider.key(key), _VIA)
    return Cause(service.place, _VIA)


def _statements(service: Service, written: Node | None) -> list[Part]:
    """The statements that a person wrote; a list that is partly unknown keeps what is known."""
    found: list[Part] = []
    for item in listed(written):
        if isinstance(item, Sequence):
            found += item.items
        else:
            found.append(item)
        if is_unknown(item):
            why = "they are not known, so what the execution role allows is not fully known"
            service.lost("statements of the execution role", item, why)
    return found


def _log_statements(service: Service, cause: Cause) -> list[Part]:
    create: list[Part] = []
    write: list[Part] = []
    silent: list[Part] = []
    canonical = False
    for function in service.functions.values():
        quiet = is_true(function.get("disableLogs"))
        if _has_canonical_name(service, function):
            if quiet:
                silent.append(_log_arn(join("/aws/lambda/", function.physical), ":*"))
            else:
                canonical = True
        elif not quiet:
            create.append(_log_arn(join("/aws/lambda/", function.physical), ":*"))
            write.append(_log_arn(join("/aws/lambda/", function.physical), ":*:*"))
    if canonical:
        create.append(_log_arn(join("/aws/lambda/", service.prefix), "*:*"))
        write.append(_log_arn(join("/aws/lambda/", service.prefix), "*:*:*"))
    actions: list[Part] = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
    found: list[Part] = [
        {"Effect": "Allow", "Action": actions, "Resource": create},
        {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": write},
    ]
    if canonical and silent:
        found.append({"Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": silent})
    return [build(part, cause.origin, cause.via) for part in found]


def _has_canonical_name(service: Service, function: Function) -> bool:
    written = given(function.properties.get("name"))
    if written is None:
        return True
    name, prefix = text_of(written), service.prefix
    return isinstance(prefix, str) and name is not None and name.startswith(prefix)


def _log_arn(group: Part, suffix: str) -> Part:
    return function_arn(group, {"Fn::Sub": _LOGS}, suffix)


def _add_durable(service: Service, functions: list[Function], cause: Cause) -> None:
    prefix: Part = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"}
    resources: list[Part] = [
        function_arn(function.physical, prefix, ":*/durable-execution/*/*")
        for function in functions
        if function.given("durableConfig") is not None and custom_role(service, function) is None
    ]
    if resources:
        actions: list[Part] = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        service.allow(actions, resources, cause.origin, cause.via)


def add_role(service: Service) -> None:
    """Add the shared role, with all that functions and events have given it."""
    if not service.has_role:
        return
    role = service.setting("iam", "role")
    settings = role if isinstance(role, Mapping) else None
    boundary = first(
        child(settings, "permissionsBoundary"),
        child(settings, "permissionBoundary"),
        service.setting("rolePermissionsBoundary"),
    )
    region: Part = {"Ref": "AWS::Region"}
    value = role_properties(
        service,
        service.principals,
        {"Fn::Join": ["-", [service.name, service.stage, "lambda"]]},
        service.statements,
    )
    value["Path"] = child(settings, "path") or "/"
    value["RoleName"] = child(settings, "name") or {
        "Fn::Join": ["-", [service.name, service.stage, region, "lambdaRole"]]
    }
    value["ManagedPolicyArns"] = service.managed or None
    value["PermissionsBoundary"] = boundary
    value["Tags"] = key_values(child(settings, "tags")) or None
    names = {"ManagedPolicyArns": "managedPolicies", "RoleName": "name", "Path": "path"}
    cause = _cause(service)
    made = service.add(ROLE, "AWS::IAM::Role", value, cause)
    if settings is not None:
        made.properties.keys = {new: settings.keys[old] for new, old in names.items() if old in settings.keys}


def role_properties(service: Service, principals: list[Part], policy: Part, statements: list[Part]) -> dict[str, Part]:
    """The trust policy of a role for functions, and its one inline policy."""
    trust: Part = {"Effect": "Allow", "Principal": {"Service": principals}, "Action": ["sts:AssumeRole"]}
    document: Part = {"Version": "2012-10-17", "Statement": statements}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": policy, "PolicyDocument": document}],
    }
