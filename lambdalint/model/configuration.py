"""What a function's own properties say: package, runtime, memory, time, architecture, and the limits they have.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from lambdalint.data import limits, runtimes
from lambdalint.data.runtimes import Runtime, runtime
from lambdalint.load.intrinsics import Absent, Reference, Text
from lambdalint.model.element import Element, derive, known
from lambdalint.model.thing import fact
from lambdalint.source.node import Mapping, Scalar
from lambdalint.source.value import Default, Given, Unknown, Value


class Configuration(Element):
    """The configuration of a function; ``Function`` adds its links to other things."""

    kind = "configuration"
    __slots__ = ()

    @fact
    def package_type(self) -> Value[str]:
        """``Zip`` or ``Image``."""
        if self.raw("PackageType") is None and isinstance(self.find("Code", "ImageUri"), (Scalar, Reference, Text)):
            return Default("Image", self.origin)
        return self.string("PackageType", default="Zip")

    @fact
    def runtime(self) -> Value[str | None]:
        """The runtime identifier, e.g. ``python3.14``; None for container images."""
        return self.string("Runtime", default=None)

    def _runtime(self) -> Runtime | None:
        name = known(self.runtime)
        return runtime(name) if name else None

    @fact
    def handler(self) -> Value[str | None]:
        """The handler as configured, e.g. ``app.handler``; None for container images."""
        return self.string("Handler", default=None)

    @fact
    def runtime_deprecated(self) -> Value[bool]:
        """Whether AWS had deprecated the runtime on the date of the run."""
        return self._reached(lambda entry: entry.deprecated)

    @fact
    def runtime_blocked(self) -> Value[bool]:
        """Whether functions with this runtime can no longer be created on the date of the run."""
        return self._reached(lambda entry: entry.block_create)

    @fact
    def runtime_frozen(self) -> Value[bool]:
        """Whether functions with this runtime can no longer be updated on the date of the run."""
        return self._reached(lambda entry: entry.block_update)

    def _reached(self, milestone: Callable[[Runtime], date | None]) -> Value[bool]:
        as_of = self.model.settings.as_of

        def reached(name: str | None) -> bool:
            entry = runtime(name) if name else None
            day = milestone(entry) if entry is not None else None
            return day is not None and day <= as_of

        return derive(self.runtime, reached)

    @fact
    def runtime_deprecated_on(self) -> Value[str]:
        """The day of deprecation, for messages; empty when none is scheduled."""
        entry = self._runtime()
        return Default(entry.deprecated.isoformat() if entry and entry.deprecated else "", self.origin)

    @fact
    def runtime_blocked_on(self) -> Value[str]:
        """The day from which functions cannot be created, for messages; empty when none is scheduled."""
        entry = self._runtime()
        return Default(entry.block_create.isoformat() if entry and entry.block_create else "", self.origin)

    @fact
    def runtime_frozen_on(self) -> Value[str]:
        """The day from which functions cannot be updated, for messages; empty when none is scheduled."""
        entry = self._runtime()
        return Default(entry.block_update.isoformat() if entry and entry.block_update else "", self.origin)

    @fact
    def runtime_successor(self) -> Value[str]:
        """The runtime to move to."""
        entry = self._runtime()
        return Default(entry.successor if entry and entry.successor else "a supported runtime", self.origin)

    @fact
    def runtime_family(self) -> Value[str | None]:
        """``python``, ``nodejs``, ``java``, ``dotnet``, ``ruby``, ``go``, ``provided``; None when not known."""
        return derive(self.runtime, lambda name: entry.family if name and (entry := runtime(name)) else None)

    @fact
    def runtime_on_arm64(self) -> Value[bool]:
        """Whether the runtime runs on arm64."""
        entry = self._runtime()
        if entry is None or entry.arm64 is None:
            runtime_name = self.runtime
            if isinstance(runtime_name, Unknown):
                return runtime_name
            return Unknown("whether its image is built for arm64 is not known", self.origin)
        supported = entry.arm64
        return derive(self.runtime, lambda _: supported)

    @fact
    def timeout(self) -> Value[int]:
        """Seconds before an invocation is ended (default 3)."""
        return self.integer("Timeout", default=limits.TIMEOUT_DEFAULT_SECONDS)

    @fact
    def memory(self) -> Value[int]:
        """MB of memory (default 128)."""
        return self.integer("MemorySize", default=limits.MEMORY_DEFAULT_MB)

    @fact
    def ephemeral_storage(self) -> Value[int]:
        """MB of /tmp (default 512)."""
        return self.integer("EphemeralStorage", "Size", default=limits.EPHEMERAL_DEFAULT_MB)

    @fact
    def managed_instances(self) -> Value[bool]:
        """Whether it runs on Lambda Managed Instances (a capacity provider), which have limits of their own."""
        found = self.find("CapacityProviderConfig")
        if isinstance(found, Unknown):
            return found
        return Default(not isinstance(found, Absent), self.origin)

    @fact
    def durable(self) -> Value[bool]:
        """Whether it is a durable function."""
        found = self.find("DurableConfig")
        return found if isinstance(found, Unknown) else Default(not isinstance(found, Absent), self.origin)

    @fact
    def architecture(self) -> Value[str]:
        """``x86_64`` (the default) or ``arm64``."""
        items = self.listed("Architectures")
        if isinstance(items, Unknown):
            return items
        if not items:
            return Default(limits.ARCHITECTURE_DEFAULT, self.origin)
        first = items[0]
        if isinstance(first, Scalar):
            return Given(first.text, first.at())
        return first if isinstance(first, Unknown) else Unknown("the architecture is not known", self.origin)

    @fact
    def tracing(self) -> Value[str]:
        """``Active`` or ``PassThrough`` (the default)."""
        return self.string("TracingConfig", "Mode", default="PassThrough")

    @fact
    def snapstart(self) -> Value[bool]:
        """Whether SnapStart is on for published versions."""
        return derive(self.string("SnapStart", "ApplyOn", default="None"), lambda mode: mode == "PublishedVersions")

    @fact
    def in_vpc(self) -> Value[bool]:
        """Whether it is attached to subnets of a VPC."""
        subnets = self.listed("VpcConfig", "SubnetIds")
        if isinstance(subnets, Unknown):
            # A list that is not known is a list all the same, unless the whole configuration is in question.
            found = self.find("VpcConfig")
            return Given(True, found.at()) if isinstance(found, Mapping) else subnets
        if not subnets:
            return Default(False, self.origin)
        place = self.place("VpcConfig", "SubnetIds")
        return Given(True, place) if place is not None else Default(True)

    @fact
    def reserved_concurrency(self) -> Value[int | None]:
        """Reserved concurrent executions; None when nothing is reserved."""
        return self.integer("ReservedConcurrentExecutions", default=None)

    @fact
    def switched_off(self) -> Value[bool]:
        """Whether it reserves 0 concurrent executions, so that nothing runs. An account does not say so unless the
        function itself is asked."""
        return self.model.unseen("a reservation of 0", self.resource) or derive(
            self.reserved_concurrency, lambda reserved: reserved == 0
        )

    # --- limits -----------------------------------------------------------------------------------------------------

    @fact
    def memory_least(self) -> Value[int]:
        """MB of memory that a function must have at least."""
        return Default(limits.MEMORY_MB.low, self.origin)

    @fact
    def memory_most(self) -> Value[int]:
        """MB of memory that a function can have at most: 10,240, and 32,768 on managed instances."""
        return derive(
            self.managed_instances,
            lambda managed: (limits.MEMORY_MANAGED_INSTANCES_MB if managed else limits.MEMORY_MB).high,
        )

    @fact
    def layers_most(self) -> Value[int]:
        """How many layers a function can have."""
        return Default(limits.LAYERS_COUNT, self.origin)

    @fact
    def environment_most(self) -> Value[int]:
        """Bytes that the names and values of all environment variables may have together."""
        return Default(limits.ENVIRONMENT_BYTES, self.origin)

    @fact
    def runtimes_as_of(self) -> str:
        """The day of AWS's runtime table that the dates of runtimes are taken from, for messages."""
        return runtimes.AS_OF
