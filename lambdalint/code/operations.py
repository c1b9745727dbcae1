"""SDK method -> API operation -> IAM actions.

The plain rule, ``service:Operation``, holds for 95 of 100 operations; what stands here is the rest that functions
use. Services go by boto3's names; letter case never matters to IAM. Sources: botocore's service models, and
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from lambdalint.code.services import prefix

AS_OF = "2026-11-21"
SOURCE = "botocore 1.44.5 service models; AWS Service Authorization Reference"

_READ_WRITE = ("s3:GetObject", "s3:PutObject")

#: "boto3's service:operation" in lower case -> actions. An empty tuple: none is
# needed, or which one depends on the arguments.
EXCEPTIONS: dict[str, tuple[str, ...]] = {
    "s3:completemultipartupload": ("s3:PutObject",),
    "s3:copy": _READ_WRITE,
    "s3:copyobject": _READ_WRITE,
    "s3:createmultipartupload": ("s3:PutObject",),
    "s3:deletebucketcors": ("s3:PutBucketCORS",),
    "s3:deletebucketencryption": ("s3:PutEncryptionConfiguration",),
    "s3:deletebucketlifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:deletebucketreplication": ("s3:PutReplicationConfiguration",),
    "s3:deletebuckettagging": ("s3:PutBucketTagging",),
    "s3:deleteobjects": ("s3:DeleteObject",),
    "s3:deletepublicaccessblock": ("s3:PutBucketPublicAccessBlock",),
    "s3:getbucketaccelerateconfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:getbucketencryption": ("s3:GetEncryptionConfiguration",),
    "s3:getbucketlifecycle": ("s3:GetLifecycleConfiguration",),
    "s3:getbucketlifecycleconfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:getbucketnotificationconfiguration": ("s3:GetBucketNotification",),
    "s3:getbucketreplication": ("s3:GetReplicationConfiguration",),
    "s3:getobjectlockconfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:getpublicaccessblock": ("s3:GetBucketPublicAccessBlock",),
    "s3:headbucket": ("s3:ListBucket",),
    "s3:headobject": ("s3:GetObject",),
    "s3:listbuckets": ("s3:ListAllMyBuckets",),
    "s3:listmultipartuploads": ("s3:ListBucketMultipartUploads",),
    "s3:listobjectversions": ("s3:ListBucketVersions",),
    "s3:listobjects": ("s3:ListBucket",),
    "s3:listobjectsv2": ("s3:ListBucket",),
    "s3:listparts": ("s3:ListMultipartUploadParts",),
    "s3:putbucketaccelerateconfiguration": ("s3:PutAccelerateConfiguration",),
    "s3:putbucketencryption": ("s3:PutEncryptionConfiguration",),
    "s3:putbucketlifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:putbucketlifecycleconfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:putbucketnotificationconfiguration": ("s3:PutBucketNotification",),
    "s3:putbucketreplication": ("s3:PutReplicationConfiguration",),
    "s3:putobjectlockconfiguration": ("s3:PutBucketObjectLockConfiguration",),
    "s3:putpublicaccessblock": ("s3:PutBucketPublicAccessBlock",),
    "s3:selectobjectcontent": ("s3:GetObject",),
    "s3:uploadpart": ("s3:PutObject",),
    "s3:uploadpartcopy": _READ_WRITE,
    "s3:writegetobjectresponse": ("s3-object-lambda:WriteGetObjectResponse",),
    "dynamodb:batchexecutestatement": (),
    "dynamodb:executestatement": (),
    "dynamodb:executetransaction": (),
    "dynamodb:transactgetitems": ("dynamodb:GetItem",),
    "dynamodb:transactwriteitems": (),
    "sqs:changemessagevisibilitybatch": ("sqs:ChangeMessageVisibility",),
    "sqs:deletemessagebatch": ("sqs:DeleteMessage",),
    "sqs:sendmessagebatch": ("sqs:SendMessage",),
    "sns:publishbatch": ("sns:Publish",),
    "lambda:invoke": ("lambda:InvokeFunction",),
    "lambda:invokeasync": ("lambda:InvokeFunction",),
    "lambda:invokewithresponsestream": ("lambda:InvokeFunction",),
    "lambda:getlayerversionbyarn": ("lambda:GetLayerVersion",),
    "kms:reencrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "bedrock-runtime:converse": ("bedrock:InvokeModel",),
    "bedrock-runtime:conversestream": ("bedrock:InvokeModelWithResponseStream",),
    "bedrock-runtime:invokemodelwithbidirectionalstream": ("bedrock:InvokeModel",),
    "bedrock-runtime:startasyncinvoke": ("bedrock:InvokeModel",),
    "bedrock-agent-runtime:retrieveandgeneratestream": ("bedrock:RetrieveAndGenerate",),
    "apigatewaymanagementapi:deleteconnection": ("execute-api:ManageConnections",),
    "apigatewaymanagementapi:getconnection": ("execute-api:ManageConnections",),
    "apigatewaymanagementapi:posttoconnection": ("execute-api:ManageConnections",),
    "timestream-query:query": ("timestream:Select",),
    "rds-data:executestatement": ("rds-data:ExecuteStatement", "secretsmanager:GetSecretValue"),
    "rds-data:batchexecutestatement": ("rds-data:BatchExecuteStatement", "secretsmanager:GetSecretValue"),
    "ecs:runtask": ("ecs:RunTask", "iam:PassRole"),
    "scheduler:createschedule": ("scheduler:CreateSchedule", "iam:PassRole"),
    "sts:getcalleridentity": (),
    "sts:getaccesskeyinfo": (),
}

# Operations that anyone may call: they prove who the user is by what they are given, not by IAM.
_PUBLIC_NAMES = """
cognito-idp:associatesoftwaretoken cognito-idp:changepassword cognito-idp:completewebauthnregistration
cognito-idp:confirmdevice cognito-idp:confirmforgotpassword cognito-idp:confirmsignup cognito-idp:deleteuser
cognito-idp:deleteuserattributes cognito-idp:deletewebauthncredential cognito-idp:forgetdevice
cognito-idp:forgotpassword cognito-idp:getdevice cognito-idp:gettokensfromrefreshtoken cognito-idp:getuser
cognito-idp:getuserattributeverificationcode cognito-idp:getuserauthfactors cognito-idp:globalsignout
cognito-idp:initiateauth cognito-idp:listdevices cognito-idp:listwebauthncredentials
cognito-idp:resendconfirmationcode cognito-idp:respondtoauthchallenge cognito-idp:revoketoken
cognito-idp:setusermfapreference cognito-idp:setusersettings cognito-idp:signup
cognito-idp:startwebauthnregistration cognito-idp:updatedevicestatus cognito-idp:updateuserattributes
cognito-idp:verifysoftwaretoken cognito-idp:verifyuserattribute
cognito-identity:getcredentialsforidentity cognito-identity:getid cognito-identity:getopenidtoken
cognito-identity:unlinkidentity
sts:assumerolewithsaml sts:assumerolewithwebidentity
"""
_PUBLIC = frozenset(_PUBLIC_NAMES.split())

#: Client methods that are no operation: what they need instead, as an operation of the same service; None for nothing.
BOTO3_METHODS: dict[str, str | None] = {
    "can_paginate": None,
    "close": None,
    "copy": "Copy",
    "download_file": "GetObject",
    "download_fileobj": "GetObject",
    "generate_db_auth_token": None,
    "generate_presigned_post": "PutObject",
    "upload_file": "PutObject",
    "upload_fileobj": "PutObject",
}

NODE_METHODS: dict[str, str | None] = {
    "config": None,
    "createPresignedPost": "PutObject",
    "destroy": None,
    "makeRequest": None,
    "on": None,
    "setupRequestListeners": None,
    "upload": "PutObject",
}

#: Methods of DynamoDB's document clients; with a capital and "Command" added, also the commands of lib-dynamodb.
DOCUMENT_METHODS: dict[str, str] = {
    "batchGet": "BatchGetItem",
    "batchWrite": "BatchWriteItem",
    "batchExecuteStatement": "BatchExecuteStatement",
    "delete": "DeleteItem",
    "executeStatement": "ExecuteStatement",
    "executeTransaction": "ExecuteTransaction",
    "get": "GetItem",
    "put": "PutItem",
    "query": "Query",
    "scan": "Scan",
    "transactGet": "TransactGetItems",
    "transactWrite": "TransactWriteItems",
    "update": "UpdateItem",
}

#: boto3's resources: how one is had from its parent, (service, method) -> (kind, argument that its identifier is).
RESOURCES: dict[tuple[str, str], tuple[str, str]] = {
    ("dynamodb", "Table"): ("Table", "TableName"),
    ("dynamodb", "create_table"): ("Table", "TableName"),
    ("s3", "Bucket"): ("Bucket", "Bucket"),
    ("s3", "BucketPolicy"): ("BucketPolicy", "Bucket"),
    ("s3", "Object"): ("Object", "Bucket"),
    ("s3", "ObjectSummary"): ("Object", "Bucket"),
    ("sqs", "Queue"): ("Queue", "QueueUrl"),
    ("sqs", "get_queue_by_name"): ("Queue", "QueueName"),
    ("sqs", "Message"): ("Message", "QueueUrl"),
    ("sns", "Topic"): ("Topic", "TopicArn"),
    ("sns", "PlatformEndpoint"): ("PlatformEndpoint", "TargetArn"),
}

#: What a method of a resource calls: (kind, method) -> operation, None for nothing.
RESOURCE_METHODS: dict[tuple[str, str], str | None] = {
    ("dynamodb", "batch_get_item"): "BatchGetItem",
    ("dynamodb", "batch_write_item"): "BatchWriteItem",
    ("dynamodb", "create_table"): "CreateTable",
    ("Table", "batch_writer"): "BatchWriteItem",
    ("Table", "delete"): "DeleteTable",
    ("Table", "delete_item"): "DeleteItem",
    ("Table", "get_item"): "GetItem",
    ("Table", "load"): "DescribeTable",
    ("Table", "put_item"): "PutItem",
    ("Table", "query"): "Query",
    ("Table", "reload"): "DescribeTable",
    ("Table", "scan"): "Scan",
    ("Table", "update"): "UpdateTable",
    ("Table", "update_item"): "UpdateItem",
    ("Table", "wait_until_exists"): "DescribeTable",
    ("BatchWriter", "delete_item"): None,
    ("BatchWriter", "put_item"): None,
    ("s3", "create_bucket"): "CreateBucket",
    ("Bucket", "copy"): "Copy",
    ("Bucket", "delete_objects"): "DeleteObjects",
    ("Bucket", "download_file"): "GetObject",
    ("Bucket", "download_fileobj"): "GetObject",
    ("Bucket", "put_object"): "PutObject",
    ("Bucket", "upload_file"): "PutObject",
    ("Bucket", "upload_fileobj"): "PutObject",
    ("Object", "copy"): "Copy",
    ("Object", "copy_from"): "CopyObject",
    ("Object", "delete"): "DeleteObject",
    ("Object", "download_file"): "GetObject",
    ("Object", "download_fileobj"): "GetObject",
    ("Object", "get"): "GetObject",
    ("Object", "load"): "HeadObject",
    ("Object", "put"): "PutObject",
    ("Object", "upload_file"): "PutObject",
    ("Object", "upload_fileobj"): "PutObject",
    ("objects", "all"): "ListObjects",
    ("objects", "filter"): "ListObjects",
    ("objects", "limit"): "ListObjects",
    ("sqs", "get_queue_by_name"): "GetQueueUrl",
    ("Queue", "delete_messages"): "DeleteMessageBatch",
    ("Queue", "purge"): "PurgeQueue",
    ("Queue", "receive_messages"): "ReceiveMessage",
    ("Queue", "send_message"): "SendMessage",
    ("Queue", "send_messages"): "SendMessageBatch",
    ("Message", "change_visibility"): "ChangeMessageVisibility",
    ("Message", "delete"): "DeleteMessage",
    ("Topic", "publish"): "Publish",
    ("Topic", "subscribe"): "Subscribe",
    ("PlatformEndpoint", "publish"): "Publish",
}


def operation(method: str) -> str:
    """The operation that a boto3 method calls: ``put_item`` gives PutItem. Letter case may differ from AWS's."""
    return "".join(part[:1].upper() + part[1:] for part in method.split("_"))


def actions(service: str, operation: str) -> tuple[str, ...]:
    """The IAM actions that an operation needs; empty when it needs none or they depend on its arguments."""
    key = f"{service}:{operation}".lower()
    found = EXCEPTIONS.get(key)
    if found is not None:
        return found
    if key in _PUBLIC:
        return ()
    if service in ("apigateway", "apigatewayv2"):
        return _verb(operation)
    return (f"{prefix(service)}:{operation}",)


# API Gateway's actions are the methods of its REST API:
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
_VERBS = {"Create": "POST", "Delete": "DELETE", "Export": "GET", "Get": "GET", "Put": "PUT", "Update": "PATCH"}


def _verb(operation: str) -> tuple[str, ...]:
    found = next((verb for start, verb in _VERBS.items() if operation.startswith(start)), None)
    return (f"apigateway:{found}",) if found is not None else ()
