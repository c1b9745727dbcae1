"""``AWS::Serverless::GraphQLApi``: an AppSync API, its schema, keys and data sources with their roles.

Functions and resolvers are not lowered: they are AppSync's own code and touch no Lambda function by themselves.
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-graphqlapi.html
"""

from __future__ import annotations

from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.nodes import Part, build_map, child, flag, get_att, given, pick, plain_map, ref, sub
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import tag_list, trust
from lambdalint.source.node import Mapping

_LOGS = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSAppSyncPushToCloudWatchLogs"
_TABLE = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}"
_API = (
    "ApiType",
    "EnvironmentVariables",
    "IntrospectionConfig",
    "MergedApiExecutionRoleArn",
    "Name",
    "OwnerContact",
    "QueryDepthLimit",
    "ResolverCountLimit",
    "Visibility",
    "XrayEnabled",
)


def lower_graphql_api(lowering: Lowering, unit: Unit) -> None:
    """Add the API and everything that SAM makes from it."""
    auth = plain_map(unit.get("Auth"))
    value: dict[str, Part] = {"Name": unit.logical_id, **pick(unit.properties, _API)}
    if auth is not None:
        value["AuthenticationType"] = given(auth.get("Type"))
        value.update(pick(auth, ("LambdaAuthorizerConfig", "OpenIDConnectConfig", "UserPoolConfig")))
        value.update({_ADDITIONAL: made} if (made := _additional(auth)) is not None else {})
    value["LogConfig"] = _logging(lowering, unit)
    value["Tags"] = [*tag_list(unit, None), {"Key": "graphqlapi:createdBy", "Value": "SAM"}]
    lowering.add(declared(unit, "AWS::AppSync::GraphQLApi", value, {"AuthenticationType": "Auth"}))
    schema: dict[str, Part] = {
        "ApiId": _api(unit),
        "Definition": unit.get("SchemaInline"),
        "DefinitionS3Location": unit.get("SchemaUri"),
    }
    cause = Cause(unit.origin, f"schema of {unit.logical_id}")
    lowering.generate(unit, f"{unit.logical_id}Schema", "AWS::AppSync::GraphQLSchema", schema, cause)
    _keys(lowering, unit)
    for kind, lower_source in (("Lambda", _lambda_source), ("DynamoDb", _table_source)):
        sources = plain_map(child(unit.properties, "DataSources", kind))
        for name, entry in sources.items.items() if sources is not None else ():
            written = plain_map(entry)
            if written is not None and sources is not None:
                lower_source(lowering, unit, name, written, Cause(sources.key(name), f"data source {name}"))


_ADDITIONAL = "AdditionalAuthenticationProviders"


def _additional(auth: Mapping) -> Part:
    written = given(auth.get("Additional"))
    if written is None or isinstance(written, Mapping):
        return written
    providers: list[Part] = []
    for entry in getattr(written, "items", []):
        provider = plain_map(entry)
        if provider is not None:
            items: dict[str, Part] = {"AuthenticationType": given(provider.get("Type"))}
            items.update(pick(provider, ("LambdaAuthorizerConfig", "OpenIDConnectConfig", "UserPoolConfig")))
            providers.append(build_map(items, provider))
    return providers


def _api(unit: Unit) -> dict[str, Part]:
    return get_att(unit.logical_id, "ApiId")


def _logging(lowering: Lowering, unit: Unit) -> Part:
    """Logging as written; everything is logged, with a role for it, where nothing is written."""
    written = unit.get("Logging")
    if flag(written) is False:
        return None
    config = plain_map(written)
    if config is not None and given(config.get("CloudWatchLogsRoleArn")) is not None:
        return config
    role = f"{unit.logical_id}CloudWatchRole"
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("appsync.amazonaws.com"),
        "ManagedPolicyArns": [sub(_LOGS)],
    }
    lowering.generate(unit, role, "AWS::IAM::Role", value, Cause(unit.origin, f"logging of {unit.logical_id}"))
    own: dict[str, Part] = dict(config.items) if config is not None else {"FieldLogLevel": "ALL"}
    return {**own, "CloudWatchLogsRoleArn": get_att(role, "Arn")}


