"""The official SAM translator as the judge of lowering: how it is run, and what of two results is compared.

Not compared: hashes in logical ids, most of the definitions of APIs (only which operations there are and who may call
them is), the definitions of state machines (SAM turns them into text), where a nested application's template lies, the
code of AppSync resolvers (SAM gives some to those without), and the order of lists that are sets.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

Resources = dict[str, dict[str, Any]]
Translate = Callable[[dict[str, Any]], Resources]

HASH = re.compile(r"(?<=[0-9A-Za-z])(?:[0-9a-f]{20}|[0-9a-f]{10})$")
SETS = frozenset(
    {"DependsOn", "LambdaConfigurations", "ManagedPolicyArns", "Policies", "RecordSets", "Statement", "Tags", "Targets"}
)
NOT_COMPARED = {
    "AWS::ApiGateway::Deployment": ("Description",),
    "AWS::AppSync::Resolver": ("Code",),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::StepFunctions::StateMachine": ("Definition", "DefinitionString", "DefinitionSubstitutions"),
}
ATTRIBUTES = ("Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy")
ANY = "x-amazon-apigateway-any-method"

#: What ``sam package`` puts in place of a local path, by the property that holds it; all of them lie at one place.
BUCKET, KEY = "package", "key"
PLACE = f"s3://{BUCKET}/{KEY}"
LOCAL = {
    "AWS::AppSync::GraphQLSchema": "DefinitionS3Location",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
#: The same in CloudFormation's words.
PLACED = {
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location", PLACE),
    "AWS::Lambda::Function": ("Code", {"S3Bucket": BUCKET, "S3Key": KEY}),
    "AWS::Lambda::LayerVersion": ("Content", {"S3Bucket": BUCKET, "S3Key": KEY}),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", {"Bucket": BUCKET, "Key": KEY}),
}
IMAGE = "package/image"

REGION = "the translator puts the region it runs in for AWS::Region; the region is not known here"
SHA = "the translator appends AutoPublishCodeSha256 to Description to make a new version; the text is kept as written"
REPOSITORY = "it holds an application, whose template the translator asks of the Serverless Application Repository"
NAMED = "a function has the logical id of the implicit API, which the translator overwrites; what is declared is kept"

#: By test of the translator and logical id: why ours differs.
PAIR_DIFFERENCES = {
    ("api_with_basic_custom_domain_intrinsics", "ApiGatewayDomainName"): REGION,
    ("api_with_disable_api_execute_endpoint_openapi_3", "ApiGatewayApi"): (
        "the translator moves DisableExecuteApiEndpoint into an OpenAPI 3 definition; it stays a property here"
    ),
    ("api_with_merge_definitions_null_paths", "WebhooksApi"): (
        "the translator loses the routes of events where the definition to merge them into has null for paths"
    ),
    ("application_with_intrinsics", "ApplicationFindInMap"): f"in the keys of Fn::FindInMap, {REGION}",
    ("function_with_alias_and_code_sha256", "FunctionWithDescription"): SHA,
    ("function_with_alias_and_code_sha256", "FunctionWithIntrinsicDescription"): SHA,
    ("function_with_alias_and_code_sha256", "MinimalFunction"): SHA,
    ("implicit_api_with_serverless_rest_api_resource", "ServerlessRestApi"): NAMED,
    ("implicit_api_with_serverless_rest_api_resource", "ServerlessRestApiDeployment"): NAMED,
    ("implicit_api_with_serverless_rest_api_resource", "ServerlessRestApiProdStage"): NAMED,
    ("implicit_api_with_serverless_rest_api_resource", "ServerlessRestApiRole"): NAMED,
}

#: By real template and logical id: why ours differs.
TEMPLATE_DIFFERENCES = {
    (
        "aws-samples+serverless-patterns/msk-lambda-schema-avro-java-sam/template_original.yaml",
        "LambdaMSKConsumerJavaFunctionMSKEvent",
    ): REGION,
}
#: By real template: why the translator cannot say what it comes to.
NOT_TRANSLATED = {
    "SumoLogic+sumologic-aws-lambda/cloudwatchevents/guarddutybenchmark/packaged.yaml": REPOSITORY,
    "SumoLogic+sumologic-aws-lambda/cloudwatchevents/guarddutybenchmark/template_v2.yaml": REPOSITORY,
    "aws-powertools+powertools-lambda-python/examples/homepage/install/sar/sam.yaml": REPOSITORY,
}


class RefusedError(Exception):
    """The translator has no answer for a template."""


def load_translator() -> Translate:
    """The translator as a function from a template to its resources, or RefusedError.

    The test is skipped where the translator, or a package that it is fed from, is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser = pytest.importorskip("samtranslator.parser.parser").Parser
        translator = pytest.importorskip("samtranslator.translator.translator").Translator
        policies = pytest.importorskip("moto.iam.aws_managed_policies").aws_managed_policies_data
        boto3 = pytest.importorskip("boto3")
        invalid = pytest.importorskip("samtranslator.model.exceptions").InvalidDocumentException
        unreachable = pytest.importorskip("botocore.exceptions").BotoCoreError
    prefix = "arn:aws:iam::aws:policy"
    managed = {name: f"{prefix}{policy.get('Path', '/')}{name}" for name, policy in json.loads(policies).items()}
    session = boto3.Session("x", "x", region_name="eu-west-1")

    def run(template: dict[str, Any]) -> Resources:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                done = translator(managed, parser(), boto_session=session).translate(template, defaults_of(template))
            except (invalid, unreachable) as error:
                raise RefusedError(f"{type(error).__name__}: {error}") from error
        resources: Resources = done["Resources"]
        return resources

    return run


