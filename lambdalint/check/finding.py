"""What a run has to say, as plain frozen data. Reports know only these types."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, TypeAlias

from lambdalint.record import field, record
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

Category: TypeAlias = Literal["reliability", "security", "cost", "performance", "operations", "correctness"]
Confidence: TypeAlias = Literal["firm", "tentative"]


class Severity(IntEnum):
    """How bad a finding is; ordered."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word in config and reports: ``low`` ... ``critical``."""
        return self.name.lower()


@record
class Place:
    """A span of a document. ``pointer`` is the JSON pointer of the value in that document ("" when unknown)."""

    origin: Origin
    pointer: str = ""
    label: str | None = None


@record
class Subject:
    """What a finding is about. ``function`` is the logical id of the function concerned, if there is one."""

    type: str
    logical_id: str | None
    arn: str | None = None
    function: str | None = None


@record
class Edit:
    """Replace ``document.text[start:end]`` by ``text``."""

    document: Document
    start: int
    end: int
    text: str


@record
class Fix:
    """A way to mend a finding: by editing text, or by a command that a person may run. Unsafe fixes may change what the
    function does."""

    title: str
    safe: bool
    edits: tuple[Edit, ...]
    #: For a number: what it is and what it becomes, so that of several fixes of one number the furthest can be taken.
    change: tuple[float, float] | None = None
    #: For what is deployed: a call of the AWS CLI, for a POSIX shell. It is shown, and never run.
    command: str | None = None


@record
class RuleInfo:
    """What reports say about a rule that ran. ``why`` is Markdown."""

    id: str
    title: str
    category: Category
    severity: Severity
    confidence: Confidence
    why: str
    references: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    status: str = "stable"
    since: str = ""


@record
class Finding:
    """One problem. ``place`` is None only for things of a live account that no template declares."""

    rule: RuleInfo
    severity: Severity
    confidence: Confidence
    message: str
    subject: Subject
    place: Place | None
    related: tuple[Place, ...]
    #: The conditions under which it holds: "when IsProd is false"; None when it always holds.
    condition: str | None
    fix: Fix | None
    #: 16 hex digits; stable while the rule, the document, the resource and the field stay the same.
    fingerprint: str
    #: What to do, one line (from the rule's fix title or the rule's advice).
    advice: str | None = None


@record
class Undecided:
    """A rule that could not be judged for a thing, and why."""

    rule: RuleInfo
    subject: Subject
    why: str
    place: Place | None


@record
class Suppressed:
    """A finding that someone chose to ignore. ``by`` is "comment", "metadata", "config" or "baseline"."""

    finding: Finding
    by: str
    reason: str


@record
class Notice:
    """Something about the run itself: an unused or expired suppression, a fixed baseline entry."""

    message: str
    place: Place | None = None


@record
class Seen:
    """A document that was judged; of a live account, a region with functions."""

    document: Document
    dialect: str
    functions: int
    #: For live accounts.
    account: str = ""
    region: str = ""


@record
class Covered:
    """What was asked of an account in a region by one call, and how much of it was answered."""

    account: str
    region: str
    #: The IAM action, which is how people know the call: ``lambda:GetPolicy``.
    action: str
    asked: int
    answered: int
    #: Why the rest was not, as a phrase after "because"; None where all was.
    why: str | None = None


@record
class Report:
    """Everything that a run found, in a fixed order: by path, line, column, rule."""

    tool: str
    version: str
    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notices: tuple[Notice, ...] = ()
    seen: tuple[Seen, ...] = ()
    #: Every rule that ran, sorted by id.
    rules: tuple[RuleInfo, ...] = ()
    #: Dates of the data tables that rules rest on: {"runtimes": "2026-11-21"}.
    data_dates: dict[str, str] = field(default_factory=dict)
    fail_on: Severity | None = Severity.MEDIUM
    #: For live accounts: every call by account and region, sorted.
    coverage: tuple[Covered, ...] = ()
