DELETE FROM "typeorm_metadata" WHERE "type" = 'GENERATED_COLUMN' AND "name" = 'label' AND "database" = 'ty' AND "schema" = 'public' AND "table" = 'event';
ALTER TABLE "event" DROP COLUMN "label";
