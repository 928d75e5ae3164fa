"""Members of staff who come in by the company's directory."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

METHODS = [
    ("PASSWORD", "Password"),
    ("CODE", "Phone and code"),
    ("PASSKEY", "Passkey"),
    ("WECHAT", "WeChat"),
    ("ALIPAY", "Alipay"),
    ("OIDC", "The company's directory"),
    ("OTHER", "Opened otherwise"),
]


class Migration(migrations.Migration):

    dependencies = [("identity", "0004_sign_in_and_sessions")]

    operations = [
        migrations.AlterField("usersession", "method", models.CharField(choices=METHODS, max_length=8)),
        migrations.CreateModel(
            name="WorkIdentity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issuer", models.CharField(max_length=255)),
                ("subject", models.CharField(max_length=255)),
                ("linked_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("issuer", "subject"), name="a_person_at_work_is_one_user"),
                    models.UniqueConstraint(fields=("issuer", "user"), name="one_person_at_work_an_issuer"),
                ],
            },
        ),
    ]
