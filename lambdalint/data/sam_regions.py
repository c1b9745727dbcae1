"""Names that SAM has for groups of regions in ``ReplicaRegions`` of a web function."""

from __future__ import annotations

SOURCE = "https://github.com/aws/serverless-application-model samtranslator/model/region_utils.py (Apache-2.0), 1.115.0"
AS_OF = "2026-11-21"

_GROUPS = {
    "US": ("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    "AP": (
        "ap-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-southeast-1",
        "ap-southeast-2",
    ),
    "CA": ("ca-central-1",),
    "EU": ("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1"),
    "SA": ("sa-east-1",),
}
REGION_GROUPS: dict[str, tuple[str, ...]] = {
    **_GROUPS,
    "ALL_STANDARD": tuple(region for regions in _GROUPS.values() for region in regions),
    "SPARSE_GLOBAL": (
        "us-east-1",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
        "ap-southeast-2",
        "sa-east-1",
        "ap-southeast-1",
    ),
}
