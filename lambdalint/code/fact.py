"""What was read from a handler's source: plain data. Lines count from 1; paths are those of the confined folder."""

from __future__ import annotations

from typing import Literal, TypeAlias

from lambdalint.record import record

Language: TypeAlias = Literal["python", "javascript", "typescript"]


@record
class Argument:
    """One named argument of a call.

    ``kind`` says where its value comes from: ``literal`` (``value`` is the text), ``environment`` (``value`` is the
    variable's name), ``context`` (``value`` is the attribute of the Lambda context), ``event`` (worked out from the
    event) or ``other``. For the last two ``value`` is the text with ``{}`` for each part that varies, where the code
    puts text together, else None.
    """

    name: str
    kind: Literal["literal", "environment", "context", "event", "other"]
    value: str | None = None


@record
class Call:
    """A call of an AWS API (or, for ``side_effects`` only, of ``http``, ``sql`` or ``stripe``).

    ``service`` is boto3's name of the service in every language; ``operation`` is the API operation, whose letter
    case may differ from AWS's (``DescribeDbInstances``); ``actions`` are the IAM actions that it needs, without regard
    to case. ``assumed`` says that the client does not use the execution role's credentials.
    """

    service: str
    operation: str
    actions: tuple[str, ...]
    path: str
    line: int
    arguments: tuple[Argument, ...] = ()
    assumed: bool = False

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, without regard to the case of its first letter."""
        wanted = name[:1].lower() + name[1:]
        return next((found for found in self.arguments if found.name[:1].lower() + found.name[1:] == wanted), None)


@record
class Client:
    """An SDK client that the code makes. ``where`` it is made decides whether invocations share it."""

    service: str
    path: str
    line: int
    where: Literal["module", "handler", "function"]
    #: Made once and kept although it is made in a function (``global``, ``lru_cache``, ``??=``).
    cached: bool
    assumed: bool


@record
class EnvironmentRead:
    """A read of an environment variable by a constant name.

    ``has_default``: the code copes with its absence. ``raises``: its absence raises on the spot (``os.environ[...]``).
    """

    name: str
    has_default: bool
    line: int
    path: str = ""
    raises: bool = False


@record
class Import:
    """A module that the code imports.

    ``origin``: ``local`` (a file of the project), ``bundled`` (vendored beside the code), ``runtime`` (the language's
    own library), ``external`` (anything else), ``missing`` (names a file of the project that is not there).
    """

    module: str
    path: str
    line: int
    origin: Literal["local", "bundled", "runtime", "external", "missing"]


@record
class Dependency:
    """A package that a manifest asks for. ``development`` ones are not deployed."""

    name: str
    requirement: str
    path: str
    development: bool = False


@record
class Evidence:
    """Something that makes repeated events harmless: ``what`` is a phrase ("conditional write")."""

    what: str
    path: str
    line: int


@record
class Handler:
    """Everything that a handler's source says.

    When ``readable`` is False, ``why`` is a phrase after "because", and every other fact is empty or None. ``missing``
    names what is not there although the language is one that is read: the ``code`` folder, the ``file`` of the
    handler, or the ``function`` in it (in which case the file was read all the same).
    """

    readable: bool
    why: str | None = None
    missing: Literal["code", "file", "function"] | None = None
    path: str | None = None
    language: Language | None = None
    #: Line of the handler's function; None when it was not found.
    line: int | None = None
    calls: tuple[Call, ...] = ()
    side_effects: tuple[Call, ...] = ()
    clients: tuple[Client, ...] = ()
    environment_reads: tuple[EnvironmentRead, ...] = ()
    #: The code also reads variables whose names were not worked out.
    environment_open: bool = False
    imports: tuple[Import, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    #: The file that names the dependencies; None when there is none.
    manifest: str | None = None
    idempotency: tuple[Evidence, ...] = ()
    returns_batch_item_failures: bool | None = None
    reads_first_record_only: bool | None = None
    #: Whether the object key of an S3 event is URL-decoded; None when the code uses none.
    decodes_object_key: bool | None = None
    #: A Node.js handler that takes a third parameter, the callback; None in other languages or when not found.
    callback_style: bool | None = None
    #: Holds or depends on code compiled for one architecture.
    native: bool | None = None
    #: What could not be followed, as phrases: then the lists above may lack something.
    unfollowed: tuple[str, ...] = ()
    #: Every file that was read.
    files: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether something could not be followed."""
        return bool(self.unfollowed)
