ALTER TABLE "event_speaker" DROP CONSTRAINT "FK_9e1beb6ab0e0ef9c40dbdd5ef5a";
ALTER TABLE "event_speaker" DROP CONSTRAINT "FK_93c5cb3db6dd9d3b8d4b7d8f049";
DROP INDEX "public"."IDX_9e1beb6ab0e0ef9c40dbdd5ef5";
DROP INDEX "public"."IDX_93c5cb3db6dd9d3b8d4b7d8f04";
DROP TABLE "event_speaker";
DROP TABLE "speaker";
