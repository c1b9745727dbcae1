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
DAY_SECONDS = 86_400


class Range(NamedTuple):
    """An inclusive range."""

    low: int
    high: int


# --- Functions: AWS::Lambda::Function -------------------------------------------------------------------------------
TIMEOUT_DEFAULT_SECONDS = 3
TIMEOUT_SECONDS = Range(1, 900)
MEMORY_DEFAULT_MB = 128
MEMORY_MB = Range(128, 10_240)
MEMORY_MANAGED_INSTANCES_MB = Range(128, 32_768)
EPHEMERAL_DEFAULT_MB = 512
ENVIRONMENT_BYTES = 4_096
LAYERS_COUNT = 5
ARCHITECTURE_DEFAULT = "x86_64"

# --- Packages -------------------------------------------------------------------------------------------------------
#: Zip file sent in the request; a larger one goes through S3.
ZIP_DIRECT_BYTES = 50 * MIB
#: Unzipped function code and all its layers.
UNZIPPED_BYTES = 250 * MIB

# --- Concurrency: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html ------------------------
#: The default quota of an account in a region; new accounts may start lower.
ACCOUNT_CONCURRENCY = 1_000
#: The code of "Concurrent executions" in Service Quotas, as in the address of its page in the console:
#: https://console.aws.amazon.com/servicequotas/home/services/lambda/quotas/L-B99A9384. Acceptance tests of Terraform's
#: AWS provider (internal/service/servicequotas), which ask AWS, have it too, and L-2ACBD22F for storage of code, whose
#: limit GetAccountSettings tells.
CONCURRENCY_QUOTA = "L-B99A9384"
UNRESERVED_MINIMUM = 100

# --- Payloads of Lambda ---------------------------------------------------------------------------------------------
SYNC_PAYLOAD_BYTES = 6 * MIB
ASYNC_PAYLOAD_BYTES = 1 * MIB

# --- Asynchronous invocation: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html -------
ASYNC_RETRIES_DEFAULT = 2
ASYNC_AGE_DEFAULT_SECONDS = 21_600

# --- Callers --------------------------------------------------------------------------------------------------------
REST_API_TIMEOUT_DEFAULT_SECONDS = 29
HTTP_API_TIMEOUT_SECONDS = 30
WEBSOCKET_API_TIMEOUT_SECONDS = 29
WEBSOCKET_API_MESSAGE_BYTES = 128 * KIB
ALB_PAYLOAD_BYTES = 1 * MIB
APPSYNC_TIMEOUT_SECONDS = 30
COGNITO_TIMEOUT_SECONDS = 5
EDGE_TIMEOUT_SECONDS = 30
STEP_FUNCTIONS_PAYLOAD_BYTES = 256 * KIB
#: https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
EXPRESS_WORKFLOW_SECONDS = 300

# --- SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html ------------
SQS_VISIBILITY_DEFAULT_SECONDS = 30
SQS_RETENTION_DEFAULT_SECONDS = 4 * DAY_SECONDS

# --- Other carriers of events ---------------------------------------------------------------------------------------
SCHEDULER_INPUT_BYTES = 256 * KIB
KINESIS_RETENTION_DEFAULT_HOURS = 24
DYNAMODB_STREAM_RETENTION_HOURS = 24

# --- Event source mappings: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html ----------
#: Retries and age of records that no limit ends.
NO_LIMIT = -1
#: Records in one batch where a mapping does not say: of SQS, and of every other source.
BATCH_SIZE_DEFAULT_SQS = 10
BATCH_SIZE_DEFAULT = 100

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
