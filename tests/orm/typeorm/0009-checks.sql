ALTER TABLE "venue" ADD CONSTRAINT "CHK_venue_seats" CHECK ("seats" > 0);
ALTER TABLE "ticket" ADD CONSTRAINT "CHK_ticket_price" CHECK ("price" >= 0);
