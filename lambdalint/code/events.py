"""Sample events beside a template, as ``sam local invoke -e`` takes them.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-local-invoke.html
"""

from __future__ import annotations

import json
import re

from lambdalint.code.locate import join
from lambdalint.record import record
from lambdalint.source.folder import Folder

#: At most so many samples are read.
FILES = 200
# Words in a file's name that name no function.
_FILLER = re.compile(
    r"(?:^|[-_. ])(?:events?|payloads?|samples?|test|input|example|local|request|\d+)(?=[-_. ]|$)", re.I
)


@record
class Sample:
    """A sample event: ``size`` is in bytes without white space that JSON does not need, ``raw`` that of the file.

    ``function`` is the function that its name seems to mean, in lower case without separators, or None.
    """

    path: str
    size: int
    raw: int
    function: str | None


def samples(folder: Folder, base: str) -> list[Sample]:
    """The sample events in ``events/`` beside a template that stands in ``base``; what is no JSON is left out."""
    root = join(base, "events")
    found: list[Sample] = []
    if not folder.is_dir(root):
        return found
    for path, raw in folder.files(root, FILES):
        content = folder.read(path) if path.endswith(".json") else None
        if content is None:
            continue
        try:
            value = json.loads(content.decode("utf-8-sig"))
            size = len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError):
            continue
        found.append(Sample(path, size, raw, _function(path.removeprefix(root + "/"))))
    return found


def _function(name: str) -> str | None:
    """``worker-event.json`` and ``worker/1.json`` mean worker; ``event.json`` means nobody."""
    directory, _, file = name.removesuffix(".json").rpartition("/")
    for part in (file, directory.rpartition("/")[2]):
        plain = re.sub(r"[^a-z0-9]", "", _FILLER.sub("", _FILLER.sub("", part)).lower())
        if plain:
            return plain
    return None
