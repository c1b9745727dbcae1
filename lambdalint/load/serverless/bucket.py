"""The bucket that the framework uploads to, and the layers of the service."""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, child, given, is_null, plain_map, ref, text_of
from lambdalint.load.serverless.naming import BUCKET, layer_id, normalized
from lambdalint.load.serverless.service import Cause, Service, is_true, key_values, listed
from lambdalint.source.node import Mapping

_VIA = "deployment bucket"


def add_bucket(service: Service) -> None:
    """Add the deployment bucket and its policy, unless one is named or shared (as in version 4)."""
    written = service.setting("deploymentBucket")
    settings = plain_map(written)
    named = written if settings is None else given(settings.get("name"))
    if named is not None or service.generation == "v4":
        return
    cause = Cause(service.place, _VIA)
    rule: Part = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    value: dict[str, Part] = {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}}
    if settings is not None:
        value["Tags"] = key_values(settings.get("tags")) or None
        if is_true(settings.get("blockPublicAccess")):
            names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
            value["PublicAccessBlockConfiguration"] = dict.fromkeys(names, True)
        if is_true(settings.get("versioning")):
            value["VersioningConfiguration"] = {"Status": "Enabled"}
    service.add(BUCKET, "AWS::S3::Bucket", value, cause)
    if settings is not None and is_true(settings.get("skipPolicySetup")):
        return
    arn: list[Part] = ["arn:", ref("AWS::Partition"), ":s3:::", ref(BUCKET)]
    statement: Part = {
        "Action": "s3:*",
        "Effect": "Deny",
        "Principal": "*",
        "Resource": [{"Fn::Join": ["", [*arn, "/*"]]}, {"Fn::Join": ["", arn]}],
        "Condition": {"Bool": {"aws:SecureTransport": False}},
    }
    policy: dict[str, Part] = {"Bucket": ref(BUCKET), "PolicyDocument": {"Statement": [statement]}}
    service.add(f"{BUCKET}Policy", "AWS::S3::BucketPolicy", policy, cause)


def add_layers(service: Service) -> None:
    """Add the layers that the service builds.

    https://www.serverless.com/framework/docs/providers/aws/guide/layers
    """
    layers = service.top("layers")
    for name, written in layers.items.items() if isinstance(layers, Mapping) else ():
        if is_null(written) or not isinstance(written, Mapping) or not isinstance(layers, Mapping):
            continue
        cause = Cause(layers.key(name), f"layer {name}")
        value: dict[str, Part] = {
            "Content": given(written.get("path")) or child(written, "package", "artifact") or ".",
            "LayerName": given(written.get("name")) or name,
            "Description": given(written.get("description")),
            "LicenseInfo": given(written.get("licenseInfo")),
            "CompatibleRuntimes": given(written.get("compatibleRuntimes")),
            "CompatibleArchitectures": given(written.get("compatibleArchitectures")),
        }
        names = {"Content": "path", "LayerName": "name", "CompatibleRuntimes": "compatibleRuntimes"}
        keep: dict[str, Part] = {"DeletionPolicy": "Retain" if is_true(written.get("retain")) else None}
        made = service.add(layer_id(name), "AWS::Lambda::LayerVersion", value, cause, written, names, attributes=keep)
        made.via = None
        for account in listed(written.get("allowedAccounts")):
            shown = (text_of(account) or "").replace("*", "Wild")
            permission: dict[str, Part] = {
                "Action": "lambda:GetLayerVersion",
                "LayerVersionArn": build(ref(layer_id(name)), cause.origin, cause.via),
                "Principal": account,
            }
            kind = "AWS::Lambda::LayerVersionPermission"
            service.add(f"{normalized(name)}{shown}LambdaLayerPermission", kind, permission, cause)
