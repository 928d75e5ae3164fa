"""Staff sign in by the company's directory (OpenID Connect), and sign out of it, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.core.errors import BusinessError
from gridhall.integrations import sign_in as vendors
from gridhall.interfaces.console.views.identity import go_on
from gridhall.interfaces.console.words_staff import word_roles
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.preferences import keep_on_device, read_preferences
from gridhall.interfaces.shared.session_watch import keep_known_device
from gridhall.interfaces.shared.words_identity import REFUSALS, word_refusal

if TYPE_CHECKING:
    from gridhall.integrations.sign_in.oidc import OidcClient

_TRY, _ID_TOKEN = "oidc_try", "oidc_id_token"
_LIVES_S = 600


def _get_directory() -> OidcClient:
    directory = vendors.get_directory()
    if directory is None:
        raise Http404
    return directory


def _come_back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("console:oidc-return"))


@never_cache
@require_safe
def oidc_start(request: HttpRequest) -> HttpResponse:
    """Lead to the directory; what must come back with the person is kept in the session."""
    directory = _get_directory()
    following = get_next_address(request, usual="console:home")
    if request.user.is_authenticated:
        return go_on(request, following)
    try:
        started = directory.start(redirect_uri=_come_back_to(request))
    except vendors.UnableToSignInThere as refusal:
        return _say_failure(request, word_refusal(refusal))
    request.session.set_expiry(1800)
    kept = [started.state, started.nonce, started.verifier, following, timezone.now().timestamp()]
    request.session[_TRY] = kept
    return redirect(started.address)


@never_cache
@require_safe
def oidc_return(request: HttpRequest) -> HttpResponse:
    """Take who came back from the directory; without a second factor shown there, ours is next."""
    directory = _get_directory()
    kept: Any = request.session.pop(_TRY, None)
    at = timezone.now()
    is_ours = kept is not None and constant_time_compare(kept[0], request.GET.get("state", ""))
    if not is_ours or request.user.is_authenticated or at.timestamp() - kept[4] > _LIVES_S:
        return _say_failure(request, str(REFUSALS["too-late"]))
    try:
        if "error" in request.GET:
            raise vendors.UnableToSignInThere("The directory let nobody in.", code="refused")
        person = directory.finish(
            code=request.GET.get("code", ""), redirect_uri=_come_back_to(request), verifier=kept[2], nonce=kept[1],
            at=at,
        )  # fmt: skip
        _user, refused = identity.sign_in_by_directory(
            request=request, issuer=person.issuer, subject=person.subject, claims=person.claims,
            policy=identity.get_directory_policy(), at=at,
        )  # fmt: skip
    except BusinessError as refusal:
        return _say_failure(request, word_refusal(refusal))
    request.session[_ID_TOKEN] = person.id_token
    if refused:
        told = {"roles": word_roles(tuple(sorted({role for role, _beside in refused})))}
        messages.error(request, _("统一登录给的这些岗位不能由同一人担任，没有添加：%(roles)s。") % told)
    response = go_on(request, kept[3])
    keep_on_device(response, read_preferences(request))
    keep_known_device(request, response)
    return response


def _say_failure(request: HttpRequest, failure: str) -> HttpResponse:
    return render(request, "console/identity/_oidc_failure.html", {"failure": failure})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """
    End the session here, then lead on to the directory's sign-out where one came from there.

    By a page in between: a form of ours may lead nowhere but here (form-action of the content security policy).
    """
    id_token = str(request.session.get(_ID_TOKEN, ""))
    identity.sign_out(request=request, at=timezone.now())
    directory = vendors.get_directory()
    here = reverse("console:sign-in")
    address = None
    if id_token and directory is not None:
        back = request.build_absolute_uri(here)
        address = directory.make_sign_out_address(id_token=id_token, redirect_uri=back)
    if address is None:
        response = redirect(here)
    else:
        response = render(request, "console/identity/_signed_out.html", {"address": address})
        response.headers["Refresh"] = f"1; url={address}"
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
