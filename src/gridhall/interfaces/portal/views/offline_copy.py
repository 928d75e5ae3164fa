"""What a device may keep of the last bill for times without network."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.kinds import AccessScopeKind
from gridhall.apps.billing import queries as billing
from gridhall.apps.identity.actions import UnableToGiveDeviceKey
from gridhall.interfaces.portal.account_pages import choose_account, signed_in_page
from gridhall.interfaces.portal.bill_sheets import group_lines
from gridhall.interfaces.shared.device_keys import keep_key_on_device


@require_safe
@signed_in_page
def offline_copy(request: HttpRequest) -> HttpResponse:
    """
    Give the last bill of the account that is looked at, for this device alone, and the key to keep it under.

    The name of the holder is not in it, and of the number only the end. Nothing, where the viewer sees no bill.
    """
    drawn = _draw_last_bill(request)
    response = JsonResponse({"html": drawn})
    try:
        keep_key_on_device(request, response, at=request.at)
    except UnableToGiveDeviceKey:
        return JsonResponse({"html": ""})
    return response


def _draw_last_bill(request: HttpRequest) -> str:
    views = accounts.list_accounts(viewer=request.user, at=request.at, with_places=False)
    if not views:
        return ""
    chosen = choose_account(request, views)
    if AccessScopeKind.VIEW_BILLS not in chosen.scopes:
        return ""
    bills = billing.list_bills(account=chosen.account, viewer=request.user, at=request.at)
    last = next((bill for bill in bills if bill.is_current and bill.status == "ISSUED"), None)
    if last is None:
        return ""
    detail = billing.get_bill(mrid=last.mrid, viewer=request.user, at=request.at)
    context = {
        "tag": chosen.tag,
        "kind": chosen.kind,
        "number_end": chosen.number[-4:],
        "bill": detail.bill,
        "groups": group_lines(detail.lines),
        "made_at": request.at,
    }
    return render_to_string("portal/device/_copy.html", context, request)
