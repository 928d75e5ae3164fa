"""Enumerations of identity."""

from django.db import models


class AppearanceKind(models.TextChoices):
    """Light, dark, or whatever the device says."""

    AUTO = "AUTO", "Follow the device"
    LIGHT = "LIGHT", "Light"
    DARK = "DARK", "Dark"


class ReadingModeKind(models.TextChoices):
    """Normal or large type (长辈模式)."""

    NORMAL = "NORMAL", "Normal"
    LARGE = "LARGE", "Large type"


class StaffRoleKind(models.TextChoices):
    """What a member of staff may do; who may not hold which together stands in rules/duties.py."""

    CLERK = "CLERK", "Clerk at the counter"
    BILLING = "BILLING", "Billing"
    BILLING_APPROVER = "BILLING_APPROVER", "Approves bill runs"
    METERING = "METERING", "Metering"
    TARIFF = "TARIFF", "Tariffs"
    TARIFF_APPROVER = "TARIFF_APPROVER", "Approves tariffs"
    MANAGER = "MANAGER", "Manager, reads all"
    AUDITOR = "AUDITOR", "Auditor, reads all masked"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator of users and roles"


class CodePurposeKind(models.TextChoices):
    """What a one-time code was asked for; a code serves this and nothing else."""

    SIGN_IN = "SIGN_IN", "Sign in"
    NEW_PASSWORD = "NEW_PASSWORD", "Set a new password"
    PROOF = "PROOF", "Prove once more who one is"
    LINK = "LINK", "Link a way to sign in"


class SignInMethodKind(models.TextChoices):
    """By what somebody was let in."""

    PASSWORD = "PASSWORD", "Password"
    CODE = "CODE", "Phone and code"
    PASSKEY = "PASSKEY", "Passkey"
    WECHAT = "WECHAT", "WeChat"
    ALIPAY = "ALIPAY", "Alipay"
    OIDC = "OIDC", "The company's directory"
    OTHER = "OTHER", "Opened otherwise"


class SecondFactorKind(models.TextChoices):
    """What a member of staff showed besides."""

    TOTP = "TOTP", "Authenticator app"
    PASSKEY = "PASSKEY", "Passkey"
    RECOVERY_CODE = "RECOVERY_CODE", "Recovery code"
    DIRECTORY = "DIRECTORY", "Shown to the company's directory"


class SessionEndKind(models.TextChoices):
    """Why a session is over."""

    SIGNED_OUT = "SIGNED_OUT", "Signed out"
    ENDED = "ENDED", "Ended from another device"
    CREDENTIALS_CHANGED = "CREDENTIALS_CHANGED", "A way to sign in was changed"
    IDLE = "IDLE", "Not used for long"
    TOO_OLD = "TOO_OLD", "Open for long"
    OTHER_DEVICE = "OTHER_DEVICE", "Came from another device"
    OTHER_NETWORK = "OTHER_NETWORK", "Came from another network"
    USER_GONE = "USER_GONE", "The user is closed or erased"


class FailureKind(models.TextChoices):
    """What somebody tried in vain."""

    PASSWORD = "PASSWORD", "Wrong password"
    SECOND_FACTOR = "SECOND_FACTOR", "Wrong second factor"


class SignInProviderKind(models.TextChoices):
    """Whose sign-in one may use."""

    WECHAT = "WECHAT", "WeChat"
    ALIPAY = "ALIPAY", "Alipay"
