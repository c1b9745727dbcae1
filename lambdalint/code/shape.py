"""How a handler takes its event and what it gives back."""

from __future__ import annotations

import re

from lambdalint.code.module import FunctionSite, Module
from lambdalint.code.program import Program
from lambdalint.code.syntax import Expr, Invoke, Item, Member, Name, Number, Text, last_name

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
_FAILURES = re.compile(
    rb"\b(?:batchItemFailures|batch_item_failures|BatchItemFailures|PartialItemFailureResponse|batch_processor"
    rb"|(?:async_)?process_partial_response|processPartialResponse(?:Sync)?|sqsPartialBatchFailure\w*)\b"
)
_KEY = re.compile(rb"\.object\.key\b|[\"']object[\"']\s*\]\s*\[\s*[\"']key[\"']|object\?\.key\b|object:\s*\{\s*key\b")
_DECODES = re.compile(rb"\b(?:unquote_plus|unquote|decodeURIComponent|querystring|unquote_to_bytes|S3Event)\b")
# What may take the whole event without looking into its records.
_LOGS = frozenset(
    {"print", "dumps", "stringify", "log", "info", "debug", "warn", "warning", "error", "exception", "inspect", "str"}
)

# A handler that mentions its event more often is not looked through.
_USES = 100


def returns_batch_item_failures(program: Program) -> bool | None:
    """Whether the handler reports single failed records; None when part of its code is out of sight."""
    if next(program.search(_FAILURES), None) is not None:
        return True
    if any("partial-batch-failure" in each.module for each in program.imports):
        return True
    return None if program.own_code_open else False


def decodes_object_key(program: Program) -> bool | None:
    """Whether the key of an S3 event's object is URL-decoded; None where it is not used."""
    if next(program.search(_KEY), None) is None:
        return None
    return next(program.search(_DECODES), None) is not None


def reads_first_record_only(program: Program, site: FunctionSite | None) -> bool | None:
    """Whether the handler takes the first record of its event and no other; None when it is not seen to take any."""
    module = program.modules[program.located.path]
    if site is None or not site.params or not site.params[0]:
        return None
    event = site.params[0].split()
    firsts: set[tuple[int, int]] = set()
    uses: dict[tuple[int, int], Expr] = {}
    aliases: list[str] = []
    for access in module.accesses:
        expr = access.expr
        if not site.start <= expr.start < site.end:
            continue
        if _records(expr, event):
            uses[expr.start, expr.end] = expr
        if isinstance(expr, Item) and isinstance(expr.key, Number) and _records(expr.base, event):
            uses.setdefault((expr.base.start, expr.base.end), expr.base)
            if expr.key.value == 0:
                firsts.add((expr.base.start, expr.base.end))
    for name, bindings in module.bindings.items():
        for binding in bindings:
            if site.start <= binding.start < site.end and _records(binding.value, event):
                aliases.append(name)
                uses.pop((binding.value.start, binding.value.end), None)
    seen = [key in firsts for key in uses]
    if "Records" in event:
        seen = _alias_uses(module, site, "Records")[1:]  # the first one is the parameter itself
    for alias in aliases:
        seen.extend(_alias_uses(module, site, alias))
    if not seen:
        return None
    if not all(seen):
        return False
    return None if _handed_on(module, site, event[0]) else True


def _records(expr: Expr, event: list[str]) -> bool:
    """Whether an expression is the records of the event."""
    match expr:
        case Item(base=Name(text=text), key=Text(value="Records")) | Member(base=Name(text=text), name="Records"):
            return text in event
        case Invoke(callee=Member(base=Name(text=text), name="get"), args=[Text(value="Records"), *_]):
            return text in event
        case _:
            return False


def _alias_uses(module: Module, site: FunctionSite, alias: str) -> list[bool]:
    """For each use of a name for the records, whether it is of the first one."""
    pattern = re.compile(rb"(?<![\w.$])" + re.escape(alias.encode()) + rb"\b(?!\s*=[^=])(\s*\[\s*0\s*\])?")
    return [found[1] is not None for found in pattern.finditer(module.source, site.start, site.end)]


def _handed_on(module: Module, site: FunctionSite, event: str) -> bool:
    """Whether the whole event goes anywhere but into a log."""
    pattern = re.compile(rb"(?<![\w.$\"'])" + re.escape(event.encode()) + rb"\b(?!\s*(?:\[|\.|\?\.))(?![\"'])")
    uses = list(pattern.finditer(module.source, site.start, site.end))
    if len(uses) > _USES:
        return True
    for use in uses[1:]:  # the first one is the parameter itself
        calls = [call for call in module.invokes if call.start <= use.start() < call.end and call.start >= site.start]
        if not calls or last_name(max(calls, key=lambda call: call.start).callee) not in _LOGS:
            return True
    return False


def callback_style(program: Program, site: FunctionSite | None) -> bool | None:
    """Whether a Node.js handler takes a callback as its third parameter; None where the handler is not found or is
    not JavaScript. A streaming handler has three parameters too, and no callback."""
    if site is None or program.located.language == "python":
        return None
    module = program.modules[program.located.path]
    return site.arity >= 3 and b"streamifyResponse" not in module.source
