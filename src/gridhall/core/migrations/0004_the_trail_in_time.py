"""Reading the audit trail in the order of time, however it is narrowed: each way has an index that ends in the time."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("core", "0003_events_by_subject")]

    operations = [
        migrations.AlterField("event", "kind", models.CharField(max_length=80)),
        migrations.AlterField("event", "happened_at", models.DateTimeField()),
        migrations.AddIndex("event", models.Index(fields=["happened_at", "id"], name="core_event_in_time")),
        migrations.AddIndex("event", models.Index(fields=["kind", "happened_at", "id"], name="core_event_of_a_kind")),
        migrations.AddIndex("event", models.Index(fields=["actor", "happened_at", "id"], name="core_event_by_actor")),
        migrations.RunSQL(
            "CREATE INDEX core_event_user ON core_event ((payload ->> 'user_id'), happened_at, id)"
            " WHERE payload ->> 'user_id' IS NOT NULL",
            "DROP INDEX core_event_user",
        ),
        # Events that change no page carry no scope, but may be about an account all the same: notes, exports.
        migrations.RunSQL(
            "CREATE INDEX core_event_account ON core_event ((payload ->> 'account_id'), id)"
            " WHERE scope IS NULL AND payload ->> 'account_id' IS NOT NULL",
            "DROP INDEX core_event_account",
        ),
    ]
