DROP INDEX "public"."IDX_ticket_sold";
DROP INDEX "public"."IDX_event_open";
