ALTER TABLE "review" DROP COLUMN "text";
ALTER TABLE "review" ADD "text" character varying(500);
ALTER TABLE "ticket" ALTER COLUMN "price" TYPE numeric(8,2);
ALTER TABLE "venue" DROP COLUMN "seats";
ALTER TABLE "venue" ADD "seats" smallint NOT NULL DEFAULT '100';
ALTER TABLE "venue" DROP COLUMN "name";
ALTER TABLE "venue" ADD "name" character varying(50) NOT NULL DEFAULT '';
