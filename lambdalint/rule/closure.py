"""From a tree of the expression language to closures: each part becomes a ``Run`` once, and is then only called."""

from __future__ import annotations

import ast
import operator
from typing import Any

from lambdalint.model.thing import Thing, fact
from lambdalint.rule import aggregate, functions, kleene
from lambdalint.rule.grammar import dotted, lack_of
from lambdalint.rule.kleene import Frame, Result, Run
from lambdalint.source.value import Unknown

_ORDERS: dict[type[ast.cmpop], Any] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_OPERATORS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_ITEM = "item of a list"


def build(node: ast.expr) -> Run:
    """The closure of a tree that ``grammar.parse`` let pass."""
    match node:
        case ast.Constant(value=value):
            return _constant(value)
        case ast.List() | ast.Tuple() | ast.Set():
            return _constant(tuple(_literal(item) for item in node.elts))
        case ast.Name(id=name):
            return lambda frame: frame[name]
        case ast.Attribute(value=ast.Name(id="option"), attr=name):
            return lambda frame: (frame["option"][0][name], ())
        case ast.Attribute(value=value, attr=name):
            return _fact(build(value), name, lack_of(value), dotted(value))
        case ast.BoolOp(op=op, values=values):
            return kleene.junction([condition(value) for value in values], decisive=isinstance(op, ast.Or))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return kleene.negation(condition(operand))
        case ast.UnaryOp(operand=operand):
            return kleene.arithmetic(operator.sub, _constant(0), build(operand), ("", lack_of(operand)))
        case ast.BinOp(left=left, op=op, right=right):
            lacks = (lack_of(left), lack_of(right))
            return kleene.arithmetic(_OPERATORS[type(op)], build(left), build(right), lacks)
        case ast.Compare():
            return _comparison(node)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return kleene.choice(condition(test), build(body), build(orelse))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments)
        case _:
            raise TypeError(f"{type(node).__name__} is not in the grammar")


def condition(node: ast.expr) -> Run:
    """The closure of a tree that stands where true or false is wanted."""
    run = build(node)
    sure = isinstance(node, ast.Compare | ast.BoolOp) or (
        isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
    )
    return run if sure else kleene.truth(run, lack_of(node))


def _constant(value: Any) -> Run:
    result: Result = (value, ())
    return lambda frame: result


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(operand=ast.Constant(value=int() | float() as number)):
            return -number
        case _:
            raise TypeError(f"{type(node).__name__} is not a constant")


def _fact(owner_run: Run, name: str, lack: str, label: str) -> Run:
    """Reading a fact of a thing. ``lack`` is the reason when the thing is None, ``label`` how the rule calls it."""

    readable: set[type] = set()

    def run(frame: Frame) -> Result:
        owner, evidence = owner_run(frame)
        kind = type(owner)
        if kind in readable or (isinstance(owner, Thing) and isinstance(getattr(kind, name, None), fact)):
            readable.add(kind)
            simple = len(evidence) == 1 and evidence[0] is owner
            return functions.reached(getattr(owner, name), owner, () if simple else functions.doubts(evidence))
        if isinstance(owner, Thing):
            return kleene.unknown(f"{label} is a {owner.kind}, which has no {name}", evidence)
        if type(owner) is Unknown:
            return owner, evidence
        return kleene.unknown(lack if owner is None else f"{label} is not a thing", evidence)

    return run


def _comparison(node: ast.Compare) -> Run:
    steps: list[tuple[kleene.Pair, Run]] = []
    left = node.left
    for sign, right in zip(node.ops, node.comparators, strict=True):
        pair: kleene.Pair
        match sign:
            case ast.Eq() | ast.Is():
                pair = kleene.equality(equal=True)
            case ast.NotEq() | ast.IsNot():
                pair = kleene.equality(equal=False)
            case ast.In() | ast.NotIn():
                pair = kleene.membership(isinstance(sign, ast.In), lack_of(right))
            case _:
                pair = kleene.order(_ORDERS[type(sign)], (lack_of(left), lack_of(right)))
        steps.append((pair, build(right)))
        left = right
    return kleene.comparison(build(node.left), steps)


def _call(name: str, arguments: list[ast.expr]) -> Run:
    first = arguments[0]
    match name:
        case "explicit":
            return functions.explicit(build(first))
        case "known":
            return functions.known(build(first))
        case "lower":
            return functions.textual(str.lower, [build(first)], lack_of(first))
        case "matches":
            return functions.textual(functions.matching(_literal(arguments[1])), [build(first)], lack_of(first))
        case "startswith" | "endswith" | "contains":
            parts = [build(argument) for argument in arguments]
            return functions.textual(getattr(functions, name), parts, lack_of(first))
        case "any" | "all":
            return aggregate.quantifier(_stream(first, truth=True), decisive=name == "any")
        case "sum":
            return aggregate.fold(_stream(first), aggregate.total)
        case "count":
            return aggregate.fold(_stream(first), aggregate.count)
        case "len":
            return aggregate.length(build(first), lack_of(first))
        case "min" | "max":
            select = min if name == "min" else max
            if len(arguments) > 1:
                return aggregate.extreme_of([build(argument) for argument in arguments], select)
            return aggregate.fold(_stream(first), aggregate.extreme(select))
        case _:
            separator = _literal(arguments[1]) if len(arguments) > 1 else ", "
            return aggregate.fold(_stream(first), aggregate.joined(separator))


def _stream(node: ast.expr, truth: bool = False) -> aggregate.Stream:
    if isinstance(node, ast.GeneratorExp):
        clause = node.generators[0]
        name = clause.target.id if isinstance(clause.target, ast.Name) else _ITEM
        tests = [condition(test) for test in clause.ifs]
        held = kleene.junction(tests, decisive=False) if len(tests) > 1 else tests[0] if tests else None
        element = condition(node.elt) if truth else build(node.elt)
        return aggregate.Stream(build(clause.iter), name, held, element, lack_of(clause.iter))
    element = kleene.truth(lambda frame: frame[_ITEM], "an item has no value")
    return aggregate.Stream(build(node), _ITEM, None, element if truth else lambda frame: frame[_ITEM], lack_of(node))
