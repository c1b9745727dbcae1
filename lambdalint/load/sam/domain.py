"""``Domain`` of an API: custom domain name, base path mappings and Route 53 records.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-domainconfiguration.html
"""

from __future__ import annotations

import re

from lambdalint.load.nodes import Part, build, each, flag, get_att, given, pick, plain_map, ref, text_of
from lambdalint.load.sam.lowering import Cause, Lowering, Unit, digest, fingerprint
from lambdalint.load.sam.roles import tags_of
from lambdalint.load.stack import Resource
from lambdalint.source.node import Mapping, Node, Sequence

#: The hosted zone of every CloudFront distribution.
#: https://docs.aws.amazon.com/general/latest/gr/cf_region.html
_CLOUDFRONT_ZONE = "Z2FDTNDATAQYW2"
_NOT_ALNUM = re.compile(r"[^0-9A-Za-z]")
_OUTSIDE_PATH = re.compile(r"[^0-9a-zA-Z]+")


def lower_rest_domain(lowering: Lowering, unit: Unit, stage: str) -> None:
    """The custom domain of a REST API."""
    domain = _domain(lowering, unit)
    if domain is None:
        return
    cause = Cause(unit.properties.key("Domain"), "Domain")
    kind = text_of(domain.get("EndpointConfiguration")) or "REGIONAL"
    private = kind == "PRIVATE"
    suffix = _mark(domain)
    name = f"ApiGatewayDomainName{'V2' if private else ''}{suffix}"
    certificate = "CertificateArn" if kind in ("EDGE", "PRIVATE") else "RegionalCertificateArn"
    endpoint: dict[str, Part] = {"Types": [kind], "IpAddressType": given(domain.get("IpAddressType"))}
    value: dict[str, Part] = {
        certificate: given(domain.get("CertificateArn")),
        "EndpointConfiguration": endpoint,
        "MutualTlsAuthentication": _mutual_tls(domain),
        "Tags": tags_of(unit, None) if flag(unit.get("PropagateTags")) is True else None,
    }
    value.update(
        pick(domain, ("DomainName", "EndpointAccessMode", "OwnershipVerificationCertificateArn", "SecurityPolicy"))
    )
    if private:
        value.update(pick(domain, ("Policy",)))
    resource = f"AWS::ApiGateway::DomainName{'V2' if private else ''}"
    lowering.generate(unit, name, resource, value, cause, domain)
    lowering.aliases[f"{unit.logical_id}.DomainName"] = name
    _base_paths(lowering, unit, domain, name, stage, cause, private)
    if private:
        _access_association(lowering, unit, domain, name, cause)
    _records(lowering, unit, domain, name, kind, cause)


def _domain(lowering: Lowering, unit: Unit) -> Mapping | None:
    written = unit.get("Domain")
    domain = plain_map(written)
    if domain is not None and given(domain.get("DomainName")) is not None:
        return domain
    if written is not None:
        why = "no DomainName can be read in it, so it is not looked at; write it as a map with DomainName"
        lowering.gap(f"Domain of {unit.logical_id}", why, unit.properties.key("Domain"))
    return None


def _mark(domain: Mapping) -> str:
    return fingerprint(domain.get("DomainName"))


def _mutual_tls(domain: Mapping) -> Part:
    written = given(domain.get("MutualTlsAuthentication"))
    config = plain_map(written)
    if config is None:
        return written
    kept = pick(config, ("TruststoreUri", "TruststoreVersion"))
    if text_of(config.get("TruststoreVersion")) == "0":
        del kept["TruststoreVersion"]
    return build(kept, config, config.via, config) if kept else None


def _base_paths(
    lowering: Lowering, unit: Unit, domain: Mapping, name: str, stage: str, cause: Cause, private: bool
) -> None:
    target = "DomainNameArn" if private else "DomainName"
    kind = f"AWS::ApiGateway::BasePathMapping{'V2' if private else ''}"
    written = given(domain.get("BasePath"))
    normalize = flag(domain.get("NormalizeBasePath")) is not False
    common: dict[str, Part] = {target: ref(name), "RestApiId": ref(unit.logical_id), "Stage": ref(stage)}
    if written is None:
        lowering.generate(unit, f"{unit.logical_id}BasePathMapping", kind, common, cause)
        return
    for path in each(written):
        text = text_of(path) or ""
        bare = "".join(_NOT_ALNUM.sub("", text)) if text else ""
        value: dict[str, Part] = {**common, "BasePath": bare if normalize else (text if text != "/" else "")}
        lowering.generate(unit, f"{unit.logical_id}{bare}BasePathMapping", kind, value, cause)


