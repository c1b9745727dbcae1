"""``functions``: each with what it inherits from the provider, its version, alias, URL and asynchronous settings.

https://www.serverless.com/framework/docs/providers/aws/guide/functions
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, flag, get_att, given, intrinsic, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.code import code_of
from lambdalint.load.serverless.invocation import add_invoke_config, add_url
from lambdalint.load.serverless.service import (
    Cause,
    Function,
    Service,
    first,
    is_true,
    key_values,
    listed,
)
from lambdalint.load.serverless.unknown import is_unknown, text_with_unknowns, unknown
from lambdalint.load.stack import FRAMEWORK_DEFAULT
from lambdalint.source.node import Mapping, Node, Origin, Scalar

_DEFAULT_RUNTIMES = {"v3": "nodejs16.x", "v4": "nodejs20.x", "osls": "nodejs24.x"}
_MEMORY, _EDGE_MEMORY = 1024, 128
_TIMEOUT, _EDGE_TIMEOUT = 6, 5
_VPC = {
    "SecurityGroupIds": "securityGroupIds",
    "SubnetIds": "subnetIds",
    "Ipv6AllowedForDualStack": "ipv6AllowedForDualStack",
}
_RUNTIME_UPDATES = {"onFunctionUpdate": "FunctionUpdate", "manual": "Manual"}
_LOGGING = {
    "ApplicationLogLevel": "applicationLogLevel",
    "LogFormat": "logFormat",
    "LogGroup": "logGroup",
    "SystemLogLevel": "systemLogLevel",
}
#: Properties of AWS::Lambda::Function and the settings that they come from.
_RENAMED = {
    "Architectures": "architecture",
    "DeadLetterConfig": "onError",
    "Description": "description",
    "DurableConfig": "durableConfig",
    "Environment": "environment",
    "EphemeralStorage": "ephemeralStorageSize",
    "FileSystemConfigs": "fileSystemConfig",
    "FunctionName": "name",
    "Handler": "handler",
    "KmsKeyArn": "kmsKeyArn",
    "Layers": "layers",
    "LoggingConfig": "logs",
    "MemorySize": "memorySize",
    "PackageType": "image",
    "RecursiveLoop": "recursiveLoop",
    "ReservedConcurrentExecutions": "reservedConcurrency",
    "Role": "role",
    "Runtime": "runtime",
    "RuntimeManagementConfig": "runtimeManagement",
    "SnapStart": "snapStart",
    "Tags": "tags",
    "Timeout": "timeout",
    "TracingConfig": "tracing",
    "VpcConfig": "vpc",
}


def lower_function(service: Service, function: Function) -> None:
    """Add the function, and its version, alias, URL and asynchronous settings."""
    value: dict[str, Part] = {"Code": code_of(service, function)}
    value.update(_basics(service, function))
    value.update(_target_config(service, function))
    tags = key_values(service.setting("tags"), function.get("tags"))
    value["Tags"] = tags or None
    value["Environment"] = _environment(service, function)
    value["Role"] = _role(service, function)
    value["VpcConfig"] = vpc = _vpc(service, function)
    value["FileSystemConfigs"] = _file_system(service, function) if vpc is not None else None
    value["Layers"] = first(function.get("layers"), service.setting("layers"))
    value["LoggingConfig"] = _logging(service, function)
    _add(service, function, value)
    _add_version(service, function)
    add_url(service, function)
    add_invoke_config(service, function)


def _add(service: Service, function: Function, value: dict[str, Part]) -> None:
    depends: list[str | None] = []
    if not is_true(function.get("disableLogs")):
        depends.append(f"{function.prefix}LogGroup")
    depends += [text_of(item) for item in listed(function.get("dependsOn"))]
    resource = service.add(
        function.logical_id,
        "AWS::Lambda::Function",
        value,
        Cause(function.origin, f"function {function.name}"),
        function.properties,
        _RENAMED,
        depends_on=depends,
    )
    # A person declared it, under another name: it is not generated, but its map of properties is.
    resource.via = None
    resource.title = function.name
    resource.condition = function.condition


def _basics(service: Service, function: Function) -> dict[str, Part]:
    memory, timeout = function.given("memorySize"), function.given("timeout")
    if any(event.kind == "cloudFront" for event in function.events):
        # At the edge less is allowed, so what the provider says does not count.
        memory, timeout = memory or _default(function, _EDGE_MEMORY), timeout or _default(function, _EDGE_TIMEOUT)
    value: dict[str, Part] = {
        "FunctionName": function.physical,
        "MemorySize": first(memory, service.setting("memorySize")) or _default(function, _MEMORY),
        "Timeout": first(timeout, service.setting("timeout")) or _default(function, _TIMEOUT),
        "Description": function.given("description"),
        "RecursiveLoop": function.given("recursiveLoop"),
    }
    image = function.given("image")
    if image is not None and function.get("handler") is None:
        value["PackageType"] = "Image"
        value["ImageConfig"] = _image_config(image)
    else:
        value["Handler"] = function.get("handler")
        runtime = first(function.get("runtime"), service.setting("runtime"))
        value["Runtime"] = _built_runtime(service, runtime) or _default(function, _DEFAULT_RUNTIMES[service.generation])
        value["RuntimeManagementConfig"] = _runtime_management(service, function)
    architecture = first(function.get("architecture"), service.setting("architecture"))
    value["Architectures"] = None if architecture is None else build([architecture], architecture)
    if function.given("snapStart") is not None:
        value["SnapStart"] = {"ApplyOn": "PublishedVersions"}
    size = function.given("ephemeralStorageSize")
    value["EphemeralStorage"] = None if size is None else build({"Size": size}, size)
    reserved = function.get("reservedConcurrency")
    value["ReservedConcurrentExecutions"] = None if flag(reserved) is False and text_of(reserved) != "0" else reserved
    durable = plain_map(function.get("durableConfig"))
    if durable is not None:
        value["DurableConfig"] = {
            "ExecutionTimeout": given(durable.get("executionTimeout")),
            "RetentionPeriodInDays": given(durable.get("retentionPeriodInDays")),
        }
    return value


def _built_runtime(service: Service, runtime: Node | None) -> Node | None:
    """The runtime; what is none of Lambda's is turned into one by a plugin."""
    text = text_of(runtime) or ""
    if runtime is not None and service.plugins and text.startswith(("php-", "rust", "haskell")):
        return unknown(runtime, text, "is turned into a custom runtime by a plugin")
    return runtime


