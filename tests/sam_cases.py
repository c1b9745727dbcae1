"""Small SAM templates, one for each feature, and a part of what each comes to."""

from __future__ import annotations

from typing import Any

FUNCTION = (
    "Type: AWS::Serverless::Function\n    Properties: {CodeUri: s3://code/app.zip, Handler: a.b, Runtime: python3.13"
)


def function(rest: str = "", name: str = "Worker", before: str = "", after: str = "") -> str:
    """A template with one function; ``rest`` is added to its properties."""
    body = f"  {name}:\n    {FUNCTION}{', ' if rest else ''}{rest}}}\n"
    return f"Transform: AWS::Serverless-2016-10-31\n{before}Resources:\n{body}{after}"


LAMBDA = "AWS::Lambda::"
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
SERVICE = "arn:aws:iam::aws:policy/service-role/"
XRAY = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
SAM_TAG = {"Key": "lambda:createdBy", "Value": "SAM"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}
    ],
}
QUEUE = "  Jobs: {Type: AWS::SQS::Queue}\n"
BUCKET = "  Images: {Type: AWS::S3::Bucket}\n"
CONDITIONS = "Conditions: {IsProd: !Equals [a, b], IsTest: !Equals [a, c]}\n"


def allow(action: Any, resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


#: By feature: a whole template, and by logical id (without hash) a part of the resource: its attributes and properties.
#: None says that there is no such resource, or no such part.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "function and role": (
        function(),
        {
            "Worker": {
                "Type": f"{LAMBDA}Function",
                "Code": {"S3Bucket": "code", "S3Key": "app.zip"},
                "Handler": "a.b",
                "Runtime": "python3.13",
                "Role": {"Fn::GetAtt": ["WorkerRole", "Arn"]},
                "Tags": [SAM_TAG],
            },
            "WorkerRole": {
                "Type": "AWS::IAM::Role",
                "AssumeRolePolicyDocument": TRUST,
                "ManagedPolicyArns": [BASIC],
                "Policies": None,
            },
        },
    ),
    "own role": (
        function("Role: !GetAtt Mine.Arn"),
        {"Worker": {"Role": {"Fn::GetAtt": ["Mine", "Arn"]}}, "WorkerRole": None},
    ),
    "role under a condition": (
        function("Role: !If [IsProd, !Ref Given, !Ref 'AWS::NoValue']", before=CONDITIONS),
        {
            "Worker": {"Role": {"Fn::If": ["IsProd", {"Ref": "Given"}, {"Fn::GetAtt": ["WorkerRole", "Arn"]}]}},
            "WorkerRole": {"Condition": "NOTIsProd"},
        },
    ),
    "tracing, network, dead letters": (
        function(
            "Tracing: Active, VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}, "
            "DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Jobs.Arn}",
            after=QUEUE,
        ),
        {
            "Worker": {
                "TracingConfig": {"Mode": "Active"},
                "VpcConfig": {"SubnetIds": ["s"], "SecurityGroupIds": ["g"]},
                "DeadLetterConfig": {"TargetArn": {"Fn::GetAtt": ["Jobs", "Arn"]}},
                "DeadLetterQueue": None,
                "Tracing": None,
            },
            "WorkerRole": {
                "ManagedPolicyArns": [BASIC, XRAY, f"{SERVICE}AWSLambdaVPCAccessExecutionRole"],
                "Policies": [
                    {
                        "PolicyName": "DeadLetterQueuePolicy",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [allow("sqs:SendMessage", {"Fn::GetAtt": ["Jobs", "Arn"]})],
                        },
                    }
                ],
            },
        },
    ),
    "durable function": (
        function("DurableConfig: {ExecutionTimeout: 60}"),
        {"WorkerRole": {"ManagedPolicyArns": [f"{SERVICE}AWSLambdaBasicDurableExecutionRolePolicy"]}},
    ),
    "policies of every kind": (
        function(
            "Policies: [AmazonS3ReadOnlyAccess, arn:aws:iam::1:policy/mine, !Ref Managed, "
            "{Statement: {Effect: Deny, Action: '*', Resource: '*'}}, {SQSSendMessagePolicy: {QueueName: q}}, "
            "!If [IsProd, {CloudWatchPutMetricPolicy: {}}, !Ref 'AWS::NoValue']]",
            before=CONDITIONS,
        ),
        {
            "WorkerRole": {
                "ManagedPolicyArns": [
                    BASIC,
                    "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
                    "arn:aws:iam::1:policy/mine",
                    {"Ref": "Managed"},
                ],
                "Policies": [
                    {
                        "PolicyName": "WorkerRolePolicy3",
                        "PolicyDocument": {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}},
                    },
                    {
                        "PolicyName": "WorkerRolePolicy4",
                        "PolicyDocument": {
                            "Statement": [
                                allow(
                                    ["sqs:SendMessage*"],
                                    {
                                        "Fn::Sub": [
                                            "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:${queueName}",
                                            {"queueName": "q"},
                                        ]
                                    },
                                )
                            ]
                        },
                    },
                    {
                        "Fn::If": [
                            "IsProd",
                            {
                                "PolicyName": "WorkerRolePolicy5",
                                "PolicyDocument": {"Statement": [allow(["cloudwatch:PutMetricData"], "*")]},
                            },
                            {"Ref": "AWS::NoValue"},
                        ]
                    },
                ],
            }
        },
    ),
    "one policy without a list": (
        function("Policies: {SQSPollerPolicy: {QueueName: !GetAtt Jobs.QueueName}}", after=QUEUE),
        {"WorkerRole": {"ManagedPolicyArns": [BASIC]}},
    ),
    "inline code": (
        function("InlineCode: 'x = 1'"),
        {"Worker": {"Code": {"ZipFile": "x = 1"}, "CodeUri": None, "InlineCode": None}},
    ),
    "globals": (
        """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    Timeout: 30
    MemorySize: 512
    Layers: [one]
    Architectures: [arm64]
    Environment: {Variables: {A: '1', B: '2'}}
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: a.b
      Timeout: 60
      Layers: [two]
      Architectures: [x86_64]
      Environment: {Variables: {B: '3'}}
  Alone:
    Type: AWS::Serverless::Function
    IgnoreGlobals: '*'
    Properties: {InlineCode: x, Handler: a.b, Runtime: nodejs22.x}
  Partly:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [Timeout]
    Properties: {InlineCode: x, Handler: a.b}
""",
        {
            "Worker": {
                "Runtime": "python3.13",
                "Timeout": 60,
                "MemorySize": 512,
                "Layers": ["one", "two"],
                "Architectures": ["x86_64"],
                "Environment": {"Variables": {"A": "1", "B": "3"}},
            },
            "Alone": {"Runtime": "nodejs22.x", "Timeout": None},
            "Partly": {"Runtime": "python3.13", "Timeout": None, "MemorySize": 512},
        },
    ),
    "alias with deployment": (
        function(
            "AutoPublishAlias: live, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 2}, "
            "DeploymentPreference: {Type: Canary10Percent5Minutes, Alarms: [!Ref Errors]}, "
            "Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}}",
            after=QUEUE,
        ),
        {
            "WorkerVersion": {
                "Type": f"{LAMBDA}Version",
                "FunctionName": {"Ref": "Worker"},
                "DeletionPolicy": "Retain",
            },
            "WorkerAliaslive": {
                "Type": f"{LAMBDA}Alias",
                "Name": "live",
                "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": 2},
                "UpdatePolicy": {
                    "CodeDeployLambdaAliasUpdate": {
                        "ApplicationName": {"Ref": "ServerlessDeploymentApplication"},
                        "DeploymentGroupName": {"Ref": "WorkerDeploymentGroup"},
                    }
                },
            },
            "ServerlessDeploymentApplication": {"ComputePlatform": "Lambda"},
            "WorkerDeploymentGroup": {
                "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": {"Ref": "Errors"}}]},
                "ServiceRoleArn": {"Fn::GetAtt": ["CodeDeployServiceRole", "Arn"]},
            },
            "CodeDeployServiceRole": {"Type": "AWS::IAM::Role"},
            "WorkerJobs": {"FunctionName": {"Ref": "WorkerAliaslive"}},
        },
    ),
    "function url open to all": (
        function("FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}"),
        {
            "WorkerUrl": {
                "Type": f"{LAMBDA}Url",
                "AuthType": "NONE",
                "InvokeMode": "RESPONSE_STREAM",
                "TargetFunctionArn": {"Ref": "Worker"},
            },
            "WorkerUrlPublicPermissions": {
                "Action": "lambda:InvokeFunctionUrl",
                "Principal": "*",
                "FunctionUrlAuthType": "NONE",
            },
            "WorkerURLInvokeAllowPublicAccess": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
        },
    ),
    "function url behind IAM": (
        function("FunctionUrlConfig: {AuthType: AWS_IAM}"),
        {"WorkerUrl": {"AuthType": "AWS_IAM"}, "WorkerUrlPublicPermissions": None},
    ),
    "asynchronous invocation": (
        function(
            "EventInvokeConfig: {MaximumRetryAttempts: 1, DestinationConfig: "
            "{OnSuccess: {Type: SNS, Destination: !Ref Done}, OnFailure: {Type: SQS}}}"
        ),
        {
            "WorkerEventInvokeConfig": {
                "Type": f"{LAMBDA}EventInvokeConfig",
                "FunctionName": {"Ref": "Worker"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 1,
                "DestinationConfig": {
                    "OnSuccess": {"Destination": {"Ref": "Done"}},
                    "OnFailure": {"Destination": {"Fn::GetAtt": ["WorkerEventInvokeConfigOnFailureQueue", "Arn"]}},
                },
            },
            "WorkerEventInvokeConfigOnFailureQueue": {"Type": "AWS::SQS::Queue"},
        },
    ),
    "queue": (
        function(
            "Events: {Jobs: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn, BatchSize: 5, "
            "FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 4}}}}",
            after=QUEUE,
        ),
        {
            "WorkerJobs": {
                "Type": f"{LAMBDA}EventSourceMapping",
                "EventSourceArn": {"Fn::GetAtt": ["Jobs", "Arn"]},
                "FunctionName": {"Ref": "Worker"},
                "BatchSize": 5,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "ScalingConfig": {"MaximumConcurrency": 4},
            },
            "WorkerRole": {"ManagedPolicyArns": [BASIC, f"{SERVICE}AWSLambdaSQSQueueExecutionRole"]},
        },
    ),
    "streams": (
        function(
            "Events: {A: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST, "
            "DestinationConfig: {OnFailure: {Type: SNS, Destination: !Ref Failed}}}}, "
            "B: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: TRIM_HORIZON}}}"
        ),
        {
            "WorkerA": {
                "StartingPosition": "LATEST",
                "DestinationConfig": {"OnFailure": {"Destination": {"Ref": "Failed"}}},
            },
            "WorkerB": {"EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]}},
            "WorkerRole": {
                "Policies": [
                    {
                        "PolicyName": "WorkerASNSPolicy",
                        "PolicyDocument": {"Statement": [allow("sns:publish", {"Ref": "Failed"})]},
                    }
                ]
            },
        },
    ),
    "brokers": (
        function(
            "Events: {M: {Type: MQ, Properties: {Broker: broker, Queues: [q], SourceAccessConfigurations: "
            "[{Type: BASIC_AUTH, URI: secret}]}}, K: {Type: MSK, Properties: {Stream: cluster, Topics: [t], "
            "StartingPosition: LATEST, ConsumerGroupId: g}}, S: {Type: SelfManagedKafka, Properties: "
            "{KafkaBootstrapServers: ['h:9092'], Topics: [t], SourceAccessConfigurations: [{Type: VPC_SUBNET, "
            "URI: 'subnet:s'}, {Type: VPC_SECURITY_GROUP, URI: 'security_group:g'}]}}, D: {Type: DocumentDB, "
            "Properties: {Cluster: c, DatabaseName: d, SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: s}]}}}"
        ),
        {
            "WorkerM": {"EventSourceArn": "broker", "Queues": ["q"]},
            "WorkerK": {"AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "g"}},
            "WorkerS": {"SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["h:9092"]}}},
            "WorkerD": {"DocumentDBEventSourceConfig": {"DatabaseName": "d"}},
        },
    ),
    "bucket": (
        function(
            "Events: {Put: {Type: S3, Properties: {Bucket: !Ref Images, Events: ['s3:ObjectCreated:*', "
            "'s3:ObjectRemoved:*'], Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}}}}",
            after=BUCKET,
        ),
        {
            "WorkerPutPermission": {
                "Type": f"{LAMBDA}Permission",
                "Principal": "s3.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
                "SourceArn": None,
            },
            "Images": {
                "DependsOn": ["WorkerPutPermission"],
                "NotificationConfiguration": {
                    "LambdaConfigurations": [
                        {
                            "Event": event,
                            "Function": {"Fn::GetAtt": ["Worker", "Arn"]},
                            "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
                        }
                        for event in ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
                    ]
                },
            },
        },
    ),
    "topic": (
        function(
            "Events: {Direct: {Type: SNS, Properties: {Topic: !Ref News, FilterPolicy: {a: [b]}}}, "
            "Queued: {Type: SNS, Properties: {Topic: !Ref News, SqsSubscription: true}}}",
            after="  News: {Type: AWS::SNS::Topic}\n",
        ),
        {
            "WorkerDirect": {"Protocol": "lambda", "TopicArn": {"Ref": "News"}, "FilterPolicy": {"a": ["b"]}},
            "WorkerDirectPermission": {"Principal": "sns.amazonaws.com", "SourceArn": {"Ref": "News"}},
            "WorkerQueued": {"Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["WorkerQueuedQueue", "Arn"]}},
            "WorkerQueuedQueue": {"Type": "AWS::SQS::Queue"},
            "WorkerQueuedQueuePolicy": {"Queues": [{"Ref": "WorkerQueuedQueue"}]},
            "WorkerQueuedEventSourceMapping": {"BatchSize": 10, "Enabled": True},
        },
    ),
    "rules and schedules": (
        function(
            "Events: {Rule: {Type: EventBridgeRule, Properties: {EventBusName: bus, Pattern: {source: [x]}, "
            "DeadLetterConfig: {Type: SQS}, RetryPolicy: {MaximumRetryAttempts: 2}}}, "
            "Tick: {Type: Schedule, Properties: {Schedule: rate(1 minute), Enabled: false}}, "
            "Tock: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour)}}}"
        ),
        {
            "WorkerRule": {
                "Type": "AWS::Events::Rule",
                "EventBusName": "bus",
                "EventPattern": {"source": ["x"]},
                "Targets": [
                    {
                        "Id": "WorkerRuleLambdaTarget",
                        "Arn": {"Fn::GetAtt": ["Worker", "Arn"]},
                        "RetryPolicy": {"MaximumRetryAttempts": 2},
                        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["WorkerRuleQueue", "Arn"]}},
                    }
                ],
            },
            "WorkerRuleQueue": {"Type": "AWS::SQS::Queue"},
            "WorkerRuleQueuePolicy": {"Type": "AWS::SQS::QueuePolicy"},
            "WorkerRulePermission": {"SourceArn": {"Fn::GetAtt": ["WorkerRule", "Arn"]}},
            "WorkerTick": {"ScheduleExpression": "rate(1 minute)", "State": "DISABLED"},
            "WorkerTock": {"Type": "AWS::Scheduler::Schedule", "FlexibleTimeWindow": {"Mode": "OFF"}},
            "WorkerTockRole": {"Type": "AWS::IAM::Role"},
        },
    ),
    "logs, IoT, Alexa, Cognito": (
        function(
            "Events: {L: {Type: CloudWatchLogs, Properties: {LogGroupName: g, FilterPattern: ''}}, "
            "I: {Type: IoTRule, Properties: {Sql: s}}, A: {Type: AlexaSkill}, "
            "C: {Type: Cognito, Properties: {UserPool: !Ref Users, Trigger: PreSignUp}}}",
            after="  Users: {Type: AWS::Cognito::UserPool}\n",
        ),
        {
            "WorkerL": {
                "Type": "AWS::Logs::SubscriptionFilter",
                "FilterPattern": "",
                "DependsOn": ["WorkerLPermission"],
            },
            "WorkerI": {"Type": "AWS::IoT::TopicRule"},
            "WorkerAPermission": {"Principal": "alexa-appkit.amazon.com", "SourceArn": None},
            "WorkerCognitoPermission": {"SourceArn": {"Fn::GetAtt": ["Users", "Arn"]}},
            "Users": {"LambdaConfig": {"PreSignUp": {"Fn::GetAtt": ["Worker", "Arn"]}}},
        },
    ),
    "implicit apis": (
        function(
            "Events: {Get: {Type: Api, Properties: {Path: '/items/{id}', Method: get}}, "
            "Post: {Type: HttpApi, Properties: {Path: /items, Method: post}}}"
        ),
        {
            "ServerlessRestApi": {"Type": "AWS::ApiGateway::RestApi"},
            "ServerlessRestApiProdStage": {"StageName": "Prod", "RestApiId": {"Ref": "ServerlessRestApi"}},
            "ServerlessRestApiDeployment": {"Type": "AWS::ApiGateway::Deployment"},
            "WorkerGetPermissionProd": {
                "SourceArn": {
                    "Fn::Sub": [
                        "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/GET/items/*",
                        {"__ApiId__": {"Ref": "ServerlessRestApi"}, "__Stage__": "*"},
                    ]
                }
            },
            "ServerlessHttpApi": {"Type": "AWS::ApiGatewayV2::Api"},
            "ServerlessHttpApiApiGatewayDefaultStage": {"StageName": "$default", "AutoDeploy": True},
            "WorkerPostPermission": {"Principal": "apigateway.amazonaws.com"},
        },
    ),
    "explicit api": (
        function(
            "Events: {Get: {Type: Api, Properties: {RestApiId: !Ref Front, Path: /, Method: any}}}",
            after="""\
  Front:
    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      EndpointConfiguration: {Type: REGIONAL}
      TracingEnabled: true
      AccessLogSetting: {DestinationArn: logs}
      Auth: {DefaultAuthorizer: Check, Authorizers: {Check: {FunctionArn: !GetAtt Worker.Arn}}}
      Domain: {DomainName: api.example.com, CertificateArn: cert, Route53: {HostedZoneId: zone}}
""",
        ),
        {
            "Front": {
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "Parameters": {"endpointConfigurationTypes": "REGIONAL"},
            },
            "FrontliveStage": {"TracingEnabled": True, "AccessLogSetting": {"DestinationArn": "logs"}},
            "FrontCheckAuthorizerPermission": {"FunctionName": {"Fn::GetAtt": ["Worker", "Arn"]}},
            "ApiGatewayDomainName": {"DomainName": "api.example.com", "RegionalCertificateArn": "cert"},
            "FrontBasePathMapping": {"Stage": {"Ref": "FrontliveStage"}},
            "WorkerGetPermissionlive": {"Action": "lambda:InvokeFunction"},
        },
    ),
    "websocket api": (
        function(
            after="""\
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      Name: chat
      RouteSelectionExpression: $request.body.action
      Auth: {AuthType: AWS_IAM}
      Routes: {$connect: {FunctionArn: !GetAtt Worker.Arn}, send: {FunctionArn: !GetAtt Worker.Arn}}
"""
        ),
        {
            "Chat": {"ProtocolType": "WEBSOCKET"},
            "ChatConnectRoute": {"RouteKey": "$connect", "AuthorizationType": "AWS_IAM"},
            "ChatSendRoute": {"RouteKey": "send", "AuthorizationType": None},
            "ChatSendIntegration": {"IntegrationType": "AWS_PROXY"},
            "ChatConnectPermission": {"Type": f"{LAMBDA}Permission"},
        },
    ),
    "state machine": (
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: s3://code/flow.json
      Tracing: {Enabled: true}
      Logging: {Level: ALL}
      Policies: [{LambdaInvokePolicy: {FunctionName: f}}]
      Events:
        Tick: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Start: {Type: Api, Properties: {Path: /start, Method: post}}
""",
        {
            "Flow": {
                "Type": "AWS::StepFunctions::StateMachine",
                "StateMachineType": "EXPRESS",
                "DefinitionS3Location": {"Bucket": "code", "Key": "flow.json"},
                "TracingConfiguration": {"Enabled": True},
                "LoggingConfiguration": {"Level": "ALL"},
                "RoleArn": {"Fn::GetAtt": ["FlowRole", "Arn"]},
            },
            "FlowRole": {"ManagedPolicyArns": [XRAY]},
            "FlowTick": {"ScheduleExpression": "rate(1 day)"},
            "FlowTickRole": {"Type": "AWS::IAM::Role"},
            "FlowStartRole": {"Type": "AWS::IAM::Role"},
            "ServerlessRestApi": {"Type": "AWS::ApiGateway::RestApi"},
        },
    ),
    "tables and layers": (
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Items: {Type: AWS::Serverless::SimpleTable, Properties: {PrimaryKey: {Name: key, Type: Number}}}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: s3://code/layer.zip}}
""",
        {
            "Items": {
                "Type": "AWS::DynamoDB::Table",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "N"}],
            },
            "Shared": {
                "Type": f"{LAMBDA}LayerVersion",
                "LayerName": "Shared",
                "Content": {"S3Bucket": "code", "S3Key": "layer.zip"},
                "DeletionPolicy": "Retain",
            },
        },
    ),
    "connectors": (
        function(
            after="""\
  Items: {Type: AWS::Serverless::SimpleTable}
  News:
    Type: AWS::SNS::Topic
    Connectors: {Call: {Properties: {Destination: {Id: Worker}, Permissions: [Write]}}}
  Reach:
    Type: AWS::Serverless::Connector
    Properties: {Source: {Id: Worker}, Destination: {Id: Items}, Permissions: [Write]}
"""
        ),
        {
            "ReachPolicy": {"Type": "AWS::IAM::ManagedPolicy", "Roles": [{"Ref": "WorkerRole"}]},
            "NewsCallWriteLambdaPermission": {"Principal": "sns.amazonaws.com", "SourceArn": {"Ref": "News"}},
            "News": {"Type": "AWS::SNS::Topic", "Connectors": None},
        },
    ),
    "capacity provider": (
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Fleet:
    Type: AWS::Serverless::CapacityProvider
    Properties: {VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g]}, ScalingConfig: {MaxVCpuCount: 8}}
