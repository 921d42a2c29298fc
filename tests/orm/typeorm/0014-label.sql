CREATE TABLE "typeorm_metadata" ("type" character varying NOT NULL, "database" character varying, "schema" character varying, "table" character varying, "name" character varying, "value" text);
ALTER TABLE "event" ADD "label" text GENERATED ALWAYS AS (upper("headline")) STORED;
INSERT INTO "typeorm_metadata"("database", "schema", "table", "type", "name", "value") VALUES ('ty', 'public', 'event', 'GENERATED_COLUMN', 'label', 'upper("headline")');
