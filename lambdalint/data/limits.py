"""Quotas, ranges and defaults of Lambda and its neighbours. Each name ends in its unit; sizes are in bytes.

Ranges are those of ordinary functions: managed instances and GPU functions allow more, and the API's own schema
therefore accepts more. Where two AWS pages disagree, the wider value stands here and a comment says so.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, the service models of botocore
1.44.5 for ranges, and the quota page of each service named below.
"""

from __future__ import annotations

from typing import NamedTuple

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; botocore 1.44.5"
AS_OF = "2026-11-21"

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
DAY_SECONDS = 86_400


class Range(NamedTuple):
    """An inclusive range."""

    low: int
    high: int


# --- Functions: AWS::Lambda::Function -------------------------------------------------------------------------------
TIMEOUT_DEFAULT_SECONDS = 3
TIMEOUT_SECONDS = Range(1, 900)
#: Functions on managed instances, for asynchronous events and mappings (not MQ, not DocumentDB).
TIMEOUT_MANAGED_INSTANCES_SECONDS = Range(1, 5_400)
MEMORY_DEFAULT_MB = 128
MEMORY_MB = Range(128, 10_240)
MEMORY_MANAGED_INSTANCES_MB = Range(128, 32_768)
#: Memory that buys one full virtual CPU.
MEMORY_FULL_CPU_MB = 1_769
EPHEMERAL_DEFAULT_MB = 512
EPHEMERAL_MB = Range(512, 10_240)
EPHEMERAL_GPU_MB = Range(512, 32_768)
INIT_SECONDS = 10
ENVIRONMENT_BYTES = 4_096
LAYERS_COUNT = 5
SUBNETS_COUNT = 16
SECURITY_GROUPS_COUNT = 5
FILE_SYSTEMS_COUNT = 1
NAME_CHARACTERS = 64
DESCRIPTION_CHARACTERS = 256
HANDLER_CHARACTERS = 128
ARCHITECTURE_DEFAULT = "x86_64"
INVOCATIONS_PER_ENVIRONMENT_PER_SECOND = 10

# --- Packages -------------------------------------------------------------------------------------------------------
#: Zip file sent in the request; a larger one goes through S3.
ZIP_DIRECT_BYTES = 50 * MIB
#: Unzipped function code and all its layers.
UNZIPPED_BYTES = 250 * MIB
IMAGE_BYTES = 10 * GIB
INLINE_CODE_BYTES = 4 * MIB

# --- Concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html ------------------------
#: The default quota of an account in a region; new accounts may start lower.
ACCOUNT_CONCURRENCY = 1_000
UNRESERVED_MINIMUM = 100
SCALING_ENVIRONMENTS_PER_10_SECONDS = 1_000

# --- Payloads of Lambda ---------------------------------------------------------------------------------------------
SYNC_PAYLOAD_BYTES = 6 * MIB
STREAMED_RESPONSE_BYTES = 200 * MIB
ASYNC_PAYLOAD_BYTES = 1 * MIB
RESOURCE_POLICY_BYTES = 20 * KIB

# --- Asynchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html -------
ASYNC_RETRIES_DEFAULT = 2
ASYNC_RETRIES = Range(0, 2)
ASYNC_AGE_DEFAULT_SECONDS = 21_600
ASYNC_AGE_SECONDS = Range(60, 21_600)

# --- Durable functions ----------------------------------------------------------------------------------------------
DURABLE_EXECUTION_SECONDS = Range(1, 31_622_400)
DURABLE_RETENTION_DEFAULT_DAYS = 14
DURABLE_RETENTION_DAYS = Range(1, 90)

# --- Callers --------------------------------------------------------------------------------------------------------
REST_API_TIMEOUT_DEFAULT_SECONDS = 29
REST_API_TIMEOUT_MINIMUM_MILLISECONDS = 50
REST_API_PAYLOAD_BYTES = 10 * MIB
HTTP_API_TIMEOUT_SECONDS = 30
HTTP_API_PAYLOAD_BYTES = 10 * MIB
HTTP_API_AUTHORIZER_TIMEOUT_SECONDS = 10
WEBSOCKET_API_TIMEOUT_SECONDS = 29
WEBSOCKET_API_MESSAGE_BYTES = 128 * KIB
ALB_PAYLOAD_BYTES = 1 * MIB
APPSYNC_TIMEOUT_SECONDS = 30
APPSYNC_RESPONSE_BYTES = 5 * MIB
COGNITO_TIMEOUT_SECONDS = 5
EDGE_TIMEOUT_SECONDS = 30
STEP_FUNCTIONS_PAYLOAD_BYTES = 256 * KIB

