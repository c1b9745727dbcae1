"""The execution role that SAM creates for a function without ``Role``, and the tags that SAM adds.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    branches,
    build,
    flag,
    get_att,
    intrinsic,
    is_no_value,
    plain_map,
    sub,
    text_of,
)
from lambdalint.load.sam.lowering import Cause, Lowering, Unit, fingerprint
from lambdalint.load.sam.policies import attach
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

_SERVICE_ROLE = "arn:aws:iam::aws:policy/service-role/"
BASIC = f"{_SERVICE_ROLE}AWSLambdaBasicExecutionRole"
DURABLE = f"{_SERVICE_ROLE}AWSLambdaBasicDurableExecutionRolePolicy"
VPC = f"{_SERVICE_ROLE}AWSLambdaVPCAccessExecutionRole"
XRAY = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"

_SAM_TAG: dict[str, Part] = {"Key": "lambda:createdBy", "Value": "SAM"}

#: By ``Type`` of a destination: action that the execution role needs (S3 needs two, see ``send_grant``).
_SEND_ACTIONS = {
    "SQS": "sqs:SendMessage",
    "SNS": "sns:publish",
    "Lambda": "lambda:InvokeFunction",
    "EventBridge": "events:PutEvents",
}


def trust(service: str) -> dict[str, Part]:
    """A policy document that lets a service assume the role."""
    statement: dict[str, Part] = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole"],
        "Principal": {"Service": [service]},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def inline(name: str, statements: list[Part], version: bool = True) -> dict[str, Part]:
    """An inline policy of a role."""
    document: dict[str, Part] = {"Version": "2012-10-17"} if version else {}
    document["Statement"] = statements
    return {"PolicyName": name, "PolicyDocument": document}


def allow(actions: str | list[Part], resource: Part) -> dict[str, Part]:
    """A statement that allows actions on a resource."""
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def send_grant(logical_id: str, kind: str, destination: Part, origin: Node, via: str) -> Node | None:
    """The inline policy that lets a role send to a destination; None for types that need none."""
    if kind in ("S3", "S3Bucket"):
        objects: dict[str, Part] = {"Fn::Join": ["/", [destination, "*"]]}
        statements: list[Part] = [allow("s3:PutObject", objects), allow("s3:ListBucket", destination)]
        return build(inline(f"{logical_id}S3Policy", statements, version=False), origin, via)
    action = _SEND_ACTIONS.get(kind)
    if action is None:
        return None
    return build(inline(f"{logical_id}{kind}Policy", [allow(action, destination)], version=False), origin, via)


def tag_list(unit: Unit, created_by: str | None) -> list[Part]:
    """Tags as CloudFormation wants them: a list of Key and Value, with SAM's own tag in front."""
    written = unit.get("Tags")
    tags: list[Part] = []
    if created_by is not None and flag(unit.get("PropagateTags")) is not True:
        tags.append({"Key": created_by, "Value": "SAM"})
    if isinstance(written, Sequence):
        tags.extend(written.items)
    elif isinstance(written, Mapping) and intrinsic(written) is None:
        for key, value in written.items.items():
            place = written.key(key)
            name = Scalar(place.document, place.start, place.end, key, False, place.via)
            tags.append({"Key": name, "Value": value})
    return tags


def tags_of(unit: Unit, created_by: str | None) -> Part:
    """``tag_list``, or the intrinsic function that stands for the whole; None where there is no tag."""
    written = unit.get("Tags")
    return written if intrinsic(written) is not None else tag_list(unit, created_by) or None


def own_tags(unit: Unit) -> list[Part]:
    """Written tags, and SAM's own behind them."""
    return [*tag_list(unit, None), _SAM_TAG]


def role_tags(unit: Unit) -> list[Part]:
    """SAM's own tag, behind the written ones where ``PropagateTags`` hands them on to the role."""
    return own_tags(unit) if flag(unit.get("PropagateTags")) is True else [_SAM_TAG]


