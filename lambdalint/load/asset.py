"""Assets of AWS CDK: which local files were packaged for a resource."""

from __future__ import annotations

from lambdalint.load.expand import Surroundings
from lambdalint.load.stack import Stack
from lambdalint.source.node import Document


def find_assets(stack: Stack, document: Document, around: Surroundings) -> None:
    return
