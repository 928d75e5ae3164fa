"""Enumerations of notifications."""

from django.db import models


class MessageKind(models.TextChoices):
    """What a message is about; each has a template of its name in `catalogue/messages`."""

    BILL_ISSUED = "BILL_ISSUED", "A new bill"
    BILLS_ISSUED = "BILLS_ISSUED", "New bills of several accounts"
    BILL_CORRECTED = "BILL_CORRECTED", "A corrected bill"
    ACCOUNT_BOUND = "ACCOUNT_BOUND", "An account was bound"
    ACCESS_OFFERED = "ACCESS_OFFERED", "An account was offered to you"
    ACCESS_GRANTED = "ACCESS_GRANTED", "An account was shared with you"
    ACCESS_SHARED = "ACCESS_SHARED", "Your account was shared with somebody"
    ACCESS_REVOKED = "ACCESS_REVOKED", "You no longer see an account"
    NEW_DEVICE = "NEW_DEVICE", "A new device signed in"
    PASSWORD_CHANGED = "PASSWORD_CHANGED", "The password was changed"
    EXPORT_MADE = "EXPORT_MADE", "Your data was exported"
    FEEDBACK_ANSWERED = "FEEDBACK_ANSWERED", "Your feedback was answered"


class MessageGroupKind(models.TextChoices):
    """What belongs together among the preferences."""

    BILLS = "BILLS", "Bills"
    ACCESS = "ACCESS", "Accounts and sharing"
    SECURITY = "SECURITY", "Safety of the login"
    SERVICE = "SERVICE", "Answers to you"


class ChannelKind(models.TextChoices):
    """Ways by which a message reaches a person."""

    IN_APP = "IN_APP", "In the app"
    SMS = "SMS", "Text message"
    WEB_PUSH = "WEB_PUSH", "Web push"


class DeliveryStatusKind(models.TextChoices):
    """Where a delivery stands."""

    WAITING = "WAITING", "Waits for its time"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Handed to the channel"
    FAILED = "FAILED", "Given up after several tries"
    DROPPED = "DROPPED", "No longer wanted or of use"


class MessageBoxKind(models.TextChoices):
    """Ways of looking at one's messages."""

    INBOX = "INBOX", "All but the archived"
    UNREAD = "UNREAD", "Unread"
    ARCHIVE = "ARCHIVE", "Archived"


class MessageChangeKind(models.TextChoices):
    """What a person does with messages."""

    READ = "READ", "Mark as read"
    UNREAD = "UNREAD", "Mark as unread"
    ARCHIVE = "ARCHIVE", "Archive"
    RESTORE = "RESTORE", "Take out of the archive"


class FeedbackKind(models.TextChoices):
    """What a person tells us about a page."""

    WRONG = "WRONG", "Something is wrong"
    UNCLEAR = "UNCLEAR", "Something is hard to understand"
    WISH = "WISH", "Something is missing"
    PRAISE = "PRAISE", "Something is good"