def _default(function: Function, value: int | str) -> Node:
    return build(value, function.origin, FRAMEWORK_DEFAULT)


def _image_config(image: Node) -> Part:
    written = plain_map(image)
    if written is None:
        return None
    names = {"Command": "command", "EntryPoint": "entryPoint", "WorkingDirectory": "workingDirectory"}
    config: dict[str, Part] = {new: given(written.get(old)) for new, old in names.items()}
    return config if any(part is not None for part in config.values()) else None


def _runtime_management(service: Service, function: Function) -> Part:
    written = first(function.get("runtimeManagement"), service.setting("runtimeManagement"))
    settings = plain_map(written)
    mode = settings.get("mode") if settings is not None else written
    if is_unknown(mode):
        return mode
    update = _RUNTIME_UPDATES.get(text_of(mode) or "")
    if update is None:
        return None
    arn = given(settings.get("arn")) if settings is not None else None
    return {"UpdateRuntimeOn": update, "RuntimeVersionArn": arn if update == "Manual" else None}


def _target_config(service: Service, function: Function) -> dict[str, Part]:
    """Settings that also add a statement to the shared execution role."""
    value: dict[str, Part] = {}
    target = function.given("onError")
    letters = function.get("deadLetter")
    if letters is not None and "serverless-plugin-lambda-dead-letter" in service.plugins:
        value["DeadLetterConfig"] = unknown(letters, "deadLetter", "is set up by serverless-plugin-lambda-dead-letter")
    if target is not None:
        value["DeadLetterConfig"] = build({"TargetArn": target}, target)
        if text_with_unknowns(target) is not None or is_unknown(target):
            # Only SNS, even where the target is a queue: that is what the framework grants.
            service.allow(["sns:Publish"], [target], target, f"onError of {function.name}")
    key = first(function.get("kmsKeyArn"), service.setting("kmsKeyArn"))
    if key is not None:
        value["KmsKeyArn"] = key
        if text_with_unknowns(key) is not None or is_unknown(key):
            _once(
                service, f"kms {text_with_unknowns(key)}", ["kms:Decrypt"], [key], key, f"kmsKeyArn of {function.name}"
            )
    tracing = first(function.get("tracing"), service.setting("tracing", "lambda"))
    if tracing is not None:
        value["TracingConfig"] = {"Mode": "Active" if flag(tracing) is True else tracing}
        value["TracingConfig"] = build(value["TracingConfig"], tracing, f"tracing of {function.name}")
        actions: list[Part] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        _once(service, "xray", actions, ["*"], tracing, f"tracing of {function.name}")
    return value


def _once(service: Service, key: str, actions: list[Part], resource: Part, origin: Origin, via: str) -> None:
    if key not in service.granted:
        service.granted.add(key)
        service.allow(actions, resource, origin, via)


