"""Which step lowers which events. A service uses few kinds, so each step is imported only where it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from lambdalint.load.serverless.service import Service

Step: TypeAlias = "Callable[[Service], None]"

#: Kinds of events in the order in which the framework looks at them: it decides the order of a role's statements.
KINDS = (
    "schedule",
    "s3",
    "http",
    "websocket",
    "sns",
    "stream",
    "kafka",
    "activemq",
    "rabbitmq",
    "msk",
    "alb",
    "alexaSkill",
    "alexaSmartHome",
    "iot",
    "iotFleetProvisioning",
    "cloudwatchEvent",
    "cloudwatchLog",
    "cognitoUserPool",
    "eventBridge",
    "sqs",
    "cloudFront",
    "httpApi",
)


def step_for(kind: str) -> Step:
    """The step that lowers the events of a kind; it may lower another kind as well."""
    match kind:
        case "http":
            from lambdalint.load.serverless import rest_api

            return rest_api.lower_http
        case "httpApi":
            from lambdalint.load.serverless import http_api

            return http_api.lower_http_api
        case "websocket":
            from lambdalint.load.serverless import websocket

            return websocket.lower_websocket
        case "sns":
            from lambdalint.load.serverless import sns

            return sns.lower_sns
        case "s3":
            from lambdalint.load.serverless import s3

            return s3.lower_s3
        case "alb":
            from lambdalint.load.serverless import alb

            return alb.lower_alb
        case "cloudFront":
            from lambdalint.load.serverless import cloudfront

            return cloudfront.lower_cloudfront
        case "schedule" | "cloudwatchEvent" | "eventBridge":
            from lambdalint.load.serverless import rules

            return rules.STEPS[kind]
        case "cloudwatchLog" | "alexaSkill" | "alexaSmartHome" | "iot" | "iotFleetProvisioning" | "cognitoUserPool":
            from lambdalint.load.serverless import subscribed

            return subscribed.STEPS[kind]
        case "kafka" | "activemq" | "rabbitmq" | "msk":
            from lambdalint.load.serverless import brokers

            return brokers.STEPS[kind]
        case _:
            from lambdalint.load.serverless import polled

            return polled.STEPS[kind]
