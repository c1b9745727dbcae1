"""Plugins of the Serverless Framework: what of them is not known here, where it stands, and hostile settings.

What the plugins make is compared with what they made themselves in tests/test_serverless.py (fixtures/serverless).
"""

from __future__ import annotations

from typing import Any

import pytest

from lambdalint.load.expand import Surroundings
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.source.folder import DictFolder
from lambdalint.source.node import Document
from lambdalint.source.scalar import to_json
from lambdalint.source.value import Unknown

ALARM = "AWS::CloudWatch::Alarm"


def lowered(plugins: str, more: str, function: str = "timeout: 3") -> Stack:
    """A service of one function ``one`` that uses plugins."""
    text = (
        f"service: test\nplugins: [{plugins}]\nprovider: {{name: aws, runtime: nodejs22.x}}\n{more}\n"
        f"functions:\n  one:\n    handler: app.handler\n    {function}\n"
    )
    stack = load_template(Document("serverless.yml", text), Values(), Surroundings(DictFolder({}), ""))
    assert isinstance(stack, Stack)
    return stack


def properties(stack: Stack, logical_id: str) -> dict[str, Any]:
    found = to_json(stack.resources[logical_id].properties)
    assert isinstance(found, dict)
    return found


def gaps(stack: Stack) -> list[tuple[int, str]]:
    return [(gap.origin.line if gap.origin is not None else 0, gap.what) for gap in stack.gaps]


# --- what is not known ------------------------------------------------------------------------------------------------


def watched(settings: str) -> str:
    return f"custom: {{slicWatch: {settings}}}"


def machine(settings: str) -> str:
    return f"stepFunctions: {{stateMachines: {{a: {settings}}}}}"


def state(settings: str) -> str:
    return machine(f"{{definition: {{StartAt: A, States: {{A: {settings}}}}}}}")


def task(resource: str, parameters: str) -> str:
    return state(f"{{Type: Task, Resource: 'arn:aws:states:::{resource}', Parameters: {parameters}}}")


def construct(kind: str, settings: str) -> str:
    return f"constructs: {{a: {{type: {kind}, {settings}}}}}"


WATCH = "serverless-slic-watch-plugin"
LIFT_PLUGIN = "serverless-lift"
MACHINES = "serverless-step-functions"
WARMUP = "serverless-plugin-warmup"
SCALING = "serverless-provisioned-concurrency-autoscaling"
CANARY = "serverless-plugin-canary-deployments"
SCRIPTS = "serverless-scriptable-plugin"
GONE = "'${file(gone.yml)}'"
HOOKS = "custom: {scriptHooks: {before:deploy:deploy: [@]}}"


@pytest.mark.parametrize(
    ("plugin", "more", "function", "line", "what"),
    [
        (WATCH, watched(GONE), "", 4, "variable ${file(gone.yml)}"),
        (LIFT_PLUGIN, construct("static-website", "path: ."), "", 4, "construct a of type static-website"),
        (LIFT_PLUGIN, f"constructs: {{a: {GONE}}}", "", 4, "variable ${file(gone.yml)}"),
        (LIFT_PLUGIN, construct("queue", "worker: nobody"), "", 4, "worker of a"),
        (MACHINES, f"stepFunctions: {{stateMachines: {GONE}}}", "", 4, "variable ${file(gone.yml)}"),
        (MACHINES, machine("{events: [{http: {path: a, method: GET}}], definition: {}}"), "", 4, "http event of a"),
        (MACHINES, machine("{notifications: {FAILED: []}, definition: {}}"), "", 4, "notifications of state machine a"),
        (WARMUP, "custom: {warmup: {enabled: true}}", "", 4, "custom.warmup"),
        (CANARY, "", "deploymentSettings: {type: AllAtOnce, alias: live}", 8, "deploymentSettings of one"),
        ("serverless-plugin-ifelse", "custom: {serverlessIfElse: [{If: 'true'}]}", "", 2, "plugin @"),
        (SCRIPTS, HOOKS.replace("@", "change.js"), "", 2, "plugin @"),
        ("serverless-nextjs-plugin", "", "", 2, "plugin @"),
    ],
)
def test_what_is_not_followed_is_named(plugin: str, more: str, function: str, line: int, what: str) -> None:
    assert gaps(lowered(plugin, more, function)) == [(line, what.replace("@", plugin))]


