INSERT INTO "payment" ("amount", "kind") SELECT i * 7, CASE WHEN i % 3 = 0 THEN 'cash' ELSE 'card' END::"payment_kind_enum" FROM generate_series(1, 300) AS i;
UPDATE "ticket" SET "paymentId" = 1 + ("price"::integer * 3) % 300 WHERE "price" > 20;
UPDATE "event" SET "state" = 'cancelled' WHERE "id" % 31 = 0;
