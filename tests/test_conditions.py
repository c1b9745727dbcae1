"""Conditions that are open: which worlds are looked at, and in which words a finding says when it holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import RULES, report_of, resolver_of, said

from lambdalint.load.conditions import Fork, other_than
from lambdalint.load.intrinsics import Resolver

FUNCTION = "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Timeout: %s}}}\n"
STAGE = "Parameters: {Stage: {Type: String}}\n"
STAGES = "Parameters: {Stage: {Type: String, AllowedValues: [dev, test, prod]}}\n"
TWO = "Parameters: {A: {Type: String}, B: {Type: String}}\n"
IS_PROD = "Conditions: {IsProd: !Equals [!Ref Stage, prod]}\n"
PROD_DEV = "Conditions: {IsProd: !Equals [!Ref Stage, prod], IsDev: !Equals [!Ref Stage, dev]}\n"
BOTH = ["role-managed-policy-too-broad:9 [when X is true]", "role-managed-policy-too-broad:9 [when X is false]"]
A_B = "Conditions: {OnA: !Equals [!Ref A, 'yes'], OnB: !Equals [!Ref B, 'yes']}\n"


@pytest.mark.parametrize(
    ("head", "timeout", "expected"),
    [
        # One condition, both ways round.
        (STAGE + IS_PROD, "!If [IsProd, 900, 3]", "when IsProd is true"),
        (STAGE + IS_PROD, "!If [IsProd, 3, 900]", "when IsProd is false"),
        (STAGE + IS_PROD, "!If [IsProd, 800, 900]", "both"),
        (STAGE + IS_PROD, "!If [IsProd, &x 900, *x]", None),
        # A default, or a value that is given, decides: there is nothing to fork.
        ("Parameters: {Stage: {Type: String, Default: prod}}\n" + IS_PROD, "!If [IsProd, 900, 3]", None),
        ("Parameters: {Stage: {Type: String, Default: dev}}\n" + IS_PROD, "!If [IsProd, 900, 3]", "clean"),
        ("Conditions: {Never: !Equals [a, b]}\n", "!If [Never, 900, 3]", "clean"),
        ("Conditions: {Always: !Equals ['true', true]}\n", "!If [Always, 900, 3]", None),
        # Conditions about one parameter go together: IsProd and IsDev are never both true.
        (STAGE + PROD_DEV, "!If [IsProd, !If [IsDev, 900, 3], 3]", "clean"),
        (STAGE + PROD_DEV, "!If [IsProd, 3, !If [IsDev, 900, 3]]", "when Stage is dev"),
        (STAGE + PROD_DEV, "!If [IsProd, 3, !If [IsDev, 3, 900]]", "when Stage is neither dev nor prod"),
        (STAGE + PROD_DEV, "!If [IsProd, 3, 900]", "when IsProd is false"),
        # ... whatever they compare: a pseudo parameter, a part of a text, an expression that cannot be evaluated.
        (
            "Conditions: {X: !Equals [!Ref AWS::Region, a], Y: !Equals [!Ref AWS::Region, b]}\n",
            "!If [X, !If [Y, 900, 3], 3]",
            "clean",
        ),
        (
            STAGE + "Conditions: {X: !Equals [!Sub '${Stage}', a], Y: !Not [!Equals [a, !Ref Stage]]}\n",
            "!If [X, !If [Y, 900, 3], 3]",
            "clean",
        ),
        (
            "Parameters: {L: {Type: CommaDelimitedList}}\n"
            "Conditions: {X: !Equals [!Select [0, !Ref L], a], Y: !Equals [!Select [0, !Ref L], b]}\n",
            "!If [X, !If [Y, 900, 3], 3]",
            "clean",
        ),
        (
            "Parameters: {L: {Type: CommaDelimitedList}}\n"
            "Conditions: {Some: !Not [!Equals [!Join ['', !Ref L], '']], None: !Equals ['', !Join ['', !Ref L]]}\n",
            "!If [Some, !If [None, 900, 3], !If [None, 3, 900]]",
            "clean",
        ),
        # What is compared with the value of another parameter counts as a literal too.
        (
            "Parameters: {A: {Type: String}, P: {Type: String, Default: prod}}\n"
            "Conditions: {X: !Equals [!Ref A, !Ref P], Y: !Equals [!Ref A, dev]}\n",
            "!If [X, !If [Y, 900, 3], 3]",
            "clean",
        ),
        (
            "Parameters: {A: {Type: String}, P: {Type: String, Default: prod}}\n"
            "Conditions: {X: !Equals [!Ref A, !Ref P], Y: !Equals [!Ref A, dev]}\n",
            "!If [Y, 3, !If [X, 900, 3]]",
            "when A is prod",
        ),
        (
            TWO + "Conditions: {Same: !Equals [!Ref A, !Ref B], Same2: !Equals [!Ref B, !Ref A]}\n",
            "!If [Same, !If [Same2, 3, 900], !If [Same2, 900, 3]]",
            "clean",
        ),
        # Allowed values are all there are; one that the conditions never meet is left out.
        (STAGES + PROD_DEV, "!If [IsProd, 3, !If [IsDev, 3, 900]]", "when Stage is test"),
        (STAGES + "Conditions: {X: !Equals [!Ref Stage, qa]}\n", "!If [X, 900, 3]", "clean"),
        (
            STAGES + "Mappings: {M: {dev: {T: 3}, test: {T: 3}, prod: {T: 900}}}\n",
            "!FindInMap [M, !Ref Stage, T]",
            "when Stage is prod",
        ),
        # Without allowed values the keys of the mapping are all that can be deployed.
        (
            STAGE + "Mappings: {M: {dev: {T: 3}, prod: {T: 900}}}\n",
            "!FindInMap [M, !Ref Stage, T]",
            "when Stage is prod",
        ),
        (
            STAGE + "Mappings: {M: {dev: {T: 3}, prod: {T: 5}}}\n",
            "!FindInMap [M, !Ref Stage, T, DefaultValue: 900]",
            "when Stage is neither dev nor prod",
        ),
        ("Mappings: {M: {us-east-1: {T: 900}, eu-west-1: {T: 900}}}\n", "!FindInMap [M, !Ref AWS::Region, T]", None),
        ("Parameters: {T: {Type: Number, AllowedValues: [3, 900]}}\n", "!Ref T", "when T is 900"),
        (
            "Parameters: {S: {Type: String, AllowedValues: [a, b, c, d, e, f, g, h, i, j, k, l, m, n]}}\n"
            "Conditions: {X: !Equals [!Ref S, a], Y: !Equals [!Ref S, zz]}\n",
            "!If [Y, 900, !If [X, 3, 900]]",
            "when S is neither a nor zz",
        ),
        (
            "Parameters: {S: {Type: String, MinLength: 1}}\nConditions: {Empty: !Equals [!Ref S, '']}\n",
            "!If [Empty, 900, 3]",
            "clean",
        ),
        # AWS::NoValue leaves the default, which is 3 seconds.
        (STAGE + IS_PROD, "!If [IsProd, !Ref AWS::NoValue, 900]", "when IsProd is false"),
        # And, Or, Not and conditions made of conditions.
        (TWO + A_B, "!If [OnA, !If [OnB, 900, 3], 3]", "when OnA is true and OnB is true"),
        (TWO + A_B, "!If [OnA, &x 900, !If [OnB, *x, 3]]", "when OnA is true or OnB is true"),
        (
            TWO + A_B.replace("}\n", ", Both: !And [Condition: OnA, Condition: OnB]}\n"),
            "!If [Both, 900, 3]",
            "when OnA is true and OnB is true",
        ),
        (
            TWO + A_B.replace("}\n", ", One: !Or [!Condition OnA, !Condition OnB]}\n"),
            "!If [One, 3, 900]",
            "when OnA is false and OnB is false",
        ),
        (
            TWO + A_B.replace("}\n", ", Neither: !Not [!Or [!Condition OnA, !Condition OnB]]}\n"),
            "!If [Neither, !If [OnA, 900, 3], 3]",
            "clean",
        ),
        # A part that decides spares the question about one that is open.
        (
            "Parameters: {A: {Type: String}, P: {Type: String, Default: x}}\n"
            "Conditions: {X: !And [!Equals [!Ref A, y], !Equals [!Ref P, y]]}\n",
            "!If [X, 900, 3]",
            "clean",
        ),
        # What cannot be told may be either.
        ("", "!If [Nowhere, 900, 3]", "when Nowhere is true"),
        ("Conditions: {X: !Contains [[a], b]}\n", "!If [X, 900, 3]", "when X is true"),
        ("Conditions: {X: !Not [!Contains [[a], b]]}\n", "!If [X, 900, 3]", "when X is true"),
        ("Conditions: {A: !Not [!Condition B], B: !Not [!Condition A]}\n", "!If [A, !If [B, 900, 3], 3]", "clean"),
        ("Conditions: {A: !Condition A}\n", "!If [A, 900, 3]", "when A is true"),
        # In words: what a parameter is when no condition asked for it, and the empty text.
        (STAGE + "Conditions: {X: !Equals [!Ref Stage, '']}\n", "!If [X, 3, 900]", "when X is false"),
    ],
)  # fmt: skip
def test_a_finding_says_when_it_holds(head: str, timeout: str, expected: str | None, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(head + FUNCTION % timeout)
    report = report_of(tmp_path, here=tmp_path)
    assert report.gaps == () and report.undecided == ()
    conditions = [finding.condition for finding in report.findings]
    match expected:
        case "clean":
            assert conditions == []
        case "both":
            assert said(report) == [
                "t.yaml:3 F may run for 800 s [when IsProd is true]",
                "t.yaml:3 F may run for 900 s [when IsProd is false]",
            ]
        case _:
            assert conditions == [expected]


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ("[!If [X, AmazonS3FullAccess, AWSLambdaExecute]]", ["role-managed-policy-too-broad:9 [when X is true]"]),
        ("!If [X, [AWSLambdaExecute], [AmazonS3FullAccess]]", ["role-managed-policy-too-broad:9 [when X is false]"]),
        (
            "[!If [X, {Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}, !Ref AWS::NoValue]]",
            ["role-service-wildcard:9 [when X is true]"],
        ),
        ("[!If [X, AmazonS3FullAccess, AmazonS3FullAccess]]", BOTH),
        ("[AmazonS3FullAccess]", ["role-managed-policy-too-broad:9"]),
        (
            "!If\n        - X\n        - [AWSLambdaExecute]\n"
            "        - - AmazonS3ReadOnlyAccess\n          - AdministratorAccess",
            ["role-allows-everything:13 [when X is false]"],
        ),
    ],
)
def test_a_grant_that_is_there_in_some_cases_says_in_which(policies: str, expected: list[str], tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\nParameters: {E: {Type: String}}\n"
        "Conditions: {X: !Equals [!Ref E, x]}\nResources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        f"      Handler: app.handler\n      Policies: {policies}\n"
    )
    report = report_of(template, here=tmp_path, rules=[one for one in RULES if one.id.startswith("role-")])
    assert [
        f"{one.rule.id}:{one.place.origin.line}{f' [{one.condition}]' if one.condition else ''}"
        for one in report.findings
        if one.place is not None
    ] == expected


def test_a_resource_that_is_not_there_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        STAGE + PROD_DEV + "Resources:\n"
        "  OnlyProd: {Type: AWS::Lambda::Function, Condition: IsProd, Properties: {Timeout: !If [IsDev, 900, 3]}}\n"
        "  Never: {Type: AWS::Lambda::Function, Condition: Off, Properties: {Timeout: 900}}\n"
        "  Nowhere: {Type: AWS::Lambda::Function, Condition: Missing, Properties: {Timeout: 900}}\n"
    )
    text = (tmp_path / "t.yaml").read_text().replace("IsDev: ", "Off: !Equals [a, b], IsDev: ", 1)
    (tmp_path / "t.yaml").write_text(text)
    assert said(report_of(tmp_path, here=tmp_path)) == ["t.yaml:6 Nowhere may run for 900 s"]


def test_what_depends_on_too_much_is_undecided(tmp_path: Path) -> None:
    names = [f"P{index}" for index in range(8)]
    timeout = "900"
    for name in names:
        timeout = f"!If [C{name}, {timeout}, {timeout}]"
    (tmp_path / "t.yaml").write_text(
        f"Parameters: {{{', '.join(f'{name}: {{Type: String}}' for name in names)}}}\n"
        f"Conditions: {{{', '.join(f'C{name}: !Equals [!Ref {name}, x]' for name in names)}}}\n" + FUNCTION % timeout
    )
    report = report_of(tmp_path, here=tmp_path)
    assert report.findings == ()
    (open_one,) = report.undecided
    assert "too many conditions" in open_one.why and open_one.subject.logical_id == "F"


@pytest.mark.parametrize(
    "condition",
    [
        # Each asks for the next one three times.
        "!Or [Condition: C{next}, !And [Condition: C{next}, Condition: C{next}]]",
        # Each is nested deeply itself.
        '{{"Fn::Not": [' * 45 + "Condition: C{next}" + "]}}" * 45,
    ],
)
def test_conditions_that_stand_on_each_other_end(condition: str, tmp_path: Path) -> None:
    chain = ", ".join(f"C{index}: {condition.format(next=index + 1)}" for index in range(50))
    (tmp_path / "t.yaml").write_text(
        STAGE + f"Conditions: {{{chain}, C50: !Equals [!Ref Stage, prod]}}\n" + FUNCTION % "!If [C0, 900, 3]"
    )
    assert len(report_of(tmp_path, here=tmp_path).findings) == 1


def test_a_long_chain_of_conditions_ends(tmp_path: Path) -> None:
    chain = ", ".join(f"C{index}: !Not [!Condition C{index + 1}]" for index in range(3000))
    (tmp_path / "t.yaml").write_text(f"Conditions: {{{chain}}}\n" + FUNCTION % "!If [C0, 900, 3]")
    assert len(report_of(tmp_path, here=tmp_path).findings) == 1


def worlds(resolver: Resolver, *conditions: str) -> list[tuple[bool, ...]]:
    """The truths of some conditions in every world that asking for them leads to."""
    found: list[tuple[bool, ...]] = []
    pending: list[dict[str, str]] = [{}]
    while pending:
        assignment = pending.pop()
        world = Resolver(resolver.stack, resolver.given, resolver.region, assignment)
        try:
            found.append(tuple(world.condition(name) for name in conditions))
        except Fork as fork:
            pending += [{**assignment, fork.name: choice} for choice in fork.choices]
    return sorted(set(found))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ("{A: !Equals [!Ref S, x], B: !Equals [!Ref S, y]}", {(False, False), (False, True), (True, False)}),
        ("{A: !Equals [!Ref S, x], B: !Equals [x, !Ref S]}", {(False, False), (True, True)}),
        ("{A: !Equals [!Ref S, x], B: !Not [!Condition A]}", {(False, True), (True, False)}),
        ("{A: !Equals [!Ref S, x], B: !Equals [!Ref T, x]}", {(a, b) for a in (False, True) for b in (False, True)}),
        ("{A: !Equals [!Ref S, !Ref T], B: !Equals [!Ref T, !Ref S]}", {(False, False), (True, True)}),
        ("{A: !Equals [!Ref S, !Ref S], B: !Equals [1, '1']}", {(True, True)}),
        # A region lies in one partition.
        (
            "{A: !Equals [!Ref AWS::Region, us-east-1], B: !Equals [!Ref AWS::Partition, aws-cn]}",
            {(False, False), (False, True), (True, False)},
        ),
        (
            "{A: !Equals [!Ref AWS::Partition, aws-cn], B: !Equals [!Ref AWS::Region, us-east-1]}",
            {(False, False), (False, True), (True, False)},
        ),
        (
            "{A: !Equals [!Ref AWS::Region, cn-north-1], B: !Equals [!Ref AWS::URLSuffix, amazonaws.com]}",
            {(False, False), (False, True), (True, False)},
        ),
        (
            "{A: !Or [!Equals [!Ref S, x], !Equals [!Ref S, y]], B: !Equals [!Ref S, y]}",
            {(False, False), (True, False), (True, True)},
        ),
    ],
)
def test_worlds_are_those_that_can_be(conditions: str, expected: set[tuple[bool, bool]]) -> None:
    text = f"Parameters: {{S: {{Type: String}}, T: {{Type: String}}}}\nConditions: {conditions}\n" + FUNCTION % "3"
    assert worlds(resolver_of(text), "A", "B") == sorted(expected)


def test_other_means_none_of_the_values_compared() -> None:
    resolver = resolver_of(STAGE + PROD_DEV + FUNCTION % "3")
    with pytest.raises(Fork) as caught:
        resolver.condition("IsProd")
    assert (caught.value.name, caught.value.choices, caught.value.condition) == (
        "Stage",
        ("dev", "prod", other_than(("dev", "prod"))),
        "IsProd",
    )
