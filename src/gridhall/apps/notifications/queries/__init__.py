"""Everything that is read from notifications. Who asks comes in as `viewer`; each sees his own."""

from __future__ import annotations

from gridhall.apps.notifications.queries.catalog import find_catalog_faults, get_template, list_templates
from gridhall.apps.notifications.queries.feedback import (
    FeedbackView,
    count_open_feedback,
    get_feedback,
    list_feedback,
    list_feedback_page,
)
from gridhall.apps.notifications.queries.messages import (
    DeliveryView,
    MessagePage,
    MessageView,
    MissingMessage,
    count_changed,
    count_unread,
    export_messages,
    find_messages,
    get_message,
    list_messages,
    read_user_with_unread,
)
from gridhall.apps.notifications.queries.settings import (
    DeviceView,
    KindSetting,
    MessageSettings,
    get_message_settings,
    get_push_key,
)

__all__ = [
    "DeliveryView",
    "DeviceView",
    "FeedbackView",
    "KindSetting",
    "MessagePage",
    "MessageSettings",
    "MessageView",
    "MissingMessage",
    "count_changed",
    "count_open_feedback",
    "count_unread",
    "export_messages",
    "find_catalog_faults",
    "find_messages",
    "get_feedback",
    "get_message",
    "get_message_settings",
    "get_push_key",
    "get_template",
    "list_feedback",
    "list_feedback_page",
    "list_messages",
    "list_templates",
    "read_user_with_unread",
]
