"""Code that is compiled for one processor architecture.

ELF: https://refspecs.linuxfoundation.org/elf/elf.pdf (``e_machine`` is the 16-bit field at byte 18); wheel tags:
https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from lambdalint.code.fact import Dependency, Import
from lambdalint.code.imports import plain_name
from lambdalint.source.folder import Folder

#: AWS's names: https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html
Architecture: TypeAlias = Literal["x86_64", "arm64"]

# Files that are looked at in one package, at most.
_FILES = 20_000
# Of these, files that are read, at most; larger ones, in bytes, are not.
_READS = 40
# Smaller files without a suffix are no programs.
_PROGRAM_BYTES = 4096
_ARCHIVES = (".zip", ".jar", ".whl", ".egg", ".war", ".gz", ".br", ".xz")
_MACHINES: dict[int, Architecture] = {0x3E: "x86_64", 0xB7: "arm64"}
_PYTHON_NAMES = """
aiohttp argon2_cffi asyncpg awscrt bcrypt brotli cbor2 cffi confluent_kafka cryptography duckdb fiona gdal gevent
greenlet grpcio h5py hiredis ijson jiter lightgbm lxml lz4 matplotlib mysqlclient numba numpy onnxruntime
opencv_python opencv_python_headless oracledb orjson pandas pillow polars psycopg2 psycopg2_binary psycopg_binary
pyarrow pycryptodome pycryptodomex pydantic_core pymssql pymupdf pynacl pyodbc python_rapidjson python_snappy rapidfuzz
rasterio rpds_py safetensors scikit_image scikit_learn scipy sentencepiece shapely spacy statsmodels tensorflow
tiktoken tokenizers torch uvloop xgboost zstandard
"""
_NODE_NAMES = """
@prisma/client @sparticuz/chromium @tensorflow/tfjs-node argon2 bcrypt better-sqlite3 canvas chrome-aws-lambda
couchbase cpu-features ibm_db isolated-vm kerberos leveldown libxmljs libxmljs2 lmdb node-rdkafka oracledb pg-native re2
sharp snappy sodium-native sqlite3 usb zeromq
"""
# Written in their language alone, and all that they ask for is too.
_PURE_NAMES = """
aws_lambda_powertools aws_xray_sdk awslambdaric boto3 botocore requests urllib3 six jmespath s3transfer idna certifi
python_dateutil pytz pyjwt pymysql
"""
_PURE_NODE_NAMES = """
@aws_lambda_powertools/ @aws_sdk/ @middy/ @smithy/ @types/ aws_lambda aws_sdk aws_xray_sdk_core axios dayjs lodash
moment node_fetch pg mysql2 source_map_support uuid
"""
_NATIVE = frozenset(_PYTHON_NAMES.split())
_NATIVE_NODE = frozenset(_NODE_NAMES.split())
_PURE = frozenset(_PURE_NAMES.split())
_PURE_NODE = tuple(_PURE_NODE_NAMES.split())


def machine(head: bytes) -> Architecture | None:
    """The architecture of an ELF file, by its first 20 bytes; None for any other file or machine."""
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return None
    return _MACHINES.get(int.from_bytes(head[18:20], "big" if head[5] == 2 else "little"))


def tagged(name: str) -> Architecture | None:
    """The architecture in the tag of a wheel or of an extension module's file name."""
    name = name.lower()
    if "aarch64" in name or "arm64" in name:
        return "arm64"
    return "x86_64" if "x86_64" in name or "amd64" in name else None


def native_files(folder: Folder, path: str) -> frozenset[Architecture]:
    """The architectures that the compiled files below a path are for; empty when there are none."""
    found: set[Architecture] = set()
    reads = 0
    for file, size in folder.files(path, _FILES):
        name = file.rsplit("/", 1)[-1]
        if name == "WHEEL" and size < 10_000:
            for line in (folder.read(file) or b"").decode("utf-8", "replace").splitlines():
                architecture = tagged(line) if line.startswith("Tag:") else None
                if architecture is not None:
                    found.add(architecture)
            continue
        if not (name.endswith((".so", ".node")) or ".so." in name or name == "bootstrap"):
            continue
        architecture = tagged(name)
        if architecture is None and reads < _READS:
            reads += 1
            architecture = machine((folder.read(file) or b"")[:20])
        if architecture is not None:
            found.add(architecture)
    return frozenset(found)


def is_built_for_one(files: Iterable[tuple[str, int, Callable[[], bytes]]]) -> bool | None:
    """Whether a whole package holds programs or libraries for one architecture; None where some were not looked at.

    ``files`` are (name, size, what reads the first 20 bytes).
    """
    reads = 0
    unseen = False
    for path, size, head in files:
        name = path.rsplit("/", 1)[-1]
        library = name.endswith((".so", ".node")) or ".so." in name
        if library and tagged(name) is not None:
            return True
        if name.endswith(_ARCHIVES):
            unseen = True
        elif library or name == "bootstrap" or ("." not in name and size >= _PROGRAM_BYTES):
            reads += 1
            if reads > _READS:
                unseen = True
            elif machine(head()) is not None:
                return True
    return None if unseen else False


def is_native(
    folder: Folder, root: str, node: bool, imports: list[Import], dependencies: tuple[Dependency, ...]
) -> bool | None:
    """Whether the code needs a certain architecture; None when a library's nature is not known."""
    deployed = [each.name for each in dependencies if not each.development]
    if node:
        named = [name.lower() for name in deployed]
        if any(name in _NATIVE_NODE or name.startswith("@napi-rs/") for name in named):
            return True
        pure = [name for name in named if name.replace("-", "_").startswith(_PURE_NODE)]
        unknown = len(pure) < len(named)
    else:
        named = [plain_name(name) for name in deployed]
        modules = {
            plain_name(each.module.split(".", 1)[0]) for each in imports if each.origin in ("bundled", "external")
        }
        if _NATIVE & {*named, *modules} or "PIL" in {each.module.split(".", 1)[0] for each in imports}:
            return True
        unknown = any(name not in _PURE for name in named)
    if any(each.origin == "bundled" for each in imports) and native_files(folder, root):
        return True
    asked = {plain_name(name) for name in deployed} | _PURE
    elsewhere = [each.module for each in imports if each.origin == "external" and each.module != "aws-sdk"]
    tops = {plain_name("/".join(name.split("/")[:2]) if node else name.split(".", 1)[0]) for name in elsewhere}
    return None if unknown or not tops <= asked else False
