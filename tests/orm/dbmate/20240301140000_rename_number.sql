-- migrate:up
alter table players rename column number to shirt;

-- migrate:down
alter table players rename column shirt to number;
