"""Plugins: what they add to or change of what rules judge.

A plugin is a program and can change everything. The common ones that change what rules look at are understood, or
make what they change unknown; those that only build, test or deploy are passed over; all others are named.
"""

from __future__ import annotations

from lambdalint.load.nodes import text_of
from lambdalint.load.serverless.service import Service, listed
from lambdalint.source.node import Mapping, Origin, Sequence

#: Plugins that build, test, deploy or delete, or add what is beside functions: buckets' content, domains, tables.
_HARMLESS = frozenset(
    {
        "serverless-api-compression",
        "serverless-api-gateway-caching",
        "serverless-apigw-binary",
        "serverless-apigateway-service-proxy",
        "serverless-associate-waf",
        "serverless-aws-documentation",
        "serverless-better-credentials",
        "serverless-build-plugin",
        "serverless-bundle",
        "serverless-certificate-creator",
        "serverless-cloudfront-invalidate",
        "serverless-cloudside-plugin",
        "serverless-deployment-bucket",
        "serverless-domain-manager",
        "serverless-dotenv-plugin",
        "serverless-dynamodb",
        "serverless-dynamodb-autoscaling",
        "serverless-dynamodb-local",
        "serverless-dynamodb-seed",
        "serverless-esbuild",
        "serverless-export-env",
        "serverless-finch",
        "serverless-functions-base-path",
        "serverless-go-plugin",
        "serverless-jest-plugin",
        "serverless-localstack",
        "serverless-mocha-plugin",
        "serverless-nextjs-plugin",
        "serverless-offline",
        "serverless-offline-dynamodb-streams",
        "serverless-offline-scheduler",
        "serverless-offline-sns",
        "serverless-offline-sqs",
        "serverless-offline-ssm",
        "serverless-openapi-documentation",
        "serverless-openapi-documenter",
        "serverless-package-python-functions",
        "serverless-plugin-bind-deployment-id",
        "serverless-plugin-common-excludes",
        "serverless-plugin-git-variables",
        "serverless-plugin-ifelse",
        "serverless-plugin-include-dependencies",
        "serverless-plugin-log-retention",
        "serverless-plugin-optimize",
        "serverless-plugin-resource-tagging",
        "serverless-plugin-scripts",
        "serverless-plugin-split-stacks",
        "serverless-plugin-stack-config",
        "serverless-plugin-stack-outputs",
        "serverless-plugin-typescript",
        "serverless-plugin-warmup",
        "serverless-prune-plugin",
        "serverless-pseudo-parameters",
        "serverless-python-individually",
        "serverless-python-requirements",
        "serverless-reqvalidator-plugin",
        "serverless-s3-bucket-helper",
        "serverless-s3-deploy",
        "serverless-s3-local",
        "serverless-s3-remover",
        "serverless-s3-sync",
        "serverless-scriptable-plugin",
        "serverless-secrets-plugin",
        "serverless-stack-output",
        "serverless-stage-manager",
        "serverless-tag-cloud-watch-logs",
        "serverless-webpack",
        "serverless-wsgi",
    }
)
#: Plugins that add alarms on every function.
_ALARMS = frozenset({"serverless-slic-watch-plugin"})
#: Sections of their own, and what a plugin makes of them.
_SECTIONS = {
    "stepFunctions": "state machines",
    "constructs": "constructs of serverless-lift",
    "appSync": "an AppSync API",
}
_KNOWN = _HARMLESS | {
    "serverless-appsync-plugin",
    "serverless-iam-roles-per-function",
    "serverless-lift",
    "serverless-plugin-aws-alerts",
    "serverless-plugin-lambda-dead-letter",
    "serverless-step-functions",
}


def plugin_names(service: Service) -> tuple[str, ...]:
    """The names of the plugins that a service uses."""
    written = service.top("plugins")
    if isinstance(written, Mapping):
        written = written.get("modules")
    return tuple(name for name in (text_of(item) for item in listed(written)) if name is not None)


def apply_plugins(service: Service) -> None:
    """Add what the plugins of a service add, and name those that are not understood."""
    if "serverless-iam-roles-per-function" in service.plugins:
        from lambdalint.load.serverless.own_roles import add_own_roles

        add_own_roles(service)
    if "serverless-plugin-aws-alerts" in service.plugins:
        from lambdalint.load.serverless.alerts import add_alerts

        add_alerts(service)
    for name in service.plugins:
        if name in _ALARMS:
            service.stack.unseen.setdefault(("AWS::CloudWatch::Alarm", None), f"the plugin {name} adds alarms")
        elif name not in _KNOWN and "bref" not in name and not name.endswith(("-offline", "-local")):
            _name(service, name)
    for section, what in _SECTIONS.items():
        if section in service.root:
            why = "a plugin makes them, so they are not looked at; run `serverless package` and check .serverless"
            service.gap(f"{section}: {what}", why, service.root.key(section))


def _name(service: Service, name: str) -> None:
    why = "it is not known here and may change any resource; run `serverless package` and check .serverless"
    service.gap(f"plugin {name}", why, _place(service, name))


def _place(service: Service, name: str) -> Origin:
    """Where a plugin is named."""
    written = service.root.get("plugins")
    if isinstance(written, Sequence):
        for item in written.items:
            if text_of(item) == name:
                return item
    return service.root.key("plugins")
