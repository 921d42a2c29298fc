ALTER TABLE "event" ALTER COLUMN "startsAt" TYPE TIMESTAMP WITH TIME ZONE USING "startsAt" AT TIME ZONE 'UTC';
ALTER TABLE "payment" ALTER COLUMN "amount" TYPE bigint;
ALTER TABLE "review" ALTER COLUMN "stars" SET DEFAULT '3';
ALTER TYPE "public"."payment_kind_enum" ADD VALUE 'voucher';
