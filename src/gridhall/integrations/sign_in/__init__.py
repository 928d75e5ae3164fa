"""
Signing in by WeChat and Alipay.

The setting GRIDHALL_SIGN_IN chooses: `vendors`, `sandbox`, `off`, or `auto` (vendors where keys are given, the sandbox
in a demo county, else off).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from gridhall.integrations.demo_county import is_demo_county
from gridhall.integrations.sign_in.alipay import AlipaySignIn
from gridhall.integrations.sign_in.base import Person, SignInProvider, UnableToSignInThere
from gridhall.integrations.sign_in.sandbox import (
    ALIPAY_APP,
    PERSONS,
    WECHAT_APP,
    WECHAT_SECRET,
    SandboxVendors,
    make_keys,
)
from gridhall.integrations.sign_in.wechat import WeChatSignIn

if TYPE_CHECKING:
    from gridhall.integrations.sign_in.oidc import OidcClient

__all__ = [
    "PERSONS",
    "Person",
    "SignInProvider",
    "UnableToSignInThere",
    "get_directory",
    "get_provider",
    "get_sandbox",
    "has_directory",
    "is_sandbox",
    "list_providers",
]


def is_sandbox() -> bool:
    """Tell whether the vendors are played by the sandbox: as the settings say, or in a demo county without keys."""
    if settings.GRIDHALL_SIGN_IN == "auto":
        return not (_has_wechat() or _has_alipay()) and is_demo_county()
    return settings.GRIDHALL_SIGN_IN == "sandbox"


def has_directory() -> bool:
    """Tell whether the settings name a directory of the company (OpenID Connect)."""
    return bool(settings.GRIDHALL_OIDC["issuer"])


def get_directory() -> OidcClient | None:
    """Give the company's directory, None where there is none."""
    if not has_directory():
        return None
    told = settings.GRIDHALL_OIDC
    return _make_directory(told["issuer"], told["client_id"], told["client_secret"], told["scope"])


@cache
def _make_directory(issuer: str, client_id: str, client_secret: str, scope: str) -> OidcClient:
    # Its libraries take long to load; who never signs in by a directory never waits for them.
    from gridhall.integrations.sign_in.oidc import OidcClient

    return OidcClient(issuer=issuer, client_id=client_id, client_secret=client_secret, scope=scope)


def list_providers() -> list[str]:
    """List by whom one may sign in here."""
    if settings.GRIDHALL_SIGN_IN == "off":
        return []
    if is_sandbox():
        return ["WECHAT", "ALIPAY"]
    return [name for name, is_there in (("WECHAT", _has_wechat()), ("ALIPAY", _has_alipay())) if is_there]


def get_provider(name: str, *, sandbox_page: str) -> SignInProvider | None:
    """
    Give one vendor's sign-in, None if it is not on offer.

    :param sandbox_page: the address of the page on which one chooses a test person, used by the sandbox only.
    """
    if name not in list_providers():
        return None
    if is_sandbox():
        if name == "WECHAT":
            return WeChatSignIn(
                app_id=WECHAT_APP, secret=WECHAT_SECRET, authorize=sandbox_page, transport=get_sandbox()
            )
        return AlipaySignIn(
            app_id=ALIPAY_APP,
            private_key=make_keys("app")[0],
            alipay_public_key=make_keys("alipay")[1],
            authorize=sandbox_page,
            transport=get_sandbox(),
        )
    if name == "WECHAT":
        return WeChatSignIn(**settings.GRIDHALL_WECHAT)
    kept = settings.GRIDHALL_ALIPAY
    return AlipaySignIn(
        app_id=kept["app_id"],
        private_key=Path(kept["private_key_file"]).read_text(),
        alipay_public_key=Path(kept["alipay_public_key_file"]).read_text(),
    )


@cache
def get_sandbox() -> SandboxVendors:
    """Give the vendors as we play them."""
    return SandboxVendors(settings.SECRET_KEY)


def _has_wechat() -> bool:
    return all(settings.GRIDHALL_WECHAT.values())


def _has_alipay() -> bool:
    return all(settings.GRIDHALL_ALIPAY.values())
