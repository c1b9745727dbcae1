"""Pace: calls wait for their turn rather than being refused and repeated.

Lambda's control plane allows a few calls a second for one account and region, and deployments use the same quota. So
each quota has a bucket here, filled at a share of AWS's rate; a throttle halves it for a while, and another one halves
it again: how much others use of the quota is not known.
Nothing here sleeps or reads a clock: callers bring the time and do the waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Seconds for which a bucket runs at half its rate after a throttle.
SLOW_SECONDS = 60.0
#: Length of the pause after a throttle, as calls at the full rate: a second or two for most of Lambda.
_RECOVERY_CALLS = 15
#: How often a rate is halved at most: an eighth of it is left.
_MOST_HALVINGS = 3
#: Calls that may be made up after a delay, as seconds of the rate.
CATCH_UP_SECONDS = 0.5


@dataclass(slots=True)
class Bucket:
    """Turns at a steady rate: ``rate`` calls a second."""

    rate: float
    _next: float | None = None
    _slow_until: float = 0.0
    _halvings: int = 0
    _recovered: float = 0.0

    def turn(self, now: float) -> float:
        """Take the next turn; the seconds to wait for it."""
        earliest = now if self._next is None else max(self._next, now - CATCH_UP_SECONDS)
        self._next = earliest + 1 / self.current_rate(now)
        return max(0.0, earliest - now)

    def throttled(self, now: float) -> None:
        """AWS refused a call: go at half the rate for a while, starting with a pause that lets the quota recover.

        Refusals of calls whose turn was given before that say nothing new.
        """
        if now >= self._slow_until:
            self._halvings = 0
        if now >= self._recovered:
            self._halvings = min(self._halvings + 1, _MOST_HALVINGS)
            self._next = self._recovered = max(self._next or now, now + _RECOVERY_CALLS / self.rate)
        self._slow_until = now + SLOW_SECONDS

    def current_rate(self, now: float) -> float:
        """Calls a second at this time."""
        return self.rate / 2**self._halvings if now < self._slow_until else self.rate


@dataclass(slots=True)
class Pace:
    """The buckets of all accounts and regions. ``share`` is the part of AWS's rate that is used."""

    share: float = 0.5
    #: Raises every rate, for servers that stand in for AWS.
    factor: float = 1.0
    buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)

    def bucket(self, account: str, region: str, name: str, rate: float) -> Bucket:
        """The bucket of one quota of an account in a region."""
        key = (account, region, name)
        found = self.buckets.get(key)
        if found is None:
            found = self.buckets[key] = Bucket(rate * self.share * self.factor)
        return found


def duration(calls: int, rate: float, share: float) -> float:
    """Seconds that some calls take at a share of a rate."""
    return calls / (rate * share)
