"""Services of the Serverless Framework, lowered to the CloudFormation resources that it packages."""

from lambdalint.load.serverless.lower import lower

__all__ = ["lower"]
