"""Who one is: what each level allows, document and face in three steps, and acting for a company."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.accounts import actions, queries
from gridhall.interfaces.portal import words_accounts as words
from gridhall.interfaces.portal.account_forms import BusinessForm, PersonForm, PictureForm
from gridhall.interfaces.portal.account_pages import signed_in_page

LEVELS = ("NONE", "PHONE", "DOCUMENT", "COUNTER")
GOES_ON = {"document-unreadable", "no-face", "no-document", "unavailable"}
PERSON_FIELDS = {"no-name": "name", "no-id-number": "id_number", "no-consent": "has_consented"}
COMPANY_FIELDS = {
    "no-name": "name",
    "other-name": "name",
    "no-credit-code": "credit_code",
    "not-found": "credit_code",
    "letter-needed": "letter",
}


@require_safe
@signed_in_page
def real_name(request: HttpRequest) -> HttpResponse:
    """Show how sure we are who the viewer is, and what each level allows."""
    known = queries.get_real_name(viewer=request.user)
    last = queries.find_last_check(viewer=request.user)
    levels = [
        {
            "level": level,
            "is_own": level == known.level,
            "is_reached": LEVELS.index(level) <= LEVELS.index(known.level),
            "allowed": queries.list_added(level),
        }
        for level in LEVELS
    ]
    context = {
        "tab": "mine",
        "known": known,
        "levels": levels,
        "can_check": queries.are_documents_checked() and known.level in ("NONE", "PHONE"),
        "open_check": queries.find_open_check(viewer=request.user, at=request.at),
        "last": last if last and last.state == "REFUSED" and last.reason not in ("replaced", "expired") else None,
        "businesses": queries.list_businesses(viewer=request.user),
        "is_sandbox": queries.is_sandbox_checked(),
        "told": words.TOLD.get(request.GET.get("told", "")),
    }
    return render(request, "portal/real_name/real_name.html", context)


@sensitive_post_parameters("name", "id_number")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def real_name_person(request: HttpRequest) -> HttpResponse:
    """First step: name, number, consent."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.start_real_name_check(
                user=request.user, **form.cleaned_data, at=request.at, actor=str(request.user.mrid)
            )
        except actions.UnableToCheckRealName as refusal:
            form.add_error(PERSON_FIELDS.get(refusal.code), words.get_refusal(words.CHECKS, refusal.code))
        else:
            return redirect("portal:real-name-document")
    context = {"tab": "mine", "form": form, "is_sandbox": queries.is_sandbox_checked()}
    return render(request, "portal/real_name/real_name_person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def real_name_document(request: HttpRequest) -> HttpResponse:
    """Second step: the side of the document with the picture."""
    check = queries.find_open_check(viewer=request.user, at=request.at)
    if check is None:
        return redirect("portal:real-name")
    form = _picture_form(request, _("身份证人像面"), _("放在深色桌面上，四角都拍到，避开反光。"), capture="environment")
    if form.is_bound and form.is_valid() and form.drawn:
        try:
            actions.keep_document(check=check, user=request.user, picture=form.drawn.jpeg, at=request.at)
        except actions.UnableToCheckRealName:
            return redirect("portal:real-name")
        return redirect("portal:real-name-face")
    again = words.CHECKS.get(request.GET.get("again", ""))
    context = {"tab": "mine", "form": form, "again": again, "is_sandbox": queries.is_sandbox_checked()}
    return render(request, "portal/real_name/real_name_document.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def real_name_face(request: HttpRequest) -> HttpResponse:
    """Third step: the face; then the answer."""
    check = queries.find_open_check(viewer=request.user, at=request.at)
    if check is None:
        return redirect("portal:real-name")
    if not check.has_document:
        return redirect("portal:real-name-document")
    form = _picture_form(request, _("本人正面照"), _("摘下口罩和帽子，正对镜头。照片核验完就删除。"), capture="user")
    if form.is_bound and form.is_valid() and form.drawn:
        try:
            actions.decide_real_name_check(
                check=check, user=request.user, face=form.drawn.jpeg, at=request.at, actor=str(request.user.mrid)
            )
        except actions.UnableToCheckRealName as refusal:
            if refusal.code in ("document-unreadable", "no-document"):
                return redirect(f"{reverse('portal:real-name-document')}?again={refusal.code}")
            if refusal.code not in GOES_ON:
                return redirect("portal:real-name")
            form.add_error("picture", words.get_refusal(words.CHECKS, refusal.code))
        else:
            return redirect(f"{reverse('portal:real-name')}?told=verified")
    context = {"tab": "mine", "form": form, "is_sandbox": queries.is_sandbox_checked()}
    return render(request, "portal/real_name/real_name_face.html", context)


@require_safe
@signed_in_page
def sandbox_card(request: HttpRequest, side: str) -> HttpResponse:
    """Hand out the test card for the check that was begun. Only where the sandbox checks."""
    drawn = queries.draw_sandbox_card(viewer=request.user, side=side, at=request.at)
    if drawn is None:
        raise Http404
    response = HttpResponse(drawn, content_type="image/jpeg")
    response.headers["Content-Disposition"] = f'attachment; filename="test-{side}.jpg"'
    return response


def _picture_form(request: HttpRequest, label: Any, help_text: Any, *, capture: str) -> PictureForm:
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    return PictureForm(*given, request=request, label=label, help_text=help_text, capture=capture)


@require_POST
@signed_in_page
def real_name_merge(request: HttpRequest) -> HttpResponse:
    """Bring over what the viewer's other users have."""
    try:
        actions.merge_own_users(user=request.user, at=request.at, actor=str(request.user.mrid))
    except actions.UnableToMergeUsers:
        return redirect("portal:real-name")
    return redirect(f"{reverse('portal:account-manage')}?told=merged")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def business(request: HttpRequest) -> HttpResponse:
    """Claim to act for a company."""
    form = BusinessForm(request=request)
    level = queries.get_level(user=request.user)
    can_ask = level in ("DOCUMENT", "COUNTER") and queries.are_documents_checked()
    if request.method == "POST" and can_ask:
        form = BusinessForm(request.POST, request.FILES, request=request)
        if form.is_valid():
            letter, letter_type = form.letter or (None, "")
            try:
                check = actions.ask_business_check(
                    user=request.user,
                    name=form.cleaned_data["name"],
                    credit_code=form.cleaned_data["credit_code"],
                    letter=letter,
                    letter_type=letter_type,
                    at=request.at,
                    actor=str(request.user.mrid),
                )
            except actions.UnableToCheckBusiness as refusal:
                form.add_error(COMPANY_FIELDS.get(refusal.code), words.get_refusal(words.BUSINESSES, refusal.code))
            else:
                if check.state == "WAITING":
                    return redirect(f"{reverse('portal:real-name')}?told=waiting")
                return redirect(f"{reverse('portal:binding')}?told=business")
    context = {"tab": "mine", "form": form, "can_ask": can_ask, "level": level}
    context["companies"] = queries.list_sandbox_companies()
    return render(request, "portal/real_name/business.html", context)
