ALTER TABLE "visitor" ADD "languages" text array NOT NULL DEFAULT '{}';
ALTER TABLE "visitor" ADD "birthday" date;
ALTER TABLE "ticket" ADD CONSTRAINT "UQ_ticket_seat" UNIQUE ("eventId", "seat", "visitorId");
