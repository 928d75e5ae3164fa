"""
Finding a part of a Chinese name or address by an index.

pg_trgm takes no trigram from Chinese where the database's locale is C, as it is in the embedded one: its indexes then
answer with every row. Pairs of neighboring characters do not depend on the locale.
"""

from django.db import migrations

PAIRS = """
CREATE FUNCTION accounts_pairs(value text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(value, place, 2)), '{}')
      FROM generate_series(1, char_length(value) - 1) place
$$
"""
INDEXES = {
    "location_address_pairs": "accounts_servicelocation USING gin (accounts_pairs(address))",
    "party_name_pairs": "accounts_party USING gin (accounts_pairs(name))",
    "account_name_pairs": "accounts_customeraccount USING gin (accounts_pairs(name))",
}


class Migration(migrations.Migration):

    dependencies = [("accounts", "0006_names_in_pinyin")]

    operations = [
        migrations.RunSQL(PAIRS, "DROP FUNCTION accounts_pairs(text)"),
        *(migrations.RunSQL(f"CREATE INDEX {name} ON {what}", f"DROP INDEX {name}") for name, what in INDEXES.items()),
    ]
