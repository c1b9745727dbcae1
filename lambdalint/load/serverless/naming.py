"""The logical ids that the Serverless Framework gives.

https://www.serverless.com/framework/docs/providers/aws/guide/resources
"""

from __future__ import annotations

import re

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
_PATH_VARIABLE = re.compile(r"\{(.*)\}")
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

ROLE = "IamRoleLambdaExecution"
BUCKET = "ServerlessDeploymentBucket"
REST_API = "ApiGatewayRestApi"
HTTP_API = "HttpApi"
WEBSOCKET_API = "WebsocketsApi"


def upper_first(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def normalized(name: str) -> str:
    """The name of a function (or layer, or authorizer) as logical ids begin with it."""
    return upper_first(name.replace("-", "Dash").replace("_", "Underscore"))


def alphanumeric(name: str) -> str:
    """Only the letters and digits of a name."""
    return upper_first(_NOT_ALPHANUMERIC.sub("", name))


def function_id(name: str) -> str:
    """The logical id of a function."""
    return f"{normalized(name)}LambdaFunction"


def layer_id(name: str) -> str:
    """The logical id of a layer."""
    return f"{normalized(name)}LambdaLayer"


def path_name(path: str) -> str:
    """A path of an API as logical ids contain it."""
    return "".join(map(_path_part, path.split("/")))


def _path_part(part: str) -> str:
    text = _PATH_VARIABLE.sub(r"\1Var", part.lower().replace("-", "Dash"))
    return upper_first(_NOT_ALPHANUMERIC.sub("", text))


def method_id(resource: str, method: str) -> str:
    """The logical id of a method of the REST API."""
    return f"ApiGatewayMethod{resource}{upper_first(method.lower())}"


def words(text: str) -> list[str]:
    """The words of an identifier, however they are told apart."""
    return _WORDS.findall(text)


def start_case(text: str) -> str:
    """Every word with a capital letter, without spaces."""
    return "".join(map(upper_first, words(text)))


def camel_case(text: str) -> str:
    """Every word but the first with a capital letter."""
    first, *rest = [word.lower() for word in words(text)] or [""]
    return first + "".join(map(upper_first, rest))


def websocket_route(route: str) -> str:
    """A route of a WebSocket API as logical ids contain it."""
    for mark, word in (("$", "S"), ("/", "Slash"), ("-", "Dash"), ("_", "Underscore"), (".", "Period")):
        route = route.replace(mark, word)
    return route