def _environment(service: Service, function: Function) -> Part:
    layers = [service.setting("environment"), function.get("environment")]
    written = [node for node in layers if node is not None]
    if not written:
        return None
    merged = merged_maps(written)
    return build({"Variables": merged}, merged, merged.via)


def merged_maps(maps: list[Node]) -> Node:
    """The entries of maps over each other, each where it is written; one that is unknown makes the whole unknown."""
    for node in maps:
        if not isinstance(node, Mapping) or intrinsic(node) is not None:
            return node
    found = [node for node in maps if isinstance(node, Mapping)]
    last = found[-1]
    if len(found) == 1 and not any(is_null(value) for value in last.items.values()):
        return last
    merged = Mapping(last.document, last.start, last.end, via=last.via)
    for node in found:
        merged.items.update(node.items)
        merged.keys.update(node.keys)
    merged.items = {key: value for key, value in merged.items.items() if not is_null(value)}
    return merged


def _vpc(service: Service, function: Function) -> Part:
    written = function.properties.get("vpc")
    if written is not None and (is_null(written) or flag(written) is False):
        return None
    own, inherited = given(written), service.setting("vpc")
    for whole in (own, inherited):
        if is_unknown(whole) or intrinsic(whole) is not None:
            return whole
    value: dict[str, Part] = {}
    for new, old in _VPC.items():
        value[new] = first(*(node.get(old) for node in (own, inherited) if isinstance(node, Mapping)))
    if value["SecurityGroupIds"] is None or value["SubnetIds"] is None:
        return None
    stands = own if isinstance(own, Mapping) and len(own) else inherited
    return build(value, stands or function.origin)


def _file_system(service: Service, function: Function) -> Part:
    written = plain_map(function.get("fileSystemConfig"))
    if written is None:
        return None
    arn = given(written.get("arn"))
    actions: list[Part] = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    if arn is not None:
        service.allow(actions, [arn], written, f"fileSystemConfig of {function.name}")
    return build([{"Arn": arn, "LocalMountPath": given(written.get("localMountPath"))}], written)


def _role(service: Service, function: Function) -> Part:
    role = custom_role(service, function)
    if role is None:
        return get_att("IamRoleLambdaExecution", "Arn")
    text = text_with_unknowns(role)
    if text is not None and not text.startswith(("arn:", "?")):
        return build(get_att(text, "Arn"), role, f"role of {function.name}")
    return role


def custom_role(service: Service, function: Function) -> Node | None:
    """The role that a function or the provider names instead of the shared one."""
    own = function.given("role")
    if own is not None:
        return own
    role = service.setting("iam", "role")
    if is_existing_role(role):
        return role
    return service.setting("role")


def is_existing_role(role: Node | None) -> bool:
    """Whether ``provider.iam.role`` names a role rather than describing the shared one."""
    return isinstance(role, Scalar) or (isinstance(role, Mapping) and any("::" in key for key in role.items))


def _logging(service: Service, function: Function) -> Part:
    written = first(function.get("logs"), service.setting("logs", "lambda"))
    settings = plain_map(written)
    if settings is None:
        return None
    config: dict[str, Part] = {new: given(settings.get(old)) for new, old in _LOGGING.items()}
    return build(config, settings) if any(part is not None for part in config.values()) else None


def _add_version(service: Service, function: Function) -> None:
    wanted = function.get("versionFunction") or service.setting("versionFunctions")
    versioned = function.given("durableConfig") is not None or wanted is None or is_true(wanted)
    if not versioned and function.alias is None:
        return
    version = f"{function.prefix}LambdaVersion"
    value: dict[str, Part] = {"FunctionName": ref(function.logical_id), "Description": function.given("description")}
    keep: dict[str, Part] = {"DeletionPolicy": "Retain" if versioned else None}
    kind, cause, bound = "AWS::Lambda::Version", function.cause, service.condition_of(function)
    service.add(version, kind, value, cause, function=function, attributes=keep).condition = bound
    if function.alias is None:
        return
    concurrency = function.given("provisionedConcurrency")
    alias: dict[str, Part] = {
        "FunctionName": ref(function.logical_id),
        "FunctionVersion": get_att(version, "Version"),
        "Name": function.alias.name,
        "ProvisionedConcurrencyConfig": None
        if concurrency is None
        else build({"ProvisionedConcurrentExecutions": concurrency}, concurrency),
    }
    made = service.add(function.alias.logical_id, "AWS::Lambda::Alias", alias, cause, function=function)
    made.condition = bound