def _access_association(lowering: Lowering, unit: Unit, domain: Mapping, name: str, cause: Cause) -> None:
    association = plain_map(domain.get("AccessAssociation"))
    endpoint = given(association.get("VpcEndpointId")) if association is not None else None
    if endpoint is None or association is None:
        return
    value: dict[str, Part] = {
        "AccessAssociationSource": endpoint,
        "AccessAssociationSourceType": "VPCE",
        "DomainNameArn": ref(name),
    }
    logical_id = f"DomainNameAccessAssociation{digest(name, fingerprint(endpoint))}"
    lowering.generate(unit, logical_id, "AWS::ApiGateway::DomainNameAccessAssociation", value, cause)


def lower_http_domain(lowering: Lowering, unit: Unit, stage: str, creator: str) -> None:
    """The custom domain of an HTTP or WebSocket API."""
    domain = _domain(lowering, unit)
    if domain is None:
        return
    cause = Cause(unit.properties.key("Domain"), "Domain")
    name = f"ApiGatewayDomainNameV2{_mark(domain)}"
    kind = text_of(domain.get("EndpointConfiguration")) or "REGIONAL"
    config: dict[str, Part] = {"EndpointType": kind}
    config.update(
        pick(domain, ("CertificateArn", "OwnershipVerificationCertificateArn", "SecurityPolicy", "IpAddressType"))
    )
    value: dict[str, Part] = {
        "DomainName": domain.get("DomainName"),
        "DomainNameConfigurations": [config],
        "MutualTlsAuthentication": _mutual_tls(domain),
        "Tags": tag_map(unit, creator),
    }
    lowering.generate(unit, name, "AWS::ApiGatewayV2::DomainName", value, cause, domain)
    lowering.aliases[f"{unit.logical_id}.DomainName"] = name
    common: dict[str, Part] = {"DomainName": ref(name), "ApiId": ref(unit.logical_id), "Stage": ref(stage)}
    written = given(domain.get("BasePath"))
    kind_of_mapping = "AWS::ApiGatewayV2::ApiMapping"
    if written is None:
        lowering.generate(unit, f"{unit.logical_id}ApiMapping", kind_of_mapping, common, cause)
    for path in each(written):
        text = (text_of(path) or "").strip("/")
        logical_id = f"{unit.logical_id}{_OUTSIDE_PATH.sub('', text)}ApiMapping"
        mapped: dict[str, Part] = {**common, "ApiMappingKey": text or None}
        lowering.generate(unit, logical_id, kind_of_mapping, mapped, cause)
    _records(lowering, unit, domain, name, "REGIONAL", cause)


def tag_map(unit: Unit, creator: str) -> Part:
    """Tags as API Gateway V2 wants them: a map."""
    written = plain_map(unit.get("Tags"))
    return {creator: "SAM", **(written.items if written is not None else {})}


def _records(lowering: Lowering, unit: Unit, domain: Mapping, name: str, kind: str, cause: Cause) -> None:
    """The Route 53 records; APIs that share a hosted zone share a record set group."""
    route = plain_map(domain.get("Route53"))
    if route is None:
        return
    zone = given(route.get("HostedZoneId")) or given(route.get("HostedZoneName"))
    if zone is None:
        return
    logical_id = f"RecordSetGroup{fingerprint(zone)}"
    records = [_record(domain, route, name, kind, "A")]
    if flag(route.get("IpV6")) is True:
        records.append(_record(domain, route, name, kind, "AAAA"))
    known = lowering.stack.resources.get(logical_id)
    made: list[Part] = [build(record, cause.origin, cause.via) for record in records]
    if known is not None:
        _extend(lowering, known, made)
        return
    value: dict[str, Part] = {**pick(route, ("HostedZoneId", "HostedZoneName")), "RecordSets": made}
    lowering.generate(unit, logical_id, "AWS::Route53::RecordSetGroup", value, cause)


def _extend(lowering: Lowering, group: Resource, records: list[Part]) -> None:
    """More records for a generated group."""
    present = group.properties.items["RecordSets"]
    if isinstance(present, Sequence):
        present.items.extend(node for node in records if isinstance(node, Mapping))


def _record(domain: Mapping, route: Mapping, name: str, kind: str, letter: str) -> dict[str, Part]:
    target: dict[str, Part]
    if kind == "PRIVATE":
        target = {
            "DNSName": given(route.get("VpcEndpointDomainName")),
            "HostedZoneId": given(route.get("VpcEndpointHostedZoneId")),
        }
    elif kind == "EDGE":
        custom: Node | None = given(route.get("DistributionDomainName"))
        target = {"DNSName": custom or get_att(name, "DistributionDomainName"), "HostedZoneId": _CLOUDFRONT_ZONE}
    else:
        target = {
            "DNSName": get_att(name, "RegionalDomainName"),
            "HostedZoneId": get_att(name, "RegionalHostedZoneId"),
        }
    target["EvaluateTargetHealth"] = given(route.get("EvaluateTargetHealth"))
    return {
        "Name": given(domain.get("DomainName")),
        "Type": letter,
        "AliasTarget": target,
        **pick(route, ("Region", "SetIdentifier")),
    }