# --- SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ------------
SQS_VISIBILITY_DEFAULT_SECONDS = 30
SQS_VISIBILITY_SECONDS = Range(0, 43_200)
SQS_RETENTION_DEFAULT_SECONDS = 4 * DAY_SECONDS
SQS_RETENTION_SECONDS = Range(60, 14 * DAY_SECONDS)
SQS_DELAY_DEFAULT_SECONDS = 0
SQS_DELAY_SECONDS = Range(0, 900)
SQS_MESSAGE_BYTES = 1 * MIB
SQS_MAX_RECEIVE_COUNT = Range(1, 1_000)
#: Advice for the source queue of a mapping: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
SQS_MAX_RECEIVE_COUNT_ADVISED = 5
SQS_VISIBILITY_TIMES_TIMEOUT_ADVISED = 6

# --- Other carriers of events ---------------------------------------------------------------------------------------
SNS_MESSAGE_DEFAULT_BYTES = 256 * KIB
#: The topic's MaximumMessageSize can be raised to this; one AWS page still says 256 KiB.
SNS_MESSAGE_BYTES = 1 * MIB
EVENTBRIDGE_ENTRY_BYTES = 1 * MIB
EVENTBRIDGE_RETRIES_DEFAULT = 185
EVENTBRIDGE_RETRIES = Range(0, 185)
EVENTBRIDGE_AGE_DEFAULT_SECONDS = DAY_SECONDS
EVENTBRIDGE_AGE_SECONDS = Range(60, DAY_SECONDS)
SCHEDULER_INPUT_BYTES = 256 * KIB
KINESIS_RECORD_DEFAULT_BYTES = 1 * MIB
KINESIS_RECORD_BYTES = 10 * MIB
KINESIS_RETENTION_DEFAULT_HOURS = 24
KINESIS_RETENTION_HOURS = Range(24, 8_760)
DYNAMODB_ITEM_BYTES = 400 * KIB
DYNAMODB_STREAM_RETENTION_HOURS = 24
DYNAMODB_STREAM_READERS_COUNT = 2
#: Subscription filters of a log group: the service model says 2, cfn-lint 5 with the same page as its source.
LOG_SUBSCRIPTION_FILTERS_COUNT = 2
LOG_SUBSCRIPTION_FILTERS_DISPUTED_COUNT = 5

# --- Event source mappings: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html ----------
BATCH_SIZE = Range(1, 10_000)
BATCH_SIZE_FIFO = Range(1, 10)
#: An SQS batch above this needs a batching window of at least one second.
BATCH_SIZE_WITHOUT_WINDOW = 10
BATCHING_WINDOW_SECONDS = Range(0, 300)
MAPPING_RETRIES = Range(-1, 10_000)
#: -1 stands for no limit; 0 to 59 are refused.
MAPPING_RECORD_AGE_SECONDS = Range(60, 604_800)
NO_LIMIT = -1
PARALLELIZATION = Range(1, 10)
TUMBLING_WINDOW_SECONDS = Range(0, 900)
MAPPING_CONCURRENCY = Range(2, 1_000)
SQS_MAPPING_MAX_CONCURRENT = 1_250
FILTERS_DEFAULT_COUNT = 5
FILTERS_COUNT = 10
FILTER_PATTERN_CHARACTERS = 4_096
POLLERS_MINIMUM = Range(1, 200)
#: The API reference and the service model say 10,000; the guide still says 2,000.
POLLERS_MAXIMUM = Range(1, 10_000)


class MappingDefaults(NamedTuple):
    """What Lambda fills in for a mapping of one kind of source; None where the setting does not exist there.

    ``window_seconds`` is 0.5 for Kafka, MQ and DocumentDB. -1 (``NO_LIMIT``) means that a bad record is tried until
    it expires in the source.
    """

    batch_size: int
    batch_size_max: int
    window_seconds: float
    retries: int | None
    record_age_seconds: int | None
    parallelization: int | None
    bisect: bool | None


_STREAM = MappingDefaults(100, 10_000, 0, NO_LIMIT, NO_LIMIT, 1, False)
# Kafka takes retries, age and bisecting in provisioned mode only.
_KAFKA = MappingDefaults(100, 10_000, 0.5, NO_LIMIT, NO_LIMIT, None, False)
_OTHER = MappingDefaults(100, 10_000, 0.5, None, None, None, None)

MAPPING_DEFAULTS: dict[str, MappingDefaults] = {
    "sqs": MappingDefaults(10, 10_000, 0, None, None, None, None),
    "kinesis": _STREAM,
    "dynamodb": _STREAM,
    "msk": _KAFKA,
    "kafka": _KAFKA,
    "mq": _OTHER,
    "documentdb": _OTHER,
}

#: Names that Lambda sets itself and refuses in ``Environment``:
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED_ENVIRONMENT_NAMES: frozenset[str] = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)
