"""Notes and unmaskings newest first, as the desk shows them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("workforce", "0001_notes_views_and_steps")]

    operations = [
        migrations.AddIndex(
            model_name="accountnote",
            index=models.Index(
                fields=["-written_at", "-id"], condition=models.Q(("deleted_at", None)), name="notes_newest_first"
            ),
        ),
        migrations.AddIndex(
            model_name="unmasking",
            index=models.Index(fields=["user", "-shown_at"], name="unmaskings_newest_first"),
        ),
    ]
