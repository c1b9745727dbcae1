"""Commands: the one line of the AWS CLI that mends a finding about something deployed. Nobody runs it but a person.

A command is a text with ``{expression}`` segments, like a message; what a segment gives is one word, or a part of one,
for a POSIX shell, whatever it holds.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from lambdalint.rule.error import RuleError
from lambdalint.rule.expression import Expression
from lambdalint.rule.message import Message
from lambdalint.rule.text import shown
from lambdalint.source.value import Default, Given, Unknown

#: What a rule's author writes around the segments: nothing that a shell or the CLI would take for more than text.
_PLAIN = re.compile(r"[A-Za-z0-9 _./:=,-]*")
_START = re.compile(r"aws [a-z0-9-]+ [a-z0-9-]+( |$)")
#: What the CLI would read as an option, or as the name of a file to send.
_NO_VALUE = re.compile(r"-|file:|fileb:|https?:(?!//sqs\.)")


def check_command(command: Message) -> None:
    """See that a command is one call of the AWS CLI.

    Raises:
        RuleError: it is something else, or quotes what is quoted anyway.
    """
    if _START.match(command.text) is None:
        raise RuleError("a command is a call of the AWS CLI: aws SERVICE OPERATION --option ...")
    for part in command.parts:
        if isinstance(part, str) and _PLAIN.fullmatch(part) is None:
            raise RuleError("write values as {expression}: they are quoted where they need to be; nothing else may be")


def render_command(command: Message, env: Mapping[str, Any], arn: str | None) -> str | None:
    """The command for things bound to names, in the region and partition of an ARN; None where a part of it is unknown
    or no word."""
    _, partition, _, region, *_ = (*(arn or "").split(":", 4), "", "", "", "")
    text = ""
    for part in command.parts:
        if isinstance(part, Expression):
            value = part.evaluate(env).value
            if (
                value is None
                or isinstance(value, Unknown)
                or (isinstance(value, Given | Default) and value.value is None)
            ):
                return None
            word = shown(value)
            if not word or not word.isprintable() or (text.endswith(" ") and _NO_VALUE.match(word)):
                return None
            text += shlex.quote(word)
        else:
            text += part.replace("arn:aws:", f"arn:{partition or 'aws'}:")
    return f"{text} --region {shlex.quote(region)}" if region else text
