"""What is wrong with the form of a rule file, in the words of its author, and where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lambdalint.rule.error import RuleError, did_you_mean
from lambdalint.source.node import Mapping, Node, Origin, Sequence

if TYPE_CHECKING:
    from pydantic import ValidationError


def locate(root: Node, path: tuple[str | int, ...]) -> Origin:
    """The place of the key, or of the item, at a path; of the nearest one around it where it is not written."""
    node: Node = root
    place: Origin = root
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node:
            place, node = node.key(step), node.items[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            place = node = node.items[step]
        else:
            break
    return place


def mistakes(error: ValidationError, root: Mapping) -> list[RuleError]:
    """The mistakes that the schema finds, each once, in the order of their lines."""
    found: dict[tuple[int, str], RuleError] = {}
    for problem in error.errors(include_url=False):
        place = tuple(step for step in problem["loc"])
        origin = locate(root, place)
        message = _sentence(dict(problem), place)
        found.setdefault((origin.line, message), RuleError(message, origin.document.path, origin.line))
    return [found[key] for key in sorted(found)]


#: What pydantic puts into the place of a mistake for each kind of value that an option may have.
_UNION = frozenset({"bool", "int", "float", "str", "list[str]"})


def _sentence(problem: dict[str, Any], place: tuple[str | int, ...]) -> str:
    """What pydantic says of a field, in the words of a rule's author. Steps of a union are no part of the place."""
    steps = [step for step in place if step not in _UNION]
    where = ".".join(str(step + 1) if isinstance(step, int) else step for step in steps)
    last = str(steps[-1]) if steps else ""
    if len(steps) < len(place):
        return f"{where} must be true, false, a number, text or a list of texts"
    match problem["type"]:
        case "missing":
            return f"'{where}' is missing"
        case "extra_forbidden":
            return f"unknown key '{where}'{did_you_mean(last, _keys_at(steps[:-1]))}"
        case "literal_error":
            choice = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
            return f"{where} is {problem['input']!r}{did_you_mean(str(problem['input']), choice)}"
        case "string_type":
            return f"{where} must be text (put a number or a date in quotes)"
        case "list_type":
            return f"{where} must be a list"
        case "dict_type" | "model_type":
            return f"{where} must be a map"
        case "bool_type":
            return f"{where} must be true or false"
        case _:
            return f"{where}: {problem['msg']}"


def _keys_at(steps: list[str | int]) -> list[str]:
    from lambdalint.rule import schema

    models = {"fix": schema.FixFile, "examples": schema.ExamplesFile}
    if not steps:
        model: type[Any] = schema.RuleFile
    elif len(steps) > 1:
        model = schema.ExampleFile
    else:
        model = models.get(str(steps[0]), schema.RuleFile)
    return [field.alias or name for name, field in model.model_fields.items()]
