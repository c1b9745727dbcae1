"""lambdalint: a linter for AWS Lambda, over SAM and CloudFormation templates."""

__version__ = "0.1.0"
