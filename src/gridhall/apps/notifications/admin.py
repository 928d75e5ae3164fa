"""What operators see of notifications in Django's admin, where it is switched on: to look, not to change."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin

from gridhall.apps.notifications.models import Delivery, Feedback


class LookingAdmin(admin.ModelAdmin):
    """Read-only: changes go through actions."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class DeliveryAdmin(LookingAdmin):
    """Deliveries, without the words of the messages."""

    list_display = ("channel", "status", "due_at", "attempts", "ended_at", "detail")
    list_filter = ("channel", "status")


class FeedbackAdmin(LookingAdmin):
    """What people told us."""

    list_display = ("number", "kind", "rating", "page", "given_at", "settled_at")
    list_filter = ("kind",)


if apps.is_installed("django.contrib.admin"):
    admin.site.register(Delivery, DeliveryAdmin)
    admin.site.register(Feedback, FeedbackAdmin)
