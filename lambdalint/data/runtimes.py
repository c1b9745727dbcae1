"""Lambda's runtimes: when AWS deprecates and blocks them, and what they can do.

After ``deprecated`` the runtime gets no patches and the console refuses it; from ``block_create`` and
``block_update`` the API, CloudFormation and SAM refuse to create and to update functions that use it. AWS has moved
these dates several times, so every message that rests on them should name ``AS_OF``.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from lambdalint.record import record

SOURCE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"
AS_OF = "2026-11-21"


@record
class Runtime:
    """One value of ``Runtime``. A date is None where AWS has announced none, or where it cannot apply.

    ``arm64`` is None where it depends on the image. ``inline`` says that ``Code.ZipFile`` may hold source text.
    ``successor`` is the runtime to move to, None for the newest of a family. ``container_only`` names a base image
    that never was a managed runtime. ``os`` is ``AL1``, ``AL2``, ``AL2023`` or ``own``.
    """

    id: str
    family: str
    os: str
    deprecated: date | None
    block_create: date | None
    block_update: date | None
    successor: str | None
    arm64: bool | None
    snapstart: bool
    inline: bool
    preview: bool
    container_only: bool


# id, family, operating system, deprecated, block create, block update, successor, abilities. The creation block of
# java*.al2023 is inferred from the others of the same day (a month after deprecation).
_TABLE = """
nodejs26.x      nodejs    AL2023 -          -          -          -               arm64,inline,preview
nodejs24.x      nodejs    AL2023 2028-04-30 2028-06-01 2028-07-01 -               arm64,inline
nodejs22.x      nodejs    AL2023 2027-04-30 2027-06-01 2027-07-01 nodejs24.x      arm64,inline
nodejs20.x      nodejs    AL2023 2026-04-30 2027-02-01 2027-03-03 nodejs24.x      arm64,inline
nodejs18.x      nodejs    AL2    2025-09-01 2027-02-01 2027-03-03 nodejs24.x      arm64,inline
nodejs16.x      nodejs    AL2    2024-06-12 2027-02-01 2027-03-03 nodejs24.x      arm64,inline
nodejs14.x      nodejs    AL2    2023-12-04 2024-01-09 2027-03-03 nodejs24.x      arm64,inline
nodejs12.x      nodejs    AL2    2023-03-31 2023-03-31 2023-04-30 nodejs24.x      arm64,inline
nodejs10.x      nodejs    AL2    2021-07-30 2021-07-30 2022-02-14 nodejs24.x      inline
nodejs8.10      nodejs    AL1    2020-03-06 2020-02-04 2020-03-06 nodejs24.x      inline
nodejs6.10      nodejs    AL1    2019-08-12 2019-07-12 2019-08-12 nodejs24.x      inline
nodejs4.3       nodejs    AL1    2020-03-05 2020-02-03 2020-03-05 nodejs24.x      inline
nodejs4.3-edge  nodejs    AL1    2020-03-05 2019-03-31 2019-04-30 nodejs24.x      inline
nodejs          nodejs    AL1    2016-08-30 2016-09-30 2016-10-31 nodejs24.x      inline
python3.15      python    AL2023 -          -          -          -               arm64,snapstart,inline,preview
python3.14      python    AL2023 2029-06-30 2029-07-31 2029-08-31 -               arm64,snapstart,inline
python3.13      python    AL2023 2029-06-30 2029-07-31 2029-08-31 python3.14      arm64,snapstart,inline
python3.12      python    AL2023 2028-10-31 2028-11-30 2029-01-10 python3.14      arm64,snapstart,inline
python3.11      python    AL2    2027-06-30 2027-07-31 2027-08-31 python3.14      arm64,inline
python3.10      python    AL2    2026-10-31 2027-02-01 2027-03-03 python3.14      arm64,inline
python3.9       python    AL2    2025-12-15 2027-02-01 2027-03-03 python3.14      arm64,inline
python3.8       python    AL2    2024-10-14 2027-02-01 2027-03-03 python3.14      arm64,inline
python3.7       python    AL1    2023-12-04 2024-01-09 2027-03-03 python3.14      inline
python3.6       python    AL1    2022-07-18 2022-07-18 2022-08-29 python3.14      inline
python2.7       python    AL1    2021-07-15 2021-07-15 2022-05-30 python3.14      inline
java25          java      AL2023 2029-06-30 2029-07-31 2029-08-31 -               arm64,snapstart
java21          java      AL2023 2029-06-30 2029-07-31 2029-08-31 java25          arm64,snapstart
java17.al2023   java      AL2023 2029-06-30 2029-07-31 2029-08-31 java25          arm64,snapstart
java11.al2023   java      AL2023 2029-06-30 2029-07-31 2029-08-31 java25          arm64,snapstart
java8.al2023    java      AL2023 2029-06-30 2029-07-31 2029-08-31 java25          arm64
java17          java      AL2    2027-06-30 2027-07-31 2027-08-31 java17.al2023   arm64,snapstart
java11          java      AL2    2027-06-30 2027-07-31 2027-08-31 java11.al2023   arm64,snapstart
java8.al2       java      AL2    2027-06-30 2027-07-31 2027-08-31 java8.al2023    arm64
java8           java      AL1    2024-01-08 2024-02-08 2027-03-03 java8.al2023    -
dotnet10        dotnet    AL2023 2028-11-14 2028-12-14 2029-01-15 -               arm64,snapstart
dotnet9         dotnet    AL2023 2026-11-10 -          -          dotnet10        arm64,snapstart,container
dotnet8         dotnet    AL2023 2026-11-10 2027-02-01 2027-03-03 dotnet10        arm64,snapstart
dotnet7         dotnet    AL2    2024-05-14 -          -          dotnet10        arm64,container
dotnet6         dotnet    AL2    2024-12-20 2027-02-01 2027-03-03 dotnet10        arm64
dotnet5.0       dotnet    AL2    2022-05-10 -          -          dotnet10        arm64,container
dotnetcore3.1   dotnet    AL2    2023-04-03 2023-04-03 2023-05-03 dotnet10        arm64
dotnetcore2.1   dotnet    AL1    2022-01-05 2022-01-05 2022-04-13 dotnet10        -
dotnetcore2.0   dotnet    AL1    2019-05-30 2019-04-30 2019-05-30 dotnet10        -
dotnetcore1.0   dotnet    AL1    2019-06-27 2019-06-30 2019-07-30 dotnet10        -
ruby4.0         ruby      AL2023 2029-03-31 2029-04-30 2029-05-31 -               arm64
ruby3.4         ruby      AL2023 2028-03-31 2028-04-30 2028-05-31 ruby4.0         arm64
ruby3.3         ruby      AL2023 2027-03-31 2027-04-30 2027-05-31 ruby4.0         arm64
ruby3.2         ruby      AL2    2026-03-31 2027-02-01 2027-03-03 ruby4.0         arm64
ruby2.7         ruby      AL2    2023-12-07 2024-01-09 2027-03-03 ruby4.0         arm64
ruby2.5         ruby      AL1    2021-07-30 2021-07-30 2022-03-31 ruby4.0         -
provided.al2023 provided  AL2023 2029-06-30 2029-07-31 2029-08-31 -               arm64
provided.al2    provided  AL2    2026-07-31 2027-02-01 2027-03-03 provided.al2023 arm64
provided        provided  AL1    2024-01-08 2024-02-08 2027-03-03 provided.al2023 -
go1.x           go        AL1    2024-01-08 2024-02-08 2027-03-03 provided.al2023 -
custom          custom    own    -          -          -          -               arm64?
"""

_ROWS: dict[str, str] = {row.split(" ", 1)[0]: row for row in _TABLE.strip().splitlines()}

#: Every runtime that AWS has or had, by id, the newest of a family first.
RUNTIME_IDS: tuple[str, ...] = tuple(_ROWS)


@lru_cache(maxsize=128)
def runtime(name: str) -> Runtime | None:
    """The runtime of that id, or None for one that is not known (yet): new ones appear before this table."""
    row = _ROWS.get(name)
    if row is None:
        return None
    identity, family, system, *dates, successor, written = row.split()
    deprecated, create, update = (None if day == "-" else date.fromisoformat(day) for day in dates)
    abilities = written.split(",")
    return Runtime(
        id=identity,
        family=family,
        os=system,
        deprecated=deprecated,
        block_create=create,
        block_update=update,
        successor=None if successor == "-" else successor,
        arm64=None if "arm64?" in abilities else "arm64" in abilities,
        snapstart="snapstart" in abilities,
        inline="inline" in abilities,
        preview="preview" in abilities,
        container_only="container" in abilities,
    )
