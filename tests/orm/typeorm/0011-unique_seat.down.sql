ALTER TABLE "ticket" DROP CONSTRAINT "UQ_ticket_seat";
ALTER TABLE "visitor" DROP COLUMN "birthday";
ALTER TABLE "visitor" DROP COLUMN "languages";
