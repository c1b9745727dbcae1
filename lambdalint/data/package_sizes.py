"""What heavy Python packages add to a deployment package, in MB: zipped wheel, unzipped.

For sources whose dependencies are not installed: a sum over these is an estimate from below.
"""

from __future__ import annotations

SOURCE = "wheels for CPython 3.13 on manylinux, as published on https://pypi.org"
AS_OF = "2026-11-21"

#: name (lower case, underscores) -> (zipped, unzipped) in MB
SIZES: dict[str, tuple[float, float]] = {
    "aws_lambda_powertools": (1.0, 3.5),
    "botocore": (16.6, 21.1),
    "cryptography": (4.7, 14.9),
    "numpy": (16.5, 57.8),
    "pandas": (12.1, 42.6),
    "psycopg2_binary": (4.3, 11.8),
    "pyarrow": (42.4, 140.6),
    "pydantic_core": (2.3, 5.4),
    "requests": (0.1, 0.2),
    "scikit_learn": (9.4, 33.3),
}

#: What installing a package brings along, of those above.
BRINGS: dict[str, tuple[str, ...]] = {
    "boto3": ("botocore",),
    "pandas": ("numpy",),
    "pydantic": ("pydantic_core",),
    "scikit_learn": ("numpy",),
}

#: Unzipped size over zipped size of source code and compiled modules; measured 2.4 to 3.6.
RATIO = 3.3
