"""``AWS::Serverless::Function``: the function itself, and the order in which what it brings is made.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, build_map, given, intrinsic, text_of
from lambdalint.load.sam.events import lower_events
from lambdalint.load.sam.lowering import Invoked, Lowering, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import function_role, tags_of
from lambdalint.load.sam.s3 import s3_location
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Node

#: Properties that only steer SAM: they do not stand on AWS::Lambda::Function.
_CONSUMED = frozenset(
    {
        "AssumeRolePolicyDocument",
        "AutoPublishAlias",
        "AutoPublishAliasAllProperties",
        "AutoPublishCodeSha256",
        "CapacityProviderConfig",
        "CodeUri",
        "DeadLetterQueue",
        "DeploymentPreference",
        "EventInvokeConfig",
        "Events",
        "FunctionUrlConfig",
        "ImageUri",
        "InlineCode",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "Role",
        "RolePath",
        "SourceKMSKeyArn",
        "Tags",
        "Tracing",
        "VersionDeletionPolicy",
        "VersionDescription",
    }
)


def lower_function(lowering: Lowering, unit: Unit) -> None:
    """Add the function and everything that SAM makes from it."""
    code = _code(unit)
    invoked = Invoked(unit, unit.logical_id)
    if unit.get("AutoPublishAlias") is not None:
        from lambdalint.load.sam.version import lower_alias

        invoked = lower_alias(lowering, unit, code) or invoked
    if unit.get("FunctionUrlConfig") is not None or unit.get("EventInvokeConfig") is not None:
        from lambdalint.load.sam.invocation import lower_invoke_config, lower_url

        lower_url(lowering, unit, invoked)
        lower_invoke_config(lowering, unit, invoked)
    lower_events(lowering, unit, invoked)
    role = function_role(lowering, unit)
    lowering.add(_function(unit, code, role))


def _function(unit: Unit, code: Node | None, role: Part) -> Resource:
    written = unit.properties
    items: dict[str, Part] = {name: node for name, node in written.items.items() if name not in _CONSUMED}
    tracing = unit.get("Tracing")
    if text_of(tracing) == "Disabled":
        tracing = None
    tags = tags_of(unit, "lambda:createdBy")
    made: dict[str, Part] = {
        "Code": code,
        "Role": role,
        "TracingConfig": None if tracing is None else build({"Mode": tracing}, tracing),
        "DeadLetterConfig": _dead_letters(unit),
        "Tags": None if tags is None else build(tags, unit.get("Tags") or unit.origin, "Tags"),
        "CapacityProviderConfig": _capacity(unit),
    }
    items.update({name: value for name, value in made.items() if value is not None})
    source = next((name for name in ("InlineCode", "ImageUri", "CodeUri") if unit.get(name) is not None), "CodeUri")
    renamed = {"Code": source, "TracingConfig": "Tracing", "DeadLetterConfig": "DeadLetterQueue"}
    return declared(unit, "AWS::Lambda::Function", items, renamed)


def _dead_letters(unit: Unit) -> Node | None:
    queue = unit.get("DeadLetterQueue")
    if not isinstance(queue, Mapping) or intrinsic(queue) is not None:
        return queue
    target = given(queue.get("TargetArn"))
    return None if target is None else build_map({"TargetArn": target}, queue, queue.via, queue)


def _capacity(unit: Unit) -> Node | None:
    """The function's capacity provider, in the nesting that AWS::Lambda::Function wants."""
    written = unit.get("CapacityProviderConfig")
    if not isinstance(written, Mapping) or intrinsic(written) is not None:
        return written
    value = {("CapacityProviderArn" if name == "Arn" else name): node for name, node in written.items.items()}
    return build({"LambdaManagedInstancesCapacityProviderConfig": dict(value)}, written, written.via)


def _code(unit: Unit) -> Node | None:
    """``Code``: written inline, an image, an object in S3, or (a path string) a local directory."""
    inline = unit.get("InlineCode")
    image = unit.get("ImageUri")
    source = unit.get("CodeUri")
    key = unit.get("SourceKMSKeyArn")
    if text_of(unit.get("PackageType")) == "Image" and image is not None:
        code = build({"ImageUri": image}, image, image.via)
    elif inline is not None:
        code = build({"ZipFile": inline}, inline, inline.via)
    elif source is not None:
        code = s3_location(source, {"Bucket": "S3Bucket", "Key": "S3Key", "Version": "S3ObjectVersion"})
    elif image is not None:
        code = build({"ImageUri": image}, image, image.via)
    else:
        return None
    if key is not None and isinstance(code, Mapping) and intrinsic(code) is None:
        return build({**code.items, "SourceKMSKeyArn": key}, code, code.via)
    return code
