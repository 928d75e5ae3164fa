"""Where energy is delivered, and what feeds it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from gridhall.apps.accounts import kinds
from gridhall.apps.accounts.models.agreements import CustomerAccount


class Place(models.Model):
    """An administrative place: county, town or village, by its national code."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=8, choices=kinds.PlaceKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    area = models.CharField(max_length=6, choices=kinds.AreaKind, default=kinds.AreaKind.RURAL)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    def __str__(self) -> str:
        return self.name


class Feeder(models.Model):
    """A medium-voltage line leaving a substation."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    substation = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class Transformer(models.Model):
    """A distribution transformer (台区) fed by a feeder."""

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    feeder = models.ForeignKey(Feeder, models.PROTECT, related_name="transformers")
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=3)

    def __str__(self) -> str:
        return self.name


class ServiceLocation(models.Model):
    """Where energy is delivered."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="service_locations")
    address = models.CharField(max_length=200)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["place", "address"], name="location_in_place"),
        ]

    def __str__(self) -> str:
        return self.address


class UsagePoint(models.Model):
    """A point at which an account takes or gives energy; each is measured by one meter at a time."""

    mrid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(max_length=32, unique=True)
    account = models.ForeignKey(CustomerAccount, models.PROTECT, related_name="usage_points")
    service_location = models.ForeignKey(ServiceLocation, models.PROTECT, related_name="usage_points")
    transformer = models.ForeignKey(Transformer, models.PROTECT, null=True, related_name="usage_points")
    feeder = models.ForeignKey(Feeder, models.PROTECT, null=True, related_name="usage_points")  # high voltage
    voltage = models.CharField(max_length=6, choices=kinds.VoltageKind)
    has_generation = models.BooleanField(default=False)
    status = models.CharField(
        max_length=12, choices=kinds.UsagePointStatusKind, default=kinds.UsagePointStatusKind.CONNECTED
    )
    connected_on = models.DateField()

    def __str__(self) -> str:
        return self.code


class CustomerTransformer(models.Model):
    """A transformer that a customer owns behind a usage point."""

    usage_point = models.ForeignKey(UsagePoint, models.CASCADE, related_name="customer_transformers")
    name = models.CharField(max_length=80)
    capacity_kva = models.DecimalField(max_digits=12, decimal_places=3)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["usage_point", "name", "starts_on"], name="customer_transformer_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="customer_transformer_has_days"
            ),
        ]

    def __str__(self) -> str:
        return self.name
