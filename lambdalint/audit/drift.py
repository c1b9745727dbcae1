"""Drift: where a deployed function differs from the template that declares it, and functions that none declares.

Only what the model knows is compared, and only where both sides are known. A function is found again by the logical id
in its CloudFormation tags, or by its name.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lambdalint.check.finding import Notice, Place
from lambdalint.load.conditions import Fork
from lambdalint.load.stack import Stack
from lambdalint.model.environment import Variable
from lambdalint.model.function import TYPE, Function
from lambdalint.model.model import Catalog, Model, Settings
from lambdalint.source.node import Mapping, Origin, Scalar
from lambdalint.source.pointer import pointer_of
from lambdalint.source.value import Given, Unknown

#: Facts that are compared, with the name of the property for people.
_FACTS = (
    ("package_type", "PackageType"),
    ("runtime", "Runtime"),
    ("handler", "Handler"),
    ("timeout", "Timeout"),
    ("memory", "MemorySize"),
    ("ephemeral_storage", "EphemeralStorage"),
    ("architecture", "Architectures"),
    ("tracing", "TracingConfig"),
    ("snapstart", "SnapStart"),
    ("reserved_concurrency", "ReservedConcurrentExecutions"),
    ("in_vpc", "VpcConfig"),
)
_TAG = "aws:cloudformation:logical-id"


@dataclass(frozen=True, slots=True)
class _Declared:
    function: Function
    name: str | None


class Drift:
    """The functions that templates declare, to compare those of accounts with."""

    def __init__(self, catalogs: Iterable[Catalog], key: bytes) -> None:
        self._key = key
        #: ARN of a live function -> where a template declares it.
        self.places: dict[str, Place] = {}
        self._by_name: dict[str, _Declared] = {}
        self._by_id: dict[str, list[_Declared]] = {}
        for catalog in catalogs:
            model = Model(catalog)
            for resource in model.declared(TYPE):
                function = model.thing(Function, resource)
                name = function.text("FunctionName")
                found = _Declared(function, name.value if isinstance(name, Given) and "${" not in name.value else None)
                self._by_id.setdefault(resource.logical_id, []).append(found)
                if found.name is not None:
                    self._by_name[found.name] = found

    def compare(self, stack: Stack, settings: Settings) -> list[Notice]:
        """What differs in a live stack."""
        model = Model(Catalog(stack, settings, None, "", None))
        found: list[Notice] = []
        for resource in model.declared(TYPE):
            if not resource.judged:
                continue
            live = model.thing(Function, resource)
            metadata = resource.metadata
            tag = metadata.get(_TAG) if metadata is not None else None
            declared = self._declared(live.label, tag.text if isinstance(tag, Scalar) else None)
            if declared is None:
                found.append(Notice(f"drift: no template declares {live.label} ({stack.name})"))
                continue
            if resource.arn is not None and declared.function.origin is not None:
                origin = declared.function.origin.at()
                root = origin.document.root
                self.places[resource.arn] = Place(origin, pointer_of(root, origin) if root is not None else "")
            found += [
                Notice(f"drift: {live.label} ({stack.name}): {sentence}", Place(place) if place is not None else None)
                for sentence, place in self._differences(declared.function, live)
            ]
        return found

    def _declared(self, name: str, logical_id: str | None) -> _Declared | None:
        if name in self._by_name:
            return self._by_name[name]
        if logical_id:
            same = self._by_id.get(logical_id, [])
            return same[0] if len(same) == 1 else None
        # CloudFormation makes names of the stack's name, the logical id and twelve or more letters.
        made = re.fullmatch(r".+-([A-Za-z0-9]+)-[A-Za-z0-9]{8,}", name)
        same = self._by_id.get(made[1], []) if made else []
        return same[0] if len(same) == 1 else None

    def _differences(self, declared: Function, live: Function) -> Iterator[tuple[str, Origin | None]]:
        for fact, shown in _FACTS:
            try:
                wanted = getattr(declared, fact)
            except Fork:
                continue
            actual = getattr(live, fact)
            if isinstance(wanted, Unknown) or isinstance(actual, Unknown) or wanted.value == actual.value:
                continue
            place = wanted.origin or declared.origin
            yield f"{shown} is {_said(actual.value)}, the template says {_said(wanted.value)}", place
        yield from self._environment(declared, live)

    def _environment(self, declared: Function, live: Function) -> Iterator[tuple[str, Origin | None]]:
        try:
            wanted = {variable.label: variable for variable in declared.environment}
            if declared.environment.missing is not None:
                return
        except Fork:
            return
        actual = {variable.label: variable for variable in live.environment}
        for name in sorted({*wanted, *actual}):
            if name not in actual:
                yield f"environment variable {name} is not there", wanted[name].origin
            elif name not in wanted:
                yield f"environment variable {name} is in no template", declared.origin
            elif self._same(wanted[name], actual[name]) is False:
                yield f"environment variable {name} has another value", wanted[name].origin

    def _same(self, wanted: Variable, actual: Variable) -> bool | None:
        """Whether two values are equal, without showing either."""
        try:
            text = wanted.value
        except Fork:
            return None
        kept = actual.node.get("Fn::Redacted") if isinstance(actual.node, Mapping) else None
        digest = kept.get("Hash") if isinstance(kept, Mapping) else None
        if isinstance(text, Unknown) or not isinstance(digest, Scalar) or "${" in text.value:
            return None
        own = hmac.new(self._key, text.value.encode(), hashlib.sha256).hexdigest()[:32]
        return hmac.compare_digest(own, digest.text)


def _said(value: object) -> str:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
