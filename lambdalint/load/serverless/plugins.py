"""Plugins: what they add to or change of what rules judge.

A plugin is a program and can change everything. The common ones that change what rules look at are understood, or
make what they change unknown; those that only build, test or deploy are passed over; all others are named.
"""

from __future__ import annotations

from lambdalint.load.nodes import text_of
from lambdalint.load.serverless.service import Service, listed
from lambdalint.source.node import Mapping, Origin, Sequence

#: Plugins that build, test, deploy or delete, or add what is beside functions: buckets' content, domains, tables. Some
#: add tags or variables of the environment: rules that count these may miss a finding, and never make one up.
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
        "serverless-plugin-include-dependencies",
        "serverless-plugin-optimize",
        "serverless-plugin-resource-tagging",
        "serverless-plugin-scripts",
        "serverless-plugin-split-stacks",
        "serverless-plugin-stack-config",
        "serverless-plugin-stack-outputs",
        "serverless-plugin-typescript",
        "serverless-prune-plugin",
        "serverless-python-individually",
        "serverless-python-requirements",
        "serverless-reqvalidator-plugin",
        "serverless-s3-bucket-helper",
        "serverless-s3-deploy",
        "serverless-s3-local",
        "serverless-s3-remover",
        "serverless-s3-sync",
        "serverless-secrets-plugin",
        "serverless-stack-output",
        "serverless-stage-manager",
        "serverless-tag-cloud-watch-logs",
        "serverless-webpack",
        "serverless-wsgi",
    }
)
#: Sections of their own, what a plugin makes of them, and the plugin if it is understood.
_SECTIONS = {
    "appSync": ("an AppSync API", ""),
    "constructs": ("constructs of serverless-lift", "serverless-lift"),
    "stepFunctions": ("state machines", "serverless-step-functions"),
}
_KNOWN = _HARMLESS | {
    "serverless-appsync-plugin",
    "serverless-iam-roles-per-function",
    "serverless-layers",
    "serverless-lift",
    "serverless-plugin-aws-alerts",
    "serverless-plugin-canary-deployments",
    "serverless-plugin-ifelse",
    "serverless-plugin-lambda-dead-letter",
    "serverless-plugin-log-retention",
    "serverless-plugin-tracing",
    "serverless-plugin-warmup",
    "serverless-provisioned-concurrency-autoscaling",
    "serverless-pseudo-parameters",
    "serverless-scriptable-plugin",
    "serverless-slic-watch-plugin",
    "serverless-step-functions",
}
_PACKAGE = "run `serverless package` and check .serverless"


def plugin_names(service: Service) -> tuple[str, ...]:
    """The names of the plugins that a service uses."""
    written = service.top("plugins")
    if isinstance(written, Mapping):
        written = written.get("modules")
    return tuple(name for name in (text_of(item) for item in listed(written)) if name is not None)


def prepare_plugins(service: Service) -> None:
    """Let the plugins that add or change functions and the provider do so, before anything is made of them."""
    if "serverless-lift" in service.plugins:
        from lambdalint.load.serverless.lift import add_constructs

        add_constructs(service)
    if "serverless-plugin-warmup" in service.plugins:
        from lambdalint.load.serverless.warmers import add_warmers

        add_warmers(service)


def apply_plugins(service: Service) -> None:
    """Add what the plugins of a service add, and name those that are not understood."""
    for name in service.plugins:
        _apply(service, name)
        if name not in _KNOWN and "bref" not in name and not name.endswith(("-offline", "-local")):
            _name(service, name)
    for section, (what, plugin) in _SECTIONS.items():
        if section in service.root and plugin not in service.plugins:
            why = f"a plugin makes them, so they are not looked at; {_PACKAGE}"
            service.gap(f"{section}: {what}", why, service.root.key(section))


def _apply(service: Service, name: str) -> None:
    """Let one plugin work on what the framework made."""
    match name:
        case "serverless-iam-roles-per-function":
            from lambdalint.load.serverless.own_roles import add_own_roles

            add_own_roles(service)
        case "serverless-layers":
            from lambdalint.load.serverless.added_layers import add_unknown_layers

            add_unknown_layers(service)
        case "serverless-plugin-aws-alerts":
            from lambdalint.load.serverless.alerts import add_alerts

            add_alerts(service)
        case "serverless-plugin-log-retention":
            from lambdalint.load.serverless.log_retention import set_retention

            set_retention(service)
        case "serverless-plugin-tracing":
            from lambdalint.load.serverless.tracing import set_tracing

            set_tracing(service)
        case "serverless-provisioned-concurrency-autoscaling":
            from lambdalint.load.serverless.concurrency_scaling import add_scaling

            add_scaling(service)
        case "serverless-step-functions":
            from lambdalint.load.serverless.state_machines import add_state_machines

            add_state_machines(service)
        case "serverless-plugin-canary-deployments" | "serverless-plugin-ifelse" | "serverless-scriptable-plugin":
            _name_changes(service, name)


def _name_changes(service: Service, name: str) -> None:
    """Name what a plugin changes that cannot be followed here, as far as the service asks for it."""
    if name == "serverless-plugin-canary-deployments":
        for function in service.functions.values():
            if "deploymentSettings" in function.properties:
                why = f"events will point at an alias that a plugin makes, which is not looked at; {_PACKAGE}"
                place = function.properties.key("deploymentSettings")
                service.gap(f"deploymentSettings of {function.name}", why, place)
                service.stack.unseen.setdefault(("AWS::Lambda::Alias", None), f"the plugin {name} adds aliases")
    elif name == "serverless-plugin-ifelse":
        if service.top("custom", "serverlessIfElse") is not None:
            _name(service, name, "it may change any setting")
    else:
        hooks = [service.top("custom", "scriptHooks"), service.top("custom", "scriptable", "hooks")]
        commands = [
            item
            for hook in hooks
            if isinstance(hook, Mapping)
            for value in hook.items.values()
            for item in listed(value)
        ]
        if any((text_of(item) or "").endswith(".js") for item in commands):
            _name(service, name, "its scripts may change any resource")


def finish_plugins(service: Service) -> None:
    """Let the plugins that work on the finished template do so, in their order."""
    for name in service.plugins:
        match name:
            case "serverless-slic-watch-plugin":
                from lambdalint.load.serverless.slic_watch import add_alarms

                add_alarms(service)
            case "serverless-pseudo-parameters":
                from lambdalint.load.serverless.pseudo import replace_marks

                replace_marks(service)
    brought = {function.logical_id for function in service.functions.values() if function.brought}
    for resource in service.stack.resources.values() if brought else ():
        if resource.logical_id in brought or resource.owner in brought:
            resource.judged = False


def _name(service: Service, name: str, what: str = "it is not known here and may change any resource") -> None:
    service.gap(f"plugin {name}", f"{what}; {_PACKAGE}", _place(service, name))


def _place(service: Service, name: str) -> Origin:
    """Where a plugin is named."""
    written = service.root.get("plugins")
    if isinstance(written, Sequence):
        for item in written.items:
            if text_of(item) == name:
                return item
    return service.root.key("plugins")
