"""The portal interface as a Django app: its templates, static files and tags."""

from django.apps import AppConfig


class PortalInterfaceConfig(AppConfig):
    """Registers the portal interface with Django."""

    name = "gridhall.interfaces.portal"
    label = "portal_interface"
