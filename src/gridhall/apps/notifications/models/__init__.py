"""What notifications keeps."""

from gridhall.apps.notifications.models.feedback import Feedback
from gridhall.apps.notifications.models.messages import Delivery, Message
from gridhall.apps.notifications.models.preferences import MessagePreference, PushSubscription, QuietHours

__all__ = ["Delivery", "Feedback", "Message", "MessagePreference", "PushSubscription", "QuietHours"]
