"""Parameters that were given a value which no deployment could have."""

from __future__ import annotations

from collections.abc import Iterable

from lambdalint.check.finding import Notice, Place
from lambdalint.load.deployment import Deployment
from lambdalint.load.stack import Stack
from lambdalint.source.node import Mapping, Scalar, Sequence


def slips(deployments: Iterable[Deployment], asked: Iterable[str]) -> list[Notice]:
    """What is wrong with the values that a run was given: no template has such a parameter, or it refuses the value.

    ``asked`` names the parameters that were meant for these very templates, rather than for all of a project.
    """
    notices: dict[tuple[int, str], Notice] = {}
    known: set[str] = set()
    open_names: list[Stack] = []
    for deployment in deployments:
        stack = deployment.stack
        known.update(stack.parameters)
        if stack.dialect == "serverless":
            open_names.append(stack)
        # What a parent passes to a nested stack stands in the parent.
        given = deployment.values.parameters if deployment.nested is None else {}
        for name in given.keys() & stack.parameters.keys():
            allowed = _allowed(stack.parameters[name])
            if allowed is not None and _refused(given[name], stack.parameters[name], allowed):
                choice = ", ".join(item.text for item in allowed if isinstance(item, Scalar))
                message = f"the value given for parameter {name} is none of its AllowedValues ({choice})"
                notices.setdefault((id(stack.document), name), Notice(message, Place(allowed.at())))
    missing = [
        Notice(f"--parameter {name}: no template of this run declares such a parameter{_nearest(name, known)}")
        for name in dict.fromkeys(asked)
        # Files of the Serverless Framework use parameters without declaring them, and AWS declares its own.
        if name not in known
        and not name.startswith("AWS::")
        and not any(name in stack.document.text for stack in open_names)
    ]
    return [*missing, *(notices[key] for key in sorted(notices, key=lambda key: key[1]))]


def _allowed(declared: Mapping) -> Sequence | None:
    found = declared.get("AllowedValues")
    return found if isinstance(found, Sequence) and all(isinstance(item, Scalar) for item in found) else None


def _refused(value: str, declared: Mapping, allowed: Sequence) -> bool:
    kind = declared.get("Type")
    several = isinstance(kind, Scalar) and (kind.text == "CommaDelimitedList" or kind.text.startswith("List<"))
    words = {word.strip() for word in value.split(",")} if several else {value}
    return not words <= {item.text for item in allowed if isinstance(item, Scalar)}


def _nearest(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean '{nearest[0]}'?" if nearest else ""
