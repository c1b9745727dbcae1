"""Reports built by hand for the tests of the formats."""

from __future__ import annotations

from lambdalint.check.finding import (
    Edit,
    Finding,
    Fix,
    Notice,
    Place,
    Report,
    RuleInfo,
    Seen,
    Severity,
    Subject,
    Suppressed,
    Undecided,
)
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 30
      Policies: [{Effect: Allow, Action: "*", Resource: "*"}]
"""

VISIBILITY = RuleInfo(
    id="sqs-visibility-timeout-too-short",
    title="Queue shows a message again while the function may still be working on it",
    category="reliability",
    severity=Severity.HIGH,
    confidence="firm",
    why="Lambda retries a *throttled* batch.\nAWS asks for `6` times.\n\n- one\n- two, see [docs](https://aws.amazon.com/x)\n",
    references=("https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",),
    tags=("CWE-400", "queue", "security"),
)
WILDCARD = RuleInfo(
    id="role-allows-everything",
    title="Execution role allows every action",
    category="security",
    severity=Severity.CRITICAL,
    confidence="firm",
    why="Whoever gets into the function owns the account.",
    references=("https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html", "http://not.example/plain"),
    tags=("cwe-732",),
)
MEMORY = RuleInfo(
    id="memory-left-at-default",
    title="Memory left at its default",
    category="performance",
    severity=Severity.LOW,
    confidence="tentative",
    why="128 MB is slow.",
)
UNUSED = RuleInfo(
    "url-without-auth", "Function URL open to all", "security", Severity.HIGH, "firm", "Anyone can call it."
)


def place(document: Document, needle: str, nth: int = 1, label: str | None = None, pointer: str = "") -> Place:
    """Where the n-th occurrence of a text stands."""
    start = -1
    for _ in range(nth):
        start = document.text.index(needle, start + 1)
    return Place(Origin(document, start, start + len(needle)), pointer, label)


WORKER = Subject("AWS::Lambda::Function", "Worker", None, "Worker")


def finding(
    rule: RuleInfo,
    at: Place | None,
    message: str,
    fingerprint: str,
    subject: Subject = WORKER,
    related: tuple[Place, ...] = (),
    condition: str | None = None,
    fix: Fix | None = None,
    advice: str | None = None,
) -> Finding:
    """A finding with the rule's own severity and confidence, about the function Worker unless told otherwise."""
    return Finding(
        rule=rule,
        severity=rule.severity,
        confidence=rule.confidence,
        message=message,
        subject=subject,
        place=at,
        related=related,
        condition=condition,
        fix=fix,
        fingerprint=fingerprint,
        advice=advice,
    )


def sample() -> Report:
    """One of everything: fixes, related places, a condition, suppressed, undecided, gaps and notices."""
    document = Document("services/orders/template.yaml", TEMPLATE)
    timeout = place(document, "30")
    jobs = Subject("AWS::SQS::Queue", "Jobs", None, "Worker")
    return Report(
        tool="lambdalint",
        version="0.1.0",
        findings=(
            finding(
                VISIBILITY,
                timeout,
                "Jobs hides a message for 30 s, but Worker may need 180 s",
                "0123456789abcdef",
                subject=jobs,
                related=(place(document, "30", 2, "the function's timeout"),),
                condition="when IsProd is false",
                fix=Fix("set VisibilityTimeout to 180", True, (Edit(document, *_ends(timeout), "180"),)),
                advice="set VisibilityTimeout to 180",
            ),
            finding(MEMORY, place(document, "Worker"), "Worker leaves its memory at 128 MB", "00000000000000aa"),
            finding(WILDCARD, place(document, '"*"'), "Worker's role allows every action", "00000000000000bb"),
            finding(WILDCARD, place(document, '"*"', 2), "Worker's role covers every resource", "00000000000000cc"),
        ),
        undecided=tuple(
            Undecided(VISIBILITY, jobs, why, timeout)
            for why in ("parameter Stage has no value", "parameter Stage has no value", "role Deploy is imported")
        ),
        suppressed=(
            Suppressed(
                finding(MEMORY, place(document, "Worker"), "Worker has little memory", "00000000000000dd"),
                "comment",
                "batch job",
            ),
        ),
        gaps=(
            Gap("AWS::Include of s3://b/x.yaml", "it is not on this machine", place(document, "Policies").origin),
            Gap("lambda:ListFunctions", "access denied", account="123456789012", region="eu-west-1"),
            Gap("broken.yaml", "not UTF-8: save it as UTF-8", path="broken.yaml"),
        ),
        notices=(Notice("unused suppression of memory-left-at-default", place(document, "Jobs")),),
        seen=(Seen(document, "sam", 1),),
        rules=(MEMORY, WILDCARD, VISIBILITY, UNUSED),
        data_dates={"runtimes": "2026-11-21"},
    )


def _ends(at: Place) -> tuple[int, int]:
    return at.origin.start, at.origin.end


NASTY = "<script>alert(1)</script> \x1b[31m\u202e & \"q\" 'a' %0A::error::x | `c` @all [l](javascript:x) \ud800 日本 é"


def nasty() -> Report:
    """A report on a template whose every name wants to break out of something."""
    text = f"Résumé:\r\n\tKey: '{NASTY}'\r\n  emoji: 😀 \"30\"\n"
    document = Document("dir with space/100%/ü,a:b#[1].yaml", text)
    live = "arn:aws:lambda:eu-west-1:123456789012:function:<b>f</b>"
    rule = RuleInfo(
        id="nasty",
        title=NASTY,
        category="security",
        severity=Severity.MEDIUM,
        confidence="tentative",
        why=f"{NASTY}\n\n[click](javascript:alert(1)) <https://ok.example/> <img src=http://evil.example/x>\n\n```\n{NASTY}\n```",
        references=("javascript:alert(1)", "https://ok.example/?a=1&b=<x>"),
        tags=tuple(f"t{number}" for number in range(30)),
    )
    return Report(
        tool="lambdalint",
        version="0.1.0.dev1",
        findings=(
            finding(rule, place(document, "Key"), NASTY, "1" * 16, condition=NASTY, advice=NASTY),
            finding(
                rule,
                place(document, "30"),
                f"=HYPERLINK(1) {NASTY}",
                "1" * 16,
                related=(place(document, "Key", 1, NASTY),),
            ),
            finding(rule, place(document, "emoji"), "-1+1", "2" * 16, subject=Subject(NASTY, NASTY, None, NASTY)),
            finding(rule, None, NASTY, "3" * 16, subject=Subject("AWS::Lambda::Function", None, live, None)),
        ),
        undecided=(Undecided(rule, Subject(NASTY, NASTY), NASTY, None),),
        suppressed=(Suppressed(finding(rule, place(document, "Key"), NASTY, "4" * 16), "config", NASTY),),
        gaps=(Gap(NASTY, NASTY, path=f"a\ud800b/{NASTY}"), Gap(NASTY, NASTY, account=NASTY, region=NASTY)),
        notices=(Notice(NASTY, place(document, "Key")),),
        seen=(Seen(document, "sam", 1), Seen(Document(None, ""), "aws", 1)),
        rules=(rule,),
    )
