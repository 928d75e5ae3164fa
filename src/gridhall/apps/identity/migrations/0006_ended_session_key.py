"""By which key a session was known that was ended from elsewhere, as a digest: so that its device can be told why."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("identity", "0005_work_identities")]

    operations = [
        migrations.AddField("usersession", "ended_key", models.CharField(blank=True, default="", max_length=64)),
        migrations.AddIndex(
            "usersession",
            models.Index(condition=models.Q(("ended_key__gt", "")), fields=["ended_key"], name="ended_sessions_by_key"),
        ),
    ]