""",
        {
            "Fleet": {
                "Type": f"{LAMBDA}CapacityProvider",
                "CapacityProviderScalingConfig": {"MaxVCpuCount": 8, "ScalingMode": "Auto"},
            },
            "FleetOperatorRole": {"Type": "AWS::IAM::Role"},
        },
    ),
    "graphql api": (
        function(
            after="""\
  Graph:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      SchemaInline: 'type Query { a: Int }'
      Auth: {Type: AWS_IAM}
      DataSources: {Lambda: {Compute: {FunctionArn: !GetAtt Worker.Arn}}}
"""
        ),
        {
            "Graph": {"AuthenticationType": "AWS_IAM"},
            "GraphComputeLambdaDataSource": {"LambdaConfig": {"LambdaFunctionArn": {"Fn::GetAtt": ["Worker", "Arn"]}}},
            "GraphComputeLambdaDataSourceRole": {"Type": "AWS::IAM::Role"},
        },
    ),
    "graphql api in full": (
        function(
            after="""\
  Graph:
    Type: AWS::Serverless::GraphQLApi
    Properties:
      SchemaUri: s3://code/schema.graphql
      Auth:
        Type: AWS_LAMBDA
        LambdaAuthorizer: {AuthorizerUri: !GetAtt Worker.Arn}
        Additional:
          - {Type: AMAZON_COGNITO_USER_POOLS, UserPool: {UserPoolId: pool, DefaultAction: ALLOW}}
          - {Type: OPENID_CONNECT, OpenIDConnect: {Issuer: https://example.com}}
      Logging: {ExcludeVerboseContent: true}
      ApiKeys: {Main: {Description: d, ExpiresOn: 1}}
      Cache: {ApiCachingBehavior: FULL_REQUEST_CACHING, Ttl: 60, Type: SMALL}
      DomainName: {CertificateArn: cert, DomainName: graph.example.com}
      DataSources: {Lambda: {Compute: {FunctionArn: !GetAtt Worker.Arn, ServiceRoleArn: role}}}
      Functions:
        first: {DataSource: Compute, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, CodeUri: s3://code/c.js}
        second: {DataSource: None, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, CodeUri: s3://code/a.js, Name: b}
        third: {Id: known}
        fourth: {DataSource: !GetAtt Other.Name, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, InlineCode: x}
      Resolvers:
        Query:
          a: {Pipeline: [first, second, third], MaxBatchSize: 2, Caching: {Ttl: 5}}
          b: {FieldName: c, Pipeline: [fourth], Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, CodeUri: s3://code/b.js}
"""
        ),
        {
            "Graph": {
                "LambdaAuthorizerConfig": {"AuthorizerUri": {"Fn::GetAtt": ["Worker", "Arn"]}},
                "AdditionalAuthenticationProviders": [
                    {"AuthenticationType": "AMAZON_COGNITO_USER_POOLS", "UserPoolConfig": {"UserPoolId": "pool"}},
                    {"AuthenticationType": "OPENID_CONNECT", "OpenIDConnectConfig": {"Issuer": "https://example.com"}},
                ],
            },
            "GraphToLambdaAuthConnector1WriteLambdaPermission": {"Principal": "appsync.amazonaws.com"},
            "GraphComputeLambdaDataSource": {"ServiceRoleArn": "role"},
            "Graphfirst": {"DataSourceName": {"Fn::GetAtt": ["GraphComputeLambdaDataSource", "Name"]}, "Code": None},
            "Graphsecond": {"DataSourceName": {"Fn::GetAtt": ["GraphNoneDataSource", "Name"]}, "Name": "b"},
            "Graphthird": None,
            "Graphfourth": {"DataSourceName": {"Fn::GetAtt": ["Other", "Name"]}},
            "GraphNoneDataSource": {"Type": "AWS::AppSync::DataSource"},
            "GraphQuerya": {
                "Kind": "PIPELINE",
                "PipelineConfig": {
                    "Functions": [
                        {"Fn::GetAtt": ["Graphfirst", "FunctionId"]},
                        {"Fn::GetAtt": ["Graphsecond", "FunctionId"]},
                        "known",
                    ]
                },
                "Runtime": {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"},
            },
            "GraphQueryb": {"FieldName": "c", "CodeS3Location": "s3://code/b.js"},
            "GraphApiCache": {"Ttl": 60},
            "GraphDomainNameApiAssociation": {"DomainName": {"Ref": "GraphDomainName"}},
        },
    ),
    "web function": (
        """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Site:
    Type: AWS::Serverless::WebFunction
    DeletionPolicy: Retain
    Properties:
      Runtime: nodejs24.x
      CodeUri: s3://code/site.zip
      AuthType: IamAuth
      Tags: {Team: a}
      EnvironmentVariables: {COUNT: 3, LOUD: yes, NAME: "7"}
      EntryPoint: server.js
      LoggingConfig: {LogGroup: g}
      ReplicaRegions: {IncludeRegions: [EU, us-east-1], ExcludeRegions: [eu-west-3]}
  Plain:
    Type: AWS::Serverless::WebFunction
    Properties:
      Runtime: nodejs24.x
      FunctionName: plain
      CodeUri: {Bucket: code, Key: plain.zip, Version: v}
      AuthType: ApplicationManaged
      ExecutionRoleArn: arn:aws:iam::123456789012:role/r
      Timeout: 60
      AutoDeploymentMode: Disabled
      EndpointType: MultiRegion
      RevisionWeights: {one: 40, two: 60}
      ReplicaRegions: [CA, !Ref 'AWS::Region']
      EgressNetworkConnectorArn: !GetAtt Net.LatestVersionArn
  Net:
    Type: AWS::Serverless::NetworkConnector
    Properties:
      VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g], NetworkProtocol: IPv4}
      ComputeTypes: [WebFunction]
""",
        {
            "Site": {"Type": f"{LAMBDA}WebFunction", "Tags": [SAM_TAG, {"Key": "Team", "Value": "a"}]},
            "SiteRole": {"ManagedPolicyArns": [BASIC], "DeletionPolicy": "Retain"},
            "SiteRevision": {
                "BuildConfig": {
                    "CodeConfig": {"S3Object": {"Bucket": "code", "Key": "site.zip"}},
                    "RuntimeConfig": {"Runtime": "nodejs24.x"},
                },
                "ServiceConfig": {
                    "ExecutionRoleArn": {"Fn::GetAtt": ["SiteRole", "Arn"]},
                    "EnvironmentVariables": {
                        "COUNT": "3",
                        "LOUD": "true",
                        "NAME": "7",
                        "AWS_LAMBDA_NODEJS_ENTRYPOINT": "server.js",
                    },
                    "TelemetryConfig": {"LoggingConfig": {"LogGroup": "g"}},
                    "TimeoutSeconds": 30,
                },
            },
            "SiteEndpoint": {
                "AuthType": "IamAuth",
                "EndpointName": "prod",
                "RevisionWeights": [{"RevisionId": {"Fn::GetAtt": ["SiteRevision", "RevisionId"]}, "Weight": 100}],
                "Regions": ["eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1"],
            },
            "PlainRole": None,
            "PlainEndpoint": {
                "FunctionName": "plain",
                "RevisionWeights": [{"RevisionId": "one", "Weight": 40}, {"RevisionId": "two", "Weight": 60}],
                "Regions": ["ca-central-1", {"Ref": "AWS::Region"}],
            },
        },
    ),
    "microvm images and network connectors": (
        """\
Transform: AWS::Serverless-2016-10-31
Globals:
  MicrovmImage: {BaseImageArn: base, BaseImageVersion: '1', Tags: {Team: a}, PropagateTags: true}
  NetworkConnector: {Tags: {Team: a}, PropagateTags: true}
Parameters: {Code: {Type: String, Default: s3://chosen/image.zip}, Open: {Type: String}}
Resources:
  Box:
    Type: AWS::Serverless::MicrovmImage
    Properties:
      Name: box
      CodeUri: !Ref Code
      EgressNetworkConnectors: [!Ref Net]
      EnvironmentVariables: {A: b}
  Open: {Type: AWS::Serverless::MicrovmImage, Properties: {Name: open, CodeUri: !Ref Open, Description: d}}
  Own: {Type: AWS::Serverless::MicrovmImage, Properties: {Name: own, CodeUri: s3://code/i.zip, BuildRoleArn: role}}
  Net:
    Type: AWS::Serverless::NetworkConnector
    Properties: {VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g], NetworkProtocol: IPv4}}
  Mine:
    Type: AWS::Serverless::NetworkConnector
    Properties:
      Name: mine
      VpcConfig: {SubnetIds: [s], SecurityGroupIds: [g], NetworkProtocol: IPv4}
      OperatorRole: role
      PropagateTags: false
""",
        {
            "Box": {
                "Type": f"{LAMBDA}MicrovmImage",
                "BaseImageArn": "base",
                "BuildRoleArn": {"Fn::GetAtt": ["BoxBuildRole", "Arn"]},
                "CodeArtifact": {"Uri": {"Ref": "Code"}},
                "EnvironmentVariables": [{"Key": "A", "Value": "b"}],
                "CpuConfigurations": [],
                "Hooks": {},
            },
            "BoxBuildRole": {
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [
                    {
                        "PolicyName": "MicrovmImageBuildPolicy",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                allow(["s3:GetObject"], {"Fn::Sub": "arn:${AWS::Partition}:s3:::chosen/*"}),
                                allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*"),
                            ],
                        },
                    }
                ],
                "Tags": [{"Key": "Team", "Value": "a"}, SAM_TAG],
            },
            "OwnBuildRole": None,
            "Net": {
                "Type": f"{LAMBDA}NetworkConnector",
                "Configuration": {
                    "VpcEgressConfiguration": {
                        "SubnetIds": ["s"],
                        "SecurityGroupIds": ["g"],
                        "NetworkProtocol": "IPv4",
                        "AssociatedComputeResourceTypes": ["MicroVm"],
                    }
                },
            },
            "NetOperatorRole": {
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AWSLambdaNetworkConnectorOperatorPolicy"]
            },
            "MineOperatorRole": None,
        },
    ),
    "tags handed on to an implicit api": (
        function(
            "Tags: {Team: a}, PropagateTags: true, Events: {Get: {Type: Api, Properties: {Path: /, Method: get}}, "
            "Post: {Type: HttpApi, Properties: {Path: /, Method: post}}}"
        ),
        {"ServerlessRestApi": {"Tags": [{"Key": "Team", "Value": "a"}]}},
    ),
    "condition and policies of the function": (
        f"""\
Transform: AWS::Serverless-2016-10-31
{CONDITIONS}Resources:
  Worker:
    Condition: IsProd
    DeletionPolicy: Retain
    Metadata: {{lambdalint: {{ignore: {{some-rule: reason}}}}}}
    {FUNCTION}, Events: {{Put: {{Type: S3, Properties: {{Bucket: !Ref Images, Events: 's3:ObjectCreated:*'}}}}}}}}
  Images: {{Type: AWS::S3::Bucket}}
""",
        {
            "Worker": {"Condition": "IsProd", "Metadata": {"lambdalint": {"ignore": {"some-rule": "reason"}}}},
            "WorkerRole": {"Condition": "IsProd", "DeletionPolicy": "Retain"},
            "WorkerPutPermission": {"Condition": "IsProd"},
            "Images": {"Condition": None, "DependsOn": None},
        },
    ),
    "references to what is generated": (
        function("AutoPublishAlias: live", after="  Copy: {Type: Custom::Copy, Properties: {To: !Ref Worker.Alias}}\n"),
        {"Copy": {"To": {"Ref": "WorkerAliaslive"}}},
    ),
}
