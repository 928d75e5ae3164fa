"""The shared interface as a Django app: its templates, static files and tags."""

from django.apps import AppConfig


class SharedInterfaceConfig(AppConfig):
    """Registers the shared interface with Django."""

    name = "gridhall.interfaces.shared"
    label = "shared_interface"
