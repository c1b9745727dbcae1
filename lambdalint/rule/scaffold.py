"""The text that ``lambdalint new`` writes: a complete rule, to be changed into one's own."""

from __future__ import annotations

from pathlib import Path

from lambdalint.rule.error import RuleError
from lambdalint.rule.rule import CATEGORIES

_TEMPLATE = """\
# {id}: the file's name is the rule's id and names the problem; the folder is its category.
# `lambdalint test` runs the examples below, `lambdalint inspect` shows which facts there are.
title: Function may run for more than a minute
severity: medium  # low, medium, high or critical
confidence: firm  # tentative where it rests on a guess
since: 0.1.0

# The kind of thing that is judged, and its name in the expressions.
for: function
# For which of them: those with a timeout that somebody wrote down.
when: explicit(function.timeout)
# What must hold. Where it does not, there is a finding; where a value is unknown, the rule is undecided.
require: function.timeout <= option.most
# Options can be set in the configuration: rules: {{{id}: {{most: 30}}}}
options: {{most: 60}}
message: "{{function.name}} may run for {{function.timeout}} s; our limit is {{option.most}} s"
advice: Lower the timeout to {{option.most}} s or move the work to a queue

why: |
  Say what goes wrong, for whom, and when it is fine to ignore. `lambdalint explain {id}` shows this text.
references:
  - https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html

# The examples are the rule's tests. The comment marks the line at which a finding is expected.
examples:
  fail:
    - sam: |
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              Timeout: 61  # finding
  pass:
    - sam: |
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              Timeout: 60
"""


def write_rule(name: str, folder: Path) -> Path:
    """Write a new rule, named ``category/id``, below a folder; its file.

    Raises:
        RuleError: the name is not of that form, there is such a rule already, or the file cannot be written.
    """
    from lambdalint.rule.library import builtin
    from lambdalint.rule.rule_file import ID

    category, slash, identifier = name.partition("/")
    if not slash or category not in CATEGORIES:
        raise RuleError(f"write the rule as CATEGORY/ID with one of {', '.join(CATEGORIES)}: reliability/my-rule")
    if not ID.fullmatch(identifier):
        raise RuleError(
            f"'{identifier}' cannot be the id of a rule; write lower-case words joined by '-', such as my-rule"
        )
    if any(rule.id == identifier for rule in builtin()):
        raise RuleError(f"there is already a rule {identifier}; `lambdalint explain {identifier}` shows it")
    target = folder / category / f"{identifier}.yaml"
    if target.exists():
        raise RuleError(f"{target}: there is already a rule of this name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(scaffold(identifier), encoding="utf-8", newline="\n")
    except OSError as error:
        raise RuleError(f"{target}: cannot be written: {error.strerror}") from None
    return target


def scaffold(rule_id: str) -> str:
    """A rule file for a new rule; it is valid as it stands and its examples pass."""
    return _TEMPLATE.format(id=rule_id)
