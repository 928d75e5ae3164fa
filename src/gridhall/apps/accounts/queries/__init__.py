"""Every read of accounts. Each takes the viewer; a customer sees only what an open access lets him see."""

from gridhall.apps.accounts.queries.access import (
    AccessDenied,
    AccessView,
    AccountView,
    check_staff,
    find_account,
    get_access,
    get_account,
    get_visible_days,
    is_allowed,
    list_accesses,
    list_accounts,
    open_on,
)
from gridhall.apps.accounts.queries.export import export_accounts
from gridhall.apps.accounts.queries.history import (
    NetworkPath,
    find_agreement,
    find_terms,
    get_agreement,
    get_network_path,
    get_terms,
    list_agreements,
    list_group,
    list_usage_points,
)
from gridhall.apps.accounts.queries.parties import PartyView, find_party, get_party, has_consent, list_matching_accounts
from gridhall.apps.accounts.queries.search import (
    SearchResult,
    find_usage_point_by_meter,
    register_meter_finder,
    search_accounts,
)

__all__ = [
    "AccessDenied",
    "AccessView",
    "AccountView",
    "NetworkPath",
    "PartyView",
    "SearchResult",
    "check_staff",
    "export_accounts",
    "find_account",
    "find_agreement",
    "find_party",
    "find_terms",
    "find_usage_point_by_meter",
    "get_access",
    "get_account",
    "get_agreement",
    "get_network_path",
    "get_party",
    "get_terms",
    "get_visible_days",
    "has_consent",
    "is_allowed",
    "list_accesses",
    "list_accounts",
    "list_agreements",
    "list_group",
    "list_matching_accounts",
    "list_usage_points",
    "open_on",
    "register_meter_finder",
    "search_accounts",
]
