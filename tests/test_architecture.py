"""Who may import whom: source -> load -> model -> { rule, code } -> check -> report -> run -> cli."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lambdalint"
MODULES = sorted(PACKAGE.rglob("*.py"))

_LOADED = {"source", "data", "load"}
_MODELLED = _LOADED | {"model"}
_JUDGED = _MODELLED | {"rule", "code", "check"}
_RUN = _JUDGED | {"report", "run"}

#: What stands before each part. A name is a folder or a module of the package; everyone may make records.
MAY_IMPORT: dict[str, set[str]] = {
    "__init__": set(),
    "record": set(),
    "data": set(),
    "source": set(),
    "load": {"source", "data"},
    "model": _LOADED,
    "code": {"source", "data", "model"},
    "rule": {"source", "data", "model"},
    "check": _MODELLED | {"rule"},
    "report": {"source", "data", "check"},
    "run": _JUDGED,
    "config_schema": set(),
    "config": {"source", "rule", "check", "config_schema"},
    "choose": {"rule", "config"},
    "teach": {"rule", "report", "config_schema"},
    "inspect": _LOADED | {"model", "run"},
    "examples": _RUN,
    "arguments": set(),
    "request": _RUN | {"config", "choose"},
    "output": {"check", "report", "request"},
    "cli": _RUN | {"request", "config", "choose", "teach", "inspect", "output", "examples", "arguments", "audit"},
    "action": {"cli"},
    "audit": _RUN,
}
#: Costs time to import, so it stands inside the functions that need it.
HEAVY = {"jinja2", "pydantic", "tree_sitter", "boto3", "botocore", "sqlite3", "logging", "yaml", "difflib", "pathspec"}
#: Whole modules that are themselves imported only where they are needed.
LAZY = {
    "config_schema.py",
    "report/wire.py",
    "rule/schema.py",
    "rule/rule_file.py",
    "report/html.py",
    "code/grammar.py",
}
PRINTS = {"cli.py", "action.py"}
#: The two loops that see every character of every template: calls inside them would cost more than they explain.
LONG = {"parse_json", "_build"}


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that is imported anywhere in a module, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            assert node.module is not None
            if node.module == "lambdalint":
                yield from ((f"lambdalint.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_each_part_imports_only_what_stands_before_it(path: Path) -> None:
    part = part_of(path)
    allowed = MAY_IMPORT[part] | {part, "record", "__version__"}
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(ast.parse(path.read_text(encoding="utf-8")))
        if name.startswith("lambdalint.") and name.split(".")[1] not in allowed
    ]
    assert wrong == []


def test_every_part_is_known() -> None:
    assert {part_of(path) for path in MODULES} == set(MAY_IMPORT)


def test_the_parts_have_an_order() -> None:
    """No two parts need each other."""
    done: set[str] = set()
    waiting = dict(MAY_IMPORT)
    while waiting:
        ready = {part for part, needed in waiting.items() if needed <= done}
        assert ready, f"these need each other: {sorted(waiting)}"
        done |= ready
        for part in ready:
            del waiting[part]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.relative_to(PACKAGE).as_posix() not in LAZY],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)  # fmt: skip
def test_start_up_stays_cheap(path: Path) -> None:
    """Heavy packages are imported inside functions, or for types only."""
    top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if not isinstance(node, ast.If)]
    found = {
        name.split(".")[0] for node in top if isinstance(node, ast.Import | ast.ImportFrom) for name, _ in imports(node)
    }
    assert found & HEAVY == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_modules_stay_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= 400
    assert ast.get_docstring(tree) or not text.strip(), "a module says what it is about"
    long = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 70
    ]
    assert set(long) <= LONG


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_the_doors_print_or_exit_and_nobody_hides_errors(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            names = {ast.unparse(name) for name in getattr(node.type, "elts", [node.type]) if name is not None}
            assert names and not names & {"Exception", "BaseException"}, f"line {node.lineno}: name what is caught"
        if isinstance(node, ast.Call) and path.name not in PRINTS:
            called = ast.unparse(node.func)
            assert called not in {"print", "sys.exit", "exit", "sys.stdout.write", "sys.stderr.write"}, node.lineno
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"eval", "exec", "os.system", "pickle.loads"}, node.lineno
