ALTER TABLE "venue" DROP COLUMN "name";
ALTER TABLE "venue" ADD "name" character varying(150) NOT NULL DEFAULT '';
ALTER TABLE "venue" DROP COLUMN "seats";
ALTER TABLE "venue" ADD "seats" integer NOT NULL DEFAULT '250';
ALTER TABLE "ticket" ALTER COLUMN "price" TYPE numeric(12,2);
ALTER TABLE "review" DROP COLUMN "text";
ALTER TABLE "review" ADD "text" text;
