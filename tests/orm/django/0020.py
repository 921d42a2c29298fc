# Data migration: written by hand, as Django expects it.
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [('shop', '0019_drop_tags')]
    operations = [
        migrations.RunSQL(
            "UPDATE shop_product SET slug = lower(regexp_replace(name, '[^A-Za-z0-9]+', '-', 'g')) || '-' || id WHERE slug IS NULL",
            'UPDATE shop_product SET slug = NULL'),
    ]
