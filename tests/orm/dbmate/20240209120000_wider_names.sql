-- migrate:up
alter table teams alter column name type varchar(120);
alter table players alter column number type integer;
alter table players alter column number set default 0;

-- migrate:down
alter table players alter column number drop default;
alter table players alter column number type smallint;
alter table teams alter column name type varchar(40);
