-- migrate:up
alter table matches add column home_goals smallint not null default 0;
alter table matches add column guest_goals smallint not null default 0;
update matches set home_goals = id % 5, guest_goals = id % 3;
alter table matches add constraint matches_goals check (home_goals >= 0 and guest_goals >= 0);

-- migrate:down
alter table matches drop constraint matches_goals;
alter table matches drop column guest_goals;
alter table matches drop column home_goals;
