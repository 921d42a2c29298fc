-- migrate:up
alter table players alter column id type bigint;

-- migrate:down
alter table players alter column id type integer;
