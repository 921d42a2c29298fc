CREATE TABLE "speaker" ("id" SERIAL NOT NULL, "name" character varying(80) NOT NULL, "fee" numeric(10,2), CONSTRAINT "PK_8441432fc32d602d417bf2687a9" PRIMARY KEY ("id"));
CREATE TABLE "event_speaker" ("eventId" integer NOT NULL, "speakerId" integer NOT NULL, CONSTRAINT "PK_af70cc6c6206374e807ab3c5b40" PRIMARY KEY ("eventId", "speakerId"));
CREATE INDEX "IDX_93c5cb3db6dd9d3b8d4b7d8f04" ON "event_speaker"  ("eventId");
CREATE INDEX "IDX_9e1beb6ab0e0ef9c40dbdd5ef5" ON "event_speaker"  ("speakerId");
ALTER TABLE "event_speaker" ADD CONSTRAINT "FK_93c5cb3db6dd9d3b8d4b7d8f049" FOREIGN KEY ("eventId") REFERENCES "event"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "event_speaker" ADD CONSTRAINT "FK_9e1beb6ab0e0ef9c40dbdd5ef5a" FOREIGN KEY ("speakerId") REFERENCES "speaker"("id") ON DELETE CASCADE ON UPDATE CASCADE;
