"""Webhooks, storage and single tables of ``serverless-lift``.

https://github.com/getlift/lift (as of 1.37.7)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, flag, get_att, ref, text_of
from lambdalint.load.serverless.lift import Construct, add_function, add_resource, extend
from lambdalint.load.serverless.naming import function_id, upper_first
from lambdalint.load.serverless.service import Service, is_true, listed
from lambdalint.source.node import Mapping, Node, Scalar, Sequence

_LOCAL_INDEXES = 5
_STORAGE: list[Part] = [
    f"s3:{name}"
    for name in (
        "PutObject",
        "GetObject",
        "DeleteObject",
        "ListBucket",
        "GetObjectAcl",
        "PutObjectAcl",
        "GetObjectTagging",
        "PutObjectTagging",
        "DeleteObjectTagging",
        "GetObjectAttributes",
        "AbortMultipartUpload",
        "ListMultipartUploadParts",
        "ListBucketMultipartUploads",
        "RestoreObject",
    )
]
_TABLE: list[Part] = [
    f"dynamodb:{name}"
    for name in (
        "GetItem",
        "BatchGetItem",
        "Query",
        "Scan",
        "PutItem",
        "DeleteItem",
        "BatchWriteItem",
        "UpdateItem",
        "ConditionCheckItem",
    )
]


def _document(*statements: Part) -> Part:
    return {"Version": "2012-10-17", "Statement": list(statements)}


# --- webhooks ---------------------------------------------------------------------------------------------------------


def add_webhook(service: Service, construct: Construct) -> None:
    """An HTTP API that puts what it is sent on an event bus, and the authorizer of it."""
    api = construct.id("HttpApi", "Resource")
    value: dict[str, Part] = {"Name": "HttpApi", "ProtocolType": "HTTP"}
    made = add_resource(service, construct, ("HttpApi", "Resource"), "AWS::ApiGatewayV2::Api", value)
    extend(service, construct, "api", made)
    stage: dict[str, Part] = {"ApiId": ref(api), "AutoDeploy": True, "StageName": "$default"}
    add_resource(service, construct, ("HttpApi", "DefaultStage", "Resource"), "AWS::ApiGatewayV2::Stage", stage)
    bus = construct.id("Bus", "Resource")
    name: dict[str, Part] = {"Name": construct.id("Bus")}
    extend(
        service, construct, "bus", add_resource(service, construct, ("Bus", "Resource"), "AWS::Events::EventBus", name)
    )
    role = _webhook_role(service, construct, bus)
    request: Part = {
        "DetailType": construct.get("eventType") or "Webhook",
        "Detail": "$request.body",
        "Source": construct.name,
        "EventBusName": ref(bus),
    }
    integration: dict[str, Part] = {
        "ApiId": ref(api),
        "ConnectionType": "INTERNET",
        "CredentialsArn": get_att(role, "Arn"),
        "IntegrationSubtype": "EventBridge-PutEvents",
        "IntegrationType": "AWS_PROXY",
        "PayloadFormatVersion": "1.0",
        "RequestParameters": request,
    }
    put = add_resource(service, construct, ("Integration",), "AWS::ApiGatewayV2::Integration", integration).logical_id
    authorizer = None if is_true(construct.get("insecure")) else _authorizer(service, construct, api, role)
    path, method = text_of(construct.get("path")) or "?", text_of(construct.get("method")) or "POST"
    route: dict[str, Part] = {
        "ApiId": ref(api),
        "AuthorizationType": "NONE" if authorizer is None else "CUSTOM",
        "AuthorizerId": None if authorizer is None else ref(authorizer),
        "RouteKey": f"{method} {path}",
        "Target": {"Fn::Join": ["/", ["integrations", ref(put)]]},
    }
    add_resource(service, construct, ("Route",), "AWS::ApiGatewayV2::Route", route)


def _webhook_role(service: Service, construct: Construct, bus: str) -> str:
    trust: Part = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    put: Part = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": get_att(bus, "Arn")}
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": _document(trust),
        "Policies": [{"PolicyName": "EventBridge", "PolicyDocument": _document(put)}],
    }
    return add_resource(service, construct, ("ApiGatewayRole", "Resource"), "AWS::IAM::Role", value).logical_id


def _authorizer(service: Service, construct: Construct, api: str, role: str) -> str:
    """The function that decides who may call, and the right of the API to ask it."""
    name = f"{construct.name}Authorizer"
    add_function(service, construct, name, "authorizer")
    function = get_att(function_id(name), "Arn")
    versions: Part = {"Fn::Join": ["", [function, ":*"]]}
    invoke: Part = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": [function, versions]}
    path = ("ApiGatewayRole", "DefaultPolicy", "Resource")
    policy: dict[str, Part] = {
        "PolicyName": construct.id(*path),
        "PolicyDocument": _document(invoke),
        "Roles": [ref(role)],
    }
    add_resource(service, construct, path, "AWS::IAM::Policy", policy)
    region = text_of(service.region) or "?"
    prefix = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions"
    value: dict[str, Part] = {
        "ApiId": ref(api),
        "AuthorizerCredentialsArn": get_att(role, "Arn"),
        "AuthorizerPayloadFormatVersion": "2.0",
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": {"Fn::Join": ["/", [prefix, function, "invocations"]]},
        "EnableSimpleResponses": True,
        "Name": f"{construct.name}-authorizer",
    }
    return add_resource(service, construct, ("Authorizer",), "AWS::ApiGatewayV2::Authorizer", value).logical_id


# --- storage ----------------------------------------------------------------------------------------------------------


def add_storage(service: Service, construct: Construct) -> list[Part]:
    """A bucket, and what functions may do with it."""
    opened = _opened(text_of(construct.get("publicPath")))
    lists = flag(construct.get("allowAcl")) is True
    closed = opened is None
    rules: list[Part] = [
        {"Status": "Enabled", "Transitions": [{"StorageClass": "INTELLIGENT_TIERING", "TransitionInDays": 0}]},
        {"Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 30}},
    ]
    for rule in listed(construct.get("lifecycleRules")):
        named = _capitalized(rule)
        rules.append({"Status": "Enabled", **named} if isinstance(named, dict) else named)
    algorithm = "aws:kms" if text_of(construct.get("encryption")) == "kms" else "AES256"
    encryption: Part = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    value: dict[str, Part] = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
        "CorsConfiguration": _cors(construct.get("cors")),
        "LifecycleConfiguration": {"Rules": rules},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]} if lists else None,
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": closed or not lists,
            "BlockPublicPolicy": closed,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": closed,
        },
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    bucket = add_resource(service, construct, ("Bucket", "Resource"), "AWS::S3::Bucket", value)
    extend(service, construct, "bucket", bucket)
    arn = get_att(bucket.logical_id, "Arn")
    everyone: Part = {"AWS": "*"}
    statements: list[Part] = [
        {
            "Effect": "Deny",
            "Principal": everyone,
            "Action": "s3:*",
            "Resource": [arn, {"Fn::Join": ["", [arn, "/*"]]}],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    if opened is not None:
        objects: Part = {"Fn::Join": ["", [arn, f"/{opened}"]]}
        statements.append({"Effect": "Allow", "Principal": everyone, "Action": "s3:GetObject", "Resource": objects})
    policy: dict[str, Part] = {"Bucket": ref(bucket.logical_id), "PolicyDocument": _document(*statements)}
    add_resource(service, construct, ("Bucket", "Policy", "Resource"), "AWS::S3::BucketPolicy", policy)
    inside: Part = {"Fn::Join": ["/", [arn, "*"]]}
    return [{"Effect": "Allow", "Action": _STORAGE, "Resource": [arn, inside]}]


def _opened(path: str | None) -> str | None:
    """The objects that everybody may read; None where there are none."""
    if path is None:
        return None
    prefix = path.strip("/")
    return "*" if prefix in {"", "*"} else f"{prefix}/*"


def _capitalized(node: Node) -> Part:
    if isinstance(node, Mapping):
        return {upper_first(key): _capitalized(value) for key, value in node.items.items()}
    if isinstance(node, Sequence):
        return [_capitalized(item) for item in node.items]
    return node


def _cors(written: Node | None) -> Part:
    if written is None:
        return None
    if isinstance(written, Scalar):
        methods: list[Part] = ["GET", "PUT", "DELETE"]
        rule: Part = {"AllowedOrigins": [written], "AllowedMethods": methods, "AllowedHeaders": ["*"]}
        return {"CorsRules": [rule]}
    return {"CorsRules": _capitalized(written)}


# --- tables -----------------------------------------------------------------------------------------------------------


def add_table(service: Service, construct: Construct) -> list[Part]:
    """A table for everything, and what functions may do with it."""
    attributes = ["PK", "SK"]
    local: list[Part] = []
    for number in range(1, _LOCAL_INDEXES + 1) if flag(construct.get("localSecondaryIndexes")) is True else ():
        attributes.append(f"LSI-{number}-SK")
        local.append(_index(f"LSI-{number}", "PK", f"LSI-{number}-SK"))
    everywhere: list[Part] = []
    count = text_of(construct.get("gsiCount")) or "0"
    for number in range(1, min(int(count), 20) + 1) if count.isdecimal() else ():
        attributes += [f"GSI-{number}-PK", f"GSI-{number}-SK"]
        everywhere.append(_index(f"GSI-{number}", f"GSI-{number}-PK", f"GSI-{number}-SK"))
    value: dict[str, Part] = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in attributes],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": everywhere or None,
        "KeySchema": _keys("PK", "SK"),
        "LocalSecondaryIndexes": local or None,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "TimeToLiveSpecification": {"AttributeName": "TimeToLive", "Enabled": True},
    }
    table = add_resource(service, construct, ("Table", "Resource"), "AWS::DynamoDB::Table", value)
    extend(service, construct, "table", table)
    arn = get_att(table.logical_id, "Arn")
    indexes: Part = {"Fn::Join": ["/", [arn, "index/*"]]}
    return [{"Effect": "Allow", "Action": _TABLE, "Resource": [arn, indexes]}]


def _keys(partition: str, order: str) -> Part:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": order, "KeyType": "RANGE"}]


def _index(name: str, partition: str, order: str) -> Part:
    return {"IndexName": name, "KeySchema": _keys(partition, order), "Projection": {"ProjectionType": "ALL"}}
