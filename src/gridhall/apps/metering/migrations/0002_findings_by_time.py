"""Failures that wait, by their time: the desk pages through them without sorting."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="validationfinding",
            index=models.Index(fields=["status", "period_start_at", "id"], name="finding_by_time"),
        ),
    ]
