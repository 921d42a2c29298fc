ALTER TABLE "ticket" DROP CONSTRAINT "FK_33bcab3730355b8d90c7163716c";
CREATE TYPE "public"."event_state_old" AS ENUM('planned', 'open', 'over');
ALTER TABLE "event" ALTER COLUMN "state" TYPE "public"."event_state_old" USING "state"::"text"::"public"."event_state_old";
DROP TYPE "public"."event_state";
ALTER TYPE "public"."event_state_old" RENAME TO "event_state";
ALTER TABLE "ticket" DROP COLUMN "paymentId";
DROP TABLE "payment";
DROP TYPE "public"."payment_kind_enum";
