UPDATE book SET kind = 'comic', keywords = ARRAY['drawn', 'no ' || id] WHERE id % 9 = 0;
UPDATE book SET kind = 'poetry' WHERE id % 9 = 1;
UPDATE branch SET opened = date '1990-01-01' + id, address = jsonb_build_object('street', id || ' Long Road');
