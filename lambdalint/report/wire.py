"""The JSON report, version 1, as types of its own, so that the inside may change without it.

Fields are never renamed or removed in version 1; new ones may appear in ``summary`` only. Rendering does not import
this module (pydantic costs more than a small run): it serves ``lambdalint schema report`` and the tests.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ToolRecord(_Record):
    """What wrote the report."""

    name: str
    version: str


class ResourceRecord(_Record):
    """What a finding is about. ``function`` is the logical id of the function concerned."""

    type: str
    logical_id: str | None
    arn: str | None
    function: str | None


class LocationRecord(_Record):
    """A span. Lines and columns count from 1, in characters; ``end_column`` is the column after the last one.

    ``path`` is null for text without a file and for things of a live account. ``pointer`` is the JSON pointer of the
    value in its document, empty when there is none.
    """

    path: str | None
    line: int = Field(ge=1)
    column: int = Field(ge=1)
    end_line: int = Field(ge=1)
    end_column: int = Field(ge=1)
    pointer: str


class RelatedRecord(LocationRecord):
    """Another place that decided, and what it is."""

    label: str | None


class FixRecord(_Record):
    """A fix that ``--fix`` (safe) or ``--fix --unsafe-fixes`` applies.

    For what is deployed it is a call of the AWS CLI, for a POSIX shell, which nobody runs but whoever reads it.
    """

    title: str
    safe: bool
    command: str | None = None


class FindingRecord(_Record):
    """One problem."""

    rule: str
    category: Literal["reliability", "security", "cost", "performance", "operations", "correctness"]
    severity: Literal["low", "medium", "high", "critical"]
    confidence: Literal["firm", "tentative"]
    message: str
    resource: ResourceRecord
    location: LocationRecord
    related: list[RelatedRecord]
    condition: str | None
    fix: FixRecord | None
    fingerprint: str


class SuppressedRecord(FindingRecord):
    """A finding that someone chose to ignore, by what means and why."""

    by: str
    reason: str


class UndecidedRecord(_Record):
    """A rule that could not be judged for a resource; ``why`` reads after "because"."""

    rule: str
    resource: ResourceRecord
    why: str
    location: LocationRecord


class GapRecord(_Record):
    """Something that was asked for and not looked at."""

    what: str
    why: str
    location: LocationRecord | None
    account: str | None
    region: str | None


class DocumentRecord(_Record):
    """A document that was judged."""

    path: str | None
    dialect: str
    functions: int = Field(ge=0)


class NoticeRecord(_Record):
    """Something about the run itself, such as a suppression that is no longer used."""

    message: str
    location: LocationRecord | None


class CoverageRecord(_Record):
    """How much of one call was answered for a region of an account."""

    account: str
    region: str
    action: str
    asked: int = Field(ge=0)
    answered: int = Field(ge=0)
    why: str | None


class RegionRecord(_Record):
    """A region of a live account, and how many of its functions were judged."""

    account: str
    region: str
    functions: int = Field(ge=0)


class SummaryRecord(BaseModel):
    """Sums of the rest. New fields may appear here within version 1."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    findings: int = Field(ge=0)
    by_severity: dict[str, int]
    by_category: dict[str, int]
    undecided: int = Field(ge=0)
    suppressed: int = Field(ge=0)
    gaps: int = Field(ge=0)
    documents: int = Field(ge=0)
    functions: int = Field(ge=0)
    rules: int = Field(ge=0)
    fail_on: Literal["low", "medium", "high", "critical"] | None
    data_dates: dict[str, str]
    notices: list[NoticeRecord]
    coverage: list[CoverageRecord] = []
    regions: list[RegionRecord] = []
    #: Rule -> "" or a fingerprint -> what to do; of audits only.
    advice: dict[str, dict[str, str]] = {}


class ReportRecord(_Record):
    """The whole report."""

    version: Literal[1]
    tool: ToolRecord
    findings: list[FindingRecord]
    undecided: list[UndecidedRecord]
    suppressed: list[SuppressedRecord]
    gaps: list[GapRecord]
    documents: list[DocumentRecord]
    summary: SummaryRecord


def report_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the JSON report."""
    schema = ReportRecord.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "lambdalint report, version 1",
    }
