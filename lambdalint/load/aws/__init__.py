"""Live accounts: calls of AWS's APIs, at a pace that leaves room for others, shaped as CloudFormation resources."""
