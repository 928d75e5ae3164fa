"""Readings of names: the table, the function that reads a name by it, the columns, the triggers, what is there."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from gridhall.apps.accounts.rules.pinyin import LONGEST_PHRASE, list_readings

# At each place the longest phrase that is known, else the character; what has no reading is left out, but for words
# of letters and digits, which stay as they are.
READ_NAME = f"""
CREATE FUNCTION accounts_read_name(name text, OUT pinyin text, OUT initials text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    place integer := 1;
    ends integer := char_length(name);
    size integer;
    part text;
    reading text;
    word text;
BEGIN
    pinyin := '';
    initials := '';
    WHILE place <= ends LOOP
        part := substr(name, place, 1);
        IF ascii(part) < 128 THEN
            word := lower(substring(substr(name, place) from '^[A-Za-z0-9]+'));
            IF word IS NULL THEN
                place := place + 1;
            ELSE
                pinyin := pinyin || ' ' || word;
                initials := initials || left(word, 1);
                place := place + char_length(word);
            END IF;
            CONTINUE;
        END IF;
        reading := NULL;
        IF place = 1 AND ends <= 4 THEN
            size := least(2, ends);
            WHILE size >= 1 AND reading IS NULL LOOP
                SELECT r.pinyin INTO reading FROM accounts_hanzireading r WHERE r.text = '^' || left(name, size);
                size := size - 1;
            END LOOP;
            size := size + 1;
        END IF;
        IF reading IS NULL THEN
            IF ends <= 3 THEN
                size := 1;
            ELSE
                size := least({LONGEST_PHRASE}, ends - place + 1);
            END IF;
            LOOP
                SELECT r.pinyin INTO reading FROM accounts_hanzireading r WHERE r.text = substr(name, place, size);
                EXIT WHEN reading IS NOT NULL OR size = 1;
                size := size - 1;
            END LOOP;
        END IF;
        IF reading IS NOT NULL THEN
            pinyin := pinyin || ' ' || reading;
            FOREACH word IN ARRAY string_to_array(reading, ' ') LOOP
                initials := initials || left(word, 1);
            END LOOP;
        END IF;
        place := place + size;
    END LOOP;
    pinyin := ltrim(pinyin);
END $$;
"""


def fill_readings(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor, cursor.copy(
        "COPY accounts_hanzireading (text, pinyin) FROM STDIN"
    ) as copy:
        for row in list_readings():
            copy.write_row(row)


def _columns(model):
    return [
        migrations.AddField(
            model_name=model, name=name,
            field=models.TextField(db_collation="C", db_default="", default="", editable=False),
        )
        for name in ("name_pinyin", "name_initials")
    ]


def _indexes(model, name):
    joined = django.db.models.functions.text.Replace("name_pinyin", models.Value(" "), models.Value(""))
    return [
        migrations.AddIndex(
            model_name=model,
            index=models.Index(
                django.contrib.postgres.indexes.OpClass(joined, name="text_pattern_ops"), name=f"{name}_pinyin_begins"
            ),
        ),
        migrations.AddIndex(
            model_name=model, index=models.Index(fields=["name_initials"], name=f"{name}_initials_begin")
        ),
    ]


def _read(table):
    return migrations.RunSQL(
        f"UPDATE {table} t SET name_pinyin = r.pinyin, name_initials = r.initials"
        f" FROM (SELECT id, (accounts_read_name(name)).* FROM {table}) r WHERE r.id = t.id",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_binding_slips_and_real_names")]

    operations = [
        migrations.CreateModel(
            name="HanziReading",
            fields=[
                ("text", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("pinyin", models.CharField(max_length=60)),
            ],
            options={"managed": False},
        ),
        migrations.RunSQL(
            "CREATE TABLE accounts_hanzireading (text varchar(8) PRIMARY KEY, pinyin varchar(60) NOT NULL)",
            "DROP TABLE accounts_hanzireading",
        ),
        migrations.RunPython(fill_readings, migrations.RunPython.noop),
        migrations.RunSQL(READ_NAME, "DROP FUNCTION accounts_read_name(text)"),
        *_columns("party"),
        *_columns("customeraccount"),
        _read("accounts_party"),
        _read("accounts_customeraccount"),
        # Rows that were just written have triggers pending; indexes are made after them.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        *_indexes("party", "party"),
        *_indexes("customeraccount", "account"),
        migrations.AddIndex(
            model_name="customeraccount", index=models.Index(fields=["name_pinyin", "number"], name="account_by_name")
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='customeraccount',
            trigger=pgtrigger.compiler.Trigger(name='account_name_in_pinyin', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT pinyin, initials INTO NEW.name_pinyin, NEW.name_initials FROM accounts_read_name(NEW.name); RETURN NEW;', hash='a0b9bdfa34c2d8efe230e275d02f24fc03957afc', operation='INSERT OR UPDATE OF "name"', pgid='pgtrigger_account_name_in_pinyin_3530d', table='accounts_customeraccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='party',
            trigger=pgtrigger.compiler.Trigger(name='party_name_in_pinyin', sql=pgtrigger.compiler.UpsertTriggerSql(func='SELECT pinyin, initials INTO NEW.name_pinyin, NEW.name_initials FROM accounts_read_name(NEW.name); RETURN NEW;', hash='7905de221233e64ca74b387cbc665d38073e0dd7', operation='INSERT OR UPDATE OF "name"', pgid='pgtrigger_party_name_in_pinyin_93da0', table='accounts_party', when='BEFORE')),
        ),
    ]
