ALTER TABLE "event" ADD "slug" character varying(60);
ALTER TABLE "event" ADD CONSTRAINT "UQ_9d0d870657c4fac264cdca048e8" UNIQUE ("slug");
CREATE INDEX "IDX_venue_city" ON "venue"  ("city");
