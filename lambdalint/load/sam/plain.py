"""SAM resources that become one CloudFormation resource: tables, layers, nested applications.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, build_map, child, given, intrinsic, pick, plain_map, text_of
from lambdalint.load.sam.lowering import Lowering, Unit
from lambdalint.load.sam.roles import tag_list, tags_of
from lambdalint.load.sam.s3 import s3_location
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Node

_ATTRIBUTE_TYPES = {"String": "S", "Number": "N", "Binary": "B"}


def declared(
    unit: Unit, kind: str, value: dict[str, Part], renamed: dict[str, str] | None = None, **attributes: Node
) -> Resource:
    """The resource that a person declared, in CloudFormation's words.

    ``renamed`` maps property names to those that SAM has for them: their keys keep the place of those.
    """
    written = unit.properties
    properties = build_map(value, unit.origin, unit.via or unit.type, written)
    properties.document, properties.start, properties.end = written.document, written.start, written.end
    properties.via = written.via
    for name, source in (renamed or {}).items():
        if name in properties and source in written.keys:
            properties.keys[name] = written.keys[source]
    carried = {**attributes, **unit.attributes}
    return Resource(unit.logical_id, kind, properties, unit.origin, unit.condition, unit.via, None, carried)


def lower_table(lowering: Lowering, unit: Unit) -> None:
    """``AWS::Serverless::SimpleTable``: a DynamoDB table with one key, ``id`` where none is written."""
    key = plain_map(unit.get("PrimaryKey"))
    name: Part = (given(key.get("Name")) if key is not None else None) or "id"
    kind: Part = given(key.get("Type")) if key is not None else None
    if kind is None:
        kind = "S"
    elif not isinstance(kind, Mapping):
        written = given(key.get("Type")) if key is not None else None
        kind = build(_ATTRIBUTE_TYPES.get(text_of(written) or "", text_of(written) or ""), written or unit.origin)
    throughput = unit.get("ProvisionedThroughput")
    value: dict[str, Part] = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind}],
        "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST" if throughput is None else None,
        "Tags": tags_of(unit, None),
        **pick(
            unit.properties,
            ("PointInTimeRecoverySpecification", "ProvisionedThroughput", "SSESpecification", "TableName"),
        ),
    }
    lowering.add(declared(unit, "AWS::DynamoDB::Table", value, {"KeySchema": "PrimaryKey"}))


def lower_layer(lowering: Lowering, unit: Unit) -> None:
    """``AWS::Serverless::LayerVersion``: a layer version, kept on deletion unless ``RetentionPolicy`` says otherwise.

    Its logical id stays as written; SAM adds a hash to it, which would break every reference shown to a person.
    """
    uri = unit.get("ContentUri")
    names = {"Bucket": "S3Bucket", "Key": "S3Key", "Version": "S3ObjectVersion"}
    value: dict[str, Part] = {
        "Content": None if uri is None else s3_location(uri, names),
        "LayerName": unit.get("LayerName") or unit.logical_id,
        **pick(unit.properties, ("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo")),
    }
    wish = unit.get("RetentionPolicy")
    policy = (lowering.resolve(wish) or "Retain") if wish is not None else "Retain"
    keep = build(policy.capitalize(), wish or unit.origin, "RetentionPolicy")
    renamed = {"Content": "ContentUri"}
    lowering.add(declared(unit, "AWS::Lambda::LayerVersion", value, renamed, DeletionPolicy=keep))


def lower_application(lowering: Lowering, unit: Unit) -> None:
    """``AWS::Serverless::Application``: a nested stack; what it holds is not looked at."""
    location = unit.get("Location")
    tags: list[Part] = [{"Key": "lambda:createdBy", "Value": "SAM"}]
    if isinstance(location, Mapping) and intrinsic(location) is None:
        for key, name in (("applicationId", "ApplicationId"), ("semanticVersion", "SemanticVersion")):
            node = child(location, name)
            if node is not None:
                tags.append({"Key": f"serverlessrepo:{key}", "Value": node})
        template: Part = None
    else:
        template = location
    value: dict[str, Part] = {
        "TemplateURL": template,
        "Tags": [*tags, *tag_list(unit, None)],
        **pick(unit.properties, ("NotificationARNs", "Parameters", "TimeoutInMinutes")),
    }
    lowering.add(declared(unit, "AWS::CloudFormation::Stack", value, {"TemplateURL": "Location"}))
