"""Bringing in accounts and all that belongs to them from CSV files."""

from gridhall.apps.accounts.actions.importing.files import FileReport, ImportReport, UnableToImport, import_accounts

__all__ = ["FileReport", "ImportReport", "UnableToImport", "import_accounts"]
