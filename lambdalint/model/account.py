"""An account in a region."""

from __future__ import annotations

from lambdalint.data import limits
from lambdalint.model.element import Element, derive
from lambdalint.model.metrics import peak
from lambdalint.model.thing import fact
from lambdalint.source.value import Default, Unknown, Value


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
