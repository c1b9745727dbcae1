"""``AWS::Serverless::WebFunction``: a web function, its revision, its endpoint, and the role it runs with.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
"""

from __future__ import annotations

from lambdalint.data.sam_regions import REGION_GROUPS
from lambdalint.load.nodes import (
    Part,
    build,
    build_map,
    child,
    each,
    flag,
    get_att,
    intrinsic,
    pick,
    plain_map,
    ref,
    sub,
    text_of,
)
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import BASIC, tags_of, trust
from lambdalint.load.sam.s3 import s3_location
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

#: A name that SAM makes is cut to 64 characters: the logical id, a hyphen, and eight from the id of the stack.
_LOGICAL_ID_IN_NAME = 55
_TIMEOUT_SECONDS = 30
_CREATED_BY = "lambda:createdBy"


def lower_web_function(lowering: Lowering, unit: Unit) -> None:
    """Add the function, its revision and its endpoint, and an execution role where none is written."""
    name = _name(unit)
    role: Part = unit.get("ExecutionRoleArn")
    if role is None:
        role = _role(lowering, unit)
    value: dict[str, Part] = {"FunctionName": name, "Tags": tags_of(unit, _CREATED_BY)}
    lowering.add(declared(unit, "AWS::Lambda::WebFunction", value))
    _revision(lowering, unit, name, role)
    _endpoint(lowering, unit, name)


def _name(unit: Unit) -> Part:
    """The name that all three share: ``Ref`` of the function would give its ARN."""
    written = unit.get("FunctionName")
    if written is not None:
        return written
    unique: dict[str, Part] = {"Fn::Select": [2, {"Fn::Split": ["/", ref("AWS::StackId")]}]}
    suffix: dict[str, Part] = {"Fn::Select": [0, {"Fn::Split": ["-", unique]}]}
    return sub(f"{unit.logical_id[:_LOGICAL_ID_IN_NAME]}-${{StackIdSuffix}}", StackIdSuffix=suffix)


def _role(lowering: Lowering, unit: Unit) -> Part:
    logical_id = f"{unit.logical_id}Role"
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("lambda.amazonaws.com"),
        "ManagedPolicyArns": [BASIC],
        "Tags": tags_of(unit, _CREATED_BY),
    }
    lowering.generate(unit, logical_id, "AWS::IAM::Role", value, Cause(unit.origin, f"role of {unit.logical_id}"))
    return get_att(logical_id, "Arn")


def _revision(lowering: Lowering, unit: Unit, name: Part, role: Part) -> None:
    uri = unit.get("CodeUri")
    names = {"Bucket": "Bucket", "Key": "Key", "Version": "VersionId"}
    code: Part = None if uri is None else s3_location(uri, names)
    logging = unit.get("LoggingConfig")
    service: dict[str, Part] = {
        "ExecutionRoleArn": role,
        "EnvironmentVariables": _environment(unit),
        "TelemetryConfig": None if logging is None else {"LoggingConfig": logging},
        "TimeoutSeconds": unit.get("Timeout") or _TIMEOUT_SECONDS,
        **pick(unit.properties, ("EgressNetworkConnectorArn", "MaxConcurrencyPerEnvironment")),
    }
    value: dict[str, Part] = {
        "FunctionName": name,
        "Description": unit.get("RevisionDescription"),
        "KmsKeyArn": unit.get("KmsKeyArn"),
        "BuildConfig": {"CodeConfig": {"S3Object": code}, "RuntimeConfig": {"Runtime": unit.get("Runtime")}},
        "ServiceConfig": service,
    }
    lowering.generate(
        unit,
        f"{unit.logical_id}Revision",
        "AWS::Lambda::WebFunctionRevision",
        value,
        Cause(unit.origin, f"revision of {unit.logical_id}"),
        attributes={"DependsOn": [unit.logical_id]},
    )


def _environment(unit: Unit) -> Part:
    """The variables, every value as text, with the one that names the entry point."""
    written = unit.get("EnvironmentVariables")
    variables = plain_map(written)
    if variables is None and written is not None:
        return written
    items: dict[str, Part] = {}
    for name, value in variables.items.items() if variables is not None else ():
        items[name] = _as_text(value)
    items.update({"AWS_LAMBDA_NODEJS_ENTRYPOINT": unit.get("EntryPoint")} if unit.get("EntryPoint") is not None else {})
    place = variables if variables is not None else unit.get("EntryPoint")
    return build(items, place, place.via, variables) if place is not None and items else None


def _as_text(node: Node) -> Node:
    text = text_of(node)
    if not isinstance(node, Scalar) or text is None or not node.plain:
        return node
    truth = flag(node)
    shown = text if truth is None else "true" if truth else "false"
    return Scalar(node.document, node.start, node.end, shown, False, node.via)


def _endpoint(lowering: Lowering, unit: Unit, name: Part) -> None:
    revision = f"{unit.logical_id}Revision"
    value: dict[str, Part] = {
        "FunctionName": name,
        "EndpointName": unit.get("EndpointName") or "prod",
        "EndpointType": unit.get("EndpointType") or "HomeRegion",
        "RevisionWeights": _weights(unit) or [{"RevisionId": get_att(revision, "RevisionId"), "Weight": 100}],
        "Regions": _regions(lowering, unit),
        "Description": unit.get("EndpointDescription"),
        **pick(unit.properties, ("AuthType", "ScalingConfig", "ThrottleConfig")),
    }
    lowering.generate(
        unit,
        f"{unit.logical_id}Endpoint",
        "AWS::Lambda::WebFunctionEndpoint",
        value,
        Cause(unit.origin, f"endpoint of {unit.logical_id}"),
        unit.properties,
        attributes={"DependsOn": [unit.logical_id, revision]},
        renamed={"Regions": "ReplicaRegions", "Description": "EndpointDescription"},
    )


def _weights(unit: Unit) -> list[Part]:
    written = plain_map(unit.get("RevisionWeights"))
    if written is None:
        return []
    return [
        build_map({"RevisionId": name, "Weight": weight}, written.key(name)) for name, weight in written.items.items()
    ]


def _regions(lowering: Lowering, unit: Unit) -> Part:
    """The regions that ``ReplicaRegions`` comes to: names and groups expanded, what is left out taken away."""
    written = unit.get("ReplicaRegions")
    if written is None or intrinsic(written) is not None:
        return written
    included = child(written, "IncludeRegions") if isinstance(written, Mapping) else written
    excluded = child(written, "ExcludeRegions")
    if not isinstance(included, Sequence):
        return []
    left_out, _ = _expanded(lowering, unit, each(excluded))
    regions, others = _expanded(lowering, unit, included.items)
    return build([*sorted(regions - left_out), *others], included, included.via)


def _expanded(lowering: Lowering, unit: Unit, items: list[Node]) -> tuple[set[str], list[Node]]:
    """The regions that texts stand for, and what is no text."""
    regions: set[str] = set()
    others: list[Node] = []
    for item in items:
        text = text_of(item)
        if text is None:
            others.append(item)
        elif text.upper() in REGION_GROUPS:
            regions.update(REGION_GROUPS[text.upper()])
        elif "-" in text:
            regions.add(text)
        else:
            why = f"{text} is no region and no group of regions that is known here; correct it"
            lowering.gap(f"ReplicaRegions of {unit.logical_id}", why, item)
    return regions, others
