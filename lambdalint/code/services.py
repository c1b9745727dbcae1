"""Names of AWS services: the SDKs' and IAM's. boto3's name is the one that is used everywhere else.

Sources: botocore's service models (``serviceId``), the npm packages ``@aws-sdk/client-*``, and
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

AS_OF = "2026-11-21"
SOURCE = "botocore 1.44.5 service models; AWS Service Authorization Reference"

# boto3's names with dashes; the other SDKs write them without, or set dashes elsewhere.
_DASHED_NAMES = """
account-access account-access-runtime acm-pca agent-registry agent-registry-control application-autoscaling
application-insights application-signals arc-region-switch arc-zonal-shift autoscaling-plans backup-gateway
bcm-dashboards bcm-data-exports bcm-pricing-calculator bcm-recommended-actions bedrock-agent
bedrock-agent-runtime bedrock-agentcore bedrock-agentcore-control bedrock-data-automation
bedrock-data-automation-runtime bedrock-runtime chime-sdk-identity chime-sdk-media-pipelines
chime-sdk-meetings chime-sdk-messaging chime-sdk-voice cloudfront-keyvaluestore cloudtrail-data
codeguru-reviewer codeguru-security codestar-connections codestar-notifications cognito-identity cognito-idp
cognito-sync compute-optimizer compute-optimizer-automation connect-contact-lens cost-optimization-hub
customer-profiles devops-agent devops-guru docdb-elastic ds-data ec2-instance-connect ecr-public eks-auth
emr-containers emr-serverless geo-maps geo-places geo-routes iam-toolbox inspector-scan iot-data iot-jobs-data
iot-managed-integrations ivs-realtime kendra-ranking kinesis-video-archived-media kinesis-video-media
kinesis-video-signaling kinesis-video-webrtc-storage lambda-core lambda-microvms lambda-web launch-wizard
lex-models lex-runtime lexv2-models lexv2-runtime license-manager license-manager-linux-subscriptions
license-manager-user-subscriptions managedblockchain-query marketplace-agreement marketplace-catalog
marketplace-deployment marketplace-discovery marketplace-entitlement marketplace-reporting mediapackage-vod
mediastore-data medical-imaging migration-hub-refactor-spaces migrationhub-config mwaa-serverless
neptune-graph network-firewall network-security-manager nova-act partnercentral-account
partnercentral-benefits partnercentral-channel partnercentral-revenue-measurement partnercentral-selling
payment-cryptography payment-cryptography-data pca-connector-ad pca-connector-scep personalize-events
personalize-runtime pinpoint-email pinpoint-sms-voice pinpoint-sms-voice-v2 pricing-plan-manager rds-data
redshift-data redshift-serverless resource-explorer-2 resource-groups route53-recovery-cluster
route53-recovery-control-config route53-recovery-readiness sagemaker-a2i-runtime sagemaker-edge
sagemaker-featurestore-runtime sagemaker-geospatial sagemaker-inference-router-runtime sagemaker-metrics
sagemaker-runtime security-ir service-quotas servicecatalog-appregistry signer-data sms-voice
snow-device-management ssm-contacts ssm-guiconnect ssm-incidents ssm-quicksetup ssm-sap sso-admin sso-oidc
support-app timestream-influxdb timestream-query timestream-write voice-id vpc-lattice waf-regional
workspaces-instances workspaces-thin-client workspaces-web
"""
_DASHED = {name.replace("-", ""): name for name in _DASHED_NAMES.split()}

# Names that differ altogether, without dashes and in lower case.
_ALIASES: dict[str, str] = {
    "applicationdiscoveryservice": "discovery",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "cognitoidentityserviceprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdata": "iot-data",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntime": "lex-runtime",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "rdsdataservice": "rds-data",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}

# boto3's name -> the prefix of its IAM actions, where these differ.
_PREFIXES: dict[str, str] = {
    "accessanalyzer": "access-analyzer",
    "amp": "aps",
    "apigatewaymanagementapi": "execute-api",
    "apigatewayv2": "apigateway",
    "appconfigdata": "appconfig",
    "appintegrations": "app-integrations",
    "application-insights": "applicationinsights",
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-agentcore-control": "bedrock-agentcore",
    "bedrock-data-automation": "bedrock",
    "bedrock-data-automation-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "chime-sdk-identity": "chime",
    "chime-sdk-media-pipelines": "chime",
    "chime-sdk-meetings": "chime",
    "chime-sdk-messaging": "chime",
    "chime-sdk-voice": "chime",
    "cloudcontrol": "cloudformation",
    "cloudsearchdomain": "cloudsearch",
    "codeguruprofiler": "codeguru-profiler",
    "connect-contact-lens": "connect",
    "connectcampaigns": "connect-campaigns",
    "connectcases": "cases",
    "customer-profiles": "profile",
    "docdb": "rds",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "forecastquery": "forecast",
    "greengrassv2": "greengrass",
    "iot-data": "iot",
    "iot-jobs-data": "iot",
    "ivs-realtime": "ivs",
    "keyspaces": "cassandra",
    "kinesis-video-archived-media": "kinesisvideo",
    "kinesis-video-media": "kinesisvideo",
    "kinesisanalyticsv2": "kinesisanalytics",
    "launch-wizard": "launchwizard",
    "lex-models": "lex",
    "lex-runtime": "lex",
    "lexv2-models": "lex",
    "lexv2-runtime": "lex",
    "location": "geo",
    "mailmanager": "ses",
    "marketplace-catalog": "aws-marketplace",
    "marketplace-entitlement": "aws-marketplace",
    "mediastore-data": "mediastore",
    "meteringmarketplace": "aws-marketplace",
    "mwaa": "airflow",
    "neptune": "rds",
    "neptunedata": "neptune-db",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "payment-cryptography-data": "payment-cryptography",
    "personalize-events": "personalize",
    "personalize-runtime": "personalize",
    "pinpoint": "mobiletargeting",
    "pinpoint-email": "ses",
    "pinpoint-sms-voice-v2": "sms-voice",
    "qconnect": "wisdom",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "service-quotas": "servicequotas",
    "servicecatalog-appregistry": "servicecatalog",
    "sesv2": "ses",
    "socialmessaging": "social-messaging",
    "sso-admin": "sso",
    "sso-oidc": "sso-oauth",
    "stepfunctions": "states",
    "support-app": "supportapp",
    "timestream-query": "timestream",
    "timestream-write": "timestream",
    "voice-id": "voiceid",
}


def service(name: str) -> str:
    """boto3's name for a service of another SDK: ``secrets-manager``, ``SFN`` and ``EventBridge`` give secretsmanager,
    stepfunctions and events."""
    plain = name.lower().replace("-", "").replace("_", "")
    return _ALIASES.get(plain) or _DASHED.get(plain, plain)


def prefix(service: str) -> str:
    """What the IAM actions of a service begin with: ``stepfunctions`` gives states."""
    return _PREFIXES.get(service, service)
