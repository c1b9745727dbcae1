# mypy: disable-error-code="no-any-return"
"""The rule language from outside: what it refuses, what it decides, and what it says decided."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdalint.load.conditions import Fork
from lambdalint.model.thing import Thing, fact
from lambdalint.rule.error import RuleError
from lambdalint.rule.expression import Outcome, compile_expression
from lambdalint.rule.grammar import MAX_DEPTH, MAX_LENGTH
from lambdalint.rule.message import compile_message
from lambdalint.source.node import Document, Origin
from lambdalint.source.value import Default, Given, Many, Unknown, Value

DOCUMENT = Document("template.yaml", "\n".join(f"line {number}" for number in range(1, 41)))


def at(line: int) -> Origin:
    start = DOCUMENT.line_starts[line - 1]
    return Origin(DOCUMENT, start, start + 4)


class Item(Thing):
    """One entry of a list."""

    kind = "item"

    def __init__(self, kind: Literal["s3", "sqs"], size: Any, line: int) -> None:
        super().__init__(at(line))
        self.given_type: Literal["s3", "sqs"] = kind
        self.given_size = size

    @fact
    def type(self) -> Literal["s3", "sqs"]:
        return self.given_type

    @fact
    def size(self) -> Value[int | None]:
        return self.given_size


class Queue(Thing):
    """A thing that others refer to."""

    kind = "queue"

    def __init__(self, name: str, delay: Any = None) -> None:
        super().__init__(at(30))
        self.given_name, self.given_delay = name, delay

    @fact
    def name(self) -> str:
        return self.given_name

    @fact
    def delay(self) -> Value[int]:
        return self.given_delay


class Fifo(Queue):
    """A special queue with a fact of its own."""

    @fact
    def groups(self) -> Value[int]:
        return Given(3, at(31))


class Function(Thing):
    """Every shape that a fact can have; each is given to the constructor."""

    kind = "function"

    def __init__(self, **facts: Any) -> None:
        super().__init__(at(1))
        self.given = facts

    @fact
    def name(self) -> str:
        return self.given.get("name", "Worker")

    @fact
    def timeout(self) -> Value[int]:
        return self.given["timeout"]

    @fact
    def memory(self) -> Value[int]:
        return self.given["memory"]

    @fact
    def limit(self) -> Value[int | None]:
        return self.given["limit"]

    @fact
    def yes(self) -> Value[bool]:
        return self.given["yes"]

    @fact
    def no(self) -> Value[bool]:
        return self.given["no"]

    @fact
    def maybe(self) -> Value[bool | None]:
        return self.given["maybe"]

    @fact
    def runtime(self) -> Value[str]:
        return self.given["runtime"]

    @fact
    def layers(self) -> Value[tuple[str, ...]]:
        return self.given["layers"]

    @fact
    def regions(self) -> Many[Value[str]]:
        return self.given["regions"]

    @fact
    def queue(self) -> Queue | Unknown | None:
        return self.given["queue"]

    @fact
    def linked(self) -> Value[Queue]:
        return self.given["linked"]

    @fact
    def items(self) -> Many[Item]:
        return self.given["items"]

    @fact
    def forks(self) -> Value[bool]:
        raise Fork("IsProd", ("true", "false"))

    helper = 5


HIDDEN = Unknown("parameter Stage has no value", at(9))
GONE = Unknown("the list depends on parameter List", at(8))

FACTS: dict[str, Any] = {
    "timeout": Given(30, at(2)),
    "memory": Default(128, at(1)),
    "limit": Default(None, at(1)),
    "yes": Given(True, at(3)),
    "no": Given(False, at(4)),
    "maybe": HIDDEN,
    "runtime": Given("python3.12", at(5)),
    "layers": Given(("a", "b"), at(6)),
    "regions": Many((Given("eu-west-1", at(20)), HIDDEN)),
    "queue": Queue("Jobs", Given(5, at(32))),
    "linked": Given(Queue("Guess", Given(7, at(33))), at(7), sure=False),
    "items": Many((Item("s3", Given(1, at(11)), 10), Item("sqs", Given(9, at(13)), 12))),
}
SCOPE: dict[str, type[Thing]] = {"function": Function}
OPTIONS: dict[str, Any] = {"factor": 6, "ratio": 0.5, "word": "python", "names": ("a", "z"), "on": True}


def evaluate(text: str, **facts: Any) -> Outcome:
    expression = compile_expression(text, SCOPE, {name: type(value) for name, value in OPTIONS.items()})
    return expression.evaluate({"function": Function(**{**FACTS, **facts}), "option": OPTIONS})


def lines(outcome: Outcome) -> list[int | None]:
    """The line of each value that decided; the default of the whole thing stands at line 1."""
    return [item.origin.line if item.origin is not None else None for item in outcome.evidence]


T, F, U = Given(True, at(3)), Given(False, at(4)), HIDDEN


@pytest.mark.parametrize(
    ("left", "right", "conjunction", "disjunction"),
    [
        (T, T, True, True),
        (T, F, False, True),
        (T, U, None, True),
        (F, T, False, True),
        (F, F, False, False),
        (F, U, False, None),
        (U, T, None, True),
        (U, F, False, None),
        (U, U, None, None),
    ],
)
def test_and_or_not_follow_kleene(left: Any, right: Any, conjunction: bool | None, disjunction: bool | None) -> None:
    for sign, expected in (("and", conjunction), ("or", disjunction)):
        value = evaluate(f"function.yes {sign} function.no", yes=left, no=right).value
        assert value == (HIDDEN if expected is None else expected)
        negated = evaluate(f"not (function.yes {sign} function.no)", yes=left, no=right).value
        assert negated == (HIDDEN if expected is None else not expected)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("function.timeout == 30", True),
        ("function.timeout != 30", False),
        ("20 < function.timeout <= 30", True),
        ("20 < function.timeout < 30 < function.memory", False),
        ("function.timeout * option.factor + function.memory - 8", 300),
        ("function.timeout / 4", 7.5),
        ("function.timeout // 4 + function.timeout % 4", 9),
        ("-function.timeout", -30),
        ("function.timeout * option.ratio", 15),
        ("function.runtime in ['python3.11', \"python3.12\"]", True),
        ("function.timeout not in (1, -2, 30)", False),
        ('"a" in function.layers', True),
        ('"z" in function.layers', False),
        ("function.runtime in option.names", False),
        ('function.layers == ["a", "b"]', True),
        ("function.limit is None", True),
        ("function.limit == None", True),
        ("function.limit is not None", False),
        ("function.limit != 5", True),
        ("function.queue is not None", True),
        ("function.queue.name", "Jobs"),
        ("function.queue == function.queue", True),
        ("60 if function.yes else 3", 60),
        ("60 if function.no else 3", 3),
        ("option.on", True),
        ('any(i.type == "s3" for i in function.items)', True),
        ('any(i.size > 100 for i in function.items if i.type == "sqs")', False),
        ('all(i.size > 5 for i in function.items if i.type == "sqs")', True),
        ("all(i.size > 5 for i in function.items)", False),
        ("sum(i.size for i in function.items)", 10),
        ("count(i for i in function.items)", 2),
        ("count(i.size > 5 for i in function.items)", 1),
        ("len(function.items)", 2),
        ("len(function.runtime)", 10),
        ("min(i.size for i in function.items)", 1),
        ("max(function.timeout, 40, function.memory)", 128),
        ("join(i.type for i in function.items)", "s3, sqs"),
        ('join(function.layers, "/")', "a/b"),
        ("explicit(function.timeout)", True),
        ("explicit(function.memory)", False),
        ("explicit(function.limit)", False),
        ("explicit(function.queue)", True),
        ("known(function.maybe)", False),
        ("known(function.timeout)", True),
        ('lower(function.runtime) == "python3.12"', True),
        ('startswith(function.runtime, "python")', True),
        ('startswith(function.runtime, ["nodejs", "python"])', True),
        ("startswith(function.runtime, option.word)", True),
        ('endswith(function.runtime, "3.11")', False),
        ('contains(function.runtime, "3.")', True),
        (r'matches(function.runtime, r"^python3\.\d+$")', True),
        ('matches(function.runtime, "^nodejs")', False),
        ("function.timeout > 3 and\n  # a comment\n  function.yes", True),
    ],
)
def test_values(text: str, value: object) -> None:
    outcome = evaluate(text)
    assert outcome.value == value
    assert type(outcome.value) is type(value) or isinstance(value, int | float)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("function.maybe", "parameter Stage has no value"),
        ("function.limit > 5", "function has no limit"),
        ("5 > function.limit", "function has no limit"),
        ("function.limit + 1", "function has no limit"),
        ("function.queue.delay > 5 and function.maybe", "parameter Stage has no value"),
        ("function.timeout / 0", "the numbers cannot be divided or are too large"),
        ("function.timeout * 1e14", "a number becomes too large"),
        ("function.yes and function.maybe", "parameter Stage has no value"),
        ("60 if function.maybe else 3", "parameter Stage has no value"),
        ('"us-east-1" in function.regions', "parameter Stage has no value"),
        ('any(r == "us-east-1" for r in function.regions)', "parameter Stage has no value"),
        ('all(startswith(r, "eu") for r in function.regions)', "parameter Stage has no value"),
        ("join(function.regions)", "parameter Stage has no value"),
        (
            "min(i.size for i in function.items if i.size > 99)",
            "the list is empty, so it has no least or greatest item",
        ),
        ("function.queue.groups > 1", "function.queue is a queue, which has no groups"),
        ("explicit(function.maybe)", "parameter Stage has no value"),
    ],
)
def test_unknown_with_the_reason(text: str, why: str) -> None:
    queue = Queue("Jobs", Given(9, at(32)))
    outcome = evaluate(text, queue=queue)
    assert outcome.why == why
    assert any(isinstance(item, Unknown) for item in outcome.evidence)


@pytest.mark.parametrize(
    ("queue", "why"), [(None, "function has no queue"), (HIDDEN, HIDDEN.why), (Queue("Q", GONE), GONE.why)]
)
def test_a_chain_ends_where_something_is_missing(queue: Any, why: str) -> None:
    assert evaluate("function.queue.delay > 3", queue=queue).why == why


def test_a_fact_of_a_special_kind_is_read_where_the_thing_has_it() -> None:
    assert evaluate("function.queue.groups == 3", queue=Fifo("Jobs.fifo")).value is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('any(i.type == "s3" for i in function.items)', True),
        ('any(i.type == "sqs" for i in function.items)', GONE),
        ('all(i.type == "s3" for i in function.items)', GONE),
        ('all(i.type == "sqs" for i in function.items)', False),
        ("count(i for i in function.items) > 0", GONE),
        ("len(function.items)", GONE),
        ("sum(i.size for i in function.items)", GONE),
    ],
)
def test_a_list_with_items_out_of_sight(text: str, expected: object) -> None:
    assert evaluate(text, items=Many((Item("s3", Given(1, at(11)), 10),), GONE)).value == expected


def test_membership_in_a_list_with_items_out_of_sight() -> None:
    regions = Many((Given("eu-west-1", at(20)),), GONE)
    assert evaluate('"eu-west-1" in function.regions', regions=regions).value is True
    assert evaluate('"eu-west-1" not in function.regions', regions=regions).value is False
    assert evaluate('"eu-west-2" in function.regions', regions=regions).value == GONE


@pytest.mark.parametrize("test", [T, F, U])
def test_a_generators_condition_that_is_unknown(test: Any) -> None:
    text = "any(function.yes for i in function.items if function.maybe)"
    assert evaluate(text, yes=test, maybe=HIDDEN).value == (False if test is F else HIDDEN)
    text = "all(function.yes for i in function.items if function.maybe)"
    assert evaluate(text, yes=test, maybe=HIDDEN).value == (True if test is T else HIDDEN)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        # Both sides of a comparison, in order; a default stands where the thing does.
        ("function.timeout < function.memory", True, [2, 1]),
        # A false "and" rests on the operand that is false, a true one on all.
        ("function.yes and function.timeout > 60 and function.no", False, [2]),
        ("function.yes and function.timeout > 5", True, [3, 2]),
        # A true "or" rests on the operand that is true, a false one on all.
        ("function.no or function.yes or function.timeout > 5", True, [3]),
        ("function.no or function.timeout > 60", False, [4, 2]),
        ("not function.no", True, [4]),
        ("5 < function.timeout < 20", False, [2]),
        # Unknown rests on what is unknown.
        ("function.yes and function.maybe", None, [9]),
        ("function.timeout > function.queue.delay + 2 * function.linked.delay", True, [2, 32, 33, 7]),
        # "any" rests on the item that satisfies it, "all" on the item that does not; else on all of them.
        ("any(i.size > 5 for i in function.items)", True, [13]),
        ("all(i.size > 5 for i in function.items)", False, [11]),
        ("any(i.size > 50 for i in function.items)", False, [11, 13]),
        ("any(i.size > 50 for i in function.items if i.size > 5)", False, [11, 13]),
        ('"eu-west-1" in function.regions', True, [20]),
        ("60 if function.yes else function.timeout", 60, [3]),
        ("function.timeout if function.yes else 3", 30, [2, 3]),
        ("explicit(function.timeout)", True, [2]),
        ("function.queue.delay > 3", True, [32]),
        ("function.layers == ['a']", False, [6]),
        ('"z" in function.layers', False, [6]),
        # A value that is read twice counts once.
        ("function.timeout > 5 and function.timeout < 60", True, [2]),
    ],
)
def test_evidence_is_what_decided(text: str, value: object, expected: list[int]) -> None:
    outcome = evaluate(text)
    assert (None if outcome.why else outcome.value) == value
    assert lines(outcome) == expected


@pytest.mark.parametrize(
    ("text", "facts", "things"),
    [
        ('function.name == "Worker"', {}, [1]),
        ('any(i.type == "sqs" for i in function.items)', {}, [12]),
        ("function.queue is None", {"queue": None}, [1]),
        ("function.queue is not None", {}, [30]),
        ('function.queue.name == "x"', {}, [30]),
        ('any(i.type == "sqs" for i in function.items)', {"items": Many()}, [1]),
    ],
)
def test_things_give_the_place_where_no_value_does(text: str, facts: dict[str, Any], things: list[int]) -> None:
    outcome = evaluate(text, **facts)
    assert outcome.evidence == ()
    assert [thing.origin.line for thing in outcome.things if thing.origin is not None] == things


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("function.timeout > 3", True),
        ("function.linked.delay > 3", False),
        ('function.linked.name == "Guess"', False),
        ("function.timeout > 60 and function.linked.delay > 3", True),
        ("function.timeout > 3 and function.linked.delay > 3", False),
    ],
)
def test_what_rests_on_a_guess_is_tentative(text: str, sure: bool) -> None:
    outcome = evaluate(text)
    assert outcome.sure is sure
    if not sure and "and" not in text:
        assert outcome.evidence[-1] == FACTS["linked"]


def test_a_fork_passes_through() -> None:
    assert evaluate("function.no and function.forks").value is False
    with pytest.raises(Fork):
        evaluate("function.yes and function.forks")
    with pytest.raises(Fork):
        evaluate("any(function.forks for i in function.items)")


def test_a_fix_finds_the_fact_to_set() -> None:
    expression = compile_expression("function.queue.delay", SCOPE, {}, wants="fact")
    target = expression.target({"function": Function(**FACTS)})
    assert target is not None
    assert (target.thing, target.fact) == (FACTS["queue"], "delay")
    assert target.value == FACTS["queue"].delay
    assert expression.target({"function": Function(**{**FACTS, "queue": None})}) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the expression is empty"),
        ("function.timeout >", "not an expression"),
        ("function.timout > 3", "column 1: function has no fact 'timout'; did you mean 'timeout'?"),
        ("3 < function.queue.dely", "column 5: function.queue has no fact 'dely'; did you mean 'delay'?"),
        ("functon.timeout > 3", "there is no 'functon' here; did you mean 'function'?"),
        ("function.runtime == python", 'text stands in quotes: "python"'),
        ("option.factr > 3", "the rule has no option 'factr'; did you mean 'factor'?"),
        ("option == 3", "'option' stands before the name of an option"),
        ("function.timeout.seconds", "function.timeout is a number, which has no facts such as 'seconds'"),
        ("function.helper", "function has no fact 'helper'"),
        ("function.origin", "function has no fact 'origin'"),
        ('function.timeout == "30"', "a number is never equal to text"),
        ("function.runtime > 3", "text against a number"),
        ("function.timeout + function.runtime", "arithmetic needs a number, but function.runtime is text"),
        ('function.runtime + "x" == "y"', "arithmetic needs a number, but function.runtime is text"),
        ("function.queue > 3", "has no order"),
        ("function.queue == 3", "is never equal to a number"),
        ("function.timeout and function.yes", "'and' needs true or false, but function.timeout is a number"),
        ("not function.runtime", "'not' needs true or false"),
        ("any(function.items)", "any() needs true or false for each item, but it is a thing"),
        ("any(x.type for x in function.timeout)", "'for' needs a list, but function.timeout is a number"),
        ('any(i.type == "s4" for i in function.items)', 'i.type is never "s4"; known: s3, sqs'),
        ('any(i.type in ["sqs", "ss3"] for i in function.items)', "i.type is never \"ss3\"; did you mean 's3'?"),
        ('"py" in function.runtime', "for a part of a text write contains(text, part)"),
        ('3 in ["a"]', "a number is never equal to text"),
        ("function.timeout is None", "function.timeout is never None"),
        ("function.timeout is 30", "'is' compares with None only"),
        ("explicit(function.name)", "nobody writes function.name down"),
        ("explicit(3)", "explicit() takes one value of the model"),
        ("any(function.yes for function in function.items)", "'function' already has a meaning"),
        ("any(True for any in function.items)", "'any' already has a meaning"),
        ("sum(i.type for i in function.items)", "sum() needs a number for each item, but it is text"),
        ("exists(function.queue)", "there is no function 'exists'"),
        ("anny(function.items)", "did you mean 'any'?"),
        ("matches(function.runtime, option.word)", "the second argument of matches() is a constant text"),
        ('matches(function.runtime, "(")', "not a regular expression"),
        ('matches(function.runtime, "(a+)+$")', "a repeated group holds a repetition"),
        ('matches(function.runtime, "(a|aa)*$")', "a repeated group holds a repetition"),
        ('matches(function.runtime, ".*a.*b.*c.*d")', "more than 3 repetitions"),
        (r'matches(function.runtime, r"(a)\1")', "refers back to a group"),
        (f'matches(function.runtime, "{"a" * 201}")', "longer than 200 characters"),
        (r'matches(function.runtime, "\d")', 'write the text as r"..."'),
        ("startswith(function.runtime)", "startswith() takes 2 arguments"),
        ("len(i for i in function.items)", "a generator stands only inside"),
        ('function.runtime.startswith("a")', "a value has no methods"),
    ],
)
def test_refusals_by_the_model(text: str, sentence: str) -> None:
    with pytest.raises(RuleError) as raised:
        evaluate(text)
    assert sentence in raised.value.message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("function.__class__", "column 1: '.__class__' starts with an underscore"),
        ("function.queue._facts", "starts with an underscore"),
        ("__import__", "'__import__' starts with an underscore"),
        ("__import__('os').system('true')", "cannot be called"),
        ("().__class__.__bases__[0]", "indexing with [...] is not part of the rule language"),
        ("(lambda: 1)()", "only the functions of the rule language can be called"),
        ("lambda: 1", "a lambda is not part"),
        ("[x for x in function.items]", "a list comprehension is not part of the rule language; write a generator"),
        ("{x for x in function.items}", "a set comprehension is not part"),
        ("{x: 1 for x in function.items}", "a dictionary comprehension is not part"),
        ("{'a': 1}", "a dictionary is not part"),
        ("(x for x in function.items)", "a generator stands only inside"),
        ("any(True for x in function.items for y in x.items)", "a generator has one 'for'"),
        ("any(True for x, y in function.items)", "a generator binds one plain name"),
        ("any(*function.items)", "'*' before a value is not part"),
        ("max(function.timeout, key=function.name)", "max() takes no named arguments"),
        ("(x := 3)", "':=' is not part"),
        ("f'{function.name}'", "an f-string is not part"),
        ("2 ** 99999999", "only + - * / // % are part of the rule language"),
        ("1 << 99", "only + - * / // % are part of the rule language"),
        ("1e999 > 3", "the number is larger than"),
        ("9999999999999999999 > 3", "the number is larger than"),
        ("3j", "only numbers, text, True, False and None are constants"),
        ("b'a'", "only numbers, text, True, False and None are constants"),
        ("...", "only numbers, text, True, False and None are constants"),
        ("~1", "this is not part of the rule language"),
        ("[function.timeout]", "a list holds constants only"),
        ("[[1]]", "a list holds constants only"),
        ("await function", "'await' is not part"),
        ("import os", "not an expression"),
        ("x = 1", "not an expression"),
        ("1; 2", "not an expression"),
        ("'a\0b'", ""),
        ("(" * 300 + "1" + ")" * 300, f"nested deeper than {MAX_DEPTH} levels"),
        ("not " * 60 + "True", f"nested deeper than {MAX_DEPTH} levels"),
        ("-" * 900 + "1", f"nested deeper than {MAX_DEPTH} levels"),
        ("1 + " * 400 + "1", f"the limit is {MAX_LENGTH}"),
        (
            "any(any(any(any(True for d in function.items) for c in function.items) for b in function.items)"
            " for a in function.items)",
            "generators are nested deeper than 3 levels",
        ),
        ("function.yes and\n  function.__dict__", "line 2, column 3: '.__dict__' starts with an underscore"),
        ("1)\n or (2", "not an expression"),
    ],
)
def test_refusals_of_what_is_not_in_the_language(text: str, sentence: str) -> None:
    with pytest.raises(RuleError) as raised:
        evaluate(text)
    assert sentence in raised.value.message


def test_the_place_wants_a_kind_of_value() -> None:
    for text, wants in (("function.timeout", "boolean"), ("function.timeout + 1", "fact"), ("option.factor", "fact")):
        with pytest.raises(RuleError, match="needed here"):
            compile_expression(text, SCOPE, {"factor": int}, wants=wants)


def test_a_condition_comes_to_true_false_or_unknown() -> None:
    expression = compile_expression("function.maybe", SCOPE, {}, wants="boolean")
    outcome = expression.evaluate({"function": Function(maybe=Default(None, at(1)))})
    assert outcome.why == "function has no maybe"


def test_work_is_bounded() -> None:
    many = Many(tuple(Item("s3", Given(1, at(11)), 10) for _ in range(200)))
    text = "any(any(b.size > 1 for b in function.items) for a in function.items)"
    assert evaluate(text, items=many).why == "more than 10,000 items would have to be looked at"
    assert evaluate("any(b.size > 1 for b in function.items)", items=many).value is False
    long = Many(tuple(Given(f"{number:0200}", at(20)) for number in range(100)))
    assert evaluate("join(function.regions)", regions=long).why == "a text becomes too long"
    text = 'matches(function.runtime, "x$")'
    assert evaluate(text, runtime=Given("a" * 1001, at(5))).why == "a text is too long to be matched"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{function.name} runs {function.timeout} s", "Worker runs 30 s"),
        ("{{braces}} {function.timeout * option.ratio}", "{braces} 15"),
        ("{function.timeout / 4} {function.timeout / 7}", "7.5 4.2857"),
        ("{function.maybe}, {function.limit}, {function.yes}", "?, none, true"),
        ("{function.queue} and {function.layers}", "Jobs and a, b"),
        ("{function.regions}", "eu-west-1, ?"),
        ("{join(function.layers, '}')} {'{'}", "a}b {"),
        ("two\n  lines", "two lines"),
        ("{count(i for i in function.items)} items", "2 items"),
        ("{function.queue.delay if function.yes else 'none'}", "5"),
    ],
)
def test_messages(text: str, expected: str) -> None:
    message = compile_message(text, SCOPE, {name: type(value) for name, value in OPTIONS.items()})
    assert message.render({"function": Function(**FACTS), "option": OPTIONS}) == expected


def test_a_message_shows_no_more_of_a_value_than_fits() -> None:
    message = compile_message("{function.runtime}!", SCOPE, {})
    shown = message.render({"function": Function(runtime=Given("a" * 5000 + "\n", at(5)))})
    assert len(shown) == 201
    assert shown.endswith("...!")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{function.timout}", "in {function.timout}: column 1: function has no fact 'timout'; did you mean 'timeout'?"),
        ("a {function.name", "column 3: '{' is not closed"),
        ("a } b", "column 3: '}' without '{'"),
        ("{}", "the expression is empty"),
        ("{function.name!r}", "not an expression"),
        ("{function.timeout:>9}", "not an expression"),
        ("{function.__class__}", "starts with an underscore"),
    ],
)
def test_refused_messages(text: str, sentence: str) -> None:
    with pytest.raises(RuleError) as raised:
        compile_message(text, SCOPE, {})
    assert sentence in raised.value.message


NUMBERS = st.sampled_from(["function.timeout", "function.memory", "3", "option.factor"])
PLAIN = st.one_of(
    st.sampled_from(
        [
            "function.yes",
            "function.no",
            "explicit(function.memory)",
            'startswith(function.runtime, "py")',
            '"b" in function.layers',
            '"eu-west-1" in function.regions',
            "any(i.size > 5 for i in function.items)",
            "all(i.size > 5 for i in function.items if function.yes)",
            "any(function.no for i in function.items if i.size > function.timeout)",
            "count(i for i in function.items if i.size > 5) == 1",
            "max(i.size for i in function.items) > function.timeout",
        ]
    ),
    st.builds("({} {} {})".format, NUMBERS, st.sampled_from(["<", "<=", "==", "!="]), NUMBERS),
    st.builds("({} + {} > {} * 2 > {})".format, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
CONDITIONS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    text=CONDITIONS,
    timeout=st.integers(0, 8),
    memory=st.integers(0, 8),
    yes=st.booleans(),
    no=st.booleans(),
    sizes=st.lists(st.integers(0, 8), max_size=3),
)
def test_hiding_a_value_never_turns_true_into_false(
    text: str, timeout: int, memory: int, yes: bool, no: bool, sizes: list[int]
) -> None:
    facts: dict[str, Any] = {
        "timeout": Given(timeout, at(2)),
        "memory": Default(memory, at(1)),
        "yes": Given(yes, at(3)),
        "no": Given(no, at(4)),
        "regions": Many((Given("eu-west-1", at(20)),)),
        "items": Many(tuple(Item("s3", Given(size, at(11)), 10) for size in sizes)),
    }
    if len(text) > MAX_LENGTH:
        return
    seen = evaluate(text, **facts).value
    hidden: list[dict[str, Any]] = [{name: HIDDEN} for name in (*facts, "runtime", "layers")]
    hidden += [{"items": Many(facts["items"].items[:index], GONE)} for index in range(len(sizes))]
    hidden += [
        {
            "items": Many(
                tuple(Item("s3", HIDDEN if n == index else Given(size, at(11)), 10) for n, size in enumerate(sizes))
            )
        }
        for index in range(len(sizes))
    ]
    hidden.append({"regions": Many((), GONE)})
    for change in hidden:
        value = evaluate(text, **{**facts, **change}).value
        assert isinstance(value, Unknown) or value is seen or isinstance(seen, Unknown)
