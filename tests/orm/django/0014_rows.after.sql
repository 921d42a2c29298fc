INSERT INTO shop_coupon (id, code, active, terms, countries)
  SELECT ('00000000-0000-4000-8000-' || lpad(i::text, 12, '0'))::uuid, 'CODE' || i, i % 2 = 0, jsonb_build_object('percent', i % 50), ARRAY['DE', 'AT'] FROM generate_series(1, 250) AS i;
UPDATE shop_order SET reference = 'R' || id WHERE id % 7 = 0;
