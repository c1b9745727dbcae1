"""Where the published IAM data is not the whole truth about ``Resource: "*"``, and names that are often mistaken.

Every row has its reason. Sources: the managed policies of AWS, which are its own opinion about what needs ``*``, and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from lambdalint.record import record

SOURCE = "AWSLambda*ExecutionRole managed policies; IAM and service user guides"
AS_OF = "2026-11-21"

Need: TypeAlias = Literal["always", "vpc", "mapping", "sms", "never"]


@record
class Override:
    """What ``Resource: "*"`` means for an action, against the published tier.

    ``star`` says when ``*`` is right: ``always``; for a function in a VPC (``vpc``); for the function of an event
    source mapping (``mapping``); for text messages straight to a phone number (``sms``); or ``never``, although the
    published data would allow it.
    """

    star: Need
    reason: str


_VPC = "network interfaces of a function in a VPC have no ARN that is known before deployment; AWS's policy uses *"
_LOGS = "AWSLambdaBasicExecutionRole grants it on *; the log group's name often depends on the function's"
_DURABLE = "AWSLambdaBasicDurableExecutionRolePolicy grants it on *, as the function cannot name itself"
_BROKER = "AWS's own policy for the mapping grants it on *, and it only reads the cluster's description"

OVERRIDES: dict[str, Override] = {
    "ec2:createnetworkinterface": Override("vpc", _VPC),
    "ec2:deletenetworkinterface": Override("vpc", _VPC),
    "ec2:assignprivateipaddresses": Override("vpc", _VPC),
    "ec2:unassignprivateipaddresses": Override("vpc", _VPC),
    "logs:createloggroup": Override("always", _LOGS),
    "logs:createlogstream": Override("always", _LOGS),
    "logs:putlogevents": Override("always", _LOGS),
    "lambda:checkpointdurableexecution": Override("always", _DURABLE),
    "lambda:getdurableexecutionstate": Override("always", _DURABLE),
    "s3-object-lambda:writegetobjectresponse": Override(
        "always", "AmazonS3ObjectLambdaExecutionRolePolicy grants it on *; the answer goes to the caller alone"
    ),
    "sns:publish": Override("sms", "a text message to a phone number has no topic, so only * allows it"),
    "mq:describebroker": Override("mapping", _BROKER),
    "kafka:describecluster": Override("mapping", _BROKER),
    "kafka:describeclusterv2": Override("mapping", _BROKER),
    "rds:describedbclusterparameters": Override("mapping", _BROKER),
    "events:putevents": Override("never", "the event bus can always be named, and naming it is AWS's advice"),
}

#: Services that mark none of an action's kinds of resource as required because they are alternatives: an object or an
#: object of an access point, a cluster or a workgroup. One of them is always there, so the action can always name it.
ALTERNATIVES: frozenset[str] = frozenset({"es", "events", "execute-api", "redshift-data", "s3"})

#: Names of API operations that people write as actions, and the action that IAM checks instead.
OPERATIONS: dict[str, str] = {
    "bedrock:converse": "bedrock:InvokeModel",
    "bedrock:conversestream": "bedrock:InvokeModelWithResponseStream",
    "dynamodb:transactgetitems": "dynamodb:GetItem",
    "dynamodb:transactwriteitems": "dynamodb:PutItem",
    "dynamodb:batchexecutestatement": "dynamodb:PartiQLSelect",
    "dynamodb:executestatement": "dynamodb:PartiQLSelect",
    "dynamodb:executetransaction": "dynamodb:PartiQLSelect",
    "lambda:checkpointdurableexecutions": "lambda:CheckpointDurableExecution",
    "lambda:getdurableexecutionstates": "lambda:GetDurableExecutionState",
    "lambda:invoke": "lambda:InvokeFunction",
    "lambda:invokewithresponsestream": "lambda:InvokeFunction",
    "s3:completemultipartupload": "s3:PutObject",
    "s3:copyobject": "s3:PutObject",
    "s3:createmultipartupload": "s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:listbuckets": "s3:ListAllMyBuckets",
    "s3:listobjects": "s3:ListBucket",
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:selectobjectcontent": "s3:GetObject",
    "s3:uploadpart": "s3:PutObject",
    "sns:publishbatch": "sns:Publish",
    "sqs:changemessagevisibilitybatch": "sqs:ChangeMessageVisibility",
    "sqs:deletemessagebatch": "sqs:DeleteMessage",
    "sqs:sendmessagebatch": "sqs:SendMessage",
}

#: Names of SDK clients that people write as prefixes, and the prefix that IAM uses.
SERVICES: dict[str, str] = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudwatch-events": "events",
    "cognito-identity-provider": "cognito-idp",
    "docdb": "rds",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "eventbridge": "events",
    "iot-data": "iot",
    "msk": "kafka",
    "opensearchserverless": "aoss",
    "pinpoint": "mobiletargeting",
    "sesv2": "ses",
    "sfn": "states",
    "stepfunctions": "states",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
}
