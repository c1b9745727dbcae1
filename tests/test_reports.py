"""Every format, seen from outside: what programs and people receive for the same report."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from samples import MEMORY, NASTY, TEMPLATE, VISIBILITY, finding, nasty, place, sample

from lambdalint.check.finding import Place, Report, Seen, Severity, Suppressed
from lambdalint.record import replace
from lambdalint.report import FORMATS, RenderOptions, format_for, render
from lambdalint.report.line_hash import line_hashes
from lambdalint.report.prose import to_html
from lambdalint.report.wire import ReportRecord, report_schema
from lambdalint.source.gap import Gap
from lambdalint.source.node import Document, Origin

ROOT = Path(__file__).parent.parent
EMPTY = Report(tool="lambdalint", version="0.1.0")


# Every format


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("build", [sample, nasty, lambda: EMPTY], ids=["sample", "nasty", "empty"])
def test_the_order_in_which_findings_come_does_not_matter(name: str, build: Any) -> None:
    report = build()
    rendered = render(report, name)
    for seed in range(5):
        shuffled = replace(
            report,
            findings=tuple(random.Random(seed).sample(report.findings, len(report.findings))),
            gaps=tuple(reversed(report.gaps)),
            undecided=tuple(reversed(report.undecided)),
            rules=tuple(reversed(report.rules)),
        )
        assert render(shuffled, name) == rendered


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("color", [False, True])
def test_nothing_that_a_terminal_obeys_gets_through(name: str, color: bool) -> None:
    rendered = render(nasty(), name, color=color)
    plain = re.sub("\x1b\\[[0-9;]*m", "", rendered) if color and name == "text" else rendered
    found = {char for char in plain if unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n"}
    # Markdown breaks up @mentions with one.
    assert found <= ({"\u200b"} if name == "markdown" else set())
    rendered.encode("utf-8")


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("gitlab", "csv")])
def test_what_was_not_looked_at_is_never_silent(name: str) -> None:
    report = replace(EMPTY, gaps=(Gap("nested stack Orders", "its file is missing", path="orders.yaml"),))
    rendered = render(report, name)
    assert "nested stack Orders" in rendered
    assert "its file is missing" in rendered
    assert not re.search(r"\bclean\b", rendered)


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no format 'pdf'.*text, json, sarif"):
        render(EMPTY, "pdf")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("out/report.sarif", "sarif"),
        ("report.sarif.json", "sarif"),
        ("report.JSON", "json"),
        ("report.html", "html"),
        ("junit.xml", "junit"),
        ("summary.md", "markdown"),
        ("table.csv", "csv"),
        ("log.txt", "text"),
        ("report.pdf", None),
        ("json", None),
    ],
)
def test_the_suffix_of_a_file_names_the_format(path: str, name: str | None) -> None:
    assert format_for(path) == name


@pytest.mark.parametrize("name", ["text", "json", "github", "gitlab", "sarif"])
def test_formats_import_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from lambdalint.check.finding import Report; from lambdalint.report import render\n"
        f"render(Report('lambdalint', '1'), {name!r})\n"
        "print(sorted({'pydantic', 'jinja2', 'logging', 'csv', 'xml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# Text


def test_each_finding_of_a_group_has_its_own_help() -> None:
    at = place(Document("template.yaml", TEMPLATE), "VisibilityTimeout: 30")
    first = finding(VISIBILITY, at, "too short", "0123456789abcdef", advice="write 180")
    alike = replace(first, subject=replace(first.subject, logical_id="Alike"))
    other = replace(first, subject=replace(first.subject, logical_id="Other"), advice="write 600")
    rendered = render(replace(EMPTY, findings=(first, alike, other)), "text")
    assert (rendered.count("help: write 180"), rendered.count("help: write 600")) == (1, 1)
    assert rendered.index("also at") < rendered.index("help: write 600")


TEXT = """\
high[sqs-visibility-timeout-too-short]: Jobs hides a message for 30 s, but Worker may need 180 s
  --> services/orders/template.yaml:6:26
   |
 6 |       VisibilityTimeout: 30
   |                          ^^
