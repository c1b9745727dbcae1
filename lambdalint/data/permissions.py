"""Actions that the execution role needs for what the configuration asks of Lambda.

Sources: the developer guide's pages on each event source, on destinations and on VPC access, and the AWS managed
policies AWSLambdaSQSQueueExecutionRole, AWSLambdaKinesisExecutionRole, AWSLambdaDynamoDBExecutionRole and
AWSLambdaVPCAccessExecutionRole.
"""

from __future__ import annotations

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-permissions.html"
AS_OF = "2026-11-21"

#: Source type -> what polling needs. Kinesis accepts DescribeStream or DescribeStreamSummary, so neither stands here.
POLLING_ACTIONS: dict[str, tuple[str, ...]] = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
}

#: Target type -> what sending failures or results there needs. S3 also needs s3:ListBucket on the bucket itself.
DESTINATION_ACTIONS: dict[str, tuple[str, ...]] = {
    "sqs": ("sqs:SendMessage",),
    "sns": ("sns:Publish",),
    "lambda": ("lambda:InvokeFunction",),
    "events": ("events:PutEvents",),
    "s3": ("s3:PutObject",),
}

#: Writes to a table of which a record appears in its stream.
TABLE_WRITES: tuple[str, ...] = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
)

#: SAM policy templates that allow reading and writing alike, so that who names one need not mean to write.
#: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
TEMPLATES_FOR_EVERY_USE: frozenset[str] = frozenset(
    {
        "CodeCommitCrudPolicy",
        "DynamoDBCrudPolicy",
        "FirehoseCrudPolicy",
        "KinesisCrudPolicy",
        "S3CrudPolicy",
        "SESBulkTemplatedCrudPolicy",
        "SESBulkTemplatedCrudPolicy_v2",
        "SESCrudPolicy",
        "SESEmailTemplateCrudPolicy",
        "SNSCrudPolicy",
    }
)

#: What a function in a VPC needs to get its network interfaces.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
NETWORK_ACTIONS: tuple[str, ...] = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
)

#: Actions whose repetition does harm: a second message, a second charge, a second job. Writes that are naturally
#: repeatable (put an object, put an item under the event's key, delete) are not among them.
REPEATABLE_NEVER: tuple[str, ...] = (
    "sns:Publish",
    "sqs:SendMessage",
    "ses:SendEmail",
    "ses:SendRawEmail",
    "ses:SendTemplatedEmail",
    "events:PutEvents",
    "lambda:InvokeFunction",
    "states:StartExecution",
    "states:StartSyncExecution",
    "kinesis:PutRecord",
    "kinesis:PutRecords",
    "firehose:PutRecord",
    "firehose:PutRecordBatch",
    "mobiletargeting:SendMessages",
    "batch:SubmitJob",
    "ecs:RunTask",
    "glue:StartJobRun",
    "rds-data:ExecuteStatement",
)

#: Those of them that hand an event on to a consumer which must expect repetition anyway. A role that allows one of them
#: says less about harm than one that allows sending mail or starting a job.
PASSED_ON: frozenset[str] = frozenset(
    {
        "sqs:SendMessage",
        "events:PutEvents",
        "lambda:InvokeFunction",
        "kinesis:PutRecord",
        "kinesis:PutRecords",
        "firehose:PutRecord",
        "firehose:PutRecordBatch",
        "rds-data:ExecuteStatement",
    }
)
