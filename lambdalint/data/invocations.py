"""How each service invokes a function: whether it waits, how long, how much it may send, whether it repeats itself.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html for the way of invoking, the quota pages of
the services for the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from lambdalint.data import limits
from lambdalint.record import record

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html"
AS_OF = "2026-11-21"

Mode: TypeAlias = Literal["sync", "async", "polled"]


@record
class Invocation:
    """How one kind of trigger invokes a function.

    ``principals``: the service principals that its permission names (none for a mapping: Lambda polls with the
    execution role). ``mode``: None where AWS does not say. ``at_least_once``: the same event may come twice without
    anyone asking for it, so the handler must be idempotent. ``wait_seconds``: how long the caller waits for the answer
    (None: as long as the function runs, or the caller does not wait); ``wait_raisable``: the wait can be made longer.
    ``payload_bytes``: the largest event; for batches of a mapping, of the whole batch.
    """

    kind: str
    mode: Mode | None
    principals: tuple[str, ...] = ()
    at_least_once: bool = False
    wait_seconds: float | None = None
    wait_raisable: bool = False
    payload_bytes: int = limits.SYNC_PAYLOAD_BYTES


def _sync(
    kind: str,
    *principals: str,
    wait: float | None = None,
    raisable: bool = False,
    payload: int = limits.SYNC_PAYLOAD_BYTES,
    repeats: bool = False,
) -> Invocation:
    return Invocation(kind, "sync", principals, repeats, wait, raisable, payload)


def _async(kind: str, *principals: str, payload: int = limits.ASYNC_PAYLOAD_BYTES) -> Invocation:
    return Invocation(kind, "async", principals, True, payload_bytes=payload)


def _polled(kind: str) -> Invocation:
    return Invocation(kind, "polled", at_least_once=True)


_API = "apigateway.amazonaws.com"
_COGNITO = "cognito-idp.amazonaws.com"

INVOCATIONS: dict[str, Invocation] = {
    row.kind: row
    for row in (
        # Lambda reads the source itself. AWS promises at-least-once for every event source mapping.
        _polled("sqs"),
        _polled("kinesis"),
        _polled("dynamodb"),
        _polled("msk"),
        _polled("kafka"),
        _polled("mq"),
        _polled("documentdb"),
        # The caller hands the event to Lambda's queue; Lambda may deliver it more than once.
        _async("s3", "s3.amazonaws.com"),
        _async("sns", "sns.amazonaws.com"),
        _async("eventbridge", "events.amazonaws.com"),
        _async("scheduler", "scheduler.amazonaws.com", payload=limits.SCHEDULER_INPUT_BYTES),
        _async("logs", "logs.amazonaws.com"),
        _async("iot", "iot.amazonaws.com"),
        _async("ses", "ses.amazonaws.com"),
        _async("codecommit", "codecommit.amazonaws.com"),
        _async("codepipeline", "codepipeline.amazonaws.com"),
        _async("config", "config.amazonaws.com"),
        _async("cloudformation", "cloudformation.amazonaws.com"),
        # CloudWatch alarm actions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
        _async("alarm", "lambda.alarms.cloudwatch.amazonaws.com"),
        # The caller waits for the answer. Regional and private REST APIs can be given more than 29 s.
        _sync("rest-api", _API, wait=limits.REST_API_TIMEOUT_DEFAULT_SECONDS, raisable=True),
        _sync("http-api", _API, wait=limits.HTTP_API_TIMEOUT_SECONDS),
        _sync(
            "websocket-api",
            _API,
            wait=limits.WEBSOCKET_API_TIMEOUT_SECONDS,
            payload=limits.WEBSOCKET_API_MESSAGE_BYTES,
        ),
        _sync("function-url"),
        _sync("alb", "elasticloadbalancing.amazonaws.com", payload=limits.ALB_PAYLOAD_BYTES),
        _sync("vpc-lattice", "vpc-lattice.amazonaws.com"),
        # Cognito tries up to three times when the function does not answer in time.
        _sync("cognito", _COGNITO, wait=limits.COGNITO_TIMEOUT_SECONDS, repeats=True),
        _async("cognito-sender", _COGNITO),
        _sync("cognito-sync", "cognito-sync.amazonaws.com", wait=limits.COGNITO_TIMEOUT_SECONDS),
        _sync("appsync", "appsync.amazonaws.com", wait=limits.APPSYNC_TIMEOUT_SECONDS),
        _sync("alexa-skill", "alexa-appkit.amazon.com"),
        _sync("alexa-smart-home", "alexa-connectedhome.amazon.com"),
        _sync("lex", "lex.amazonaws.com", "lexv2.amazonaws.com"),
        _sync("connect", "connect.amazonaws.com"),
        _sync(
            "cloudfront",
            "edgelambda.amazonaws.com",
            "replicator.lambda.amazonaws.com",
            wait=limits.EDGE_TIMEOUT_SECONDS,
        ),
        _sync("firehose", "firehose.amazonaws.com", repeats=True),
        _sync("s3-batch", "batchoperations.s3.amazonaws.com", repeats=True),
        _sync("bedrock-agent", "bedrock.amazonaws.com"),
        _sync("step-functions", "states.amazonaws.com", payload=limits.STEP_FUNCTIONS_PAYLOAD_BYTES, repeats=True),
        # Secrets Manager calls the function once for each step of a rotation; AWS does not say which way.
        Invocation("secretsmanager", None, ("secretsmanager.amazonaws.com",), at_least_once=True),
    )
}


#: Services that send the account or the resource on whose behalf they invoke, as the page of each in
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html shows it. A load balancer is not among them: its
#: target group needs the permission before it exists, so CloudFormation cannot name it there.
_WITH_SOURCE: frozenset[str] = frozenset(
    f"{name}.amazonaws.com"
    for name in (
        "apigateway",
        "bedrock",
        "codecommit",
        "cognito-idp",
        "config",
        "connect",
        "events",
        "iot",
        "lambda.alarms.cloudwatch",
        "lex",
        "lexv2",
        "logs",
        "s3",
        "secretsmanager",
        "ses",
        "sns",
    )
)

#: Services whose permissions are narrowed by a token (the id of an Alexa skill).
_WITH_TOKEN: frozenset[str] = frozenset({"alexa-appkit.amazon.com", "alexa-connectedhome.amazon.com"})


def says_source(principal: str) -> bool:
    """Whether a service principal tells Lambda on whose behalf it calls, so that its permission can be narrowed."""
    return _plain(principal) in _WITH_SOURCE or by_token(principal)


def by_token(principal: str) -> bool:
    """Whether the permission of a service principal is narrowed by an event source token."""
    return principal in _WITH_TOKEN


def invocation(kind: str) -> Invocation | None:
    """How a kind of trigger or mapping source invokes (``sqs``, ``s3``, ``http-api``), or None for an unknown kind."""
    return INVOCATIONS.get(kind)


def by_principal(principal: str) -> tuple[Invocation, ...]:
    """Every kind of trigger whose permission names this principal; several for API Gateway and for Cognito.

    Regional (``logs.eu-west-1.amazonaws.com``) and Chinese (``s3.amazonaws.com.cn``) forms are understood.
    """
    return _principals().get(_plain(principal), ())


def _plain(principal: str) -> str:
    """A principal without its region and partition: ``logs.eu-west-1.amazonaws.com.cn`` is ``logs.amazonaws.com``."""
    host = principal.removesuffix(".cn")
    if not host.endswith(".amazonaws.com") or host in _principals():
        return host
    return f"{host.split('.', 1)[0]}.amazonaws.com"


@lru_cache(maxsize=1)
def _principals() -> dict[str, tuple[Invocation, ...]]:
    found: dict[str, tuple[Invocation, ...]] = {}
    for row in INVOCATIONS.values():
        for name in row.principals:
            found[name] = (*found.get(name, ()), row)
    return found
