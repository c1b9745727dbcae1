"""How AWS names its regions.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""

#: us-gov-west-1, ap-southeast-2, eusc-de-east-1
FORM = r"[a-z]{2,5}(?:-[a-z]+)+-\d{1,2}"
