"""The VPC of ``serverless-lift``: two public and two private subnets in two zones; functions run in the private ones.

https://github.com/getlift/lift (as of 1.37.7)
"""

from __future__ import annotations

from lambdalint.load.nodes import Part, build, get_att, ref, with_items
from lambdalint.load.serverless.lift import Construct, add_resource
from lambdalint.load.serverless.service import Service

_ZONES = 2
_EVERYWHERE = "0.0.0.0/0"


def add_vpc(service: Service, construct: Construct) -> None:
    """Add the network, and let the functions run in it."""
    tags = _tags(construct)
    vpc: dict[str, Part] = {
        "CidrBlock": "10.0.0.0/16",
        "EnableDnsHostnames": True,
        "EnableDnsSupport": True,
        "InstanceTenancy": "default",
        "Tags": tags,
    }
    add_resource(service, construct, ("Resource",), "AWS::EC2::VPC", vpc)
    for number in range(1, _ZONES + 1):
        _add_subnet(service, construct, number, public=True)
        _add_subnet(service, construct, number, public=False)
    gateway = construct.id("IGW")
    add_resource(service, construct, ("IGW",), "AWS::EC2::InternetGateway", {"Tags": tags})
    attached: dict[str, Part] = {"InternetGatewayId": ref(gateway), "VpcId": ref(construct.id("Resource"))}
    add_resource(service, construct, ("VPCGW",), "AWS::EC2::VPCGatewayAttachment", attached)
    out: Part = {
        "CidrIp": _EVERYWHERE,
        "Description": "Allow all outbound traffic by default",
        "IpProtocol": "-1",
    }
    group: dict[str, Part] = {
        "GroupDescription": f"Default/{construct.name}/AppSecurityGroup",
        "SecurityGroupEgress": [out],
        "Tags": tags,
        "VpcId": ref(construct.id("Resource")),
    }
    path = ("AppSecurityGroup", "Resource")
    add_resource(service, construct, path, "AWS::EC2::SecurityGroup", group)
    subnets: list[Part] = [ref(construct.id(f"PrivateSubnet{number}", "Subnet")) for number in range(1, _ZONES + 1)]
    value: Part = {"securityGroupIds": [get_att(construct.id(*path), "GroupId")], "subnetIds": subnets}
    made = build(value, construct.cause.origin, construct.cause.via)
    service.provider = with_items(service.provider, {"vpc": made})


def _tags(construct: Construct, *path: str) -> list[Part]:
    return [{"Key": "Name", "Value": "/".join(["Default", construct.name, *path])}]


def _add_subnet(service: Service, construct: Construct, number: int, public: bool) -> None:
    kind = "Public" if public else "Private"
    name = f"{kind}Subnet{number}"
    tags = _tags(construct, name)
    named: list[Part] = [{"Key": f"aws-cdk:subnet-{what}", "Value": kind} for what in ("name", "type")]
    zone: Part = {"Fn::Select": [number - 1, {"Fn::GetAZs": ""}]}
    vpc = ref(construct.id("Resource"))
    value: dict[str, Part] = {
        "AvailabilityZone": zone,
        "CidrBlock": f"10.0.{(number - 1) * 64 + (0 if public else 128)}.0/18",
        "MapPublicIpOnLaunch": public,
        "Tags": [*named, *tags],
        "VpcId": vpc,
    }
    subnet = ref(add_resource(service, construct, (name, "Subnet"), "AWS::EC2::Subnet", value).logical_id)
    table: dict[str, Part] = {"Tags": tags, "VpcId": vpc}
    routes = add_resource(service, construct, (name, "RouteTable"), "AWS::EC2::RouteTable", table).logical_id
    association: dict[str, Part] = {"RouteTableId": ref(routes), "SubnetId": subnet}
    kind_of = "AWS::EC2::SubnetRouteTableAssociation"
    add_resource(service, construct, (name, "RouteTableAssociation"), kind_of, association)
    target: dict[str, Part] = {"GatewayId": ref(construct.id("IGW"))}
    if not public:
        target = {"NatGatewayId": ref(construct.id(f"PublicSubnet{number}", "NATGateway"))}
    route: dict[str, Part] = {"DestinationCidrBlock": _EVERYWHERE, "RouteTableId": ref(routes), **target}
    add_resource(service, construct, (name, "DefaultRoute"), "AWS::EC2::Route", route)
    if public:
        address: dict[str, Part] = {"Domain": "vpc", "Tags": tags}
        add_resource(service, construct, (name, "EIP"), "AWS::EC2::EIP", address)
        allocation = get_att(construct.id(name, "EIP"), "AllocationId")
        nat: dict[str, Part] = {"AllocationId": allocation, "SubnetId": subnet, "Tags": tags}
        add_resource(service, construct, (name, "NATGateway"), "AWS::EC2::NatGateway", nat)
