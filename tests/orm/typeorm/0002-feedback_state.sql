CREATE TABLE "feedback" ("id" SERIAL NOT NULL, "stars" smallint NOT NULL, "text" character varying(500), "eventId" integer, "visitorId" integer, CONSTRAINT "PK_8389f9e087a57689cd5be8b2b13" PRIMARY KEY ("id"));
CREATE TYPE "public"."event_state" AS ENUM('planned', 'open', 'over');
ALTER TABLE "event" ADD "state" "public"."event_state" NOT NULL DEFAULT 'planned';
ALTER TABLE "ticket" ADD "soldAt" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now();
ALTER TABLE "feedback" ADD CONSTRAINT "FK_4bc0741bd5753569557a142a112" FOREIGN KEY ("eventId") REFERENCES "event"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
ALTER TABLE "feedback" ADD CONSTRAINT "FK_22dc0a4a455ddeb0ca1465c4f06" FOREIGN KEY ("visitorId") REFERENCES "visitor"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
