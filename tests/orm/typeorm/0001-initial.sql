CREATE TABLE "venue" ("id" SERIAL NOT NULL, "name" character varying(50) NOT NULL DEFAULT '', "city" character varying(40) NOT NULL, "seats" smallint NOT NULL DEFAULT '100', CONSTRAINT "PK_c53deb6d1bcb088f9d459e7dbc0" PRIMARY KEY ("id"));
CREATE TABLE "event" ("id" SERIAL NOT NULL, "title" character varying(120) NOT NULL, "startsAt" TIMESTAMP NOT NULL, "venueId" integer NOT NULL, CONSTRAINT "PK_30c2f3bbaf6d34a55f8ae6e4614" PRIMARY KEY ("id"));
CREATE TABLE "visitor" ("id" SERIAL NOT NULL, "name" character varying(80) NOT NULL, "email" character varying(100) NOT NULL, CONSTRAINT "PK_ba6ae421d03de90a99ed838741d" PRIMARY KEY ("id"));
CREATE TABLE "ticket" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "price" numeric(8,2) NOT NULL, "seat" character varying(6), "eventId" integer NOT NULL, "visitorId" integer NOT NULL, CONSTRAINT "PK_d9a0835407701eb86f874474b7c" PRIMARY KEY ("id"));
ALTER TABLE "event" ADD CONSTRAINT "FK_0a7a72120769940b25f994863c7" FOREIGN KEY ("venueId") REFERENCES "venue"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "ticket" ADD CONSTRAINT "FK_cb22a51617991265571be41b74f" FOREIGN KEY ("eventId") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE NO ACTION;
ALTER TABLE "ticket" ADD CONSTRAINT "FK_00d70eef663341d086e94b38f99" FOREIGN KEY ("visitorId") REFERENCES "visitor"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