@pytest.mark.parametrize(
    ("plugin", "more"),
    [
        (CANARY, "custom: {}"),
        ("serverless-plugin-ifelse", "custom: {}"),
        (SCRIPTS, HOOKS.replace("@", "npm run build")),
        (WATCH, watched("{enabled: false}")),
        (LIFT_PLUGIN, "custom: {}"),
        (MACHINES, "custom: {}"),
        (WARMUP, "custom: {}"),
        (SCALING, "custom: {}"),
    ],
)
def test_a_plugin_that_is_asked_for_nothing_changes_nothing(plugin: str, more: str) -> None:
    stack = lowered(plugin, more)
    assert gaps(stack) == []
    assert stack.resources.keys() == lowered("serverless-offline", "").resources.keys()


@pytest.mark.parametrize(
    ("plugin", "more", "function", "kind"),
    [
        (WATCH, watched("{alarms: {Lambda: {enabled: '${env:X}'}}}"), "", ALARM),
        (WATCH, watched("{enabled: '${env:X}'}"), "", ALARM),
        (WATCH, watched("'${ssm:/a}'"), "", ALARM),
        (WATCH, "", "slicWatch: '${ssm:/a}'", ALARM),
        (WATCH, "", "slicWatch: {alarms: {Lambda: {Errors: {enabled: '${env:X}'}}}}", ALARM),
        (LIFT_PLUGIN, "constructs: '${ssm:/a}'", "", "AWS::Lambda::EventSourceMapping"),
        (
            SCALING,
            "",
            "provisionedConcurrency: 5\n    concurrencyAutoscaling: '${env:X}'",
            "AWS::ApplicationAutoScaling::ScalableTarget",
        ),
        (CANARY, "", "deploymentSettings: {alias: live}", "AWS::Lambda::Alias"),
    ],
)
def test_settings_that_are_not_known_leave_rules_undecided(plugin: str, more: str, function: str, kind: str) -> None:
    assert (kind, None) in lowered(plugin, more, function).unseen


def test_a_queue_of_lift_whose_timeout_is_not_known_has_no_known_visibility_timeout() -> None:
    stack = lowered("serverless-lift", "constructs: {jobs: {type: queue, worker: one}}", "timeout: '${env:T}'")
    queue = next(made for name, made in stack.resources.items() if name.startswith("jobsQueue"))
    assert isinstance(Resolver(stack).resolve(queue.properties.get("VisibilityTimeout")), Unknown)


@pytest.mark.parametrize(
    ("variable", "why"),
    [
        ("${construct:site.url}", "${construct:site.url} comes from the plugin serverless-lift"),
        ("${construct:jobs.nothing}", "${construct:jobs.nothing} comes from the plugin serverless-lift"),
    ],
)
def test_other_properties_of_constructs_are_unknown(variable: str, why: str) -> None:
    more = "constructs: {site: {type: static-website}, jobs: {type: queue, worker: one}}"
    stack = lowered("serverless-lift", more, f"memorySize: '{variable}'")
    found = Resolver(stack).resolve(stack.resources["OneLambdaFunction"].properties.get("MemorySize"))
    assert isinstance(found, Unknown)
    assert found.why == why


def test_a_task_of_another_service_leaves_the_role_of_a_state_machine_open() -> None:
    stack = lowered(MACHINES, task("bedrock:invokeModel", "{}"))
    role = properties(stack, "AStepFunctionsStateMachineRole")
    assert [*role["Policies"][0]["PolicyDocument"]["Statement"][0]] == ["Fn::ServerlessVariable"]


