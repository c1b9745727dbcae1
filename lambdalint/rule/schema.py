"""The form of a rule file, as pydantic sees it: only loading a YAML rule and exporting the schema import this."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from lambdalint.rule.rule import DIALECTS


def _expression(value: object) -> object:
    """YAML reads ``when: true`` and ``to: 30`` as values; in the expression language they are the same words."""
    return repr(value) if isinstance(value, bool | int | float) else value


def _one_line(text: str) -> str:
    if "\n" in text.strip() or not text.strip():
        raise PydanticCustomError("one_line", "must be one line of text")
    return text.strip()


ExpressionText = Annotated[str, BeforeValidator(_expression), Field(description="An expression of the rule language")]
Line = Annotated[str, Field(description="One line of text")]
OptionValue = bool | int | float | str | list[str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, serialize_by_alias=True)


class FixFile(_Strict):
    """How to mend a finding: set a value of the model to the value of an expression."""

    set: ExpressionText
    to: ExpressionText
    safe: bool = Field(description="Whether what the function does stays the same")
    title: Line | None = None


class ExampleFile(_Strict):
    """An input in one dialect; in a fail example the comment ``# finding`` marks each line of a finding."""

    sam: str | None = None
    cloudformation: str | None = None
    serverless: str | None = None
    aws: str | None = Field(default=None, description="Recorded answers of the AWS API")
    fixed: str | None = Field(default=None, description="The text after the rule's fix, without marks")
    parameters: dict[str, str | int | float | bool] = Field(default_factory=dict)
    options: dict[str, OptionValue] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict, description="Files beside the template: path to text")
    as_of: Annotated[datetime.date, Field(strict=False)] | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_dialect(self) -> ExampleFile:
        given = [name for name in DIALECTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise PydanticCustomError("one_dialect", "needs exactly one of sam, cloudformation, serverless and aws")
        return self

    @property
    def dialect(self) -> str:
        """The name of the dialect in which the example is written."""
        return next(name for name in DIALECTS if getattr(self, name) is not None)


class ExamplesFile(_Strict):
    """The rule's tests."""

    fail: list[ExampleFile] = Field(default_factory=list)
    passing: list[ExampleFile] = Field(default_factory=list, alias="pass")
    undecided: list[ExampleFile] = Field(default_factory=list)


class RuleFile(_Strict):
    """A rule of lambdalint. Its id is the file's name, its category the folder's."""

    title: Line = Field(description="The problem, one line, without a period at the end")
    severity: Literal["low", "medium", "high", "critical"]
    confidence: Literal["firm", "tentative"]
    since: str = Field(description="The version of lambdalint that brought it, e.g. 0.1.0")
    status: Literal["preview", "stable", "deprecated"] = "stable"
    aliases: list[str] = Field(default_factory=list, description="Earlier ids, and the ids that other tools use")
    tags: list[str] = Field(default_factory=list)
    kind: str = Field(alias="for", description="The kind of thing that it judges, and the thing's name")
    when: ExpressionText = "True"
    require: ExpressionText = Field(description="What must hold; where it does not, there is a finding")
    options: dict[str, OptionValue] = Field(default_factory=dict, description="Options and their defaults")
    message: str = Field(description="What a finding says; {expression} segments, {{ for a brace")
    at: ExpressionText | None = Field(default=None, description="The value at whose place a finding stands")
    advice: Line | None = Field(default=None, description="What to do, one line; may have {expression} segments")
    advice_in: dict[Literal["sam", "cloudformation", "serverless", "aws"], Line] = Field(
        default_factory=dict,
        alias="advice-in",
        description="What to do instead, where the thing is written in that dialect: the names that stand there",
    )
    fix: FixFile | None = None
    command: Line | None = Field(
        default=None,
        description="The call of the AWS CLI that mends it in an account; {expression} segments are quoted",
    )
    why: str = Field(description="Markdown: what goes wrong, for whom, and when it is fine to ignore")
    references: list[str] = Field(default_factory=list)
    examples: ExamplesFile = Field(default_factory=ExamplesFile)

    @field_validator("title")
    @classmethod
    def _title(cls, title: str) -> str:
        if title.rstrip().endswith("."):
            raise PydanticCustomError("title", "must not end with a period")
        return _one_line(title)

    @field_validator("advice", "command")
    @classmethod
    def _advice(cls, text: str | None) -> str | None:
        return None if text is None else _one_line(text)

    @field_validator("advice_in")
    @classmethod
    def _advice_in(cls, texts: dict[str, str]) -> dict[str, str]:
        return {dialect: _one_line(text) for dialect, text in texts.items()}

    @field_validator("since")
    @classmethod
    def _since(cls, since: str) -> str:
        if not re.fullmatch(r"\d+\.\d+\.\d+", since):
            raise PydanticCustomError("since", "must be a version such as 0.1.0")
        return since

    @field_validator("message", "why")
    @classmethod
    def _not_empty(cls, text: str) -> str:
        if not text.strip():
            raise PydanticCustomError("empty", "must not be empty")
        return text.strip()

    @field_validator("references")
    @classmethod
    def _https(cls, references: list[str]) -> list[str]:
        for reference in references:
            if not re.fullmatch(r"https://\S+", reference):
                raise PydanticCustomError("https", "must hold https addresses")
        return references

    @field_validator("options")
    @classmethod
    def _option_names(cls, options: dict[str, OptionValue]) -> dict[str, OptionValue]:
        for name in options:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise PydanticCustomError("option_name", "must have lower-case names such as max_age")
        return options


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file."""
    schema = RuleFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
