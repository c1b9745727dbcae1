"""The grammar of the expression language: which part of Python's own expressions a rule may use.

Only what is listed here passes; everything else is refused with a sentence that says what and where. The tree that
comes out holds no call but those in ``FUNCTIONS``, no attribute with a leading underscore and no large number, so that
a stranger's rule file can neither run code nor stall a run.
"""

from __future__ import annotations

import ast
import re
import warnings

from lambdalint.rule.error import RuleError, did_you_mean

#: Characters of one expression.
MAX_LENGTH = 1000
#: Levels of nesting in one expression.
MAX_DEPTH = 40
#: Generators inside generators: each level multiplies the work.
MAX_GENERATORS = 3
#: The largest number, as a constant and as a result.
MAX_NUMBER = 1e15
#: Characters of a regular expression, and its repetitions: with the limit on texts they bound its backtracking.
MAX_PATTERN = 200
MAX_REPETITIONS = 3

#: Functions over a generator expression, or a list.
AGGREGATES = frozenset({"any", "all", "sum", "count", "min", "max", "join"})
#: Every function of the language, with the least and the greatest number of arguments.
FUNCTIONS: dict[str, tuple[int, int]] = {
    "any": (1, 1),
    "all": (1, 1),
    "sum": (1, 1),
    "count": (1, 1),
    "len": (1, 1),
    "min": (1, 10),
    "max": (1, 10),
    "explicit": (1, 1),
    "known": (1, 1),
    "lower": (1, 1),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "contains": (2, 2),
    "matches": (2, 2),
    "join": (1, 2),
}

_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)

_REFUSED: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda is",
    ast.JoinedStr: "an f-string is",
    ast.NamedExpr: "':=' is",
    ast.Subscript: "indexing with [...] is",
    ast.Dict: "a dictionary is",
    ast.ListComp: "a list comprehension is",
    ast.SetComp: "a set comprehension is",
    ast.DictComp: "a dictionary comprehension is",
    ast.Starred: "'*' before a value is",
    ast.Await: "'await' is",
    ast.Yield: "'yield' is",
    ast.YieldFrom: "'yield from' is",
}
_INSTEAD: dict[type[ast.AST], str] = {
    ast.ListComp: "; write a generator inside any, all, sum, count, min, max or join",
    ast.SetComp: "; write a generator inside any, all, sum, count, min, max or join",
    ast.JoinedStr: "; a message has {...} segments without the f",
}


