"""What notifications does: tell users, deliver it, keep what they want, hear what they tell us."""

from gridhall.apps.notifications.actions.changing import (
    UnableToChangeMessages,
    UnableToChangeMessageSettings,
    change_messages,
    mark_all_read,
    open_message,
    undo_change,
    update_message_settings,
)
from gridhall.apps.notifications.actions.delivering import deliver_due, deliver_next
from gridhall.apps.notifications.actions.feedback import (
    UnableToGiveFeedback,
    UnableToSettleFeedback,
    answer_feedback,
    give_feedback,
    settle_feedback,
    settle_many,
)
from gridhall.apps.notifications.actions.forgetting import forget_user
from gridhall.apps.notifications.actions.push import (
    UnableToSubscribe,
    end_push_of_session,
    subscribe_push,
    unsubscribe_push,
)
from gridhall.apps.notifications.actions.sending import (
    DELIVER_TASK,
    Letter,
    UnableToSendMessage,
    send_message,
    send_messages,
)

__all__ = [
    "DELIVER_TASK",
    "Letter",
    "UnableToChangeMessageSettings",
    "UnableToChangeMessages",
    "UnableToGiveFeedback",
    "UnableToSendMessage",
    "UnableToSettleFeedback",
    "UnableToSubscribe",
    "answer_feedback",
    "change_messages",
    "deliver_due",
    "deliver_next",
    "end_push_of_session",
    "forget_user",
    "give_feedback",
    "mark_all_read",
    "open_message",
    "send_message",
    "send_messages",
    "settle_feedback",
    "settle_many",
    "subscribe_push",
    "undo_change",
    "unsubscribe_push",
    "update_message_settings",
]
