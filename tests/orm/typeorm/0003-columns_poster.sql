CREATE TABLE "poster" ("id" SERIAL NOT NULL, "file" text NOT NULL, "eventId" integer, CONSTRAINT "REL_b81cc99f258b6c60011bc39cad" UNIQUE ("eventId"), CONSTRAINT "PK_653af1301e69e557fc1375ced90" PRIMARY KEY ("id"));
ALTER TABLE "venue" ADD "place" point;
ALTER TABLE "venue" ADD "closedOn" date;
ALTER TABLE "event" ADD "info" jsonb NOT NULL DEFAULT '{}';
ALTER TABLE "visitor" ADD "newsletter" boolean NOT NULL DEFAULT false;
ALTER TABLE "poster" ADD CONSTRAINT "FK_b81cc99f258b6c60011bc39cad3" FOREIGN KEY ("eventId") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE NO ACTION;
