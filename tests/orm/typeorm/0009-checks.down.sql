ALTER TABLE "ticket" DROP CONSTRAINT "CHK_ticket_price";
ALTER TABLE "venue" DROP CONSTRAINT "CHK_venue_seats";
