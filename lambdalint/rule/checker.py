"""The check of an expression against the model, when a rule is loaded: every name, every fact, and the types.

What an annotation leaves open is not judged. A mistake that the types do show would make the rule silently useless,
so it is refused with a sentence.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from lambdalint.model.thing import Thing
from lambdalint.rule.error import RuleError, did_you_mean
from lambdalint.rule.grammar import dotted, place_of
from lambdalint.rule.types import (
    ANY,
    BOOLEAN,
    NUMBER,
    TEXT,
    WORDS,
    Type,
    a_list,
    a_thing,
    fact_names,
    fact_type,
    of_constant,
    of_option,
    union,
)

_BOOLEAN_CALLS = frozenset({"any", "all", "explicit", "known", "startswith", "endswith", "contains", "matches"})

#: What the items of a list must be for a function; for others they may be anything.
_ITEMS: dict[str, tuple[str, ...]] = {
    "any": ("boolean",),
    "all": ("boolean",),
    "sum": ("number",),
    "min": ("number", "date"),
    "max": ("number", "date"),
}


def check(
    node: ast.expr,
    source: str,
    scope: Mapping[str, type[Thing]],
    options: Mapping[str, type],
    on_fact: Callable[[type[Thing], str], None] | None = None,
) -> Type:
    """The type of an expression whose names stand for things of these kinds. ``on_fact`` is told every fact read.

    Raises:
        RuleError: an unknown name, fact or option, or types that do not fit together.
    """
    names = {name: a_thing(kind) for name, kind in scope.items()}
    return _Checker(source, {name: of_option(kind) for name, kind in options.items()}, on_fact).type(node, names)


class _Checker:
    def __init__(
        self, source: str, options: dict[str, Type], on_fact: Callable[[type[Thing], str], None] | None = None
    ) -> None:
        self.source = source
        self.options = options
        self.on_fact = on_fact

    def refuse(self, node: ast.expr, sentence: str) -> RuleError:
        return RuleError(f"{place_of(node, self.source)}: {sentence}")

    def expect(self, node: ast.expr, names: dict[str, Type], *kinds: str, by: str) -> Type:
        found = self.type(node, names)
        if found.names and not found.can_be(*kinds):
            wanted = " or ".join(WORDS[kind] for kind in kinds)
            raise self.refuse(node, f"{by} needs {wanted}, but {dotted(node)} is {found}")
        return found

    def type(self, node: ast.expr, names: dict[str, Type]) -> Type:
        match node:
            case ast.Constant(value=value):
                return of_constant(value)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return a_list(union(*(self.type(item, names) for item in items)) if items else ANY)
            case ast.Name(id=name):
                return self.name(node, name, names)
            case ast.Attribute():
                return self.attribute(node, names)
            case ast.BoolOp(values=values, op=op):
                for part in values:
                    self.expect(part, names, "boolean", by="'and'" if isinstance(op, ast.And) else "'or'")
                return BOOLEAN
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.expect(operand, names, "boolean", by="'not'")
                return BOOLEAN
            case ast.UnaryOp(operand=operand):
                self.expect(operand, names, "number", by="'-'")
                return NUMBER
            case ast.BinOp(left=left, right=right):
                for side in (left, right):
                    self.expect(side, names, "number", by="arithmetic")
                return NUMBER
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.expect(test, names, "boolean", by="'if'")
                return union(self.type(body, names), self.type(orelse, names))
            case ast.Compare():
                return self.comparison(node, names)
            case ast.Call():
                return self.call(node, names)
            case _:
                return ANY

    def name(self, node: ast.expr, name: str, names: dict[str, Type]) -> Type:
        if name == "option":
            raise self.refuse(node, "'option' stands before the name of an option, as in option.most")
        if name not in names:
            near = did_you_mean(name, [*names, *(["option"] if self.options else [])])
            raise self.refuse(node, f"there is no '{name}' here{near} (text stands in quotes: \"{name}\")")
        return names[name]

    def attribute(self, node: ast.Attribute, names: dict[str, Type]) -> Type:
        if isinstance(node.value, ast.Name) and node.value.id == "option":
            if node.attr not in self.options:
                near = did_you_mean(node.attr, self.options)
                raise self.refuse(node, f"the rule has no option '{node.attr}'{near}")
            return self.options[node.attr]
        owner = self.type(node.value, names)
        if not owner.things:
            raise self.refuse(node, f"{dotted(node.value)} is {owner}, which has no facts such as '{node.attr}'")
        found = [known for kind in owner.things if (known := fact_type(kind, node.attr)) is not None]
        if self.on_fact is not None and found:
            for kind in owner.things:
                self.on_fact(kind, node.attr)
        if not found:
            known_facts = set().union(*(fact_names(kind) for kind in owner.things))
            near = did_you_mean(node.attr, known_facts)
            raise self.refuse(node, f"{dotted(node.value)} has no fact '{node.attr}'{near}")
        return union(*found)

    def comparison(self, node: ast.Compare, names: dict[str, Type]) -> Type:
        left_node, left = node.left, self.type(node.left, names)
        for operator, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.type(right_node, names)
            match operator:
                case ast.In() | ast.NotIn():
                    self.membership(left_node, left, right_node, right)
                case ast.Is() | ast.IsNot():
                    if left.names and not left.can_be("none"):
                        raise self.refuse(left_node, f"{dotted(left_node)} is never None")
                case ast.Eq() | ast.NotEq():
                    self.comparable(node, left, right)
                    self.spelling(left_node, left, right)
                    self.spelling(right_node, right, left)
                case _:
                    self.comparable(node, left, right, order=True)
            left_node, left = right_node, right
        return BOOLEAN

    def membership(self, left_node: ast.expr, left: Type, right_node: ast.expr, right: Type) -> None:
        if right.names and not right.can_be("list"):
            hint = "; for a part of a text write contains(text, part)" if right.can_be("text") else ""
            raise self.refuse(right_node, f"'in' needs a list, but {dotted(right_node)} is {right}{hint}")
        if right.item is not None:
            self.comparable(left_node, left, right.item)
            self.spelling(left_node, left, right.item)
            self.spelling(right_node, right.item, left)

    def comparable(self, node: ast.expr, left: Type, right: Type, order: bool = False) -> None:
        for side in (left, right):
            if order and side.names and not side.can_be("number", "text", "date"):
                raise self.refuse(node, f"{side} has no order, so < and > do not apply")
        if left.open or right.open:
            return
        ours, theirs = left.names - {"none"}, right.names - {"none"}
        both_none = not order and "none" in left.names and "none" in right.names
        if ours and theirs and not ours & theirs and not both_none:
            raise self.refuse(node, f"{left} is never equal to {right}" if not order else f"{left} against {right}")

    def spelling(self, node: ast.expr, declared: Type, compared: Type) -> None:
        """Refuse a word that a fact can never be: ``trigger.kind == "s4"``."""
        if isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.Set):
            return
        if declared.words is None or compared.words is None or declared.open:
            return
        for word in sorted(compared.words - declared.words):
            near = did_you_mean(word, declared.words)
            raise self.refuse(node, f'{dotted(node)} is never "{word}"{near}')

    def call(self, node: ast.Call, names: dict[str, Type]) -> Type:
        match node.func:
            case ast.Name(id=function):
                pass
            case _:
                return ANY
        first = node.args[0]
        match function:
            case "explicit" | "known":
                return self.about_a_value(function, first, names)
            case "any" | "all" | "sum" | "count" | "len" | "min" | "max" | "join":
                return self.aggregate(function, node, names)
            case _:
                self.expect(first, names, "text", by=f"{function}()")
                for argument in node.args[1:]:
                    self.expect(argument, names, "text", "list", by=f"{function}()")
                return BOOLEAN if function in _BOOLEAN_CALLS else TEXT

    def about_a_value(self, function: str, argument: ast.expr, names: dict[str, Type]) -> Type:
        found = self.type(argument, names)
        if not isinstance(argument, ast.Attribute | ast.Name):
            raise self.refuse(argument, f"{function}() takes one value of the model, such as function.timeout")
        if function == "explicit" and not (found.open or found.written or found.can_be("thing", "none")):
            raise self.refuse(argument, f"nobody writes {dotted(argument)} down, so explicit() has no meaning for it")
        return BOOLEAN

    def aggregate(self, function: str, node: ast.Call, names: dict[str, Type]) -> Type:
        first = node.args[0]
        if function in ("min", "max") and len(node.args) > 1:
            return union(*(self.expect(part, names, "number", "date", by=f"{function}()") for part in node.args))
        if function == "len":
            self.expect(first, names, "list", "text", by="len()")
            return NUMBER
        item_node, item = self.items(function, first, names)
        wanted = _ITEMS.get(function, ())
        if wanted and item.names and not item.can_be(*wanted):
            choice = " or ".join(WORDS[kind] for kind in wanted)
            raise self.refuse(item_node, f"{function}() needs {choice} for each item, but it is {item}")
        if function == "join":
            for separator in node.args[1:]:
                self.expect(separator, names, "text", by="the separator of join()")
            return TEXT
        return BOOLEAN if function in ("any", "all") else item if function in ("min", "max") else NUMBER

    def items(self, function: str, node: ast.expr, names: dict[str, Type]) -> tuple[ast.expr, Type]:
        if not isinstance(node, ast.GeneratorExp):
            listed = self.expect(node, names, "list", by=f"{function}()")
            return node, listed.item or ANY
        clause = node.generators[0]
        listed = self.expect(clause.iter, names, "list", by="'for'")
        target = clause.target
        if not isinstance(target, ast.Name):
            return node, ANY
        if target.id in names:
            raise self.refuse(target, f"'{target.id}' already has a meaning; choose another name")
        inner = {**names, target.id: listed.item or ANY}
        for condition in clause.ifs:
            self.expect(condition, inner, "boolean", by="'if'")
        return node.elt, self.type(node.elt, inner)
