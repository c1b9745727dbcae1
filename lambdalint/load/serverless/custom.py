"""Functions that the framework itself adds, for what CloudFormation cannot do: their role, and the functions."""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, text_of
from lambdalint.load.serverless.invocation import function_arn
from lambdalint.load.serverless.naming import function_id, normalized
from lambdalint.load.serverless.role import role_properties
from lambdalint.load.serverless.service import Cause, Function, Service, first, is_true, join
from lambdalint.load.serverless.unknown import unknown

ROLE = "IamRoleCustomResourcesLambdaExecution"
_LONGEST_NAME = 64
_RUNTIMES = {"v3": "nodejs18.x", "v4": "nodejs20.x", "osls": "nodejs24.x"}


def add_custom_function(service: Service, name: str, handler: str, cause: Cause) -> str:
    """Add one of the framework's own functions; its logical id. What it may do is collected in the service."""
    logical_id = function_id(normalized(name))
    if logical_id in service.made:
        return logical_id
    runtime, newer = text_of(service.setting("runtime")) or "", service.generation != "v3"
    architecture = service.setting("architecture")
    via = "custom resource of the Serverless Framework"
    value: dict[str, Part] = {
        "Code": unknown(cause.origin, "custom-resources.zip", "is part of the Serverless Framework"),
        "FunctionName": _short(join(service.prefix, f"-{name}")),
        "Handler": handler,
        "MemorySize": 1024,
        "Runtime": runtime if runtime.startswith("nodejs") and newer else _RUNTIMES[service.generation],
        "Timeout": 180,
        "Architectures": [architecture] if architecture is not None else None,
        "Role": _role(service),
    }
    service.add(logical_id, "AWS::Lambda::Function", value, Cause(cause.origin, via)).judged = False
    service.custom_cause = service.custom_cause or Cause(cause.origin, via)
    if _logs(service):
        group: dict[str, Part] = {
            "LogGroupName": join("/aws/lambda/", value["FunctionName"]),
            "RetentionInDays": service.setting("logRetentionInDays"),
        }
        made = service.add(f"{normalized(name)}LogGroup", "AWS::Logs::LogGroup", group, Cause(cause.origin, via))
        made.judged = False
    return logical_id


def qualifier_of(service: Service, function: Function) -> str | None:
    """The alias that a custom resource connects something to; up to version 3 it is always the function itself."""
    return function.alias.name if function.alias is not None and service.generation != "v3" else None


def _short(name: Part) -> Part:
    if not isinstance(name, str) or len(name) <= _LONGEST_NAME:
        return name
    from hashlib import md5

    return name[:32] + md5(name.encode(), usedforsecurity=False).hexdigest()


def _logs(service: Service) -> bool:
    return is_true(service.setting("logs", "frameworkLambda"))


def _role(service: Service) -> Part:
    own = first(service.setting("iam", "deploymentRole"), service.setting("cfnRole"))
    return own if own is not None else get_att(ROLE, "Arn")


def add_custom_role(service: Service) -> None:
    """Add the role of the framework's own functions, once all of them are known."""
    cause = service.custom_cause
    if cause is None or not isinstance(_role(service), dict):
        return
    statements: list[Part] = []
    if _logs(service):
        arn: Part = {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"}
        group = join("/aws/lambda/", service.prefix)
        create: list[Part] = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
        statements += [
            {"Effect": "Allow", "Action": create, "Resource": [function_arn(group, arn, "*:*")]},
            {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [function_arn(group, arn, "*:*:*")]},
        ]
    statements += service.custom_statements
    name: Part = {"Fn::Join": ["-", [service.stage, service.name, "custom-resources-lambda"]]}
    value = role_properties(service, ["lambda.amazonaws.com"], name, statements)
    service.add(ROLE, "AWS::IAM::Role", value, cause).judged = False


def ensure_account_role(service: Service, cause: Cause) -> None:
    """API Gateway needs a role of the account to write logs; the framework sees to it by a function of its own."""
    if is_true(service.setting("logs", "restApi", "roleManagedExternally")):
        return
    logical_id = "CustomApiGatewayAccountCloudWatchRole"
    if logical_id in service.made:
        return
    handler = "api-gateway-cloud-watch-role/handler.handler"
    function = add_custom_function(service, "custom-resource-apigw-cw-role", handler, cause)
    value: dict[str, Part] = {
        "ServiceToken": get_att(function, "Arn"),
        "RoleArn": service.setting("logs", "restApi", "role"),
    }
    service.add(logical_id, "Custom::ApiGatewayAccountRole", value, cause)
    partition: Part = {"Ref": "AWS::Partition"}
    roles: Part = {"Fn::Join": [":", ["arn", partition, "iam:", {"Ref": "AWS::AccountId"}, "role/*"]]}
    account: Part = {"Fn::Join": [":", ["arn", partition, "apigateway:*::/account"]]}
    manage: list[Part] = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:ListAttachedRolePolicies", "iam:PassRole"]
    change: list[Part] = ["apigateway:GET", "apigateway:PATCH"]
    for resource, actions in ((roles, manage), (account, change)):
        statement: Part = {"Effect": "Allow", "Resource": resource, "Action": actions}
        service.custom_statements.append(build(statement, cause.origin, cause.via))
