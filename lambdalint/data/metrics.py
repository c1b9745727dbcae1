"""CloudWatch's metrics of Lambda that rules use, and what asking for them costs.

Metrics and their statistics: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and, for their
dimensions, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics.html. Quotas and the periods for which data
points are kept: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from lambdalint.record import record

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
AS_OF = "2026-11-21"

NAMESPACE = "AWS/Lambda"
#: Queries that one GetMetricData call may hold, and the longest period of their data points that is used here.
QUERIES_PER_CALL = 500
DAY_SECONDS = 86_400
#: Data points a second that GetMetricData may read for an account and region, where they are older than three hours.
DATA_POINTS_PER_SECOND = 90_000

#: Cents (US) for 1,000 metrics asked for with GetMetricData. None of them is free, from the first one on:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html. A few regions differ:
#: https://aws.amazon.com/cloudwatch/pricing/.
PRICE_SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-classic-getdata.html"
PRICE_AS_OF = "2026-11-21"
PRICE_CENTS = 1

Subject: TypeAlias = Literal["function", "stream", "dead-letter", "destination", "provisioned", "account"]


@record
class Metric:
    """A metric of the namespace AWS/Lambda.

    ``subject`` says whom it is asked for: each function; functions that poll a stream, have a dead-letter queue or a
    destination; aliases with provisioned concurrency; or the account and region as a whole.
    """

    name: str
    statistic: Literal["Sum", "Maximum"]
    subject: Subject
    unit: str = "Count"


_ALL = (
    Metric("Invocations", "Sum", "function"),
    Metric("Errors", "Sum", "function"),
    Metric("Throttles", "Sum", "function"),
    Metric("Duration", "Maximum", "function", "Milliseconds"),
    Metric("AsyncEventsDropped", "Sum", "function"),
    Metric("RecursiveInvocationsDropped", "Sum", "function"),
    Metric("IteratorAge", "Maximum", "stream", "Milliseconds"),
    Metric("DeadLetterErrors", "Sum", "dead-letter"),
    Metric("DestinationDeliveryFailures", "Sum", "destination"),
    Metric("ProvisionedConcurrencyUtilization", "Maximum", "provisioned", "a share of 1"),
    Metric("ClaimedAccountConcurrency", "Maximum", "account"),
)

#: By name.
METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
