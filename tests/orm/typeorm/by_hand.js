// What a person writes into a migration before what TypeORM generates: it would drop a column and add it again where its type
// changes, and knows no renames. By step; a function gets the QueryRunner.
// SPDX-License-Identifier: PostgreSQL
module.exports = {
  7: async (runner) => {
    await runner.renameColumn('event', 'title', 'headline');
    await runner.renameTable('feedback', 'review');
  },
  12: [`UPDATE "ticket" SET "seat" = '' WHERE "seat" IS NULL`],
  13: [`ALTER TABLE "event" ALTER COLUMN "headline" TYPE text`],
  15: [
    `ALTER TABLE "event" ALTER COLUMN "id" TYPE bigint`,
    `ALTER SEQUENCE "event_id_seq" AS bigint`,
    `ALTER TABLE "ticket" ALTER COLUMN "eventId" TYPE bigint`,
    `ALTER TABLE "review" ALTER COLUMN "eventId" TYPE bigint`,
    `ALTER TABLE "poster" ALTER COLUMN "eventId" TYPE bigint`,
    `ALTER TABLE "event_speaker" ALTER COLUMN "eventId" TYPE bigint`,
  ],
  16: [
    `ALTER TABLE "event" ALTER COLUMN "startsAt" TYPE TIMESTAMP WITH TIME ZONE USING "startsAt" AT TIME ZONE 'UTC'`,
    `ALTER TABLE "payment" ALTER COLUMN "amount" TYPE bigint`,
  ],
  18: [`UPDATE "event" SET "slug" = 'event-' || "id" WHERE "slug" IS NULL`],
  19: (runner) => runner.dropTable('poster'),
};
