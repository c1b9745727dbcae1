"""What Compute Optimizer recommends for a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lambdalint.load.stack import RECOMMENDATION, Resource
from lambdalint.model.element import Element
from lambdalint.model.thing import fact
from lambdalint.source.value import Default, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

V = TypeVar("V")

#: Of a currency: Compute Optimizer gives fractions of it.
_LEAST_SHOWN = 0.01


class Recommendation(Element):
    """Another memory that Compute Optimizer recommends for a function. There is none in templates, and in accounts
    only with ``audit --metrics``.

    https://docs.aws.amazon.com/compute-optimizer/latest/ug/view-lambda-recommendations.html
    """

    kind = "recommendation"
    __slots__ = ("_data", "_function")

    def __init__(self, function: Function, data: Element) -> None:
        super().__init__(function.model, function.resource, function.origin, function.label)
        self._function = function
        self._data = data

    @fact
    def function(self) -> Function:
        """The function that it is about."""
        return self._function

    @fact
    def reason(self) -> Value[str | None]:
        """``MemoryOverprovisioned`` or ``MemoryUnderprovisioned``."""
        return self._here(self._data.string("Reason", default=None))

    @fact
    def memory(self) -> Value[int | None]:
        """The memory that is recommended, in MB."""
        return self._here(self._data.integer("Memory", default=None))

    @fact
    def measured_memory(self) -> Value[int | None]:
        """The memory that the function had when it was measured, in MB."""
        return self._here(self._data.integer("CurrentMemory", default=None))

    @fact
    def invocations(self) -> Value[int | None]:
        """How many invocations it rests on."""
        return self._here(self._data.integer("Invocations", default=None))

    @fact
    def days(self) -> Value[int | None]:
        """On how many days it rests; None where Compute Optimizer does not say."""
        return self._here(self._data.integer("Days", default=None))

    @fact
    def saving(self) -> Value[str]:
        """What would be saved in a month, for messages: "7.25 USD"; "an amount that it does not name" without one."""
        amount = self._data.number("Saving", default=None)
        currency = self._data.string("Currency", default="USD")
        if isinstance(amount, Unknown) or isinstance(currency, Unknown):
            return Unknown("the saving is not known", self.origin)
        if amount.value is None:
            return Default("an amount that it does not name", self.origin)
        shown = f"{amount.value:.2f}" if amount.value >= _LEAST_SHOWN else f"less than {_LEAST_SHOWN}"
        return Default(f"{shown} {currency.value}", self.origin)

    def _here(self, value: Value[V]) -> Value[V]:
        return value if isinstance(value, Unknown) else Default(value.value, self.origin)


def recommendations_of(function: Function) -> Many[Recommendation]:
    """What is recommended for a function, if anything is."""
    assert function.resource is not None
    found = function.model.kept("recommendations", _by_owner).get(function.resource.logical_id)
    items = (Recommendation(function, function.model.thing(Element, found)),) if found is not None else ()
    return Many(items, function.model.unseen(RECOMMENDATION, function.resource))


def _by_owner(model: Model) -> dict[str, Resource]:
    return {item.owner: item for item in model.declared(RECOMMENDATION) if item.owner is not None}
