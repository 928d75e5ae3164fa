"""Addresses of messages, search, help and feedback."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.portal.views import guidance, messages, search

MESSAGE_ADDRESSES = [
    path("messages/", messages.message_list, name="message-list"),
    path("messages/change/", messages.message_change, name="message-change"),
    path("messages/undo/", messages.message_undo, name="message-undo"),
    path("messages/settings/", messages.message_settings, name="message-settings"),
    path("messages/push/subscribe/", messages.push_subscribe, name="push-subscribe"),
    path("messages/push/unsubscribe/", messages.push_unsubscribe, name="push-unsubscribe"),
    path("messages/<uuid:mrid>/", messages.message_detail, name="message-detail"),
    path("search/", search.search, name="search"),
    path("help/", guidance.help_list, name="help-list"),
    path("help/<slug:slug>/", guidance.help_article, name="help-article"),
    path("feedback/", guidance.feedback, name="feedback"),
    path("feedback/<str:number>/", guidance.feedback_thanks, name="feedback-thanks"),
]
