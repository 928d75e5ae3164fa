"""How the company's directory decides over staff: whose claims are believed for what, and which roles follow. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gridhall.apps.identity.rules.credentials import normalize_phone
from gridhall.apps.identity.rules.duties import find_conflict


@dataclass(frozen=True, slots=True)
class DirectoryPolicy:
    """
    What the directory may do here.

    :param role_claim: where it names groups or roles, with dots for what lies deeper: `realm_access.roles`.
    :param role_map: what it calls them -> the role here; only these roles are given and taken by it.
    :param link_by: `phone` or `email`: by which verified claim somebody who is there already is recognized; empty for
        only those who are linked.
    :param makes_users: whether somebody with a verified phone and a role, whom nobody here is, is made.
    :param second_factors: values of `amr` or `acr` that stand for a second factor shown there.
    """

    role_claim: str = "groups"
    role_map: Mapping[str, str] = field(default_factory=dict)
    link_by: str = "phone"
    makes_users: bool = False
    second_factors: frozenset[str] = frozenset()


def make_policy(
    *, role_claim: str, roles: str, link_by: str, makes_users: bool, second_factors: str, known_roles: Iterable[str]
) -> DirectoryPolicy:
    """
    Read a policy from settings; `roles` is written `group=ROLE,other group=ROLE`.

    :raises ValueError: for a role that is none, or another way to link.

    >>> make_policy(role_claim="groups", roles="grid billing=BILLING, x=CLERK", link_by="email", makes_users=False,
    ...             second_factors="mfa otp", known_roles=["BILLING", "CLERK"]).role_map
    {'grid billing': 'BILLING', 'x': 'CLERK'}
    """
    role_map = {}
    for pair in filter(None, (one.strip() for one in roles.split(","))):
        name, _equals, role = pair.rpartition("=")
        if not name.strip() or role.strip() not in known_roles:
            raise ValueError(f"GRIDHALL_OIDC_ROLES: {pair!r} is not written as group=ROLE")
        role_map[name.strip()] = role.strip()
    if link_by not in ("phone", "email", ""):
        raise ValueError(f"GRIDHALL_OIDC_LINK_BY: {link_by!r} is none of phone, email or nothing")
    factors = frozenset(second_factors.replace(",", " ").split())
    return DirectoryPolicy(role_claim, role_map, link_by, makes_users, factors)


@dataclass(frozen=True, slots=True)
class RoleSteps:
    """What changes: roles that end, roles that are given, and those refused beside another."""

    ends: tuple[str, ...]
    grants: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


def read_list(claims: Mapping[str, Any], path: str) -> list[str]:
    """
    Give the texts of a claim that is a list or one text.

    >>> read_list({"realm": {"roles": ["a", 1, "b"]}}, "realm.roles"), read_list({"groups": "a b"}, "groups")
    (['a', 'b'], ['a', 'b'])
    >>> read_list({"https://grid.example/roles": ["a"]}, "https://grid.example/roles"), read_list({}, "x.y")
    (['a'], [])
    """
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []


def read_roles(claims: Mapping[str, Any], policy: DirectoryPolicy) -> frozenset[str]:
    """
    Give the roles that the directory names.

    >>> policy = DirectoryPolicy(role_map={"grid-billing": "BILLING"})
    >>> sorted(read_roles({"groups": ["grid-billing", "everybody"]}, policy))
    ['BILLING']
    """
    return frozenset(policy.role_map[name] for name in read_list(claims, policy.role_claim) if name in policy.role_map)


def plan_roles(held: Iterable[str], wanted: Iterable[str], managed: Iterable[str]) -> RoleSteps:
    """
    Say which roles end and which are given. What the directory does not manage stays; nobody gets two that one must not
    hold together: what he holds goes before what is new, and of two that are new he gets neither.

    >>> plan_roles(["CLERK", "METERING"], ["BILLING"], ["BILLING", "METERING"])
    RoleSteps(ends=('METERING',), grants=('BILLING',), refused=())
    >>> plan_roles(["BILLING"], ["BILLING", "BILLING_APPROVER"], ["BILLING", "BILLING_APPROVER"])
    RoleSteps(ends=(), grants=(), refused=(('BILLING_APPROVER', 'BILLING'),))
    >>> plan_roles([], ["BILLING", "BILLING_APPROVER", "CLERK"], ["BILLING", "BILLING_APPROVER", "CLERK"])
    RoleSteps(ends=(), grants=('CLERK',), refused=(('BILLING', 'BILLING_APPROVER'), ('BILLING_APPROVER', 'BILLING')))
    """
    held, wanted = set(held), set(wanted)
    ends = (held & set(managed)) - wanted
    kept = held - ends
    grants, refused = [], []
    for role in sorted(wanted - held):
        beside = find_conflict(kept, role) or find_conflict(wanted - kept - {role}, role)
        if beside:
            refused.append((role, beside))
        else:
            grants.append(role)
    return RoleSteps(tuple(sorted(ends)), tuple(grants), tuple(refused))


def read_phone(claims: Mapping[str, Any]) -> str | None:
    """
    Give the phone number that the directory verified, None without.

    >>> read_phone({"phone_number": "+86 138 0000 1234", "phone_number_verified": True})
    '13800001234'
    >>> read_phone({"phone_number": "13800001234"}) is None
    True
    """
    number = claims.get("phone_number")
    if claims.get("phone_number_verified") is not True or not isinstance(number, str):
        return None
    return normalize_phone(number)


def read_email(claims: Mapping[str, Any]) -> str | None:
    """Give the e-mail address that the directory verified, None without."""
    address = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(address, str) or not 3 <= len(address) <= 254:
        return None
    return address


def has_second_factor(claims: Mapping[str, Any], policy: DirectoryPolicy) -> bool:
    """
    Tell whether the directory asked for a second factor of the kind that is believed.

    >>> policy = DirectoryPolicy(second_factors=frozenset({"otp", "urn:mfa"}))
    >>> has_second_factor({"amr": ["pwd", "otp"]}, policy), has_second_factor({"acr": "urn:mfa"}, policy)
    (True, True)
    >>> has_second_factor({"amr": ["pwd"]}, policy), has_second_factor({"amr": ["otp"]}, DirectoryPolicy())
    (False, False)
    """
    said = {*read_list(claims, "amr"), *read_list(claims, "acr")}
    return not said.isdisjoint(policy.second_factors)
