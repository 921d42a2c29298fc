ALTER TABLE "poster" DROP CONSTRAINT "FK_b81cc99f258b6c60011bc39cad3";
ALTER TABLE "visitor" DROP COLUMN "newsletter";
ALTER TABLE "event" DROP COLUMN "info";
ALTER TABLE "venue" DROP COLUMN "closedOn";
ALTER TABLE "venue" DROP COLUMN "place";
DROP TABLE "poster";
