"""``AWS::Serverless::GraphQLApi``: an AppSync API, its schema, keys and data sources with their roles.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-graphqlapi.html
"""

from __future__ import annotations

from lambdalint.load.nodes import (
    Part,
    build,
    build_map,
    child,
    each,
    flag,
    get_att,
    given,
    pick,
    plain_map,
    ref,
    sub,
)
from lambdalint.load.sam.graphql_code import lower_code
from lambdalint.load.sam.lowering import Cause, Lowering, Unit
from lambdalint.load.sam.plain import declared
from lambdalint.load.sam.roles import tag_list, trust
from lambdalint.source.node import Mapping, Sequence

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
        value.update(_provider(auth))
        value["AdditionalAuthenticationProviders"] = _additional(auth)
        _permit_authorizers(lowering, unit, auth)
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
    _cache_and_domain(lowering, unit)
    names: dict[str, Part] = {}
    for kind, lower_source in (("Lambda", _lambda_source), ("DynamoDb", _table_source)):
        sources = plain_map(child(unit.properties, "DataSources", kind))
        for name, entry in sources.items.items() if sources is not None else ():
            written = plain_map(entry)
            if written is not None and sources is not None:
                cause = Cause(sources.key(name), f"data source {name}")
                names[name] = get_att(lower_source(lowering, unit, name, written, cause), "Name")
    lower_code(lowering, unit, names)


#: By their name in SAM: what the settings of an authentication provider are called in CloudFormation.
_PROVIDERS = {
    "LambdaAuthorizer": "LambdaAuthorizerConfig",
    "OpenIDConnect": "OpenIDConnectConfig",
    "UserPool": "UserPoolConfig",
}


def _provider(auth: Mapping) -> dict[str, Part]:
    """One way to authenticate, in CloudFormation's words."""
    settings = {lowered: given(auth.get(name)) for name, lowered in _PROVIDERS.items()}
    return {"AuthenticationType": given(auth.get("Type")), **settings}


def _additional(auth: Mapping) -> Part:
    written = given(auth.get("Additional"))
    if not isinstance(written, Sequence):
        return written
    providers: list[Part] = []
    for provider in map(plain_map, written.items):
        if provider is None:
            continue
        value = _provider(provider)
        pool = plain_map(provider.get("UserPool"))
        if pool is not None:  # only the first provider can have a default action
            kept = pick(pool, (name for name in pool.items if name != "DefaultAction"))
            value["UserPoolConfig"] = build_map(kept, pool, pool.via, pool)
        providers.append(build_map(value, provider))
    return build(providers, written, written.via) if providers else None


def _permit_authorizers(lowering: Lowering, unit: Unit, auth: Mapping) -> None:
    """Let the API call the Lambda functions that authorize its requests."""
    providers = [auth, *each(auth.get("Additional"))]
    found = [child(provider, "LambdaAuthorizer", "AuthorizerUri") for provider in providers]
    for number, function in enumerate([place for place in found if place is not None], 1):
        end: dict[str, Part] = {"Type": "AWS::Lambda::Function", "Arn": function}
        grant: dict[str, Part] = {"Source": {"Id": unit.logical_id}, "Destination": end, "Permissions": ["Write"]}
        properties = build_map(grant, function, "LambdaAuthorizer")
        name = f"{unit.logical_id}ToLambdaAuthConnector{number}"
        lowering.connectors.append(Unit(name, "AWS::Serverless::Connector", properties, function.at(), unit.condition))


def _cache_and_domain(lowering: Lowering, unit: Unit) -> None:
    cache, domain = plain_map(unit.get("Cache")), plain_map(unit.get("DomainName"))
    if cache is not None:
        value: dict[str, Part] = {"ApiId": _api(unit), **cache.items}
        cause = Cause(unit.properties.key("Cache"), "Cache")
        lowering.generate(unit, f"{unit.logical_id}ApiCache", "AWS::AppSync::ApiCache", value, cause, cache)
    if domain is not None:
        cause = Cause(unit.properties.key("DomainName"), "DomainName")
        name = f"{unit.logical_id}DomainName"
        lowering.generate(unit, name, "AWS::AppSync::DomainName", dict(domain.items), cause, domain)
        value = {"ApiId": _api(unit), "DomainName": ref(name)}
        lowering.generate(unit, f"{name}ApiAssociation", "AWS::AppSync::DomainNameApiAssociation", value, cause)


def _api(unit: Unit) -> dict[str, Part]:
    return get_att(unit.logical_id, "ApiId")


def _logging(lowering: Lowering, unit: Unit) -> Part:
    """Logging as written; everything is logged, with a role for it, where nothing is written."""
    written = unit.get("Logging")
    if flag(written) is False:
        return None
    config = plain_map(written)
    own: dict[str, Part] = {"FieldLogLevel": "ALL"}
    own.update(pick(config, config.items) if config is not None else {})
    if "CloudWatchLogsRoleArn" in own:
        return own
    role = f"{unit.logical_id}CloudWatchRole"
    value: dict[str, Part] = {
        "AssumeRolePolicyDocument": trust("appsync.amazonaws.com"),
        "ManagedPolicyArns": [sub(_LOGS)],
    }
    lowering.generate(unit, role, "AWS::IAM::Role", value, Cause(unit.origin, f"logging of {unit.logical_id}"))
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


def _lambda_source(lowering: Lowering, unit: Unit, name: str, entry: Mapping, cause: Cause) -> str:
    logical_id = f"{unit.logical_id}{name}LambdaDataSource"
    function: Part = given(entry.get("FunctionArn"))
    end: dict[str, Part] = {"Type": "AWS::Lambda::Function", "Arn": function}
    value: dict[str, Part] = {
        "Type": "AWS_LAMBDA",
        "LambdaConfig": {"LambdaFunctionArn": function},
        "ServiceRoleArn": _role(lowering, unit, entry, logical_id, "ToLambda", end, ["Write"], cause),
    }
    _source(lowering, unit, logical_id, name, entry, value, cause)
    return logical_id


def _table_source(lowering: Lowering, unit: Unit, name: str, entry: Mapping, cause: Cause) -> str:
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
    return logical_id


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