def read(text: str) -> dict[str, Any]:
    """A template as the translator reads it."""
    template: dict[str, Any] = pytest.importorskip("samtranslator.yaml_helper").yaml_parse(text)
    return template


def packaged(template: dict[str, Any]) -> dict[str, Any]:
    """The template with a place in S3 for every local path, without which the translator refuses it."""
    shared = (template.get("Globals") or {}).get("Function") or {}
    _place(shared, "CodeUri")
    for resource in template["Resources"].values():
        kind = resource.get("Type")
        if kind in LOCAL:
            properties = resource.setdefault("Properties", {})
            _place(properties, LOCAL[kind])
            if kind == "AWS::Serverless::Function":
                _give_code({**shared, **properties}, properties)
    return template


def _place(properties: dict[str, Any], name: str) -> None:
    written = properties.get(name)
    if isinstance(written, str) and not written.startswith(("s3://", "https://")):
        properties[name] = "https://package/key" if name == "Location" else PLACE


def _give_code(all_properties: dict[str, Any], properties: dict[str, Any]) -> None:
    if not all_properties.keys() & {"CodeUri", "ImageUri", "InlineCode"}:
        image = all_properties.get("PackageType") == "Image"
        properties.update({"ImageUri": IMAGE} if image else {"CodeUri": PLACE})


def placed(resource: dict[str, Any]) -> dict[str, Any]:
    """A resource of ours with the same places as ``packaged`` gives."""
    name, place = PLACED.get(resource["Type"], ("", None))
    properties = resource["Properties"]
    image = properties.get("PackageType") == "Image"
    missing = name == "Code" and name not in properties
    if missing or isinstance(properties.get(name), str):
        place = {"ImageUri": IMAGE} if name == "Code" and image else place
        return {**resource, "Properties": {**properties, name: place}}
    return resource


def unhashed(name: str) -> str:
    return HASH.sub("", name) if name.isalnum() and not name.isdecimal() else name


def normal(value: Any, defaults: dict[str, Any], key: str = "") -> Any:
    """A value without what is not compared; parameters stand for their defaults, as the translator has it."""
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in defaults:
            return normal(defaults[value["Ref"]], defaults, key)
        if isinstance(value.get("Fn::GetAtt"), str):
            value = {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
        return {name: normal(child, defaults, name) for name, child in value.items()}
    if isinstance(value, list):
        made = [normal(child, defaults, key) for child in value]
        return sorted(made, key=lambda child: json.dumps(child, sort_keys=True)) if key in SETS else made
    if isinstance(value, date):  # an unquoted date of a policy's Version
        return value.isoformat()
    return unhashed(value) if isinstance(value, str) else value


def operations(body: Any) -> Any:
    """Path, method and security of every operation of a definition, whatever condition it stands under.

    ``OPTIONS`` is left out: SAM adds it for CORS, and it answers without a function.
    """
    if not isinstance(body, dict) or len(body) == 1:
        return body
    found = [
        ["/$default" if path == "$default" else path, ANY if method.lower() == "any" else method, security]
        for path, items in (body.get("paths") or {}).items()
        for item in _branches(items)
        for method, operation in item.items()
        if method.lower() != "options"
        for security in (part.get("security") for part in _branches(operation) if isinstance(part, dict))
    ]
    return sorted(found, key=json.dumps)


def _branches(value: Any) -> list[Any]:
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        return [branch for part in value["Fn::If"][1:] for branch in _branches(part)]
    return [] if value == {"Ref": "AWS::NoValue"} else [value]


def comparable(resources: Resources, defaults: dict[str, Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, resource in resources.items():
        kind = resource.get("Type")
        if not isinstance(kind, str) or not kind.startswith("AWS::"):
            continue
        left_out = NOT_COMPARED.get(kind, ())
        properties = {
            key: operations(value) if key == "Body" else value
            for key, value in (resource.get("Properties") or {}).items()
            if key not in left_out
        }
        rest = {key: resource[key] for key in ATTRIBUTES if key in resource}
        if isinstance(rest.get("DependsOn"), str):
            rest["DependsOn"] = [rest["DependsOn"]]
        entry = {"Type": kind, "Properties": normal(properties, defaults), **normal(rest, defaults)}
        found.setdefault(unhashed(name), []).append(entry)
    return {
        name: sorted(entries, key=lambda entry: json.dumps(entry, sort_keys=True)) for name, entries in found.items()
    }


def compare(theirs: Resources, ours: Resources, defaults: dict[str, Any]) -> tuple[int, int, list[str]]:
    """How many of their resources ours has alike, how many they are, and the logical ids that differ in either."""
    wanted, found = comparable(theirs, defaults), comparable(ours, defaults)
    equal = sum(entry in found.get(name, []) for name, entries in wanted.items() for entry in entries)
    names = sorted(wanted.keys() | found.keys())
    return equal, sum(map(len, wanted.values())), [name for name in names if wanted.get(name) != found.get(name)]


def defaults_of(template: dict[str, Any]) -> dict[str, Any]:
    parameters = template.get("Parameters") or {}
    return {name: declared["Default"] for name, declared in parameters.items() if "Default" in declared}