...
10 |       Timeout: 30
   |                -- the function's timeout
   |
   = fix: set VisibilityTimeout to 180 (lambdalint --fix)
   = condition: when IsProd is false
   = docs: lambdalint explain sqs-visibility-timeout-too-short

low[memory-left-at-default] (tentative): Worker leaves its memory at 128 MB
 --> services/orders/template.yaml:7:3
  |
7 |   Worker:
  |   ^^^^^^
  |
  = docs: lambdalint explain memory-left-at-default

critical[role-allows-everything]: Worker's role allows every action
  --> services/orders/template.yaml:11:42
   |
11 |       Policies: [{Effect: Allow, Action: "*", Resource: "*"}]
   |                                          ^^^
   |
   = docs: lambdalint explain role-allows-everything
   also at services/orders/template.yaml:11:57  Worker's role covers every resource

4 findings (2 critical, 1 high, 1 low), 1 suppressed, 1 document (1 function)
not decided: 3 checks, because parameter Stage has no value (2), role Deploy is imported (1)
not looked at: 3 things
  broken.yaml: not UTF-8: save it as UTF-8
  services/orders/template.yaml:11 AWS::Include of s3://b/x.yaml: it is not on this machine
  lambda:ListFunctions: access denied (account 123456789012, eu-west-1)
