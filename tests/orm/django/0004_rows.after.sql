UPDATE shop_order SET note = 'leave at the door' WHERE id % 3 = 0;
UPDATE shop_product SET sku = 'P-' || lpad(id::text, 6, '0') WHERE id % 2 = 0;
UPDATE shop_customer SET balance = id * 10, born = date '1980-01-01' + id WHERE id % 4 > 0;
