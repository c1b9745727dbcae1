"""The form of the config file, as pydantic models: validation and the published JSON Schema."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _as_text(value: Any) -> Any:
    """Parameters are texts, but ``30``, ``true`` and lists are how people write them."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return ",".join(map(str, map(_as_text, value))) if isinstance(value, list) else value


_Parameters = dict[str, Annotated[str, BeforeValidator(_as_text)]]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=_dashed, populate_by_name=True, frozen=True)


class SuppressEntry(_Section):
    """Findings that are known and accepted."""

    rules: list[str] = Field(min_length=1, description="Rule ids, globs of them, or categories.")
    paths: list[str] = Field(default=[], description="Globs of template paths; none means all.")
    resources: list[str] = Field(default=[], description="Globs of logical ids; none means all.")
    reason: str = Field(min_length=1, description="Why these findings are accepted.")
    until: date | None = Field(default=None, description="The last day on which they are accepted.")


class EnvironmentEntry(_Section):
    """What one environment is deployed with."""

    parameters: _Parameters = Field(default={}, description="Values for template parameters, over the general ones.")
    parameter_file: str | None = Field(
        default=None, description="A file of parameter values, relative to this file; `parameters` win over it."
    )
    region: str | None = Field(default=None, description="The region that it is deployed to.")


class ConfigFile(_Section):
    """Settings of lambdalint."""

    select: list[str] = Field(default=[], description="Rules or categories to run; none means all stable ones.")
    ignore: list[str] = Field(default=[], description="Rules or categories not to run.")
    exclude: list[str] = Field(default=[], description="Patterns of files to pass over, in the form of .gitignore.")
    fail_on: Literal["low", "medium", "high", "critical", "never"] | None = Field(
        default=None, description="The lowest severity that makes the run fail (default medium)."
    )
    parameters: _Parameters = Field(default={}, description="Values for template parameters.")
    region: str | None = Field(default=None, description="The region that templates are deployed to.")
    environments: dict[str, EnvironmentEntry] = Field(
        default={}, description="Environments that templates are judged in; findings say in which they hold."
    )
    baseline: str | None = Field(default=None, description="Baseline file, relative to this file.")
    rule_paths: list[str] = Field(default=[], description="Folders with rules of your own, relative to this file.")
    rules: dict[str, dict[str, Any]] = Field(
        default={}, description="Options of rules, by id or alias: {rule-id: {option: value}}."
    )
    suppress: list[SuppressEntry] = Field(default=[], description="Findings that are accepted.")
