"""AWS managed policies that are never right for an execution role, and those that always are.

Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

SOURCE = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"
AS_OF = "2026-11-21"

#: Grant administration, apart from the ``...FullAccess`` policies, whose names say it.
OVERPOWERED: frozenset[str] = frozenset(
    {"AdministratorAccess", "PowerUserAccess", "SystemAdministrator", "DatabaseAdministrator", "NetworkAdministrator"}
)

#: Made by AWS for execution roles: each holds what one feature needs.
HARMLESS: frozenset[str] = frozenset(
    {
        "AWSLambdaBasicExecutionRole",
        "AWSLambdaVPCAccessExecutionRole",
        "AWSLambdaENIManagementAccess",
        "AWSLambdaSQSQueueExecutionRole",
        "AWSLambdaDynamoDBExecutionRole",
        "AWSLambdaKinesisExecutionRole",
        "AWSLambdaMSKExecutionRole",
        "AWSLambdaBasicDurableExecutionRolePolicy",
        "AWSXRayDaemonWriteAccess",
        "AWSXrayWriteOnlyAccess",
        "CloudWatchLambdaInsightsExecutionRolePolicy",
        "CloudWatchLambdaApplicationSignalsExecutionRolePolicy",
        "AmazonS3ObjectLambdaExecutionRolePolicy",
    }
)