def _keys(lowering: Lowering, unit: Unit) -> None:
    written = plain_map(unit.get("ApiKeys"))
    for name, entry in written.items.items() if written is not None else ():
        key = plain_map(entry)
        if key is None or written is None:
            continue
        value: dict[str, Part] = {"ApiId": _api(unit), "Expires": given(key.get("ExpiresOn"))}
        value.update(pick(key, ("ApiKeyId", "Description")))
        cause = Cause(written.key(name), f"API key {name}")
        lowering.generate(unit, f"{unit.logical_id}{name}", "AWS::AppSync::ApiKey", value, cause)


def _lambda_source(lowering: Lowering, unit: Unit, name: str, entry: Mapping, cause: Cause) -> None:
    logical_id = f"{unit.logical_id}{name}LambdaDataSource"
    function: Part = given(entry.get("FunctionArn"))
    end: dict[str, Part] = {"Type": "AWS::Lambda::Function", "Arn": function}
    value: dict[str, Part] = {
        "Type": "AWS_LAMBDA",
        "LambdaConfig": {"LambdaFunctionArn": function},
        "ServiceRoleArn": _role(lowering, unit, entry, logical_id, "ToLambda", end, ["Write"], cause),
    }
    _source(lowering, unit, logical_id, name, entry, value, cause)


def _table_source(lowering: Lowering, unit: Unit, name: str, entry: Mapping, cause: Cause) -> None:
    logical_id = f"{unit.logical_id}{name}DynamoDBDataSource"
    region: Part = given(entry.get("Region")) or ref("AWS::Region")
    table: Part = given(entry.get("TableName"))
    arn: Part = given(entry.get("TableArn")) or sub(_TABLE, __Region__=region, __TableName__=table)
    end: dict[str, Part] = {"Type": "AWS::DynamoDB::Table", "Arn": arn}
    config: dict[str, Part] = {
        "AwsRegion": region,
        "TableName": table,
        "DeltaSyncConfig": given(entry.get("DeltaSync")),
        **pick(entry, ("UseCallerCredentials", "Versioned")),
    }
    permissions = given(entry.get("Permissions"))
    wanted: Part = permissions if permissions is not None else ["Read", "Write"]
    value: dict[str, Part] = {
        "Type": "AMAZON_DYNAMODB",
        "DynamoDBConfig": config,
        "ServiceRoleArn": _role(lowering, unit, entry, logical_id, "ToTable", end, wanted, cause),
    }
    _source(lowering, unit, logical_id, name, entry, value, cause)


def _source(
    lowering: Lowering, unit: Unit, logical_id: str, name: str, entry: Mapping, value: dict[str, Part], cause: Cause
) -> None:
    common: dict[str, Part] = {"ApiId": _api(unit), "Name": name, **pick(entry, ("Description", "Name")), **value}
    lowering.generate(unit, logical_id, "AWS::AppSync::DataSource", common, cause, entry)


def _role(
    lowering: Lowering,
    unit: Unit,
    entry: Mapping,
    logical_id: str,
    suffix: str,
    end: dict[str, Part],
    permissions: Part,
    cause: Cause,
) -> Part:
    """The written service role, or a new one that a connector lets reach the data source."""
    written = given(entry.get("ServiceRoleArn"))
    if written is not None:
        return written
    role = f"{logical_id}Role"
    value: dict[str, Part] = {"AssumeRolePolicyDocument": trust("appsync.amazonaws.com")}
    lowering.generate(unit, role, "AWS::IAM::Role", value, cause)
    grant: dict[str, Part] = {"Source": {"Id": logical_id}, "Destination": end, "Permissions": permissions}
    properties = build_map(grant, cause.origin, cause.via)
    name = f"{logical_id}{suffix}Connector"
    connector = Unit(name, "AWS::Serverless::Connector", properties, cause.origin, unit.condition)
    lowering.connectors.append(connector)
    return get_att(role, "Arn")
