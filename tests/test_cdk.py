"""What ``cdk synth`` writes: which of its files are templates, whose code is whose, and what the framework owns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from judging import report_of, rule, stack_of

from lambdalint.load.collect import collect
from lambdalint.load.stack import Resource
from lambdalint.model.framework import is_framework_owned

HASH, OTHER_HASH = "ab12" * 16, "cd34" * 16

#: Finds functions whose handler calls SNS or the like and is read from the code.
SENDS = """\
title: Function does what must not happen twice
severity: medium
confidence: firm
since: 0.1.0
for: function
require: not function.code.readable or function.code.side_effects == None
message: "{function.name} does {function.code.side_effects}"
why: It counts.
references: [https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html]
examples:
  fail:
    - cloudformation: |
        Resources:
          F:  # finding
            Type: AWS::Lambda::Function
            Properties: {Handler: app.handler, Runtime: python3.13, Code: src}
      files:
        src/app.py: |
          import boto3
          def handler(event, context):
              boto3.client("sns").publish(Message="x")
  pass:
    - cloudformation: |
        Resources:
          F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler, Runtime: python3.13}}
"""
CODE = 'import boto3\ndef handler(event, context):\n    boto3.client("sns").publish(Message="x")\n'


def function(path: str | None, code: str = HASH, asset: str | None = None, timeout: int = 900) -> dict[str, Any]:
    """A function as CDK writes it: ``path`` is its construct."""
    metadata = {} if path is None else {"aws:cdk:path": path}
    if asset is not None:
        metadata |= {"aws:asset:path": asset, "aws:asset:is-bundled": "false", "aws:asset:property": "Code"}
    bucket = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": bucket, "S3Key": f"{code}.zip"},
            "Handler": "app.handler",
            "Runtime": "python3.13",
            "Timeout": timeout,
        },
        "Metadata": metadata,
    }


def stack_artifact(name: str) -> dict[str, Any]:
    return {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}


def write(root: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content, indent=1))


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """An assembly with two stacks, one in a stage, and a nested stack; and much that is no template of it."""
    nested_url = {"Fn::Join": ["", ["https://s3.", {"Ref": "AWS::Region"}, f".amazonaws.com/b/{OTHER_HASH}.json"]]}
    (tmp_path / ".git").mkdir()
    write(
        tmp_path / "cdk.out",
        {
            "cdk.out": {"version": "48.0.0"},
            "tree.json": {"tree": {}},
            "manifest.json": {
                "version": "48.0.0",
                "artifacts": {
                    "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
                    "Shop.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Shop.assets.json"}},
                    "Shop": stack_artifact("Shop"),
                    "assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}},
                    "Outside": stack_artifact("../outside"),
                    "Gone": stack_artifact("Gone"),
                },
            },
            "Shop.template.json": {
                "Resources": {
                    "Worker1A2B3C4D": function("Shop/Worker/Resource", asset=f"asset.{HASH}"),
                    "Nested.NestedStack": {
                        "Type": "AWS::CloudFormation::Stack",
                        "Properties": {"TemplateURL": nested_url, "Parameters": {"T": 100}},
                        "Metadata": {
                            "aws:cdk:path": "Shop/Nested.NestedStack/Nested.NestedStackResource",
                            "aws:asset:path": "ShopNested.nested.template.json",
                            "aws:asset:property": "TemplateURL",
                        },
                    },
                }
            },
            "ShopNested.nested.template.json": {
                "Parameters": {"T": {"Type": "Number"}},
                "Resources": {"InnerFn": function("Shop/Nested/Inner/Resource") | {"Condition": "Never"}},
                "Conditions": {"Never": {"Fn::Equals": [{"Ref": "T"}, "100"]}},
            },
            "Stale.template.json": {"Resources": {"Old": function("Stale/Old/Resource")}},
            f"asset.{HASH}/app.py": CODE,
            f"asset.{HASH}/template.json": {"Resources": {"NotOurs": function(None)}},
            "assembly-Prod/cdk.out": {"version": "48.0.0"},
            "assembly-Prod/manifest.json": {"artifacts": {"ProdShop": stack_artifact("ProdShop")}},
            "assembly-Prod/ProdShop.template.json": {
                "Resources": {"WorkerProd": function("Prod/Shop/Worker/Resource", timeout=3)}
            },
        },
    )
    write(tmp_path, {"outside.template.json": {"Resources": {"Outside": function(None)}}})
    return tmp_path


@pytest.mark.parametrize("named", ["cdk.out", "cdk.out/manifest.json"])
def test_the_manifest_names_the_templates(named: str, assembly: Path) -> None:
    found, gaps = collect([assembly / named], assembly)
    assert gaps == []
    assert [file.name for file in found] == [
        "cdk.out/Shop.template.json",
        "cdk.out/assembly-Prod/ProdShop.template.json",
    ]


def test_nested_stacks_are_followed_by_their_assets(assembly: Path) -> None:
    report = report_of(assembly / "cdk.out", here=assembly)
    assert report.gaps == ()
    assert [finding.message for finding in report.findings] == [
        "Shop/Worker may run for 900 s",
        "Shop/Nested/Inner may run for 900 s",
    ]
    assert [finding.subject.logical_id for finding in report.findings] == ["Worker1A2B3C4D", "InnerFn"]
    assert sorted(seen.document.path or "" for seen in report.seen) == [
        "cdk.out/Shop.template.json",
        "cdk.out/ShopNested.nested.template.json",
        "cdk.out/assembly-Prod/ProdShop.template.json",
    ]


def test_a_manifest_that_is_unreadable_hides_nothing(assembly: Path) -> None:
    (assembly / "cdk.out" / "manifest.json").write_text("{")
    found, _ = collect([assembly / "cdk.out"], assembly)
    assert {file.name.rpartition("/")[2] for file in found} >= {"Shop.template.json", "Stale.template.json"}


@pytest.mark.parametrize(
    ("asset", "listed"),
    [
        (f"asset.{HASH}", None),
        (f"/builds/app/cdk.out/asset.{HASH}", None),
        (None, {HASH: {"source": {"path": f"asset.{HASH}", "packaging": "zip"}}}),
        # Nothing says where the code is, or what says so is no use.
        (None, None),
        (None, {HASH: {"source": {}}}),
        (None, [1]),
        ("../secret", None),
    ],
)
def test_the_code_of_a_function_is_its_asset(asset: str | None, listed: Any, tmp_path: Path) -> None:
    (tmp_path / "cdk.out" / ".git").mkdir(parents=True)
    write(
        tmp_path,
        {
            "cdk.out/Shop.template.json": {"Resources": {"F": function("Shop/F/Resource", asset=asset)}},
            f"cdk.out/asset.{HASH}/app.py": CODE,
            "secret/app.py": CODE,
        },
    )
    if listed is not None:
        write(tmp_path, {"cdk.out/Shop.assets.json": {"files": listed}})
    report = report_of(tmp_path / "cdk.out" / "Shop.template.json", here=tmp_path, rules=[rule(SENDS, "sends")])
    known = (asset or "").endswith(HASH) or (isinstance(listed, dict) and "path" in listed[HASH]["source"])
    assert [finding.message for finding in report.findings] == (["Shop/F does sns:Publish"] if known else [])


@pytest.mark.parametrize(
    ("path", "logical_id", "owned"),
    [
        ("Shop/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler", "CustomS3AutoDelete9D90184F", True),
        ("Shop/Custom::VpcRestrictDefaultSGCustomResourceProvider/Role", "X", True),
        ("Shop/Custom::CrossRegionExportWriterCustomResourceProvider/Handler", "X", True),
        ("Shop/Custom::CrossRegionStringParameterReaderCustomResourceProvider/Handler", "X", True),
        ("Shop/Custom::AWSCDKOpenIdConnectProviderCustomResourceProvider/Handler", "X", True),
        ("Shop/Custom::ECRAutoDeleteImagesCustomResourceProvider/Handler", "X", True),
        ("Shop/AWSCDK.TriggerCustomResourceProviderCustomResourceProvider/Handler", "X", True),
        ("Shop/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/Resource", "X", True),
        ("Shop/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/ServiceRole/DefaultPolicy/Resource", "X", True),
        ("Shop/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C/Resource", "X", True),
        ("Shop/Custom::CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C512MiB/Resource", "X", True),
        ("Shop/AWS679f53fac002430cb0da5b7982bd2287/Resource", "X", True),
        ("Shop/BucketNotificationsHandler050a0587b7544547bf325f094a3db834/Resource", "X", True),
        ("Shop/Provider/framework-onEvent/Resource", "X", True),
        ("Shop/Provider/framework-isComplete/ServiceRole/Resource", "X", True),
        ("Shop/Provider/framework-onTimeout/Resource", "X", True),
        ("Shop/Provider/waiter-state-machine/Role/Resource", "X", True),
        ("Shop/@aws-cdk--aws-dynamodb.ReplicaProvider/OnEventHandler/Resource", "X", True),
        ("Shop/Evaluate/Resource", "X", False),
        ("Shop/Eval672bfe1976c9448b9584ee75ca09edbf/Resource", "X", True),
        ("Shop/Certificate/CertificateRequestorFunction/Resource", "X", True),
        # What people call their own things.
        ("Shop/Worker/Resource", "Worker1A2B3C4D", False),
        ("Shop/LogRetentionChecker/Resource", "LogRetentionChecker1A2B3C4D", False),
        ("Shop/framework-onboarding/Resource", "X", False),
        ("Shop/OrderCustomResourceProvider/Handler", "X", False),
        ("CustomResourceProvider/Worker/Resource", "X", False),
        ("Shop/BucketNotificationsHandler/Resource", "X", False),
        # Without paths the logical ids tell.
        (None, "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F", True),
        (None, "CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092", True),
        (None, "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aFD4BFC8A", True),
        (None, "CustomCDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C81C01536", True),
        (None, "AWS679f53fac002430cb0da5b7982bd22872D164C4C", True),
        (None, "BucketNotificationsHandler050a0587b7544547bf325f094a3db8347ECC3691", True),
        (None, "Worker1A2B3C4D", False),
        (None, "LogRetentionChecker", False),
        (None, "CustomResourceProvider", False),
    ],
)
def test_what_the_framework_owns(path: str | None, logical_id: str, owned: bool) -> None:
    stack = stack_of(json.dumps({"Resources": {logical_id: function(path)}}), "t.template.json")
    (resource,) = stack.resources.values()
    assert isinstance(resource, Resource)
    assert is_framework_owned(resource) is owned


def test_what_the_framework_owns_is_not_judged(tmp_path: Path) -> None:
    resources = {
        "Mine": function("Shop/Mine/Resource"),
        "Theirs": function("Shop/Provider/framework-onEvent/Resource"),
    }
    write(tmp_path, {"Shop.template.json": {"Resources": resources}})
    report = report_of(tmp_path, here=tmp_path)
    assert [finding.message for finding in report.findings] == ["Shop/Mine may run for 900 s"]
