"""Finding the events about a party, usage point or meter: an index for each key. Those of an account have a scope."""

from django.db import migrations

# `payload ->> key = value` implies that it is not null, so the planner may use an index that holds only such rows.
INDEXES = {
    "core_event_party": "party_id",
    "core_event_usage_point": "usage_point_code",
    "core_event_meter": "meter_serial",
}


class Migration(migrations.Migration):

    dependencies = [("core", "0002_whose_pages_an_event_changes")]

    operations = [
        migrations.RunSQL(
            f"CREATE INDEX {name} ON core_event ((payload ->> '{key}'), id) WHERE payload ->> '{key}' IS NOT NULL",
            f"DROP INDEX {name}",
        )
        for name, key in INDEXES.items()
    ]
