"""Drop indexes of trigrams: parts of names and addresses are found by pairs of characters since 0007."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_parts_of_names_and_addresses")]

    operations = [
        migrations.RemoveIndex(model_name="party", name="party_name_trgm"),
        migrations.RemoveIndex(model_name="customeraccount", name="account_name_trgm"),
        migrations.RemoveIndex(model_name="servicelocation", name="location_address_trgm"),
    ]
