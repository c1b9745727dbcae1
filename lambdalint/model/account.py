"""An account in a region, and what Compute Optimizer recommends there."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lambdalint.data import limits
from lambdalint.load.stack import Resource
from lambdalint.model.element import Element, derive
from lambdalint.model.metrics import peak
from lambdalint.model.thing import fact
from lambdalint.source.value import Default, Many, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function
    from lambdalint.model.model import Model

V = TypeVar("V")

#: Not a resource of CloudFormation: what GetAccountSettings says of an account in a region.
ACCOUNT = "AWS::Lambda::AccountSettings"
#: Nor is this: what Compute Optimizer recommends for a function.
RECOMMENDATION = "AWS::ComputeOptimizer::Recommendation"


class Account(Element):
    """An account in a region, as far as Lambda is concerned. There is none in templates.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
    """

    kind = "account"
    __slots__ = ()

    @fact
    def concurrency_pool(self) -> Value[int | None]:
        """Concurrent executions that its functions may have together: what is in effect."""
        return self.integer("ConcurrentExecutions", default=None)

    @fact
    def concurrency_quota(self) -> Value[int | None]:
        """Concurrent executions that Service Quotas says it may have, which may be more than are in effect; None where
        Service Quotas was not asked."""
        return self.integer("ConcurrencyQuota", default=None)

    @fact
    def default_concurrency(self) -> Value[int]:
        """Concurrent executions that AWS documents as the default of an account and region."""
        return Default(limits.ACCOUNT_CONCURRENCY, self.origin)

    @fact
    def claimed_concurrency(self) -> Value[int | None]:
        """The most of that pool that was in use or set aside, reserved and provisioned concurrency included, on the
        days that were asked about (ClaimedAccountConcurrency); None without ``audit --metrics``."""
        return derive(peak(self, "ClaimedAccountConcurrency"), lambda most: None if most is None else round(most))

    @fact
    def code_storage(self) -> Value[int]:
        """Bytes of code that its functions, their versions and its layers keep."""
        return self._size("CodeStorage")

    @fact
    def code_storage_limit(self) -> Value[int]:
        """Bytes of code that they may keep."""
        return self._size("CodeStorageLimit")

    def _size(self, name: str) -> Value[int]:
        found = self.integer(name, default=None)
        if isinstance(found, Unknown):
            return found
        if found.value is None:
            return Unknown("the account's settings do not say how much code it stores", self.origin)
        return Default(found.value, self.origin)


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
        """What would be saved in a month, for messages: "7.25 USD"; "nothing" where no amount is given."""
        amount = self._data.number("Saving", default=None)
        currency = self._data.string("Currency", default="USD")
        if isinstance(amount, Unknown) or isinstance(currency, Unknown):
            return Unknown("the saving is not known", self.origin)
        text = f"{amount.value:.2f} {currency.value}" if amount.value else "nothing"
        return Default(text, self.origin)

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
