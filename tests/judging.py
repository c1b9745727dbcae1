"""Judging templates with one small rule, for tests of what a template means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from lambdalint.check.finding import Report
from lambdalint.load.deployment import Environment
from lambdalint.load.intrinsics import Resolver
from lambdalint.load.stack import Stack
from lambdalint.load.template import Values, load_template
from lambdalint.model.kinds import THINGS
from lambdalint.model.model import Settings
from lambdalint.rule.library import load_folder
from lambdalint.rule.rule import Rule
from lambdalint.rule.rule_file import load_text
from lambdalint.run import Request, run
from lambdalint.source.node import Document

ROOT = Path(__file__).parent.parent
#: The rules of the project.
RULES = load_folder(ROOT / "rules", THINGS, base=ROOT)
SETTINGS = Settings(as_of=date(2026, 11, 21))

#: Finds every function whose timeout is above 60 s, and is undecided where the timeout is not known.
SLOW = """\
title: Function may run for long
severity: medium
confidence: firm
since: 0.1.0
for: function
require: function.timeout <= 60
message: "{function.name} may run for {function.timeout} s"
why: It costs.
references: [https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html]
examples:
  fail:
    - cloudformation: |
        Resources:
          F: {Type: AWS::Lambda::Function, Properties: {Timeout: 61}}  # finding
  pass:
    - cloudformation: |
        Resources:
          F: {Type: AWS::Lambda::Function, Properties: {Timeout: 60}}
"""


def rule(text: str = SLOW, name: str = "function-runs-long") -> Rule:
    """A rule from its text."""
    return load_text(Document(f"{name}.yaml", text), name, "cost", THINGS)


def stack_of(text: str, path: str = "template.yaml", **parameters: str) -> Stack:
    """The stack of a template."""
    found = load_template(Document(path, text), Values(parameters))
    assert isinstance(found, Stack)
    return found


def resolver_of(text: str, region: str | None = None, **parameters: str) -> Resolver:
    """What evaluates the values of a template."""
    return Resolver(stack_of(text, **parameters), parameters, region)


def report_of(
    *paths: Path,
    here: Path,
    environments: Sequence[Environment] = (),
    rules: Sequence[Rule] = (),
) -> Report:
    """What a run says of some files."""
    return run(Request(tuple(paths), here, tuple(rules) or (rule(),), SETTINGS, tuple(environments)))


def said(report: Report) -> list[str]:
    """Findings as ``path:line message [condition]``."""
    found = []
    for finding in report.findings:
        assert finding.place is not None
        origin = finding.place.origin
        condition = f" [{finding.condition}]" if finding.condition else ""
        found.append(f"{origin.document.path}:{origin.line} {finding.message}{condition}")
    return found