@pytest.mark.parametrize(
    ("more", "function", "count"),
    [
        ("", "timeout: 3", 1),
        ("custom: {serverless-layers: {functions: [other]}}", "timeout: 3", None),
        ("custom: {serverless-layers: [{a: {functions: [one]}}, {b: {}}]}", "layers: [arn:x]", 3),
    ],
)
def test_layers_that_are_published_before_are_unknown(more: str, function: str, count: int | None) -> None:
    found = properties(lowered("serverless-layers", more, function), "OneLambdaFunction").get("Layers")
    assert (None if found is None else len(found)) == count
    assert found is None or "Fn::ServerlessVariable" in found[-1]


# --- what nobody wrote, and where the rest stands ---------------------------------------------------------------------


def test_a_warmer_is_not_judged() -> None:
    stack = lowered("serverless-plugin-warmup", "custom: {warmup: {all: {enabled: true}}}")
    unjudged = {name for name, resource in stack.resources.items() if not resource.judged}
    assert {"WarmUpPluginAllLambdaFunction", "WarmUpPluginAllLogGroup", "WarmUpPluginAllRole"} <= unjudged
    assert stack.resources["OneLambdaFunction"].judged


LIFT = """\
constructs:
  jobs:
    type: queue
    maxRetries: 1
    batchSize: 3
    worker:
      handler: app.worker"""


@pytest.mark.parametrize(
    ("logical_id", "line", "via"),
    [
        ("JobsWorkerLambdaFunction", 9, None),
        ("JobsWorkerEventSourceMappingSQSJobsQueueCEDBAE3E", 5, "SQS event of jobsWorker"),
        ("jobsQueueCEDBAE3E", 5, "construct jobs"),
    ],
)
def test_what_a_construct_brings_stands_where_it_is_declared(logical_id: str, line: int, via: str | None) -> None:
    resource = lowered("serverless-lift", LIFT).resources[logical_id]
    assert (resource.origin.line, resource.via) == (line, via)


@pytest.mark.parametrize(
    ("logical_id", "path", "line"),
    [
        ("JobsWorkerEventSourceMappingSQSJobsQueueCEDBAE3E", ["BatchSize"], 8),
        ("JobsWorkerLambdaFunction", ["Handler"], 10),
        ("jobsQueueCEDBAE3E", ["RedrivePolicy", "maxReceiveCount"], 7),
    ],
)
def test_settings_of_a_construct_stand_where_they_are_written(logical_id: str, path: list[str], line: int) -> None:
    node: Any = lowered("serverless-lift", LIFT).resources[logical_id].properties
    for key in path:
        node = node.get(key)
    assert node.line == line


# --- hostile settings -------------------------------------------------------------------------------------------------

SHAPES = ["~", "text", "3", "true", "[]", "[1, {a: b}]", "{}", "{a: [b]}", GONE, "'${env:X}'"]
MACHINE = [
    "events", "alarms", "notifications", "loggingConfig", "tracingConfig", "tags", "name", "id", "type", "role",
    "dependsOn", "useExactVersion", "iamRoleStatements", "kmsKeyArns",
]  # fmt: skip
TASKS = {
    "lambda:invoke": "FunctionName",
    "sqs:sendMessage": "QueueUrl",
    "sns:publish": "TopicArn",
    "dynamodb:getItem": "TableName",
    "states:startExecution": "StateMachineArn",
    "events:putEvents": "Entries",
}
QUEUE = ["fifo", "delay", "alarm", "batchSize", "maxRetries", "maxBatchingWindow", "encryption", "extensions"]
STORAGE = ["cors", "lifecycleRules", "publicPath", "encryption"]
WARMER = ["name", "events", "role", "vpc", "environment", "memorySize", "folderName", "tags"]


