"""Who may invoke a function: resource-based permissions and function URLs.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lambdalint.data import invocations
from lambdalint.load.intrinsics import Absent
from lambdalint.model.element import Element, derive
from lambdalint.model.thing import fact
from lambdalint.source.node import Scalar
from lambdalint.source.value import Default, Given, Unknown, Value

if TYPE_CHECKING:
    from lambdalint.model.function import Function

PERMISSION = "AWS::Lambda::Permission"
URL = "AWS::Lambda::Url"

#: What narrows a permission to a caller or an account.
_LIMITS = ("SourceArn", "SourceAccount", "PrincipalOrgID", "EventSourceToken")


class Permission(Element):
    """One statement of a function's resource-based policy."""

    kind = "permission"
    __slots__ = ()

    @fact
    def function(self) -> Function | Unknown | None:
        """The function that may be invoked."""
        from lambdalint.model.function import function_of

        return function_of(self.model, self.raw("FunctionName"), "account")

    @fact
    def function_name(self) -> Value[str]:
        """The function that may be invoked, for messages: its name, or what ``FunctionName`` says."""
        function = self.function
        if isinstance(function, Element):
            return Default(function.name, self.origin)
        written = self.raw("FunctionName")
        if written is None:
            return Unknown("it names no function", self.origin)
        found = self.model.resolver.text(written)
        if isinstance(found, Given):
            return found
        return Given(" ".join(written.document.text[written.start : written.end].split()), written.at())

    @fact
    def wildcard(self) -> Value[str | None]:
        """What is written to narrow it and narrows nothing, for messages: ``SourceArn`` of ``*``; None without."""
        for name in _LIMITS:
            found = self.find(name)
            if isinstance(found, Scalar) and found.text == "*":
                return Given(name, found.at())
        return Default(None, self.origin)

    @fact
    def principal(self) -> Value[str]:
        """Who is allowed: a service such as ``s3.amazonaws.com``, an account, an ARN or ``*``."""
        found = self.text("Principal")
        literal = self.model.resolver.resolve(self.raw("Principal"))
        if isinstance(literal, Unknown):
            # Canonical text would hold the parameter's name: it may stand for anyone.
            return literal
        if isinstance(found, Absent):
            return Unknown("it names no principal", self.origin)
        return found

    @fact
    def action(self) -> Value[str]:
        """The action allowed, e.g. ``lambda:InvokeFunction``."""
        return self.string("Action", default="lambda:InvokeFunction")

    @fact
    def for_everyone(self) -> Value[bool]:
        """Whether the principal is ``*``."""
        return derive(self.principal, lambda principal: principal == "*")

    @fact
    def limited(self) -> Value[bool]:
        """Whether a source ARN, source account, organization or event source token narrows it."""
        for name in _LIMITS:
            found = self.find(name)
            if isinstance(found, Absent) or (isinstance(found, Scalar) and found.text in {"", "*"}):
                continue
            # Where the content is open, something is still written there, and it narrows the permission.
            return Default(True, self.place(name))
        return Default(False, self.origin)

    @fact
    def for_url(self) -> Value[bool]:
        """Whether it is the permission of a function URL."""
        names = ("FunctionUrlAuthType", "InvokedViaFunctionUrl")
        if any(not isinstance(self.find(name), Absent) for name in names):
            return Default(True, self.origin)
        return derive(self.action, lambda action: action == "lambda:InvokeFunctionUrl")

    @fact
    def source_expected(self) -> Value[bool]:
        """Whether the principal is a service that says on whose behalf it calls, so that the permission can name a
        source: not so for CloudFront's edge, for load balancers and for services that call with a role."""
        return derive(self.principal, invocations.says_source)

    @fact
    def from_skill(self) -> Value[bool]:
        """Whether the principal is Alexa, whose permissions are narrowed by the skill's id (``EventSourceToken``)."""
        return derive(self.principal, invocations.by_token)


class Url(Element):
    """A function URL."""

    kind = "url"
    __slots__ = ()

    @fact
    def function(self) -> Function | Unknown | None:
        """The function behind it."""
        from lambdalint.model.function import function_of

        return function_of(self.model, self.raw("TargetFunctionArn"), "account")

    @fact
    def auth(self) -> Value[str]:
        """``NONE`` or ``AWS_IAM``."""
        found = self.string("AuthType", default="")
        if isinstance(found, Default):
            return Unknown("AuthType is not written", self.origin)
        return found

    @fact
    def allows_every_origin(self) -> Value[bool]:
        """Whether its CORS settings allow every origin."""
        items = self.listed("Cors", "AllowOrigins")
        if isinstance(items, Unknown):
            return items
        for item in items:
            if isinstance(item, Scalar) and item.text in {"*", "http://*", "https://*"}:
                return Given(True, item.at())
        return next((item for item in items if isinstance(item, Unknown)), None) or Default(False, self.origin)

    @fact
    def allows_credentials(self) -> Value[bool]:
        """Whether its CORS settings let browsers send credentials."""
        return self.boolean("Cors", "AllowCredentials", default=False)


def permissions_of(function: Function) -> tuple[Permission, ...]:
    """The permissions of a function."""
    return function.model.owned(Permission, PERMISSION, function)
