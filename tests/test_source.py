"""Text with positions: reading, judging, pointing and editing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lambdalint.source.comment import comments
from lambdalint.source.edit import TextEdit, append_item, apply, diff, insert_entry, replace_scalar
from lambdalint.source.folder import DictFolder, DiskFolder, Folder
from lambdalint.source.gap import SourceError
from lambdalint.source.json import parse_json
from lambdalint.source.node import Document, Json, Mapping, Node, Origin, Scalar, Sequence, make
from lambdalint.source.pointer import pointer_of
from lambdalint.source.read import MAX_BYTES, parse, read_document
from lambdalint.source.scalar import boolean, integer, is_null, number, to_json
from lambdalint.source.yaml import parse_yaml

CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "templates"


def tree(text: str, name: str = "t.yaml") -> Node:
    root = parse(Document(name, text))
    assert root is not None
    return root


def data(text: str) -> object:
    return to_json(tree(text))


def at(node: Node | None, *path: str | int) -> Node:
    for step in path:
        match node, step:
            case Mapping(), str():
                node = node.items[step]
            case Sequence(), int():
                node = node.items[step]
            case _:
                raise LookupError(step)
    assert node is not None
    return node


def raw(node: Origin) -> str:
    return node.document.text[node.start : node.end]


def nodes(root: Node) -> list[Node]:
    found: list[Node] = []
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, Scalar):
            waiting.extend(node.items.values() if isinstance(node, Mapping) else node.items)
    return found


# YAML


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: !Ref X", {"a": {"Ref": "X"}}),
        ("a: !Condition IsProd", {"a": {"Condition": "IsProd"}}),
        ("a: !GetAtt A.B.C", {"a": {"Fn::GetAtt": ["A", "B.C"]}}),
        ("a: !GetAtt 'A.B'", {"a": {"Fn::GetAtt": ["A", "B"]}}),
        ("a: !GetAtt [A, !Ref B]", {"a": {"Fn::GetAtt": ["A", {"Ref": "B"}]}}),
        ("a: !Sub\n  - ${x}\n  - x: !ImportValue y", {"a": {"Fn::Sub": ["${x}", {"x": {"Fn::ImportValue": "y"}}]}}),
        ("a: !Sub 10", {"a": {"Fn::Sub": "10"}}),
        ("a: !Foo", {"a": {"Fn::Foo": ""}}),
        ("a: !!str 010\nb: !!int '3'\nc: ! 4", {"a": "010", "b": 3, "c": 4}),
        ("a: &x {k: 1}\nb: *x", {"a": {"k": 1}, "b": {"k": 1}}),
        (
            "a: &x {k: 1, l: 1}\nb: {k: 2, <<: *x}\nc:\n  <<: [{k: 3}, *x]",
            {"a": {"k": 1, "l": 1}, "b": {"k": 2, "l": 1}, "c": {"k": 3, "l": 1}},
        ),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}),
        ("'<<': 1", {"<<": 1}),
        ("200: a\nno: b\n", {"200": "a", "no": "b"}),
        ("a: |\n  x\n\n\nb: >-\n  y\n  z\n", {"a": "x\n", "b": "y z"}),
        ("a: 1\n---\n", {"a": 1}),
        ("--- # one\na: 1\n...\n", {"a": 1}),
        ('\t{"a":\t1}', {"a": 1}),
        ("{a: [1, {b: c}],}", {"a": [1, {"b": "c"}]}),
    ],
)
def test_what_a_text_means(text: str, value: object) -> None:
    assert data(text) == value


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", " \r\n"])
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_an_empty_document_has_no_root(text: str, name: str) -> None:
    document = Document(name, text)
    assert parse(document) is None
    assert document.root is None


@pytest.mark.parametrize(
    ("text", "path", "span"),
    [
        ("a: !Ref X # c", ["a"], "!Ref X"),
        ("a: !Ref X", ["a", "Ref"], "X"),
        ("a: &n !Ref X", ["a"], "!Ref X"),
        ("a: &n # c\n  value", ["a"], "value"),
        ("a: !GetAtt A.B.C", ["a", "Fn::GetAtt", 1], "B.C"),
        ("a: !GetAtt 'A.B'", ["a", "Fn::GetAtt", 0], "A"),
        ("é: '🎉' \nb: [1, 2]\r\nc: x", ["b"], "[1, 2]"),
        ("a:\n  b: 1\n  c: 2   # d\n\n# e\nf: 3", ["a"], "b: 1\n  c: 2"),
        ("a:\n- 1\n- x:  y\n\nb: 1", ["a"], "- 1\n- x:  y"),
        ("a: !Sub\n  - x\n  - y\n", ["a", "Fn::Sub"], "- x\n  - y"),
        ("a: !Sub\n  - x\n  - y\n", ["a"], "!Sub\n  - x\n  - y"),
        ("a: |\n  x\n   y \n\n \nb: 1", ["a"], "|\n  x\n   y "),
        ("a: !Sub |\r\n  x\r\n\r\nb: 1", ["a"], "!Sub |\r\n  x"),
        ("a: |+\n  x\n\nb: 1", ["a"], "|+\n  x\n\n"),
        ("a: |\n\nb: 1", ["a"], "|"),
        ("a:\n  b:\n    c:\nd: 1", ["a"], "b:\n    c:"),
        ("a: &x {k: 1}\nb: [*x]", ["b"], "[*x]"),
        ('{"a": [1, {"b": "\\u00e9"}]}', ["a", 1, "b"], '"\\u00e9"'),
        ('{"a": [1, {"b": 2 } ] }', ["a"], '[1, {"b": 2 } ]'),
    ],
)
def test_where_a_value_stands(text: str, path: list[str | int], span: str) -> None:
    assert raw(at(tree(text), *path)) == span


def test_line_and_column_count_characters_from_one() -> None:
    node = at(tree("é: 1\r\nb:\r\n  - 🎉: x\r\n"), "b", 0, "🎉")
    assert (node.line, node.column) == (3, 8)


@pytest.mark.parametrize("text", ["k: 1\nx: 0\nk: 2\nk: 3\n", '{"k": 1, "x": 0, "k": 2, "k": 3}'])
def test_the_last_of_repeated_keys_wins_and_all_are_found(text: str) -> None:
    root = tree(text)
    assert isinstance(root, Mapping)
    assert to_json(root) == {"k": 3, "x": 0}
    assert [raw(value) for _, value in root.duplicates] == ["2", "3"]
    places = [root.first("k").start, *(key.start for key, _ in root.duplicates)]
    assert places == sorted(set(places))
    assert root.key("k").start == places[-1]
    assert root.first("x") is root.key("x")


def test_a_merged_key_is_no_repeat() -> None:
    root = tree("a: &x {k: 1}\nb: {<<: *x, k: 2}")
    merged = at(root, "b")
    assert isinstance(merged, Mapping)
    assert merged.duplicates == []


def test_an_alias_shares_the_node() -> None:
    root = tree("a: &x [1]\nb: *x")
    assert at(root, "a") is at(root, "b")


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
DEEP_ALIASES = "".join(f"a{n}: &a{n} {'[' * 150}{f'*a{n - 1}' if n else 1}{']' * 150}\n" for n in range(3))


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: 1\nb: 'x\n", 2, 4, "never closed"),
        ("a: b: c", 1, 5, "in quotes"),
        ("a:\n\t- b", 2, 1, "tab"),
        ("a: \x01b", 1, 4, "U+0001"),
        ("a: \ud800", 1, 4, "U+D800"),
        ("a: 1\n---\nb: 2", 2, 1, "one document"),
        ("a: *gone", 1, 4, "&gone"),
        ("a: &x [*x]", 1, 8, "contains itself"),
        ("a: {{ name }}", 1, 5, "quotes"),
        ("!Ref a: b", 1, 1, "key must be text"),
        ("a: [1, 2\nb: 3", 2, 2, "'[' of line 1"),
        ("a: {x: 1\nb: 3", 2, 2, "'{' of line 1"),
        ("a: @x", 1, 4, "'@'"),
        ("a: 1\nb\nc: 2", 2, 1, "key: value"),
        ("- a\nb: 1", 2, 1, "list that begins in line 1"),
        ("a: !!python/object:os.system x", 1, 4, "tag"),
        ("<<: !Ref x", 1, 1, "merges maps only"),
        (BOMB, 10, 20, "100,000"),
        (DEEP_ALIASES, 2, 159, "200 deep"),
        ("[" * 60_000, 1, 201, "200 deep"),
        ("- " * 300, 1, 401, "200 deep"),
        ("a: " + "x" * MAX_BYTES, 1, 1, "split it"),
    ],
)
def test_malformed_yaml_names_the_place_and_the_next_step(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(Document("t.yaml", text))
    error = caught.value
    assert (error.path, error.line, error.column) == ("t.yaml", line, column)
    assert words in error.message
    assert error.message.endswith((".", ").")) and "\n" not in error.message


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": 1,}', 1, 8, "no comma before '}'"),
        ('{"a": [1,\n2, ]}', 2, 2, "no comma before ']'"),
        ('{"a": 1 // x\n}', 1, 9, "no comments"),
        ('{"a" 1}', 1, 6, "':'"),
        ('{"a": 1 "b": 2}', 1, 9, "','"),
        ("{\"a\": 'x'}", 1, 7, "double quotes"),
        ("{a: 1}", 1, 2, "double quotes"),
        ('{"a": "x', 1, 7, "not closed"),
        ('{"a": "\\q"}', 1, 8, "escape"),
        ('{"a": 01}', 1, 7, "value"),
        ('{"a": 1} x', 1, 10, "after the end"),
        ('{"a":\n[1, 2', 2, 1, "missing ']'"),
        ('{"a": 1]', 1, 8, "'}'"),
        ('{"a":' * 300, 1, 1001, "200 deep"),
    ],
)
def test_malformed_json_names_the_place_and_the_next_step(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_json(Document("t.json", text))
    error = caught.value
    assert (error.path, error.line, error.column) == ("t.json", line, column)
    assert words in error.message


def test_a_broken_json_file_gets_the_json_error_and_flow_yaml_is_read() -> None:
    with pytest.raises(SourceError, match="closing '}'"):
        parse(Document("t.json", '{"a": 1 "b": 2}'))
    assert data('{"a": !Ref b}') == {"a": {"Ref": "b"}}
    with pytest.raises(SourceError, match="no comments"):  # YAML would read the text "1 // x"
        parse(Document("t.yaml", '{"a": 1 // x\n}'))


# Properties

EVERY_TIME_THE_SAME = settings(deadline=None, derandomize=True, database=None)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=15
)


@EVERY_TIME_THE_SAME
@given(VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_reads_as_the_standard_library_does(value: object, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = Document("t.json", text)
    root = parse_json(document)
    assert root is not None
    assert to_json(root) == json.loads(text)
    assert all(json.loads(raw(node)) == to_json(node) for node in nodes(root))


@EVERY_TIME_THE_SAME
@given(VALUES, st.booleans(), st.booleans())
def test_yaml_reads_as_pyyaml_does(value: object, flow: bool, wide: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=wide)
    root = parse_yaml(Document("t.yaml", text))
    assert (None if root is None else to_json(root)) == yaml.safe_load(text)


PLAIN = st.from_regex(r"[-+]?[0-9_]{0,4}[.:]?[0-9_]{0,3}([eE][-+]?[0-9])?|0[xob]?[0-9a-f_]{1,4}", fullmatch=True)


SPECIAL = ["~", "null", "yes", "No", "ON", "off", "y", "n", "TRUE", "tRue", "-1:30", "1:30", "1:30.5", "0b101", "1_000"]


@EVERY_TIME_THE_SAME
@given(PLAIN | st.sampled_from(SPECIAL))
def test_plain_scalars_are_judged_as_pyyaml_does(text: str) -> None:
    try:
        expected = yaml.safe_load(f"- {text}")
    except (yaml.YAMLError, ValueError):
        expected = None
    assume(expected is not None and not text.endswith(":"))
    assert data(f"- {text}") == expected


@EVERY_TIME_THE_SAME
@given(VALUES)
def test_the_text_at_a_yaml_scalar_is_its_value(value: object) -> None:
    text = yaml.safe_dump({"k": value}, allow_unicode=True, width=10_000)
    for node in nodes(tree(text)):
        if isinstance(node, Scalar) and node.start < node.end:
            assert yaml.load(raw(node) + "\n", Loader=yaml.BaseLoader) == node.text


def corpus() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.is_file()) if CORPUS.is_dir() else []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the collection of real templates")
def test_real_templates_are_read() -> None:
    roots = []
    for path in corpus():
        document = read_document(path)
        roots.append(parse(document))
    assert len(roots) > 300
    assert all(isinstance(root, Mapping) and root.items for root in roots)


# Reading files


def test_a_byte_order_mark_is_dropped_and_line_ends_stay(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: !Ref c\r\n")
    document = read_document(tmp_path / "a.yaml", "sub/a.yaml")
    assert document.path == "sub/a.yaml"
    assert raw(at(parse(document), "b")) == "!Ref c"


@pytest.mark.parametrize(
    ("content", "line", "column", "words"),
    [
        ("a: é".encode("utf-16"), 1, 1, "UTF-16"),
        ("a: b".encode("utf-16-le") + b"\xff\xff", 1, 1, "UTF-16"),
        ("a: 1\nb: é".encode("latin-1"), 2, 4, "0xE9"),
        (b"#" * (MAX_BYTES + 1), 1, 1, "8,388,609 bytes"),
        (None, 1, 1, "no such file"),
        ("directory", 1, 1, "directory"),
    ],
)
def test_an_unreadable_file_is_one_sentence(
    tmp_path: Path, content: bytes | str | None, line: int, column: int, words: str
) -> None:
    path = tmp_path / "a.yaml"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "directory":
        path.mkdir()
    with pytest.raises(SourceError) as caught:
        read_document(path, "a.yaml")
    assert (caught.value.path, caught.value.line, caught.value.column) == ("a.yaml", line, column)
    assert words in caught.value.message


# Judging scalars


@pytest.mark.parametrize(
    ("text", "whole", "any_number", "truth"),
    [
        ("30", 30, 30, None),
        ("'30'", 30, 30, None),
        ("30.0", 30, 30.0, None),
        ("0.5", None, 0.5, None),
        ("1e3", 1000, 1000.0, None),
        ("1:30", None, None, None),
        ("010", 8, 8, None),
        ("'010'", 10, 10, None),
        ("0x1F", 31, 31, None),
        ("'0x1F'", None, None, None),
        ("1_000", 1000, 1000, None),
        ("' 30'", None, None, None),
        ("9" * 5000, None, None, None),
        ("9" * 390, None, None, None),
        ("1e300", None, 1e300, None),
        ("9" * 18, 10**18 - 1, 10**18 - 1, None),
        (".inf", None, None, None),
        ("true", None, None, True),
        ("'False'", None, None, False),
        ("yes", None, None, True),
        ("'yes'", None, None, None),
        ("off", None, None, False),
        ("1", 1, 1, None),
        ("[1]", None, None, None),
        ("", None, None, None),
    ],
)
def test_judging(text: str, whole: int | None, any_number: float | None, truth: bool | None) -> None:
    node = at(tree(f"a: {text}"), "a")
    assert (integer(node), number(node), boolean(node)) == (whole, any_number, truth)


@pytest.mark.parametrize(("text", "null"), [("", True), ("~", True), ("null", True), ("'null'", False), ("[]", False)])
def test_null(text: str, null: bool) -> None:
    assert is_null(at(tree(f"a: {text}"), "a")) is null


def test_dates_and_absurd_numbers_stay_text() -> None:
    digits = "9" * 5000
    assert data(f"a: 2012-10-17\nb: {digits}\nc: .inf") == {"a": "2012-10-17", "b": digits, "c": ".inf"}


def test_generated_values_keep_their_type() -> None:
    value: Json = {"a": [1, 0.5, 1e22, True, None, "yes", "010"]}
    assert to_json(make(value, tree("x: 1"), "a test")) == value


# Pointers


@pytest.mark.parametrize(
    ("text", "target", "pointer"),
    [
        ("a:\n  b/c: [1, {d~: x}]\n", "x", "/a/b~1c/1/d~0"),
        ("a:\n  b: 1\n  c: 2\n", "c", "/a/c"),
        ("a: !Sub [x, {k: vv}]", "vv", "/a/Fn::Sub/1/k"),
        ("a: !Sub [x]", "!Sub [x]", "/a"),
        ("a: &n {k: vv}\nb: *n", "vv", "/a/k"),
        ("b: {<<: &n {z: 1, k: vv}, a: 2}", "a", "/b/a"),
        ("k: 11\nj: 0\nk: 22", "11", ""),
        ("k: 11\nj: 0\nk: 22", "22", "/k"),
        ("kk: 1\nj: 0\nkk: 2", "kk", "/kk"),
        ('{"a": [{"b": 1}, {"b": 22}]}', "22", "/a/1/b"),
        ("a: 1 # c", "# c", ""),
    ],
)
def test_pointer_of_a_place(text: str, target: str, pointer: str) -> None:
    root = tree(text)
    start = text.index(target)
    assert pointer_of(root, Origin(root.document, start, start + len(target))) == pointer


def test_every_value_has_its_own_pointer() -> None:
    root = tree("a: [1, {b: !GetAtt x.y, c: [d, e]}]\nf:\n  - g: h\n    i:\n")
    found = [pointer_of(root, node) for node in nodes(root) if not isinstance(node, Sequence) or raw(node)[0] == "["]
    assert len(found) == len(set(found))
    assert pointer_of(root, tree("a: 1")) == ""


# Comments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1 # lambdalint: x \n", [(1, 6, "lambdalint: x", False)]),
        ("# lambdalint\r\na: 1\r\n  #two", [(1, 1, "lambdalint", True), (3, 3, "two", True)]),
        ("a: 'x # lambdalint'\nb: x#y", []),
        ("a: |  # lambdalint\n  # text\n\n  x\n # after\nb: 1", [(1, 7, "lambdalint", False), (5, 2, "after", True)]),
        ("a: !Sub # lambdalint\n  'x # y'", [(1, 9, "lambdalint", False)]),
        ("a: &n # lambdalint\n  b # c", [(1, 7, "lambdalint", False), (2, 5, "c", False)]),
        ("'lambdalint # k': v # c", [(1, 21, "c", False)]),
        ("a: [1, # lambdalint\n 2]", [(1, 8, "lambdalint", False)]),
        ("a: {<<: {b: 'lambdalint # x'}}\nk: 'a # b'\nk: 1", []),
        ("a: 1 # other", []),
        ('{"a": "# lambdalint"}', []),
    ],
)
def test_only_real_comments_are_found(text: str, expected: list[tuple[int, int, str, bool]]) -> None:
    document = Document("t.yaml", text)
    parse(document)
    found = [(comment.line, comment.column, comment.text, comment.own_line) for comment in comments(document)]
    assert found == expected


# Edits


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: 30  # s\n", ["a"], 60, "a: 60  # s\n"),
        ("a: '30'\r\nb: 1", ["a"], 60, "a: '60'\r\nb: 1"),
        ('a: "x"\n', ["a"], "y: z", 'a: "y: z"\n'),
        ("a: 'x'\n", ["a"], "it's", "a: 'it''s'\n"),
        ("a: x\n", ["a"], "010", 'a: "010"\n'),
        ("a: x\n", ["a"], "arn:aws:sns:x", "a: arn:aws:sns:x\n"),
        ("a: x\n", ["a"], "2012-10-17", 'a: "2012-10-17"\n'),
        ("a: !Ref X # c\n", ["a"], 180, "a: 180 # c\n"),
        ("a: &n 1\nb: *n\n", ["a"], 2, "a: &n 2\nb: *n\n"),
        ("a: # c\nb: 1\n", ["a"], True, "a: true # c\nb: 1\n"),
        ("a: |\n  x\n\nb: 1\n", ["a"], "y", "a: y\n\nb: 1\n"),
        ("a: |+\n  x\n\nb: 1\n", ["a"], "y", "a: y\nb: 1\n"),
        ("- x\n-\n", [1], 2, "- x\n- 2\n"),
        ("a: x\n", ["a"], ["b", {"c": None}], "a: [b, {c: null}]\n"),
        ('{"a": "30", "b": 1}', ["a"], 60, '{"a": "60", "b": 1}'),
        ('{"a": 30, "b": 1}', ["a"], "x", '{"a": "x", "b": 1}'),
    ],
)
def test_a_value_is_replaced(text: str, path: list[str | int], value: Json, expected: str) -> None:
    edit = replace_scalar(at(tree(text), *path), value)
    assert apply(text, [edit]) == expected
    after = to_json(at(tree(expected), *path))
    assert str(after).lower() == str(value).lower()


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  b: 1 # c\n\n# d\ne: 2\n", ["a"], "a:\n  b: 1 # c\n  K: 5\n\n# d\ne: 2\n"),
        ("a:\r\n    b: 1\r\n", ["a"], "a:\r\n    b: 1\r\n    K: 5\r\n"),
        ("a: 1", [], "a: 1\nK: 5"),
        ("- a: 1\n  b: |\n    x\n\n- 2\n", [0], "- a: 1\n  b: |\n    x\n  K: 5\n\n- 2\n"),
        ("a:\n  b: |+\n    x\n\nc: 1\n", ["a"], "a:\n  b: |+\n    x\n\n  K: 5\nc: 1\n"),
        ("a:\n  b: &n {c: 1} # d\ne: *n\n", ["a"], "a:\n  b: &n {c: 1} # d\n  K: 5\ne: *n\n"),
        ("a: {b: 1}\n", ["a"], "a: {b: 1, K: 5}\n"),
        ("x: &x {y: 1}\na:\n  <<: *x\nb: 1\n", ["a"], "x: &x {y: 1}\na:\n  <<: *x\n  K: 5\nb: 1\n"),
        ("a: {}\n", ["a"], "a: {K: 5}\n"),
        ("a: {\n  b: 1, # c\n  d: 2  # e\n}\n", ["a"], "a: {\n  b: 1, # c\n  d: 2,  # e\n  K: 5\n}\n"),
        ('{"a": {"b": 1}}', ["a"], '{"a": {"b": 1, "K": 5}}'),
        ('{"a": {}}', ["a"], '{"a": {"K": 5}}'),
        ('{\n  "a": [1],\n  "b": {}\n}\n', [], '{\n  "a": [1],\n  "b": {},\n  "K": 5\n}\n'),
        ('{\n\t"a": {\n\t\t"b": 1 }}\n', ["a"], '{\n\t"a": {\n\t\t"b": 1,\n\t\t"K": 5 }}\n'),
    ],
)
def test_an_entry_is_added(text: str, path: list[str | int], expected: str) -> None:
    mapping = at(tree(text), *path)
    assert isinstance(mapping, Mapping)
    before = to_json(mapping)
    assert isinstance(before, dict)
    assert apply(text, [insert_entry(mapping, "K", 5)]) == expected
    assert to_json(at(tree(expected), *path)) == {**before, "K": 5}


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  - 1 # c\nb: 1\n", ["a"], "a:\n  - 1 # c\n  - 5\nb: 1\n"),
        ("a:\n- 1\n- *x", ["a"], "a:\n- 1\n- *x\n- 5"),
        ("a: [1, 2]\n", ["a"], "a: [1, 2, 5]\n"),
        ("a: []\n", ["a"], "a: [5]\n"),
        ("a: [\n  1,\n  2,\n]\n", ["a"], "a: [\n  1,\n  2,\n  5\n]\n"),
        ('{"a": [\n  1\n ]}', ["a"], '{"a": [\n  1,\n  5\n ]}'),
    ],
)
def test_an_item_is_added(text: str, path: list[str | int], expected: str) -> None:
    shared = "x: &x 1\n" if "*x" in text else ""
    sequence = at(tree(shared + text), *path)
    assert isinstance(sequence, Sequence)
    assert apply(shared + text, [append_item(sequence, 5)]) == shared + expected
    assert tree(shared + expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "R:\n    F:\n        Type: T\n",
            "R:\n    F:\n        Type: T\n        P:\n            A: [x]\n            B:\n                - C: 'no'\n",
        ),
        ('{"R": {"F": {\n  "Type": "T"\n}}}', '{"R": {"F": {\n  "Type": "T",\n  "P": {"A": 1}\n}}}'),
    ],
)
def test_a_nested_entry_takes_the_indentation_around_it(text: str, expected: str) -> None:
    function = at(tree(text), "R", "F")
    value: Json = {"A": ["x", "no"], "B": [{"C": "no", "D": {}}], "E": {"F": 1}}
    assert isinstance(function, Mapping)
    after = apply(text, [insert_entry(function, "P", value)])
    assert to_json(at(tree(after), "R", "F", "P")) == value
    step = expected.splitlines()[1]
    assert after.startswith(text[: text.index("T") - 2]) and step in after
    assert all(line.startswith(" ") for line in after.splitlines()[2:-1])


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: !Ref X\n", ["a"]),
        ("x: &x {y: 1}\na: {<<: *x}\n", ["a"]),
        ("a: [b: 1, c]\n", ["a", 0]),
        ("a: {K: 1}\n", ["a"]),
        ("a: {# c\n}\n", ["a"]),
    ],
)
def test_an_entry_without_a_safe_place_is_refused(text: str, path: list[str | int]) -> None:
    mapping = at(tree(text), *path)
    assert isinstance(mapping, Mapping)
    with pytest.raises(ValueError, match=r"\w"):
        insert_entry(mapping, "K", 5)


def test_generated_maps_and_lists_take_nothing() -> None:
    mapping, sequence = make({"a": 1}, tree("x: 1"), "Globals"), make([1], tree("x: 1"), "Globals")
    assert isinstance(mapping, Mapping) and isinstance(sequence, Sequence)
    with pytest.raises(ValueError, match="person"):
        insert_entry(mapping, "b", 1)
    with pytest.raises(ValueError, match="person"):
        append_item(sequence, 1)


def test_edits_are_applied_together_and_overlaps_refused() -> None:
    text = "a: 1\nb: 2\n"
    root = tree(text)
    assert isinstance(root, Mapping)
    one, two, three = (
        replace_scalar(root.items["a"], 10),
        replace_scalar(root.items["b"], 20),
        insert_entry(root, "c", 3),
    )
    assert apply(text, [three, two, one, one]) == "a: 10\nb: 20\nc: 3\n"
    with pytest.raises(ValueError, match="same text"):
        apply(text, [one, TextEdit(root.document, 3, 4, "11")])


def test_a_diff_names_the_file_and_the_missing_line_end() -> None:
    text = "a: 1\r\nb: 2"
    document = Document("dir/t.yaml", text)
    shown = diff(document, [replace_scalar(at(parse(document), "b"), 3)])
    assert shown == (
        "--- a/dir/t.yaml\n+++ b/dir/t.yaml\n@@ -1,2 +1,2 @@\n a: 1\r\n"
        "-b: 2\n\\ No newline at end of file\n+b: 3\n\\ No newline at end of file\n"
    )
    assert diff(document, []) == ""


@EVERY_TIME_THE_SAME
@given(VALUES, st.sampled_from(["a: 1\nb: [x]\n", '{"a": 1, "b": ["x"]}', "{a: 1, b: [x]}"]))
def test_whatever_is_written_reads_back(value: Json, text: str) -> None:
    root = tree(text)
    assert isinstance(root, Mapping)
    items = root.items["b"]
    assert isinstance(items, Sequence)
    edits = [
        replace_scalar(root.items["a"], value),
        insert_entry(root, "c", value),
        append_item(items, value),
    ]
    assert data(apply(text, edits)) == {"a": value, "b": ["x", value], "c": value}


# Folders


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    content = {"a.yaml": "1", "src/app.py": "22", "src/lib/x.py": "333", "src.txt": "4444"}
    if request.param == "memory":
        return DictFolder(content)
    root = tmp_path / "root"
    for path, text in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (tmp_path / "secret").write_text("s")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_text("s")
    return DiskFolder(root)


def test_a_folder_is_read(folder: Folder) -> None:
    assert folder.read("src/app.py") == folder.read("./src/lib/../app.py") == b"22"
    assert folder.files("src", 10) == [("src/app.py", 2), ("src/lib/x.py", 3)]
    assert folder.files("src/app.py", 10) == [("src/app.py", 2)]
    assert len(folder.files(".", 10)) == 4
    assert folder.files(".", 10)[:2] == folder.files("", 2)
    assert folder.is_dir("src") and folder.is_dir(".") and not folder.is_dir("src/app.py")
    assert folder.exists("src/lib") and folder.exists("a.yaml") and not folder.exists("src/none")
    assert folder.read("src") is None and folder.files("none", 10) == []


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "src/../../secret", "..", "a\x00b", "/"])
def test_nothing_outside_a_folder_is_there(folder: Folder, path: str) -> None:
    assert folder.read(path) is None
    assert not folder.exists(path) and not folder.is_dir(path)
    assert folder.files(path, 10) == []


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    (root / "inside").write_text("i")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to(tmp_path)
    (root / "sub" / "loop").symlink_to(root)
    (root / "sub" / "good").symlink_to(root / "inside")
    folder = DiskFolder(root)
    assert folder.read("out") is None and folder.read("up/secret") is None and not folder.exists("up")
    assert folder.read("sub/good") == b"i"
    assert folder.files(".", 100) == [("inside", 1), ("sub/good", 1)]
