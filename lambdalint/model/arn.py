"""Canonical ARNs of the resources of a stack, so that policies can be matched against them.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from lambdalint.data.services import RESOURCE_TYPES, ResourceType
from lambdalint.load.stack import Resource
from lambdalint.model.model import Model
from lambdalint.model.source import Source
from lambdalint.source.value import Given


def aliases_of(model: Model) -> dict[str, tuple[str, ...]]:
    """For each placeholder of a resource's ARN or name, the other texts that mean the same."""
    found: dict[str, tuple[str, ...]] = {}
    if model.live:
        return found
    for kind, row in RESOURCE_TYPES.items():
        for resource in model.declared(kind) if row.arn is not None else ():
            given = model.resolver.text(model.name_of(resource))
            name = given.value if isinstance(given, Given) else "${?}"
            own = f"${{{resource.logical_id}}}"
            # Ref of a queue is its URL, of the others their name: only a name may stand in an ARN.
            by_name = row.arn != "Ref" and kind != "AWS::SQS::Queue"
            found[_arn(resource, row)] = (_form(row, name), *((_form(row, own),) if by_name else ()))
            if by_name:
                found[own] = (name,)
            if kind == "AWS::SNS::Topic":
                found[f"${{{resource.logical_id}.TopicArn}}"] = found[own]
                found[f"${{{resource.logical_id}.TopicName}}"] = (name,)
            if kind == "AWS::DynamoDB::Table":
                found[f"${{{resource.logical_id}.Arn}}"] = (_form(row, name).partition("/stream")[0],)
            if kind == "AWS::SQS::Queue":
                found[f"${{{resource.logical_id}.QueueName}}"] = (name,)
    return found


def arn_of(source: Source, service: str) -> str | None:
    """The canonical ARN of what an action of ``service`` is done to; None where nothing is known of it."""
    if source.resource is None:
        if not source.label.startswith("arn:"):
            return None
        return f"{source.label}/*" if service == "s3" else source.label
    return resource_arn(source.resource, service)


def resource_arn(resource: Resource, service: str) -> str | None:
    """The canonical ARN of a resource of the stack; of its objects for a bucket, of its stream for a table."""
    if resource.arn is not None:
        return f"{resource.arn}/*" if service == "s3" else resource.arn
    row = RESOURCE_TYPES.get(resource.type)
    if row is None or row.arn is None:
        return (
            f"${{{resource.logical_id}}}" if resource.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"} else None
        )
    return f"{_arn(resource, row)}/*" if service == "s3" else _arn(resource, row)


def _arn(resource: Resource, row: ResourceType) -> str:
    """The reference that gives a resource's ARN."""
    return f"${{{resource.logical_id}}}" if row.arn == "Ref" else f"${{{resource.logical_id}.{row.arn}}}"


def _form(row: ResourceType, name: str) -> str:
    """The ARN of a resource of this account and region by its name."""
    here = ":" if row.service == "s3" else "${AWS::Region}:${AWS::AccountId}"
    stream = "/stream/${?}" if row.arn == "StreamArn" else ""
    return f"arn:${{AWS::Partition}}:{row.service}:{here}:{row.start}{name}{stream}"