note: services/orders/template.yaml:3:3: unused suppression of memory-left-at-default
"""


def test_text_shows_the_source_that_decided() -> None:
    assert render(sample(), "text") == TEXT


def test_colour_changes_nothing_but_colour() -> None:
    coloured = render(sample(), "text", color=True)
    assert "\x1b[1;31mhigh[" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == TEXT


SEEN = (Seen(Document("a.yaml", ""), "sam", 2), Seen(Document("b.yaml", ""), "sam", 1))
IGNORED = Suppressed(finding(MEMORY, None, "m", "0" * 16), "config", "")


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (EMPTY, "Nothing was checked: no template or account was found."),
        (replace(EMPTY, seen=SEEN), "No problems found in 2 documents (3 functions)."),
        (
            replace(EMPTY, seen=SEEN[:1], suppressed=(IGNORED,)),
            "No problems found in 1 document (2 functions); 1 suppressed.",
        ),
        (
            replace(EMPTY, seen=SEEN, gaps=(Gap("x", "y"),)),
            "No problems found in 2 documents (3 functions), but 1 thing could not be looked at.",
        ),
    ],
)
def test_the_sentence_about_a_run_without_findings(report: Report, line: str) -> None:
    assert render(report, "text").splitlines()[0] == line


def test_only_the_five_most_frequent_reasons_are_named() -> None:
    item = sample().undecided[0]
    undecided = tuple(replace(item, why=f"reason {n}") for n in range(8) for _ in range(8 - n))
    last = render(replace(EMPTY, undecided=undecided), "text").splitlines()[-1]
    assert last == (
        "not decided: 36 checks, because reason 0 (8), reason 1 (7), reason 2 (6), reason 3 (5), reason 4 (4), "
        "and 3 other reasons (6)"
    )


def _framed(text: str, needle: str, width: int = 60) -> list[str]:
    report = replace(EMPTY, findings=(finding(MEMORY, place(Document("t.yaml", text), needle), "m", "0" * 16),))
    return render(report, "text", width=width).splitlines()[3:5]


@pytest.mark.parametrize(
    ("text", "needle", "under"),
    [
        ("\tkey: here\n", "here", "here"),
        ("日本: here\n", "here", "here"),
        ("e\u0301\u0301: here\n", "here", "here"),
        ("a\x1b\u202eb: here\n", "here", "here"),
        ("😀 here here2\n", "here2", "here2"),
        ("x" * 500 + " here " + "y" * 500, "here", "here"),
        ("x" * 50 + " here", "here", "here"),
        ("here " + "y" * 5000, "here", "here"),
        ("one\r\ntwo: here\r\n", "here", "here"),
        ("a: [here,\n  there]\n", "[here,\n  there]", "[here,"),
    ],
)
def test_the_mark_stands_under_the_value(text: str, needle: str, under: str) -> None:
    def columns(char: str) -> int:
        return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1

    source, marks = _framed(text, needle)
    start, stop = marks.index("^"), marks.rindex("^") + 1
    shown, at = "", 0
    for char in source:
        shown += char if start <= at < stop else ""
        at += columns(char)
    assert shown == under
    assert at <= 60


def test_a_line_of_megabytes_costs_no_more_than_its_window() -> None:
    source, marks = _framed('{"a": "' + "\u202e" * 2_000_000 + '", "Timeout": 3}', "3}")
    assert source.endswith('"Timeout": 3}')
    assert marks.endswith(" ^^")


# JSON


@pytest.mark.parametrize("build", [sample, nasty, lambda: EMPTY], ids=["sample", "nasty", "empty"])
def test_json_keeps_its_contract(build: Any) -> None:
    report = build()
    rendered = render(report, "json")
    ReportRecord.model_validate_json(rendered)
    schema = report_schema()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(rendered))


def test_json_has_the_published_shape() -> None:
    report = json.loads(render(sample(), "json"))
    assert list(report) == [
        *["version", "tool", "findings", "undecided", "suppressed", "gaps", "documents", "summary"],
    ]
    assert report["version"] == 1
    assert report["findings"][0] == {
        "rule": "sqs-visibility-timeout-too-short",
        "category": "reliability",
        "severity": "high",
        "confidence": "firm",
        "message": "Jobs hides a message for 30 s, but Worker may need 180 s",
        "resource": {"type": "AWS::SQS::Queue", "logical_id": "Jobs", "arn": None, "function": "Worker"},
        "location": _json_span(6, 26, 6, 28),
        "related": [{**_json_span(10, 16, 10, 18), "label": "the function's timeout"}],
        "condition": "when IsProd is false",
        "fix": {"title": "set VisibilityTimeout to 180", "safe": True},
        "fingerprint": "0123456789abcdef",
    }
    assert report["undecided"][2]["why"] == "role Deploy is imported"
    assert [(item["by"], item["reason"]) for item in report["suppressed"]] == [("comment", "batch job")]
    assert [gap["location"] and gap["location"]["path"] for gap in report["gaps"]] == [
        "broken.yaml",
        "services/orders/template.yaml",
        None,
    ]
    assert report["documents"] == [{"path": "services/orders/template.yaml", "dialect": "sam", "functions": 1}]
    assert report["summary"]["by_severity"] == {"critical": 2, "high": 1, "medium": 0, "low": 1}


def _json_span(line: int, column: int, end_line: int, end_column: int) -> dict[str, Any]:
    return {
        "path": "services/orders/template.yaml",
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "pointer": "",
    }


def test_json_gives_names_back_unchanged_but_for_halves_of_characters() -> None:
    messages = {item["message"] for item in json.loads(render(nasty(), "json"))["findings"]}
    assert NASTY.replace("\ud800", "\ufffd") in messages


# SARIF


def _sarif(report: Report, **options: Any) -> dict[str, Any]:
    log = json.loads(render(report, "sarif", options=RenderOptions(**options)))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return dict(run)


@pytest.mark.parametrize("build", [sample, nasty, lambda: EMPTY], ids=["sample", "nasty", "empty"])
@pytest.mark.parametrize("suppressed", [False, True])
def test_sarif_holds_what_code_scanning_asks_for(build: Any, suppressed: bool) -> None:
    run = _sarif(build(), sarif_suppressed=suppressed)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({rule["id"] for rule in rules})
    for rule in rules:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        properties = rule["properties"]
        assert len(properties["tags"]) <= 10
        security = "security" in properties["tags"]
        assert ("security-severity" in properties) == security
        assert ("problem.severity" in properties) != security
        if security:
            assert isinstance(properties["security-severity"], str)
            assert 0.0 < float(properties["security-severity"]) <= 10.0
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["automationDetails"]["id"].endswith("/")
    places = []
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert re.fullmatch(r"[0-9a-f]{1,16}:\d+", result["partialFingerprints"]["primaryLocationLineHash"])
        assert ("suppressions" in result) == suppressed
        location = result["locations"][0]["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~/%-]+", location["artifactLocation"]["uri"])
        region = location["region"]
        assert region["startLine"] == region["endLine"] >= 1
        assert 1 <= region["startColumn"] <= region["endColumn"]
        hidden = bool(result.get("suppressions"))
        places.append((result["ruleId"], location["artifactLocation"]["uri"], region["startLine"], hidden))
        linked = {int(number) for number in re.findall(r"\]\((\d+)\)", result["message"]["text"])}
        assert linked == {related["id"] for related in result.get("relatedLocations", [])}
    assert len(places) == len(set(places))


def test_sarif_results_say_where_what_and_how_to_mend_it() -> None:
    run = _sarif(sample())
    assert run["tool"]["driver"]["semanticVersion"] == "0.1.0"
    results = {result["ruleId"]: result for result in run["results"]}
    assert [result["ruleId"] for result in run["results"]] == [VISIBILITY.id, MEMORY.id, "role-allows-everything"]
    visibility = results[VISIBILITY.id]
    assert visibility["level"] == "error"
    assert visibility["message"]["text"] == (
        "Jobs hides a message for 30 s, but Worker may need 180 s (when IsProd is false). "
        "See [the function's timeout](1)."
    )
    assert visibility["partialFingerprints"] == {
        "primaryLocationLineHash": line_hashes(TEMPLATE)[5],
        "lambdalint/v1": "0123456789abcdef",
    }
    region = {"startLine": 6, "startColumn": 26, "endLine": 6, "endColumn": 28}
    uri = "services/orders/template.yaml"
    assert visibility["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": uri}, "region": region}
    (change,) = visibility["fixes"][0]["artifactChanges"]
    assert change["replacements"] == [{"deletedRegion": region, "insertedContent": {"text": "180"}}]
    role = results["role-allows-everything"]
    assert role["message"]["text"] == (
        "Worker's role allows every action. Also [on the same line](1): Worker's role covers every resource."
    )
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "Not looked at: lambda:ListFunctions: access denied (account 123456789012, eu-west-1)" in notes
    tags = {rule["id"]: rule["properties"]["tags"] for rule in run["tool"]["driver"]["rules"]}
    assert tags["role-allows-everything"] == ["security", "aws-lambda", "external/cwe/cwe-732"]
    assert tags[VISIBILITY.id] == ["reliability", "aws-lambda", "external/cwe/cwe-400", "queue"]
    assert set(tags) == {rule.id for rule in sample().rules}


def test_sarif_leaves_suppressed_findings_out_unless_asked() -> None:
    assert len(_sarif(sample())["results"]) == 3
    results = _sarif(sample(), sarif_suppressed=True)["results"]
    assert [result["suppressions"] for result in results if result["suppressions"]] == [
        [{"kind": "inSource", "justification": "batch job"}]
    ]
    assert len(results) == 4


@pytest.mark.parametrize(
    ("path", "options", "uri"),
    [
        ("a b/ü%#?[1].yaml", {}, "a%20b/%C3%BC%25%23%3F%5B1%5D.yaml"),
        ("./x/../t.yaml", {}, "t.yaml"),
        ("t:1.yaml", {}, "t%3A1.yaml"),
        ("t.yaml", {"root": "/repo", "here": "/repo/services"}, "services/t.yaml"),
        ("../t.yaml", {"root": "/repo", "here": "/repo/services"}, "t.yaml"),
        ("/repo/a/t.yaml", {"root": "/repo"}, "a/t.yaml"),
        ("/else where/t.yaml", {"root": "/repo", "here": "/repo"}, "file:///else%20where/t.yaml"),
    ],
)
def test_sarif_paths_start_at_the_repository(path: str, options: dict[str, str], uri: str) -> None:
    document = Document(path, TEMPLATE)
    report = replace(EMPTY, findings=(finding(MEMORY, place(document, "Worker"), "m", "0" * 16),))
    (result,) = _sarif(report, **options)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_sarif_gives_things_of_a_live_account_a_path_of_their_own() -> None:
    (live,) = (result for result in _sarif(nasty())["results"] if "%3Cb%3Ef" in json.dumps(result))
    location = live["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == (
        "lambda/123456789012/eu-west-1/function/%3Cb%3Ef%3C/b%3E"
    )
    assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:lambda:")
    assert live["partialFingerprints"]["primaryLocationLineHash"] == "3" * 16 + ":1"


@pytest.mark.parametrize("build", [sample, nasty], ids=["sample", "nasty"])
def test_sarif_satisfies_the_official_validator(build: Any, tmp_path: Path) -> None:
    at = Path(os.environ.get("SARIF_MULTITOOL", ROOT / "node_modules/@microsoft/sarif-multitool-linux"))
    tool, schema = at / "Sarif.Multitool", at / "sarif-2.1.0.json"
    if not tool.exists() or not os.access(tool, os.X_OK):
        pytest.skip(f"no executable {tool}: npm install @microsoft/sarif-multitool, chmod u+x, or set SARIF_MULTITOOL")
    log, verdict = tmp_path / "log.sarif", tmp_path / "verdict.sarif"
    log.write_text(render(build(), "sarif", options=RenderOptions(sarif_suppressed=True)), encoding="utf-8")
    Draft7Validator(json.loads(schema.read_text("utf-8-sig"))).validate(json.loads(log.read_text("utf-8")))
    rules = ["GH1001.ProvideRequiredLocationProperties", "GH1005.LocationsMustBeRelativeUrisOrFilePaths"]
    options = "".join(
        f'<Properties Key="{rule}.Options"><Property Key="RuleEnabled" Value="Error" '
        'Type="Driver.RuleEnabledState"/></Properties>'
        for rule in rules
    )
    (tmp_path / "rules.xml").write_text(f"<Properties>{options}</Properties>", encoding="utf-8")
    command = [str(tool), "validate", str(log), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]
    subprocess.run(
        [*command, "-c", str(tmp_path / "rules.xml"), "-o", str(verdict), "--log", "ForceOverwrite"],
        check=True,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    (run,) = json.loads(verdict.read_text("utf-8-sig"))["runs"]
    assert [result for result in run["results"] if result.get("level") == "error"] == []


# The line hash


def _plain_line_hashes(text: str) -> list[str]:
    """What the hash is by definition, computed for each line afresh."""
    units: list[int] = []
    starts = [0]
    for line_end in re.split("(\r\n|\r|\n)", text):
        if line_end in ("\r\n", "\r", "\n"):
            units.append(10)
            starts.append(len(units))
            continue
        for char in line_end:
            if char not in " \t":
                raw = char.encode("utf-16-be", "surrogatepass")
                units += [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
    units += [0xFFFF] + [0] * 100
    values = [f"{sum(units[at + n] * 37 ** (99 - n) for n in range(100)) % 2**64:x}" for at in starts]
    return [f"{value}:{values[: at + 1].count(value)}" for at, value in enumerate(values)]


@given(st.text(alphabet=st.sampled_from(list("ab: \t\r\n日😀\ud800é\u2028\x85\f")), max_size=400))
def test_the_line_hash_equals_its_definition(text: str) -> None:
    assert line_hashes(text) == _plain_line_hashes(text)


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
    ],
)
def test_the_line_hash_equals_githubs_own(text: str, hashes: list[str]) -> None:
    assert line_hashes(text) == hashes


@given(st.text(alphabet="xy \n", max_size=80), st.text(alphabet=" \t", max_size=5))
def test_edits_above_a_line_and_its_indent_do_not_change_its_hash(above: str, indent: str) -> None:
    lines = TEMPLATE.splitlines(keepends=True)
    edited = f"{above}\n" + "".join(indent + line for line in lines)
    for line, known in enumerate(line_hashes(TEMPLATE)[: len(lines)], start=-len(lines) - 1):
        assert line_hashes(edited)[line].split(":")[0] == known.split(":")[0]


# HTML


class _Page(HTMLParser):
    """What a browser would find in a page: elements, addresses, and the text of each finding."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.findings: dict[str, str] = {}
        self._open: str | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "details":
            self._open = values["id"]
            self.findings[self._open] = ""

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.findings[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self._open = None


@pytest.mark.parametrize("build", [sample, nasty, lambda: EMPTY], ids=["sample", "nasty", "empty"])
def test_the_page_is_self_contained_and_nothing_breaks_out(build: Any) -> None:
    source = render(build(), "html")
    page = _Page(source)
    counts = {tag: sum(found == tag for found, _ in page.tags) for tag in ("script", "style", "img", "iframe", "b")}
    assert counts["script"] == counts["style"] == 1
    assert counts["img"] == counts["iframe"] == 0
    for tag, values in page.tags:
        assert not [name for name in values if name.startswith("on") or name in ("style", "src", "srcset", "action")]
        address = values.get("href", "")
        if tag == "a":
            assert re.match(r"#|https://", address)
        elif tag == "link":
            assert address.startswith("data:image/svg+xml,")
        if address.startswith("https:"):
            assert values["rel"] == "noopener noreferrer"
    ids = [values["id"] for _, values in page.tags if "id" in values]
    assert len(ids) == len(set(ids))
    (policy,) = (values["content"] for _, values in page.tags if values.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


@pytest.mark.parametrize("build", [sample, nasty], ids=["sample", "nasty"])
def test_the_page_shows_every_finding_without_a_script(build: Any) -> None:
    report = build()
    page = _Page(render(report, "html"))
    assert len(page.findings) == len(report.findings)
    for item in report.findings:
        shown = "".join(page.findings.values()) if build is nasty else page.findings[item.fingerprint]
        assert item.message.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e").replace("\ud800", "\\ud800") in shown
        assert item.rule.id in shown
        if item.place is not None:
            span = item.place.origin
            assert span.document.text[span.start : span.end] in shown
    shown = page.findings["0123456789abcdef"] if build is sample else ""
    if build is sample:
        assert "the function's timeout" in shown
        assert "set VisibilityTimeout to 180" in shown
        assert "when IsProd is false" in shown


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>"),
        ("a `x<y` b **c** *d* 2*3*4", "<p>a <code>x&lt;y</code> b <strong>c</strong> <em>d</em> 2*3*4</p>"),
        ("- a\n  b\n- c", "<ul><li>a b</li><li>c</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```yaml\na:\n  - <b>\n```\nx", "<pre><code>a:\n  - &lt;b&gt;</code></pre>\n<p>x</p>"),
        ("[d](https://x.y/?a&b)", '<p><a href="https://x.y/?a&amp;b" rel="noopener noreferrer">d</a></p>'),
        ("[d](javascript:x)", "<p>d (javascript:x)</p>"),
        ("[d](http://x.y)", "<p>d (http://x.y)</p>"),
        (
            '[<i>](https://x.y/"onx=1)',
            '<p><a href="https://x.y/&quot;onx=1" rel="noopener noreferrer">&lt;i&gt;</a></p>',
        ),
        ("# Head\ntext\x1b", "<p><strong>Head</strong></p>\n<p>text\\x1b</p>"),
    ],
)
def test_prose_becomes_safe_html(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


# The others

GITHUB = """\
::error file=services/orders/template.yaml,line=11,endLine=11,col=42,title=role-allows-everything (critical)::Worker's role allows every action
::error file=services/orders/template.yaml,line=11,endLine=11,col=57,title=role-allows-everything (critical)::Worker's role covers every resource
::error file=services/orders/template.yaml,line=6,endLine=6,col=26,title=sqs-visibility-timeout-too-short (high)::Jobs hides a message for 30 s, but Worker may need 180 s (when IsProd is false)%0AHelp: set VisibilityTimeout to 180
::notice file=services/orders/template.yaml,line=7,endLine=7,col=3,title=memory-left-at-default (low)::Worker leaves its memory at 128 MB
::warning file=broken.yaml,line=1,endLine=1,col=1,title=not looked at::broken.yaml: not UTF-8: save it as UTF-8
::warning file=services/orders/template.yaml,line=11,endLine=11,col=7,title=not looked at::AWS::Include of s3://b/x.yaml: it is not on this machine
::warning title=not looked at::lambda:ListFunctions: access denied (account 123456789012, eu-west-1)
::notice title=lambdalint::unused suppression of memory-left-at-default
"""  # noqa: E501 - a command is one line


def test_github_annotations() -> None:
    assert render(sample(), "github") == GITHUB


def test_github_annotations_cannot_be_forged() -> None:
    report = nasty()
    report = replace(report, findings=(replace(report.findings[0], message="a%0A\r\n::error file=x::b"),))
    for line in render(report, "github").splitlines():
        properties, message = re.fullmatch(r"::(?:error|warning|notice) ([^:]*)::(.*)", line).groups()  # type: ignore[union-attr]
        assert all(re.fullmatch(r"(file|line|endLine|col|title)=[^,:]*", part) for part in properties.split(","))
        assert re.sub("%(25|0A|3A|2C)", "", message).count("%") == 0
    assert "a%250A\\x0d\\x0a::error file=x::b" in render(report, "github")


def test_github_says_that_it_shows_only_some() -> None:
    document = Document("t.yaml", TEMPLATE)
    many = tuple(finding(VISIBILITY, place(document, "30"), f"m{n}", f"{n:016x}") for n in range(25))
    lines = render(replace(EMPTY, findings=many), "github").splitlines()
    assert len(lines) == 26
    assert lines[0].startswith("::notice ")
    assert "15 others stand in the log" in lines[0]


def test_gitlab_fingerprints_are_unique() -> None:
    issues = json.loads(render(nasty(), "gitlab"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 4
    first = json.loads(render(sample(), "gitlab"))[0]
    assert first == {
        "description": "Jobs hides a message for 30 s, but Worker may need 180 s (when IsProd is false)",
        "check_name": "sqs-visibility-timeout-too-short",
        "fingerprint": "0123456789abcdef",
        "severity": "critical",
        "location": {"path": "services/orders/template.yaml", "lines": {"begin": 6, "end": 6}},
    }
    assert json.loads(render(EMPTY, "gitlab")) == []


@pytest.mark.parametrize("build", [sample, nasty, lambda: EMPTY], ids=["sample", "nasty", "empty"])
def test_junit_counts_what_it_holds(build: Any) -> None:
    report = build()
    root = ElementTree.fromstring(render(report, "junit"))
    for element in [root, *root.iter("testsuite")]:
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.attrib[attribute]) == len(list(element.iter(tag)))
        assert int(element.attrib["tests"]) == len(list(element.iter("testcase")))
    assert root.attrib["failures"] == str(len(report.findings))
    assert root.attrib["errors"] == str(len(report.gaps))
    assert root.attrib["skipped"] == str(len(report.suppressed))


def test_junit_says_what_failed_where() -> None:
    root = ElementTree.fromstring(render(sample(), "junit"))
    case = next(case for case in root.iter("testcase") if VISIBILITY.id in case.attrib["name"])
    assert case.attrib["file"] == "services/orders/template.yaml"
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "Jobs hides a message for 30 s, but Worker may need 180 s"
    assert "condition: when IsProd is false" in (failure.text or "")
    clean = ElementTree.fromstring(render(replace(EMPTY, seen=SEEN), "junit"))
    assert clean.attrib["tests"] == "2"


CSV = """\
status,severity,confidence,category,rule,message,condition,path,line,column,end_line,end_column,resource_type,logical_id,arn,function,fix,fix_safe,fingerprint,reason
open,high,firm,reliability,sqs-visibility-timeout-too-short,"Jobs hides a message for 30 s, but Worker may need 180 s",when IsProd is false,services/orders/template.yaml,6,26,6,28,AWS::SQS::Queue,Jobs,,Worker,set VisibilityTimeout to 180,yes,0123456789abcdef,
open,low,tentative,performance,memory-left-at-default,Worker leaves its memory at 128 MB,,services/orders/template.yaml,7,3,7,9,AWS::Lambda::Function,Worker,,Worker,,,00000000000000aa,
open,critical,firm,security,role-allows-everything,Worker's role allows every action,,services/orders/template.yaml,11,42,11,45,AWS::Lambda::Function,Worker,,Worker,,,00000000000000bb,
open,critical,firm,security,role-allows-everything,Worker's role covers every resource,,services/orders/template.yaml,11,57,11,60,AWS::Lambda::Function,Worker,,Worker,,,00000000000000cc,
suppressed by comment,low,tentative,performance,memory-left-at-default,Worker has little memory,,services/orders/template.yaml,7,3,7,9,AWS::Lambda::Function,Worker,,Worker,,,00000000000000dd,batch job
"""  # noqa: E501 - a row is one line


def test_csv_rows() -> None:
    assert render(sample(), "csv") == CSV


@pytest.mark.parametrize("message", ["=1+1", "+1", "-1+1", "@SUM(1)", "  =1", "\t=1", "\n=1"])
def test_csv_holds_no_formula(message: str) -> None:
    report = replace(EMPTY, findings=(finding(MEMORY, None, message, "0" * 16),))
    (row,) = csv.DictReader(io.StringIO(render(report, "csv")))
    assert row["message"].startswith(("'", "\\x"))


def test_markdown_holds_nothing_that_renders() -> None:
    rendered = render(nasty(), "markdown")
    prose = re.sub(r"(`+)[^`].*?(?<!`)\1(?!`)", "", rendered)
    assert "<script>" not in prose
    assert "@all" not in prose
    assert not re.search(r"(?<!\\)\[", prose)
    rows = [line for line in rendered.splitlines() if line.startswith("| medium")]
    assert len(rows) == 4
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)


@pytest.mark.parametrize("most", [2_000, 10_000])
def test_markdown_keeps_to_its_size_and_says_what_is_missing(most: int) -> None:
    document = Document("t.yaml", TEMPLATE)
    many = tuple(finding(MEMORY, place(document, "30"), f"é message {n}", f"{n:016x}") for n in range(500))
    report = replace(EMPTY, findings=(*many, finding(VISIBILITY, place(document, "30"), "worst", "f" * 16)))
    rendered = render(report, "markdown", options=RenderOptions(markdown_bytes=most))
    assert len(rendered.encode()) <= most
    rows = len(re.findall("(?m)^[|] (low|high)", rendered))
    assert f"\n{501 - rows} findings more did not fit here" in rendered
    assert "| high |" in rendered


# Places


@pytest.mark.parametrize(
    ("text", "start", "end", "span"),
    [
        ("a: 1\nb: 2\n", 3, 4, (1, 4, 1, 5)),
        ("a:\n  b: 1\n\n# c\n", 0, 11, (1, 1, 2, 7)),
        ("a:\r\n  b: 1\r\n", 0, 12, (1, 1, 2, 7)),
        ("", 0, 0, (1, 1, 1, 1)),
        ("x", 1, 1, (1, 2, 1, 2)),
        ("x", 5, 9, (1, 2, 1, 2)),
    ],
)
def test_spans_end_with_what_was_written(text: str, start: int, end: int, span: tuple[int, ...]) -> None:
    at = Place(Origin(Document("t.yaml", text), start, end))
    report = replace(EMPTY, findings=(finding(MEMORY, at, "m", "0" * 16),))
    for name in FORMATS:
        render(report, name)
    location = json.loads(render(report, "json"))["findings"][0]["location"]
    assert tuple(location[key] for key in ("line", "column", "end_line", "end_column")) == span


def test_severities_are_told_apart_where_a_finding_differs_from_its_rule() -> None:
    document = Document("t.yaml", TEMPLATE)
    one = finding(MEMORY, place(document, "Jobs"), "first", "0" * 16)
    two = replace(finding(MEMORY, place(document, "Worker"), "second", "1" * 16), severity=Severity.CRITICAL)
    rendered = render(replace(EMPTY, findings=(one, two)), "text")
    assert "also at t.yaml:7:3  second (critical; tentative)" in rendered
