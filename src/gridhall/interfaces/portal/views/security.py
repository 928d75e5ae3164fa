"""How safe one's account is: the ways in, the devices, a fresh proof before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gridhall.apps.identity import actions as identity
from gridhall.apps.identity import queries
from gridhall.apps.identity.kinds import SessionEndKind
from gridhall.core.errors import BusinessError
from gridhall.integrations import sign_in as vendors
from gridhall.interfaces.portal.account_pages import signed_in_page
from gridhall.interfaces.portal.code_flow import ask_for_code, forget_code, get_code_asked
from gridhall.interfaces.portal.forms_identity import CodeForm, NewPasswordForm, OwnPasswordForm, PasskeyNameForm
from gridhall.interfaces.shared.addresses import get_next_address
from gridhall.interfaces.shared.session_watch import keep_known_device
from gridhall.interfaces.shared.words_identity import BROWSERS, METHODS, PROVIDERS, SYSTEMS, word_refusal

GET_AND_POST = ["GET", "HEAD", "POST"]
Page = Callable[..., HttpResponse]


def proved_page(view: Page) -> Page:
    """Let in only who proved a moment ago that it is still he; leads to the proof and back."""

    @signed_in_page
    @wraps(view)
    def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if queries.is_proved(request, at=request.at):
            return view(request, *args, **kwargs)
        # What was posted is not posted again: he comes back to the page with the button.
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("portal:security")
        return redirect(f"{reverse('portal:proof')}?{urlencode({'next': wanted})}")

    return page


@require_safe
@signed_in_page
def security(request: Any) -> HttpResponse:
    """Show by what one gets in, and where one is signed in."""
    user = request.user
    links = {link.provider: link for link in queries.list_links(viewer=user)}
    context = {
        "tab": "mine",
        "phone": queries.mask_phone(user.phone),
        "has_password": user.has_usable_password(),
        "passkeys": queries.list_passkeys(viewer=user),
        "links": [
            {"provider": name.lower(), "name": PROVIDERS[name], "link": links.get(name)}
            for name in dict.fromkeys([*vendors.list_providers(), *links])
        ],
        "sessions": len(_list_sessions(request)),
        "recovery_codes": queries.count_recovery_codes(viewer=user) if user.is_staff else None,
        "erasure_due_at": user.erasure_due_at,
    }
    return render(request, "portal/security/security.html", context)


@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
@signed_in_page
def proof(request: Any) -> HttpResponse:
    """Let the user prove that it is still he: by a code to his phone, or by his password."""
    following = get_next_address(request, usual="portal:security")
    posted = request.POST if request.method == "POST" else None
    by_code = CodeForm(posted if posted and "code" in posted else None)
    by_password = OwnPasswordForm(posted if posted and "password" in posted else None)
    failure, status = "", 200
    try:
        if posted is not None and "send" in posted:
            ask_for_code(request, phone=request.user.phone, purpose="PROOF", following=following)
            return redirect(f"{reverse('portal:proof')}?{urlencode({'next': following})}")
        if _prove(request, by_code, by_password):
            return redirect(following)
    except identity.UnableToSendCode as refusal:
        failure, status = word_refusal(refusal), 429 if refusal.code == "wait" else 200
    asked = get_code_asked(request, "PROOF")
    context = {
        "tab": "mine",
        "next": following,
        "phone": queries.mask_phone(request.user.phone),
        "has_password": request.user.has_usable_password(),
        "asked": asked,
        "by_code": by_code,
        "by_password": by_password,
        "failure": failure,
    }
    return render(request, "portal/security/proof.html", context, status=max(status, by_password.status))


def _prove(request: Any, by_code: CodeForm, by_password: OwnPasswordForm) -> bool:
    asked = get_code_asked(request, "PROOF")
    if by_code.is_bound and by_code.is_valid():
        try:
            mrid = asked.mrid if asked is not None else UUID(int=0)
            identity.prove_by_code(request=request, mrid=mrid, code=by_code.cleaned_data["code"], at=request.at)
        except identity.UnableToUseCode as refusal:
            by_code.refuse(refusal)
            return False
        forget_code(request)
        return True
    if by_password.is_bound and by_password.is_valid():
        try:
            identity.prove_by_password(request=request, **by_password.cleaned_data, at=request.at)
        except (identity.UnableToSignIn, identity.UnableToChangePassword) as refusal:
            by_password.refuse(refusal)
            return False
        return True
    return False


@sensitive_post_parameters("password")
@require_http_methods(GET_AND_POST)
@proved_page
def password_change(request: Any) -> HttpResponse:
    """Set a password; all other devices are signed out."""
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            identity.set_own_password(request=request, **form.cleaned_data, at=request.at)
        except identity.UnableToChangePassword as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("密码已更新，其他设备已退出登录。"))
            response = redirect("portal:security")
            keep_known_device(request, response)
            return response
    context = {"tab": "mine", "form": form, "has_password": request.user.has_usable_password()}
    return render(request, "portal/security/password_change.html", context, status=form.status)


def _list_sessions(request: Any) -> list[Any]:
    here = queries.get_current_session(request)
    return queries.list_sessions(viewer=request.user, here=here, at=request.at)


@require_safe
@signed_in_page
def session_list(request: Any) -> HttpResponse:
    """Show where one is signed in."""
    shown = [
        {
            "view": one,
            "browser": BROWSERS.get(one.browser, one.browser),
            "system": SYSTEMS.get(one.system, one.system),
            "method": METHODS.get(one.method, one.method),
            "is_phone": one.system in ("Android", "iPhone", "iPad", "HarmonyOS"),
        }
        for one in _list_sessions(request)
    ]
    return render(request, "portal/security/session_list.html", {"tab": "mine", "sessions": shown})


@require_POST
@signed_in_page
def session_end(request: Any, mrid: UUID) -> HttpResponse:
    """Sign another device out."""
    try:
        identity.end_session(user=request.user, mrid=mrid, at=request.at, actor=str(request.user.mrid))
    except identity.UnableToEndSession as refusal:
        raise Http404 from refusal
    messages.success(request, _("已退出那台设备。"))
    return redirect("portal:session-list")


@require_POST
@signed_in_page
def session_end_others(request: Any) -> HttpResponse:
    """Sign all other devices out."""
    here = queries.get_current_session(request)
    ended = identity.end_sessions(
        user=request.user, kind=SessionEndKind.ENDED, at=request.at, actor=str(request.user.mrid), but=here
    )
    messages.success(request, _("已退出 %(count)s 台其他设备。") % {"count": ended})
    return redirect("portal:session-list")


@require_safe
@proved_page
def passkey_list(request: Any) -> HttpResponse:
    """Show the passkeys, and a form to add one."""
    context = {"tab": "mine", "passkeys": queries.list_passkeys(viewer=request.user)}
    return render(request, "portal/security/passkey_list.html", context)


@require_POST
@signed_in_page
def passkey_options(request: Any) -> HttpResponse:
    """Tell the browser what passkey to make."""
    try:
        told = identity.begin_passkey(request=request, at=request.at)
    except identity.UnableToKeepPasskey as refusal:
        return HttpResponse(word_refusal(refusal), status=403, content_type="text/plain")
    return HttpResponse(told, content_type="application/json")


def _back_to_passkeys(request: HttpRequest, doing: Callable[[], object], done: str) -> HttpResponse:
    try:
        doing()
    except BusinessError as refusal:
        messages.error(request, word_refusal(refusal))
    else:
        messages.success(request, done)
    return redirect("portal:passkey-list")


@require_POST
@proved_page
def passkey_add(request: Any) -> HttpResponse:
    """Keep the passkey that the browser made."""
    credential, name = request.POST.get("credential", ""), request.POST.get("name", "")
    return _back_to_passkeys(
        request,
        lambda: identity.add_passkey(request=request, credential=credential, name=name, at=request.at),
        _("通行密钥已添加。下次登录不用再输密码。"),
    )


@require_http_methods(GET_AND_POST)
@proved_page
def passkey_rename(request: Any, mrid: UUID) -> HttpResponse:
    """Give a passkey another name."""
    known = next((one for one in queries.list_passkeys(viewer=request.user) if one.mrid == mrid), None)
    if known is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    form = PasskeyNameForm(posted, initial={"name": known.name})
    if form.is_valid():
        name = form.cleaned_data["name"]
        return _back_to_passkeys(
            request,
            lambda: identity.rename_passkey(request=request, mrid=mrid, name=name, at=request.at),
            _("名称已更改。"),
        )
    return render(request, "portal/security/passkey_rename.html", {"tab": "mine", "form": form, "passkey": known})


@require_POST
@proved_page
def passkey_remove(request: Any, mrid: UUID) -> HttpResponse:
    """Forget a passkey."""
    if all(one.mrid != mrid for one in queries.list_passkeys(viewer=request.user)):
        raise Http404
    return _back_to_passkeys(
        request,
        lambda: identity.remove_passkey(request=request, mrid=mrid, at=request.at),
        _("通行密钥已删除。请在您的设备里也删除它。"),
    )


@require_POST
@proved_page
def link_remove(request: Any, provider: str) -> HttpResponse:
    """Unlink WeChat or Alipay."""
    if provider.upper() not in PROVIDERS:
        raise Http404
    try:
        identity.unlink(request=request, provider=provider.upper(), at=request.at)
    except identity.UnableToLink:
        pass  # pressed twice: it is unlinked
    else:
        messages.success(request, _("已解除绑定。"))
    return redirect("portal:security")


@require_safe
@proved_page
def link_add(request: Any, provider: str) -> HttpResponse:
    """Lead to the vendor to link it, with a fresh proof in hand."""
    if provider.upper() not in vendors.list_providers():
        raise Http404
    following = urlencode({"next": reverse("portal:security")})
    return redirect(f"{reverse('portal:vendor-start', args=[provider])}?{following}")