def propagated_tags(unit: Unit) -> Part:
    """Tags that a unit hands on to what it generates, where ``PropagateTags`` asks for it."""
    return tags_of(unit, None) if flag(unit.get("PropagateTags")) is True else None


def function_role(lowering: Lowering, unit: Unit) -> Part:
    """Create the execution role where the function has none; what stands in ``Role`` of the function."""
    role = unit.get("Role")
    logical_id = f"{unit.logical_id}Role"
    cause = Cause(unit.origin, f"execution role of {unit.logical_id}")
    condition = None
    stands: Part = build(get_att(logical_id, "Arn"), cause.origin, cause.via)
    if role is not None:
        parts = branches(role)
        if parts is None or is_no_value(parts[1]) == is_no_value(parts[2]):
            return role
        name, yes, no = parts
        missing_when_true = is_no_value(yes)
        condition = name if missing_when_true else lowering.negate(name, cause)
        chosen: list[Part] = [name, stands, no] if missing_when_true else [name, yes, stands]
        stands = build({"Fn::If": chosen}, role, cause.via)
    _create(lowering, unit, logical_id, cause, condition)
    return stands


def _create(lowering: Lowering, unit: Unit, logical_id: str, cause: Cause, condition: str | None) -> None:
    managed: list[Part] = [DURABLE if unit.get("DurableConfig") is not None else BASIC]
    inlined: list[Part] = []
    if unit.get("Tracing") is not None and text_of(unit.get("Tracing")) != "Disabled":
        managed.append(build(XRAY, unit.properties.key("Tracing"), "Tracing"))
    if unit.get("VpcConfig") is not None:
        managed.append(build(VPC, unit.properties.key("VpcConfig"), "VpcConfig"))
    inlined.extend(_dead_letter_grant(unit))
    attached = attach(lowering, unit.get("Policies"), logical_id, cause)
    managed.extend(attached.managed)
    inlined.extend(attached.inline)
    managed.extend(unit.grants.managed)
    inlined.extend(_different(unit.grants.inline))
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": unit.get("AssumeRolePolicyDocument") or trust("lambda.amazonaws.com"),
        "ManagedPolicyArns": without_repeats(managed),
        "Policies": inlined or None,
        "Path": unit.get("RolePath"),
        "PermissionsBoundary": unit.get("PermissionsBoundary"),
        "Tags": tags_of(unit, "lambda:createdBy"),
    }
    lowering.generate(unit, logical_id, "AWS::IAM::Role", value, cause, condition=condition)


def without_repeats(managed: list[Part]) -> list[Part]:
    """Managed policies, each once."""
    seen: set[str] = set()
    kept: list[Part] = []
    for entry in managed:
        text = entry if isinstance(entry, str) else entry.text if isinstance(entry, Scalar) else None
        if text is not None and text in seen:
            continue
        if text is not None:
            seen.add(text)
        kept.append(entry)
    return kept


def _different(policies: list[Node]) -> list[Node]:
    """Policies without those that say the same again: two events on one cluster need one grant."""
    if len(policies) < 2:
        return policies
    return list({fingerprint(policy): policy for policy in reversed(policies)}.values())[::-1]


def _dead_letter_grant(unit: Unit) -> list[Part]:
    queue = plain_map(unit.get("DeadLetterQueue"))
    if queue is None:
        return []
    action = {"SQS": "sqs:SendMessage", "SNS": "sns:Publish"}.get(text_of(queue.get("Type")) or "")
    target = queue.get("TargetArn")
    if action is None or target is None:
        return []
    return [build(inline("DeadLetterQueuePolicy", [allow(action, target)]), queue, "DeadLetterQueue")]


def kms_key(key: Part) -> dict[str, Part]:
    """The ARN of a key of this account from its id."""
    prefix = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/"
    if isinstance(key, str):
        return sub(prefix + key)
    if isinstance(key, Scalar):
        return sub(prefix + key.text)
    return sub(prefix + "${key}", key=key)
