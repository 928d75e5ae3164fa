"""How names are read: kept beside each name by the database itself, whoever writes it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Value
from django.db.models.functions import Replace

READ_NAME = (
    "SELECT pinyin, initials INTO NEW.name_pinyin, NEW.name_initials FROM accounts_read_name(NEW.name); RETURN NEW;"
)


def name_in_pinyin(name: str) -> pgtrigger.Trigger:
    """Keep a name's reading beside it, whoever writes the name: an action, an import, a statement by hand."""
    return pgtrigger.Trigger(
        name=name, when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.UpdateOf("name"), func=READ_NAME
    )


def joined_pinyin() -> OpClass:
    """`zhang da shan` as it is typed, `zhangdashan`, found by its beginning."""
    return OpClass(Replace("name_pinyin", Value(" "), Value("")), name="text_pattern_ops")


class HanziReading(models.Model):
    """How a character, or a phrase in which it is read otherwise, is read; `^单` is 单 as a surname."""

    text = models.CharField(max_length=8, primary_key=True)
    pinyin = models.CharField(max_length=60)

    class Meta:
        managed = False  # filled once by its migration, and not emptied with the rest between tests

    def __str__(self) -> str:
        return f"{self.text} {self.pinyin}"


class NamedInPinyin(models.Model):
    """What has a `name` and its reading: `zhang da shan` sorts, `zds` is typed. Written by `name_in_pinyin`."""

    name_pinyin = models.TextField(default="", db_default="", db_collation="C", editable=False)
    name_initials = models.TextField(default="", db_default="", db_collation="C", editable=False)

    class Meta:
        abstract = True
