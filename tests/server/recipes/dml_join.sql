-- setup
CREATE TABLE t (id int PRIMARY KEY, v int);
CREATE TABLE u (id int PRIMARY KEY, v int);
-- ddl
UPDATE t SET v = u.v FROM u WHERE u.id = t.id
-- refused 0A000 subquery
