"""Who signs in. What a person may see of which customer number is kept in accounts."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models

from gridhall.apps.identity import kinds
from gridhall.apps.identity.rules import normalize_phone


class UserManager(BaseUserManager["User"]):
    """Makes users by phone number."""

    def create_user(self, phone: str, password: str | None = None, **fields: object) -> User:
        """Make a user; without a password he can sign in by other means only."""
        user = self.model(phone=phone, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: object) -> User:
        """
        Make a member of staff who may do everything; `gridhall manage createsuperuser` asks for it.

        :raises ValidationError: if the phone number is none.
        """
        number = normalize_phone(phone)
        if number is None:
            raise ValidationError(f"{phone!r} is not a phone number; write it as 13812345678.")
        return self.create_user(number, password, **{**fields, "is_staff": True, "is_superuser": True})


class User(AbstractBaseUser, PermissionsMixin):
    """A person with a phone number: customer, staff, partner or public body."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    phone = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120, blank=True)
    phone_verified_at = models.DateTimeField(null=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, default="zh-hans")
    appearance = models.CharField(max_length=8, choices=kinds.AppearanceKind, default=kinds.AppearanceKind.AUTO)
    reading_mode = models.CharField(max_length=8, choices=kinds.ReadingModeKind, default=kinds.ReadingModeKind.NORMAL)
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(null=True)
    # Asked to be erased; done when the days to think it over are past.
    erasure_due_at = models.DateTimeField(null=True, db_index=True)
    erased_at = models.DateTimeField(null=True)

    objects = UserManager()
    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: list[str] = []

    def __str__(self) -> str:
        return self.name or self.phone