def parse(text: str) -> ast.expr:
    """The tree of an expression.

    Raises:
        RuleError: the text is not in the language; the sentence names the part and its column.
    """
    if len(text) > MAX_LENGTH:
        raise RuleError(f"the expression has {len(text)} characters; the limit is {MAX_LENGTH}")
    written = text.strip()
    if not written:
        raise RuleError("the expression is empty")
    # Inside brackets Python's own parser takes line breaks and comments as a reader does.
    wrapped = f"({written}\n)" if "\n" in written else written
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(wrapped, mode="eval").body
    except SyntaxError as error:
        raise RuleError(_syntax_sentence(error)) from None
    except (RecursionError, MemoryError):
        raise RuleError(f"the expression is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise RuleError(f"the expression cannot be read: {error}") from None
    _Walk(wrapped).visit(tree, 1, 0)
    return tree


def _syntax_sentence(error: SyntaxError) -> str:
    reason = error.msg or "invalid syntax"
    if "escape sequence" in reason:
        return 'a backslash stands before an ordinary character; write the text as r"..."'
    if "nested parentheses" in reason:
        return f"the expression is nested deeper than {MAX_DEPTH} levels"
    column = f"column {error.offset}: " if error.offset and error.lineno == 1 else ""
    return f"{column}not an expression ({reason})"


class _Walk:
    """Visits a tree once; ``source`` is only for the columns of its sentences."""

    def __init__(self, source: str) -> None:
        self.source = source

    def refuse(self, node: ast.expr, sentence: str) -> RuleError:
        return RuleError(f"{place_of(node, self.source)}: {sentence}")

    def visit(self, node: ast.expr, depth: int, generators: int) -> None:
        if depth > MAX_DEPTH:
            raise RuleError(f"the expression is nested deeper than {MAX_DEPTH} levels")
        deeper = depth + 1
        match node:
            case ast.BoolOp():
                self.all(node.values, deeper, generators)
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                self.visit(node.operand, deeper, generators)
            case ast.BinOp():
                if not isinstance(node.op, _ARITHMETIC):
                    raise self.refuse(node, "only + - * / // % are part of the rule language, for numbers")
                self.all([node.left, node.right], deeper, generators)
            case ast.Compare():
                self.comparison(node)
                self.all([node.left, *node.comparators], deeper, generators)
            case ast.Constant():
                self.constant(node)
            case ast.List() | ast.Tuple() | ast.Set():
                self.constants(node, deeper)
            case ast.Name():
                if node.id.startswith("_"):
                    raise self.refuse(node, f"'{node.id}' starts with an underscore")
            case ast.Attribute():
                if node.attr.startswith("_"):
                    raise self.refuse(node, f"'.{node.attr}' starts with an underscore")
                self.visit(node.value, deeper, generators)
            case ast.IfExp():
                self.all([node.body, node.test, node.orelse], deeper, generators)
            case ast.Call():
                self.call(node, deeper, generators)
            case ast.GeneratorExp():
                raise self.refuse(node, f"a generator stands only inside {', '.join(sorted(AGGREGATES))}")
            case _:
                what = _REFUSED.get(type(node), "this is")
                raise self.refuse(node, f"{what} not part of the rule language{_INSTEAD.get(type(node), '')}")

    def all(self, nodes: list[ast.expr], depth: int, generators: int) -> None:
        for node in nodes:
            self.visit(node, depth, generators)

    def comparison(self, node: ast.Compare) -> None:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.Is | ast.IsNot):
                if not (isinstance(right, ast.Constant) and right.value is None):
                    raise self.refuse(right, "'is' compares with None only; write == or !=")
            elif not isinstance(operator, _COMPARISONS):
                raise self.refuse(node, "this comparison is not part of the rule language")

    def constant(self, node: ast.Constant) -> None:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return
        if not isinstance(value, int | float):
            raise self.refuse(node, "only numbers, text, True, False and None are constants")
        if abs(value) > MAX_NUMBER:
            raise self.refuse(node, f"the number is larger than {MAX_NUMBER:.0e}")

    def constants(self, node: ast.List | ast.Tuple | ast.Set, depth: int) -> None:
        for item in node.elts:
            inner = item.operand if isinstance(item, ast.UnaryOp) and isinstance(item.op, ast.USub) else item
            if not isinstance(inner, ast.Constant):
                raise self.refuse(item, "a list holds constants only")
            self.visit(item, depth, 0)

    def call(self, node: ast.Call, depth: int, generators: int) -> None:
        name = self.function(node)
        least, most = FUNCTIONS[name]
        if node.keywords:
            raise self.refuse(node, f"{name}() takes no named arguments")
        if not least <= len(node.args) <= most:
            wants = str(least) if least == most else f"{least} to {most}"
            raise self.refuse(node, f"{name}() takes {wants} argument{'s' if wants != '1' else ''}")
        if name == "matches":
            self.pattern(node.args[1])
        for index, argument in enumerate(node.args):
            if isinstance(argument, ast.GeneratorExp) and name in AGGREGATES and index == 0:
                self.generator(argument, depth, generators + 1)
            else:
                self.visit(argument, depth, generators)

    def function(self, node: ast.Call) -> str:
        match node.func:
            case ast.Name(id=name):
                if name not in FUNCTIONS:
                    raise self.refuse(node, f"there is no function '{name}'{did_you_mean(name, FUNCTIONS)}")
                return name
            case ast.Attribute(attr=attr):
                hint = f"; write {attr}(x, ...)" if attr in FUNCTIONS else ""
                raise self.refuse(node, f"a value has no methods, so '.{attr}(...)' cannot be called{hint}")
            case _:
                raise self.refuse(node, "only the functions of the rule language can be called")

    def generator(self, node: ast.GeneratorExp, depth: int, generators: int) -> None:
        if generators > MAX_GENERATORS:
            raise self.refuse(node, f"generators are nested deeper than {MAX_GENERATORS} levels")
        if len(node.generators) != 1:
            raise self.refuse(node, "a generator has one 'for'; nest any(...) instead")
        clause = node.generators[0]
        if clause.is_async or not isinstance(clause.target, ast.Name):
            raise self.refuse(node, "a generator binds one plain name")
        if clause.target.id in FUNCTIONS or clause.target.id == "option":
            raise self.refuse(node, f"'{clause.target.id}' already has a meaning; choose another name")
        self.visit(clause.target, depth, generators)
        self.visit(clause.iter, depth, generators)
        self.all([*clause.ifs, node.elt], depth, generators)

    def pattern(self, node: ast.expr) -> None:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self.refuse(node, "the second argument of matches() is a constant text")
        if len(node.value) > MAX_PATTERN:
            raise self.refuse(node, f"the regular expression is longer than {MAX_PATTERN} characters")
        try:
            re.compile(node.value)
        except (re.error, OverflowError, RecursionError) as error:
            raise self.refuse(node, f"not a regular expression ({error})") from None
        trouble = _backtracking(node.value)
        if trouble:
            raise self.refuse(node, trouble)


def _backtracking(pattern: str) -> str | None:
    """Why matching could take for ever: nested repetitions, references back, or many repetitions in a row."""
    if re.search(r"\\[1-9]|\(\?P=", pattern):
        return "the regular expression refers back to a group, which can take for ever; write the text out"
    bare = re.sub(r"\\.", "_", pattern, flags=re.DOTALL)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "_", bare).replace("(?", "(")
    if len(re.findall(r"[*+{]", bare)) > MAX_REPETITIONS:
        return (
            f"the regular expression has more than {MAX_REPETITIONS} repetitions; use startswith, endswith or contains"
        )
    loose = [False]
    for index, char in enumerate(bare):
        if char == "(":
            loose.append(False)
        elif char == ")" and len(loose) > 1:
            inside = loose.pop()
            if inside and bare[index + 1 : index + 2] in ("*", "+", "{"):
                return "a repeated group holds a repetition, '?' or '|', which can take for ever; write it out"
            loose[-1] = loose[-1] or inside
        elif char in "*+{?|":
            loose[-1] = True
    return None


def place_of(node: ast.expr, source: str) -> str:
    """Where a part of an expression stands, for a sentence: "column 7", "line 2, column 3"."""
    lines = source.split("\n")
    line = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
    column = len(line.encode()[: node.col_offset].decode(errors="replace")) + 1
    if len(lines) == 1:
        return f"column {column}"
    return f"line {node.lineno}, column {column - 1 if node.lineno == 1 else column}"


def options_in(node: ast.expr) -> frozenset[str]:
    """The names of the options that an expression reads."""
    return frozenset(
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "option"
    )


def dotted(node: ast.expr) -> str:
    """A short text for a value in a sentence: ``mapping.source``; "the value" for what has no name."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return "the value"


def lack_of(node: ast.expr) -> str:
    """The reason, to stand after "because", when a value turns out to be None."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)} has no {node.attr}"
    return "there is no value"
