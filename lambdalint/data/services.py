"""ARNs: their parts, and what kind of resource or event source they name.

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


# Service of the ARN, then how its resource part begins (matched in order), then CloudFormation's type.
_TYPES: tuple[tuple[str, str, str], ...] = (
    ("dynamodb", "table/", "AWS::DynamoDB::Table"),
    ("ecr", "repository/", "AWS::ECR::Repository"),
    ("ecs", "cluster/", "AWS::ECS::Cluster"),
    ("elasticfilesystem", "access-point/", "AWS::EFS::AccessPoint"),
    ("elasticfilesystem", "file-system/", "AWS::EFS::FileSystem"),
    ("events", "event-bus/", "AWS::Events::EventBus"),
    ("events", "rule/", "AWS::Events::Rule"),
    ("firehose", "deliverystream/", "AWS::KinesisFirehose::DeliveryStream"),
    ("iam", "role/", "AWS::IAM::Role"),
    ("kafka", "cluster/", "AWS::MSK::Cluster"),
    ("kinesis", "stream/", "AWS::Kinesis::Stream"),
    ("kms", "alias/", "AWS::KMS::Alias"),
    ("kms", "key/", "AWS::KMS::Key"),
    ("lambda", "event-source-mapping:", "AWS::Lambda::EventSourceMapping"),
    ("lambda", "function:", "AWS::Lambda::Function"),
    ("lambda", "layer:", "AWS::Lambda::LayerVersion"),
    ("logs", "log-group:", "AWS::Logs::LogGroup"),
    ("mq", "broker:", "AWS::AmazonMQ::Broker"),
    ("rds", "cluster:", "AWS::RDS::DBCluster"),
    ("s3", "", "AWS::S3::Bucket"),
    ("secretsmanager", "secret:", "AWS::SecretsManager::Secret"),
    ("sns", "", "AWS::SNS::Topic"),
    ("sqs", "", "AWS::SQS::Queue"),
    ("ssm", "parameter/", "AWS::SSM::Parameter"),
    ("states", "stateMachine:", "AWS::StepFunctions::StateMachine"),
)

_SOURCES: dict[str, str] = {
    "dynamodb": "dynamodb",
    "kafka": "msk",
    "kinesis": "kinesis",
    "mq": "mq",
    "rds": "documentdb",
    "sqs": "sqs",
}


def cloudformation_type(arn: str) -> str | None:
    """CloudFormation's type of what an ARN names (``AWS::SQS::Queue``), or None where this table has no row."""
    found = parse_arn(arn)
    if found is None:
        return None
    for service, start, name in _TYPES:
        if service == found.service and found.resource.startswith(start):
            return name
    return None


def source_kind(arn: str) -> str | None:
    """Kind of event source that a mapping's ``EventSourceArn`` names: ``sqs``, ``kinesis``, ``dynamodb``, ``msk``,
    ``mq`` or ``documentdb``; None where the ARN does not show it."""
    found = parse_arn(arn)
    return _SOURCES.get(found.service) if found is not None else None
