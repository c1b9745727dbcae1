"""A rule, loaded and ready to judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from lambdalint.record import field, record, replace
from lambdalint.rule.error import RuleError, did_you_mean
from lambdalint.rule.expression import Expression
from lambdalint.rule.message import Message

if TYPE_CHECKING:
    from lambdalint.model.thing import Thing
    from lambdalint.rule.example import Example

Option: TypeAlias = "bool | int | float | str | tuple[str, ...]"

CATEGORIES = ("reliability", "security", "cost", "performance", "operations", "correctness")
SEVERITIES = ("low", "medium", "high", "critical")
DIALECTS = ("sam", "cloudformation", "serverless", "aws")


@record
class RuleFix:
    """How a finding is mended: the value ``set`` becomes ``to``. Safe: what the function does stays the same."""

    set: Expression
    to: Expression
    safe: bool
    title: Message | None = None


@record(eq=False)
class Rule:
    """One policy about one kind of thing. ``kind`` is also the name of the thing in the rule's expressions."""

    id: str
    category: str
    path: str | None
    title: str
    severity: str
    confidence: str
    since: str
    kind: str
    when: Expression
    require: Expression
    message: Message
    why: str
    status: str = "stable"
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    advice: Message | None = None
    #: What to do instead, by the dialect in which a thing is written.
    advice_in: Mapping[str, Message] = field(default_factory=dict)
    at: Expression | None = None
    fix: RuleFix | None = None
    #: The call of the AWS CLI that mends it where it is deployed.
    command: Message | None = None
    #: The options and their values: the defaults, until ``configured``.
    options: Mapping[str, Option] = field(default_factory=dict)
    #: Empty for a rule that was loaded from the index.
    examples: tuple[Example, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of its texts that may have segments, but the title of its fix."""
        texts = (self.message, self.advice, *self.advice_in.values(), self.command)
        return tuple(text for text in texts if text is not None)

    def env(self, thing: Thing) -> dict[str, object]:
        """What the rule's expressions may name when they judge this thing."""
        return {self.kind: thing, "option": self.options}

    def configured(self, options: Mapping[str, object]) -> Rule:
        """The rule with a user's values for some of its options.

        Raises:
            RuleError: the rule has no such option, or the value is of another type than the default.
        """
        if not options:
            return self
        chosen: dict[str, Option] = dict(self.options)
        for name, value in options.items():
            if name not in chosen:
                raise RuleError(f"rule {self.id} has no option '{name}'{did_you_mean(name, chosen)}")
            chosen[name] = _fitting(f"option {name} of rule {self.id}", chosen[name], value)
        return replace(self, options=chosen)

    def option_types(self) -> dict[str, type]:
        """The types of the options, for checking expressions."""
        return {name: type(value) for name, value in self.options.items()}


def _fitting(what: str, default: Option, value: object) -> Option:
    match value:
        case bool() if isinstance(default, bool):
            return value
        case str() if isinstance(default, str):
            return value
        case int() | float() if isinstance(default, int | float) and bool not in (type(default), type(value)):
            return value
        case list() | tuple() if isinstance(default, tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        case _:
            wanted = {bool: "true or false", str: "text", tuple: "a list of texts"}.get(type(default), "a number")
            raise RuleError(f"{what} is {value!r}; it needs {wanted}, as its default {_written(default)} is")


def _written(default: Option) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"[{', '.join(default)}]" if isinstance(default, tuple) else str(default)
