"""Canonical ARNs of the resources of a stack, so that policies can be matched against them.

Formats: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from lambdalint.load.stack import Resource
from lambdalint.model.model import Model
from lambdalint.model.source import Source
from lambdalint.source.value import Given

_HERE = "${AWS::Region}:${AWS::AccountId}"

#: type -> (attribute that is the ARN; None when Ref is, name property, ARN with <name> for the name)
_FORMS: dict[str, tuple[str | None, str, str]] = {
    "AWS::SQS::Queue": ("Arn", "QueueName", "arn:${AWS::Partition}:sqs:" + _HERE + ":<name>"),
    "AWS::SNS::Topic": (None, "TopicName", "arn:${AWS::Partition}:sns:" + _HERE + ":<name>"),
    "AWS::Kinesis::Stream": ("Arn", "Name", "arn:${AWS::Partition}:kinesis:" + _HERE + ":stream/<name>"),
    "AWS::DynamoDB::Table": (
        "StreamArn",
        "TableName",
        "arn:${AWS::Partition}:dynamodb:" + _HERE + ":table/<name>/stream/${?}",
    ),
    "AWS::S3::Bucket": ("Arn", "BucketName", "arn:${AWS::Partition}:s3:::<name>"),
    "AWS::Lambda::Function": ("Arn", "FunctionName", "arn:${AWS::Partition}:lambda:" + _HERE + ":function:<name>"),
    "AWS::Events::EventBus": ("Arn", "Name", "arn:${AWS::Partition}:events:" + _HERE + ":event-bus/<name>"),
}


def aliases_of(model: Model) -> dict[str, tuple[str, ...]]:
    """For each placeholder of a resource's ARN or name, the other texts that mean the same."""
    found: dict[str, tuple[str, ...]] = {}
    if model.live:
        return found
    for kind, (attribute, name_property, form) in _FORMS.items():
        for resource in model.declared(kind):
            given = model.resolver.text(resource.properties.get(name_property))
            name = given.value if isinstance(given, Given) else "${?}"
            own = f"${{{resource.logical_id}}}"
            arn = f"${{{resource.logical_id}.{attribute}}}" if attribute is not None else own
            # Ref of a queue is its URL, of the others their name: only a name may stand in an ARN.
            by_name = attribute is not None and kind != "AWS::SQS::Queue"
            found[arn] = (form.replace("<name>", name), *((form.replace("<name>", own),) if by_name else ()))
            if by_name:
                found[own] = (name,)
            if kind == "AWS::SNS::Topic":
                found[f"${{{resource.logical_id}.TopicArn}}"] = found[arn]
                found[f"${{{resource.logical_id}.TopicName}}"] = (name,)
            if kind == "AWS::DynamoDB::Table":
                found[f"${{{resource.logical_id}.Arn}}"] = (form.replace("<name>", name).partition("/stream")[0],)
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
    form = _FORMS.get(resource.type)
    if form is None:
        return (
            f"${{{resource.logical_id}}}" if resource.type in {"AWS::Lambda::Alias", "AWS::Lambda::Version"} else None
        )
    attribute = form[0]
    arn = f"${{{resource.logical_id}.{attribute}}}" if attribute is not None else f"${{{resource.logical_id}}}"
    return f"{arn}/*" if service == "s3" else arn
