"""Addresses of the feedback desk."""

from __future__ import annotations

from django.urls import path

from gridhall.interfaces.console.views import feedback

FEEDBACK = [
    path("feedback/", feedback.feedback_list, name="feedback-list"),
    path("feedback/<str:number>/", feedback.feedback_detail, name="feedback-detail"),
]
