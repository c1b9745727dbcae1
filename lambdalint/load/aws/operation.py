"""The calls that an audit makes: how each is named, paged, paced and permitted.

Rates are requests a second that AWS allows for one account and region, as documented:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (GetFunction 100, GetPolicy 15, all other
control-plane calls of Lambda 15 together), the quota pages of the other services; where none is published, a rate
well below what is known to work.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from lambdalint.record import record

AS_OF = "2026-11-21"

Scope: TypeAlias = Literal["account", "region", "function", "thing"]


@record
class Paging:
    """How a list is read on: the parameter and the field of the token, the fields that hold items, the page size."""

    ask: str
    answer: str
    items: tuple[str, ...]
    size: int
    size_parameter: str | None = None


@record
class Operation:
    """One API call. ``scope`` says what it is made once for; ``bucket`` names the quota that it counts against."""

    name: str
    method: str
    scope: Scope
    bucket: str
    rate: float
    action: str
    paging: Paging | None = None
    #: Parameters that are the same each time.
    fixed: tuple[tuple[str, Any], ...] = ()
    #: The parameter that names the function or thing asked about.
    target: str | None = None

    @property
    def service(self) -> str:
        """The service as clients name it."""
        return self.name.partition(".")[0]

    def parameters(self, target: str) -> dict[str, Any]:
        """The parameters of a call about ``target`` (empty where it names none)."""
        found = dict(self.fixed)
        if self.paging is not None and self.paging.size_parameter is not None:
            found[self.paging.size_parameter] = self.paging.size
        if self.target is not None and target:
            name, _, qualifier = target.partition("@")
            found[self.target] = name
            if qualifier:
                found["Qualifier"] = qualifier
        return found


_MARKER = ("Marker", "NextMarker")


def _lambda(name: str, method: str, scope: Scope, paging: Paging | None = None, **more: Any) -> Operation:
    bucket, rate = _LAMBDA.get(name, ("lambda", 15.0))
    target = "FunctionName" if scope == "function" else None
    return Operation(f"lambda.{name}", method, scope, bucket, rate, f"lambda:{name}", paging, target=target, **more)


def _organizations(name: str, method: str, items: str, size: int = 20, target: str | None = None) -> Operation:
    paging = Paging("NextToken", "NextToken", (items,), size)
    full = f"organizations.{name}"
    scope: Scope = "thing" if target else "account"
    return Operation(full, method, scope, "organizations", 5.0, full.replace(".", ":"), paging, target=target)


_LAMBDA = {"GetFunction": ("lambda.GetFunction", 100.0), "GetPolicy": ("lambda.GetPolicy", 15.0)}

_ALL = (
    _lambda("ListFunctions", "list_functions", "region", Paging(*_MARKER, ("Functions",), 50, "MaxItems")),
    _lambda(
        "ListEventSourceMappings",
        "list_event_source_mappings",
        "region",
        Paging(*_MARKER, ("EventSourceMappings",), 100, "MaxItems"),
    ),
    _lambda("GetAccountSettings", "get_account_settings", "region"),
    _lambda("GetPolicy", "get_policy", "function"),
    _lambda("GetFunction", "get_function", "function"),
    _lambda(
        "ListFunctionUrlConfigs",
        "list_function_url_configs",
        "function",
        Paging(*_MARKER, ("FunctionUrlConfigs",), 50),
    ),
    _lambda(
        "ListFunctionEventInvokeConfigs",
        "list_function_event_invoke_configs",
        "function",
        Paging(*_MARKER, ("FunctionEventInvokeConfigs",), 50),
    ),
    _lambda("ListAliases", "list_aliases", "function", Paging(*_MARKER, ("Aliases",), 50)),
    _lambda("ListVersionsByFunction", "list_versions_by_function", "function", Paging(*_MARKER, ("Versions",), 50)),
    _lambda(
        "ListProvisionedConcurrencyConfigs",
        "list_provisioned_concurrency_configs",
        "function",
        Paging(*_MARKER, ("ProvisionedConcurrencyConfigs",), 50),
    ),
    Operation(
        "iam.GetAccountAuthorizationDetails",
        "get_account_authorization_details",
        "account",
        "iam",
        5.0,
        "iam:GetAccountAuthorizationDetails",
        Paging("Marker", "Marker", ("RoleDetailList", "Policies"), 1000, "MaxItems"),
        fixed=(("Filter", ["Role", "LocalManagedPolicy"]),),
    ),
    Operation(
        "cloudwatch.DescribeAlarms",
        "describe_alarms",
        "region",
        "cloudwatch.DescribeAlarms",
        9.0,
        "cloudwatch:DescribeAlarms",
        Paging("NextToken", "NextToken", ("MetricAlarms",), 100, "MaxRecords"),
        fixed=(("AlarmTypes", ["MetricAlarm"]),),
    ),
    Operation(
        "cloudwatch.ListMetrics",
        "list_metrics",
        "region",
        "cloudwatch.ListMetrics",
        25.0,
        "cloudwatch:ListMetrics",
        Paging("NextToken", "NextToken", ("Metrics",), 500),
        fixed=(("Namespace", "AWS/Lambda"), ("MetricName", "ProvisionedConcurrentExecutions")),
    ),
    # The rate keeps calls of 500 queries for 90 days below what CloudWatch reads in a second.
    Operation(
        "cloudwatch.GetMetricData",
        "get_metric_data",
        "region",
        "cloudwatch.GetMetricData",
        2.0,
        "cloudwatch:GetMetricData",
        Paging("NextToken", "NextToken", ("MetricDataResults",), 500),
    ),
    Operation(
        "compute-optimizer.GetLambdaFunctionRecommendations",
        "get_lambda_function_recommendations",
        "region",
        "compute-optimizer",
        5.0,
        "compute-optimizer:GetLambdaFunctionRecommendations",
        Paging("nextToken", "nextToken", ("lambdaFunctionRecommendations",), 1000, "maxResults"),
        fixed=(("filters", [{"name": "Finding", "values": ["NotOptimized"]}]),),
    ),
    Operation(
        "kinesis.DescribeStreamSummary",
        "describe_stream_summary",
        "thing",
        "kinesis",
        20.0,
        "kinesis:DescribeStreamSummary",
        target="StreamARN",
    ),
    Operation(
        "logs.DescribeLogGroups",
        "describe_log_groups",
        "thing",
        "logs",
        10.0,
        "logs:DescribeLogGroups",
        Paging("nextToken", "nextToken", ("logGroups",), 50, "limit"),
        target="logGroupNamePrefix",
    ),
    Operation(
        "resourcegroupstaggingapi.GetResources",
        "get_resources",
        "region",
        "tagging",
        15.0,
        "tag:GetResources",
        Paging("PaginationToken", "PaginationToken", ("ResourceTagMappingList",), 100, "ResourcesPerPage"),
        fixed=(("ResourceTypeFilters", ["lambda:function"]),),
    ),
    Operation(
        "scheduler.ListSchedules",
        "list_schedules",
        "region",
        "scheduler",
        50.0,
        "scheduler:ListSchedules",
        Paging("NextToken", "NextToken", ("Schedules",), 100, "MaxResults"),
    ),
    Operation(
        "application-autoscaling.DescribeScalableTargets",
        "describe_scalable_targets",
        "region",
        "application-autoscaling",
        10.0,
        "application-autoscaling:DescribeScalableTargets",
        Paging("NextToken", "NextToken", ("ScalableTargets",), 50, "MaxResults"),
        fixed=(("ServiceNamespace", "lambda"),),
    ),
    # https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_limits.html
    Operation(
        "service-quotas.ListServiceQuotas",
        "list_service_quotas",
        "region",
        "service-quotas",
        10.0,
        "servicequotas:ListServiceQuotas",
        Paging("NextToken", "NextToken", ("Quotas",), 100, "MaxResults"),
        fixed=(("ServiceCode", "lambda"),),
    ),
    Operation(
        "sqs.GetQueueAttributes",
        "get_queue_attributes",
        "thing",
        "sqs",
        50.0,
        "sqs:GetQueueAttributes",
        fixed=(("AttributeNames", ["All"]),),
        target="QueueUrl",
    ),
    Operation(
        "sqs.ListDeadLetterSourceQueues",
        "list_dead_letter_source_queues",
        "thing",
        "sqs",
        50.0,
        "sqs:ListDeadLetterSourceQueues",
        Paging("NextToken", "NextToken", ("queueUrls",), 1000, "MaxResults"),
        target="QueueUrl",
    ),
    Operation(
        "sns.GetTopicAttributes",
        "get_topic_attributes",
        "thing",
        "sns",
        30.0,
        "sns:GetTopicAttributes",
        target="TopicArn",
    ),
    Operation(
        "ec2.DescribeSubnets",
        "describe_subnets",
        "region",
        "ec2",
        20.0,
        "ec2:DescribeSubnets",
        Paging("NextToken", "NextToken", ("Subnets",), 1000, "MaxResults"),
    ),
    Operation(
        "account.ListRegions",
        "list_regions",
        "account",
        "account",
        5.0,
        "account:ListRegions",
        Paging("NextToken", "NextToken", ("Regions",), 50, "MaxResults"),
        fixed=(("RegionOptStatusContains", ["ENABLED", "ENABLED_BY_DEFAULT"]),),
    ),
    Operation("sts.GetCallerIdentity", "get_caller_identity", "account", "sts", 50.0, "sts:GetCallerIdentity"),
    _organizations("ListAccounts", "list_accounts", "Accounts"),
    _organizations("ListAccountsForParent", "list_accounts_for_parent", "Accounts", target="ParentId"),
    _organizations(
        "ListOrganizationalUnitsForParent",
        "list_organizational_units_for_parent",
        "OrganizationalUnits",
        target="ParentId",
    ),
    _organizations("ListTagsForResource", "list_tags_for_resource", "Tags", size=50, target="ResourceId"),
)

#: By name: ``lambda.ListFunctions``.
OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _ALL}
