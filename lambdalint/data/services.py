"""ARNs: their parts, the types of resources that they name, and how these are named otherwise.

Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html. Text may hold ``${...}`` for what is known
only at deployment; a colon inside such a part does not divide the ARN.
"""

from __future__ import annotations

import re

from lambdalint.record import record

SOURCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/"
AS_OF = "2026-11-21"

_PART = re.compile(r"(?:\$\{[^}]*\}|[^:])*")


@record
class Arn:
    """The parts of an ARN after ``arn:``; ``resource`` is all that follows the fifth colon."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN, or None for text that is none or hides its division (``${Queue.Arn}``)."""
    parts: list[str] = []
    end = 0
    while len(parts) < 5:
        found = _PART.match(text, end)
        assert found is not None  # the pattern also matches nothing
        end = found.end()
        if end >= len(text):
            return None
        parts.append(found[0])
        end += 1
    start, partition, service, region, account = parts
    return Arn(partition, service, region, account, text[end:]) if start == "arn" else None


@record
class ResourceType:
    """A type of resource that functions have to do with, and how it is named.

    ``service`` and ``start``: the service of its ARNs, and how their resource part begins. ``word``: what rules call it
    as the source of events or the target of failures. ``name``: the property that is its physical name. ``arn``: the
    attribute that is its ARN, where policies are matched against it; ``Ref`` where that gives it.
    """

    type: str
    service: str
    start: str
    word: str | None = None
    name: str | None = None
    arn: str | None = None


#: Of several types of a service the first that has a name is what its ARNs name.
RESOURCE_TYPES: dict[str, ResourceType] = {
    row.type: row
    for row in (
        ResourceType("AWS::SQS::Queue", "sqs", "", "sqs", "QueueName", "Arn"),
        ResourceType("AWS::SNS::Topic", "sns", "", "sns", "TopicName", "Ref"),
        ResourceType("AWS::Kinesis::Stream", "kinesis", "stream/", "kinesis", "Name", "Arn"),
        ResourceType("AWS::Kinesis::StreamConsumer", "kinesis", "stream/", "kinesis"),
        # What is read and granted of a table as a source is its stream.
        ResourceType("AWS::DynamoDB::Table", "dynamodb", "table/", "dynamodb", "TableName", "StreamArn"),
        ResourceType("AWS::DynamoDB::GlobalTable", "dynamodb", "table/", "dynamodb", "TableName"),
        ResourceType("AWS::S3::Bucket", "s3", "", "s3", "BucketName", "Arn"),
        ResourceType("AWS::Lambda::Function", "lambda", "function:", "lambda", "FunctionName", "Arn"),
        ResourceType("AWS::Lambda::Alias", "lambda", "function:", "lambda"),
        ResourceType("AWS::Lambda::Version", "lambda", "function:", "lambda"),
        ResourceType("AWS::Events::EventBus", "events", "event-bus/", "events", "Name", "Arn"),
        ResourceType("AWS::MSK::Cluster", "kafka", "cluster/", "msk"),
        ResourceType("AWS::MSK::ServerlessCluster", "kafka", "cluster/", "msk"),
        ResourceType("AWS::AmazonMQ::Broker", "mq", "broker:", "mq"),
        ResourceType("AWS::DocDB::DBCluster", "rds", "cluster:", "documentdb"),
        ResourceType("AWS::IAM::Role", "iam", "role/", None, "RoleName"),
        ResourceType("AWS::Logs::LogGroup", "logs", "log-group:", None, "LogGroupName"),
    )
}


def word_of(arn: str) -> str | None:
    """What rules call the kind of source or target that an ARN names: ``sqs``, ``msk``, ...; None where it does not
    show it."""
    found = parse_arn(arn)
    return _WORDS.get(found.service) if found is not None else None


def type_named(arn: Arn) -> tuple[str, str] | None:
    """CloudFormation's type of what an ARN names, and its name; None for kinds of resources without names."""
    row = _NAMED.get(arn.service)
    return (row.type, arn.resource.removeprefix(row.start)) if row is not None else None


_WORDS = {row.service: row.word for row in RESOURCE_TYPES.values() if row.word is not None}
_NAMED = {row.service: row for row in reversed(RESOURCE_TYPES.values()) if row.name is not None}
