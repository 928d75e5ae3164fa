"""Binding a customer number: found by phone and name, typed, scanned from the meter, or with a code of the counter."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import actions, queries
from gridhall.apps.accounts.kinds import BindingMethodKind
from gridhall.apps.identity import queries as identity
from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.portal.account_forms import MeterForm, NameForm, NumberForm, ScanForm, SlipForm
from gridhall.interfaces.portal.account_pages import signed_in_page
from gridhall.interfaces.shared.security_headers import PERMISSIONS_POLICY

THROTTLED = 429
WITH_CAMERA = PERMISSIONS_POLICY.replace("camera=()", "camera=(self)")


@require_safe
@signed_in_page
def binding(request: HttpRequest) -> HttpResponse:
    """Show what seems to be the viewer's own, and the ways to bind."""
    matches = queries.list_matches(viewer=request.user, at=request.at)
    context = {
        "tab": "mine",
        "matches": matches,
        "offers": queries.list_offers(viewer=request.user, at=request.at),
        "form": NameForm(),
        "told": words.TOLD.get(request.GET.get("told", "")),
        "asks_name": not matches and request.user.phone_verified_at is not None,
    }
    return render(request, "portal/binding/binding.html", context)


@sensitive_post_parameters("name")
@require_POST
@signed_in_page
def binding_match(request: HttpRequest) -> HttpResponse:
    """Look for accounts by the viewer's phone and the name he gives, and bind those that he chose."""
    name = request.POST.get("name", "")
    chosen = request.POST.getlist("number")
    common: dict[str, Any] = {
        "user": request.user,
        "at": request.at,
        "actor": _actor(request),
        "address": _from(request),
    }
    if chosen:
        bound = actions.bind_matching_accounts(name=name, numbers=set(chosen), **common)
        if bound:
            return _to_account(bound[0], "bound")
        held = _find_held(request, chosen[0])
        return _to_account(held, "bound") if held else redirect("portal:binding")
    form = NameForm(request.POST)
    context = {"tab": "mine", "form": form, "name": name, "matches": [], "is_searched": False}
    status = 200
    if form.is_valid():
        try:
            found = actions.find_own_accounts(name=form.cleaned_data["name"], **common)
        except actions.UnableToBindAccount as refusal:
            form.add_error(None, words.get_refusal(words.BINDING, refusal.code))
            status = THROTTLED
        else:
            context |= {"matches": queries.as_matches(found), "is_searched": True}
    return render(request, "portal/binding/binding_match.html", context, status=status)


@sensitive_post_parameters("name", "tail")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def binding_number(request: HttpRequest) -> HttpResponse:
    """Bind by number and a check question."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    answer = None
    if form.is_valid():
        given = form.cleaned_data
        claim = actions.Claim(
            BindingMethodKind.NUMBER_CHECK,
            number=given["number"],
            name=given["name"],
            phone_tail=given["tail"],
            id_tail=given["tail"],
        )
        answer = _bind(request, form, claim)
    return answer or _show(request, "portal/binding/binding_number.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def binding_scan(request: HttpRequest) -> HttpResponse:
    """Read the bar code of the meter from a picture; where the browser can, from the live camera."""
    form = ScanForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST":
        form = ScanForm(request.POST, request.FILES, request=request)
        if form.is_valid() and len(form.codes) == 1:
            return redirect(f"{reverse('portal:binding-meter')}?{urlencode({'code': form.codes[0]})}")
    context = {"tab": "mine", "form": form, "codes": form.codes if form.is_bound and form.is_valid() else []}
    response = render(request, "portal/binding/binding_scan.html", context)
    response.headers["Permissions-Policy"] = WITH_CAMERA
    return response


@sensitive_post_parameters("answer")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def binding_meter(request: HttpRequest) -> HttpResponse:
    """Bind by the number of the meter and one thing that those who know the household know."""
    form = MeterForm(initial={"code": request.GET.get("code", "")[:32]})
    answer = None
    if request.method == "POST":
        form = MeterForm(request.POST)
        if form.is_valid():
            text = form.cleaned_data["answer"]
            claim = actions.Claim(
                BindingMethodKind.METER_BARCODE,
                meter_serial=form.cleaned_data["code"],
                name=text,
                phone_tail=text,
                id_tail=text,
            )
            answer = _bind(request, form, claim)
    return answer or _show(request, "portal/binding/binding_meter.html", form)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def binding_slip(request: HttpRequest) -> HttpResponse:
    """Bind with the code that was handed out at the counter."""
    form = SlipForm(request.POST if request.method == "POST" else None)
    answer = None
    if form.is_valid():
        claim = actions.Claim(BindingMethodKind.COUNTER_SLIP, slip_code=form.cleaned_data["code"])
        answer = _bind(request, form, claim)
    return answer or _show(request, "portal/binding/binding_slip.html", form)


def _bind(request: HttpRequest, form: Any, claim: actions.Claim) -> HttpResponse | None:
    """Try to bind; gives where to go then, or None when the form says why not."""
    try:
        access = actions.bind_account(
            user=request.user, claim=claim, at=request.at, actor=_actor(request), address=_from(request)
        )
    except actions.UnableToBindAccount as refusal:
        if refusal.code == "already-bound":  # the button was pressed twice, or it is his already
            held = _find_bound(request, claim)
            if held is not None:
                return _to_account(held, "bound")
        form.add_error(None, words.get_refusal(words.BINDING, refusal.code))
        form.status = THROTTLED if refusal.code == "throttled" else 200
        return None
    return _to_account(access, "bound")


def _find_bound(request: HttpRequest, claim: actions.Claim) -> Any:
    account = queries.find_account(claim.number) if claim.number else None
    if account is None and claim.meter_serial:
        point = queries.find_usage_point_by_meter(claim.meter_serial)
        account = point.account if point else None
    return queries.get_access(account=account, viewer=request.user, at=request.at) if account else None


def _find_held(request: HttpRequest, number: str) -> Any:
    account = queries.find_account(number.replace("\x00", ""))
    return queries.get_access(account=account, viewer=request.user, at=request.at) if account else None


def _to_account(access: Any, told: str) -> HttpResponse:
    address = reverse("portal:account-detail", kwargs={"access": access.mrid})
    return redirect(f"{address}?{urlencode({'told': told})}")


def _show(request: HttpRequest, template: str, form: Any) -> HttpResponse:
    return render(request, template, {"tab": "mine", "form": form}, status=getattr(form, "status", 200))


def _actor(request: HttpRequest) -> str:
    return str(request.user.mrid)  # type: ignore[union-attr]


def _from(request: HttpRequest) -> str:
    return identity.get_address(request) or ""