def resource(kind: str, settings: str) -> str:
    return f"resources: {{Resources: {{R: {{Type: 'AWS::{kind}', Properties: {{{settings}}}}}}}}}"


#: Plugin -> where its settings stand.
SETTINGS = {
    WATCH: [
        watched("@"),
        watched("{alarms: @}"),
        watched("{alarms: {Lambda: @}}"),
        watched("{alarms: {Lambda: {Errors: @}}}"),
        watched("{alarms: {Period: @}}"),
        watched("{topicArn: @, alarmActionsConfig: @}"),
        resource("SQS::Queue", "FifoQueue: @"),
        resource("DynamoDB::Table", "GlobalSecondaryIndexes: @"),
        resource("ApiGateway::RestApi", "Name: @"),
    ],
    MACHINES: [
        "stepFunctions: @",
        "stepFunctions: {stateMachines: @, activities: @}",
        machine("@"),
        *(machine(f"{{definition: {{StartAt: A}}, {key}: @}}") for key in MACHINE),
        *(machine(f"{{definition: {{}}, events: [{{{kind}: @}}]}}") for kind in ("schedule", "eventBridge", "http")),
        machine("{definition: @}"),
        machine("{definition: {States: @}}"),
        state("@"),
        state("{Type: Task, Resource: @}"),
        state("{Type: Map, Iterator: @, ItemReader: @}"),
        state("{Type: Parallel, Branches: @}"),
        *(task(name, "@") for name in TASKS),
        *(task(name, f"{{{key}: @}}") for name, key in TASKS.items()),
    ],
    LIFT_PLUGIN: [
        "constructs: @",
        "constructs: {a: @}",
        "constructs: {a: {type: @}}",
        "lift: @",
        *(construct("queue", f"worker: {{handler: b}}, {key}: @") for key in QUEUE),
        construct("queue", "worker: @"),
        construct("queue", "worker: {timeout: @}"),
        *(construct("storage", f"{key}: @") for key in STORAGE),
        construct("webhook", "path: @, authorizer: @"),
        construct("webhook", "insecure: @"),
        construct("database/dynamodb-single-table", "gsiCount: @, localSecondaryIndexes: @"),
        construct("vpc", "provider: @"),
    ],
    WARMUP: [
        "custom: {warmup: @}",
        "custom: {warmup: {a: @}}",
        "custom: {warmup: {a: {enabled: @}}}",
        *(f"custom: {{warmup: {{a: {{enabled: true, {key}: @}}}}}}" for key in WARMER),
    ],
    "serverless-plugin-log-retention": ["custom: {logRetentionInDays: @}\nresources: {Resources: {}}"],
    SCRIPTS: ["custom: {scriptHooks: @}", HOOKS],
    "serverless-layers": [f"custom: {{serverless-layers: {shape}}}" for shape in ("@", "[@]", "{functions: @}")],
}
SCALED = "provisionedConcurrency: 2\n    concurrencyAutoscaling"
FUNCTION = {
    WATCH: ["slicWatch: @", "slicWatch: {alarms: @}", "slicWatch: {alarms: {Lambda: @}}"],
    WARMUP: ["warmup: @"],
    "serverless-plugin-tracing": ["tracing: @"],
    "serverless-plugin-log-retention": ["logRetentionInDays: @"],
    SCALING: [f"{SCALED}: @", f"{SCALED}: {{enabled: true, name: @, scheduledActions: @, customMetric: @}}"],
    CANARY: ["deploymentSettings: @"],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_malformed_settings_never_raise(shape: str) -> None:
    for plugin, places in SETTINGS.items():
        for place in places:
            stack = lowered(plugin, place.replace("@", shape))
            assert "OneLambdaFunction" in stack.resources
    for plugin, settings in FUNCTION.items():
        for setting in settings:
            assert "OneLambdaFunction" in lowered(plugin, "", setting.replace("@", shape)).resources
