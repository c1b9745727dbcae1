"""SAM templates, lowered to the CloudFormation resources that the SAM transform makes of them."""

from lambdalint.load.sam.lower import lower

__all__ = ["lower"]
