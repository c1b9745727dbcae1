"""Side effects that must not happen twice, and evidence that they do not.

Delivery to a function is at least once: https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html
A *hard* side effect does something new each time (a message, a run, a payment, a count); writing the same item again
does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lambdalint.code.argument import Arguments
from lambdalint.code.boto import Found
from lambdalint.code.fact import Call, Dependency, Evidence
from lambdalint.code.program import Program
from lambdalint.code.reached import Reached
from lambdalint.code.syntax import Expr, Invoke, Record, dotted, last_name

_HARD_NAMES = """
apigatewaymanagementapi:posttoconnection batch:submitjob bedrock-agent-runtime:invokeagent codebuild:startbuild
codepipeline:startpipelineexecution connect:startoutboundvoicecontact ecs:runtask events:putevents
firehose:putrecord firehose:putrecordbatch glue:startjobrun glue:startworkflowrun iot-data:publish kinesis:putrecord
kinesis:putrecords lambda:invoke lambda:invokeasync mediaconvert:createjob pinpoint:sendmessages
pinpoint-sms-voice-v2:sendtextmessage sagemaker:createtrainingjob sagemaker:startpipelineexecution
scheduler:createschedule ses:sendbulktemplatedemail ses:sendemail ses:sendrawemail ses:sendtemplatedemail
sesv2:sendbulkemail sesv2:sendemail sns:publish sns:publishbatch sqs:sendmessage sqs:sendmessagebatch
ssm:sendcommand ssm:startautomationexecution stepfunctions:startexecution stepfunctions:startsyncexecution
"""
_HARD = frozenset(_HARD_NAMES.split())

# DynamoDB allows expressions of 4 KB. Calls beyond the first ones are not told apart from other text.
_EXPRESSION = 4096
_JUDGED = 1000
# Arguments that make AWS take a repeat for the same request, unless they are new each time.
_TOKENS = frozenset({"clientrequesttoken", "clienttoken", "idempotencytoken", "messagededuplicationid"})
# Arguments that name what is made: a second one of the same name is refused.
_NAMES = {
    "stepfunctions:startexecution": "name",
    "mediaconvert:createjob": "clientrequesttoken",
    "scheduler:createschedule": "name",
}
_COUNTS = re.compile(r"\bADD\s|=\s*[\w#.]+\s*[+-]\s*:|if_not_exists\s*\([^)]*\)\s*[+-]|list_append", re.IGNORECASE)
_KEYS = re.compile(r"(id|pk|sk|.*_?id|.*key)$", re.IGNORECASE)
_INSERT = re.compile(rb"[\"'`]\s*INSERT\s+(IGNORE\s+)?INTO\b", re.IGNORECASE)
_INCREMENT = re.compile(
    rb"[\"'`]\s{0,40}UPDATE\s{1,9}[\w.]{1,99}\s{1,9}SET\s[^\"'`]{0,300}?\b(\w{1,64})\s{0,9}=\s{0,9}\1\s{0,9}[+-]",
    re.IGNORECASE,
)
_UPSERT = re.compile(rb"ON\s+CONFLICT|ON\s+DUPLICATE\s+KEY|WHERE\s+NOT\s+EXISTS|INSERT\s+IGNORE", re.IGNORECASE)
_PAYMENT = re.compile(rb"payment|\bpay\b|/pay\b|charge|refund|checkout|stripe|paypal|invoice", re.IGNORECASE)
_IDEMPOTENCY_KEY = re.compile(rb"idempoten", re.IGNORECASE)

_POWERTOOLS = "Powertools idempotency"
_DURABLE = "durable execution"
_MODULES = (
    ("aws_lambda_powertools.utilities.idempotency", _POWERTOOLS),
    ("@aws-lambda-powertools/idempotency", _POWERTOOLS),
    ("aws_durable_execution_sdk_python", _DURABLE),
    ("@aws/durable-execution-sdk-js", _DURABLE),
)
_CONDITION = re.compile(
    rb"\b(?:attribute_?[nN]ot_?[eE]xists|ConditionExpression|ConditionCheck|IfNoneMatch)\b|\.not_exists\("
)
_DEDUPLICATION = re.compile(
    rb"(?<!Message)[Dd]edup|[Aa]lready_?[Pp]rocessed|[Pp]rocessed_?(?:[Ii]ds?|[Mm]essages|[Ee]vents|[Tt]able)\b"
)
_PATTERNS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (_CONDITION, "conditional write"),
    (re.compile(rb"\bMessageGroupId\b|\.fifo\b"), "FIFO delivery"),
    (re.compile(rb"[Ii]dempoten"), "idempotency code of its own"),
    (_DEDUPLICATION, "deduplication"),
    (_UPSERT, "conditional SQL insert"),
)
_TOKEN_TEXT = re.compile(
    rb"\b(?:Client(?:Request)?Token|clientRequestToken|clientToken|idempotencyToken|MessageDeduplicationId)\b"
)


def evidence(
    program: Program, arguments: Arguments, found: list[Found], dependencies: tuple[Dependency, ...]
) -> tuple[Evidence, ...]:
    """Everything that shows a concern for repeated events, in the order of strength."""
    every: dict[tuple[str, str], Evidence] = {}

    def add(what: str, path: str, line: int) -> None:
        every.setdefault((what, path), Evidence(what, path, line))

    reached = Reached(program)
    for module, what in _MODULES:
        for each in program.imports:
            own = each.module == module or each.module.startswith((module + ".", module + "/"))
            if own and reached.imported(each):
                add(what, each.path, each.line)
        for dependency in dependencies:
            # Other handlers share the manifest: it speaks for this one only where its code is not all in sight.
            if (
                program.own_code_open
                and dependency.name.lower().replace("-", "_") == module.lower().replace("-", "_")
                and not dependency.development
            ):
                add(what, dependency.path, 1)
    for call in found:
        what_of_call = _own_evidence(arguments, call)
        if what_of_call is not None:
            add(what_of_call, call.path, program.modules[call.path].line(call.call.start))
    for pattern, what in _PATTERNS:
        for region, parsed, match in program.search(pattern):
            if reached.holds(region.path, match.start()):
                add(what, region.path, parsed.line(match.start()))
    judged = [(call.path, call.call.start, call.call.end) for call in found[:_JUDGED]]
    for region, parsed, match in program.search(_TOKEN_TEXT):
        known = any(path == region.path and start <= match.start() < end for path, start, end in judged)
        if not known and not _fresh_after(parsed.source, match.end()) and reached.holds(region.path, match.start()):
            add("request token", region.path, parsed.line(match.start()))
    return tuple(every.values())


def _fresh_after(source: bytes, offset: int) -> bool:
    rest = source[offset : offset + 80].split(b"\n", 1)[0]
    return re.search(rb"uuid|UUID|random|nanoid|ulid|now\(|time\(|Date\(", rest) is not None


def _own_evidence(arguments: Arguments, found: Found) -> str | None:
    """Why a call may be repeated without harm, by its own arguments."""
    params = {name.lower(): place for name, place in arguments.expressions(found).items()}
    for name, (path, expr) in params.items():
        if name in _TOKENS and not arguments.fresh(path, expr):
            return "request token"
        if name in ("conditionexpression", "ifnonematch"):
            return "conditional write"
        if name == "messagegroupid":
            return "FIFO delivery"
        if name == "queueurl" and arguments.text(path, expr).endswith(".fifo"):
            return "FIFO delivery"
    wanted = _NAMES.get(f"{found.service}:{found.operation}".lower())
    if wanted is not None and wanted in params:
        path, expr = params[wanted]
        if arguments.from_event(path, expr) and not arguments.fresh(path, expr):
            return "name from the event"
    return None


def side_effects(program: Program, arguments: Arguments, found: list[tuple[Found, Call]]) -> Iterator[Call]:
    """The hard side effects, except for calls that their own arguments make safe to repeat."""
    for place, call in found:
        if _own_evidence(arguments, place) is None and _hard(arguments, place):
            yield call
    for region, module, match in program.search(_INSERT):
        statement = module.source[match.start() : match.start() + 800]
        if match[1] is None and not _UPSERT.search(statement):
            yield Call("sql", "INSERT", (), region.path, module.line(match.start()))
    for region, module, match in program.search(_INCREMENT):
        yield Call("sql", "UPDATE", (), region.path, module.line(match.start()))
    for path, module, invoke in program.invokes():
        kind = _payment(arguments, path, invoke)
        if kind is not None and not _IDEMPOTENCY_KEY.search(module.source, invoke.start, invoke.end):
            yield Call(*kind, (), path, module.line(invoke.start))


def _hard(arguments: Arguments, found: Found) -> bool:
    key = f"{found.service}:{found.operation}".lower()
    if key in _HARD:
        return True
    params = arguments.expressions(found)
    if key == "dynamodb:updateitem":
        given = params.get("UpdateExpression")
        return given is not None and _COUNTS.search(arguments.text(*given)[:_EXPRESSION]) is not None
    if key == "dynamodb:putitem":
        return any(arguments.fresh(path, expr) for path, expr in _keys(arguments, params.get("Item")))
    return False


def _keys(arguments: Arguments, item: tuple[str, Expr] | None) -> Iterator[tuple[str, Expr]]:
    """The attributes of a written item that by their name may be its key."""
    found = arguments.resolver.value(*item) if item is not None else None
    if found is not None and isinstance(found[1], Record):
        for name, value in found[1].items.items():
            if _KEYS.match(name):
                yield found[0], value


def _payment(arguments: Arguments, path: str, call: Invoke) -> tuple[str, str] | None:
    """(service, operation) of a call that takes or gives back money over HTTP."""
    whole = dotted(call.callee) or ""
    if whole.startswith("stripe.") and whole.endswith(".create"):
        return "stripe", whole.removeprefix("stripe.").removesuffix(".create")
    name = last_name(call.callee)
    module = arguments.program.modules[path]
    fetches = name == "fetch" and b"POST" in module.source[call.start : call.end]
    if (name == "post" or fetches) and call.args:
        url = call.args[0]
    elif name == "request" and len(call.args) > 1 and arguments.text(path, call.args[0]).upper() == "POST":
        url = call.args[1]
    else:
        return None
    text = arguments.text(path, url).encode() + b" " + module.source[url.start : url.end]
    return ("http", "POST") if _PAYMENT.search(text) else None
