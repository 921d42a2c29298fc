CREATE INDEX "IDX_event_open" ON "event"  ("startsAt") WHERE "slug" IS NOT NULL;
CREATE INDEX "IDX_ticket_sold" ON "ticket"  ("soldAt");
