"""Resources that AWS CDK adds by itself: their code is the framework's, so nobody who reads the findings can change it.

Told by the steps of their construct paths, and where paths are turned off by their logical ids, in which the ids of
singletons are fixed.
https://github.com/aws/aws-cdk (packages/aws-cdk-lib; as of v2.220)
"""

from __future__ import annotations

import re

from lambdalint.load.stack import Resource
from lambdalint.source.node import Scalar

#: Whole steps of construct paths.
_STEPS = frozenset(
    {
        # custom_resources.Provider
        "framework-onEvent",
        "framework-isComplete",
        "framework-onTimeout",
        "waiter-state-machine",
        # core.CfnUtils
        "AWSCDKCfnUtilsProviderCustomResourceProvider",
        # certificatemanager.DnsValidatedCertificate
        "CertificateRequestorFunction",
        # nested stacks of aws-dynamodb and aws-eks
        "@aws-cdk--aws-dynamodb.ReplicaProvider",
        "@aws-cdk--aws-eks.ClusterResourceProvider",
        "@aws-cdk--aws-eks.KubectlProvider",
        "@aws-cdk--aws-eks-v2-alpha.KubectlProvider",
        "KubectlProvider",
    }
)

#: What the steps of singletons and the logical ids of their resources begin with.
_SINGLETONS = (
    "AWS679f53fac002430cb0da5b7982bd2287",  # custom_resources.AwsCustomResource
    "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a",  # logs.LogRetention
    "BucketNotificationsHandler050a0587b7544547bf325f094a3db834",  # s3.Bucket notifications
    "SingletonLambda224e77f9a32e4b4dac32983477abba16",  # ses.ReceiptRuleSet dropSpam
)
#: s3_deployment.BucketDeployment; the path has ``Custom::``, the logical id has not, and a memory size may follow.
_DEPLOYMENT = "CDKBucketDeployment8693BB64968944B69AAFB0CC9EB8756C"
#: stepfunctions_tasks.EvaluateExpression, one for each runtime.
_EVALUATE = re.compile(r"Eval[0-9a-f]{32}")
#: core.CustomResourceProvider: auto-deletion of objects and images, default security groups, cross-region references,
#: OpenID Connect providers, triggers, zone delegation, ...
_PROVIDER = "CustomResourceProvider"
_PROVIDER_ID = re.compile(r"CustomResourceProvider(?:Handler|Role)[0-9A-F]{8}$")


def is_framework_owned(resource: Resource) -> bool:
    """Whether AWS CDK added a resource by itself."""
    path = resource.metadata.get("aws:cdk:path") if resource.metadata is not None else None
    if isinstance(path, Scalar):
        return any(_is_framework_step(step) for step in path.text.split("/")[1:])
    tag = resource.metadata.get("aws:cloudformation:logical-id") if resource.metadata is not None else None
    logical_id = tag.text if isinstance(tag, Scalar) and tag.text else resource.logical_id
    return (
        logical_id.startswith(_SINGLETONS)
        or logical_id.startswith("Custom" + _DEPLOYMENT)
        or _EVALUATE.match(logical_id) is not None
        or _PROVIDER_ID.search(logical_id) is not None
    )


def _is_framework_step(step: str) -> bool:
    return (
        step in _STEPS
        or step.startswith(_SINGLETONS)
        or step.startswith("Custom::" + _DEPLOYMENT)
        or _EVALUATE.fullmatch(step) is not None
        or (step.endswith(_PROVIDER) and (step.startswith("Custom::") or step.count(_PROVIDER) > 1))
    )
