-- migrate:up
create table matches (
    id bigserial primary key,
    home_id integer not null references teams (id),
    guest_id integer not null references teams (id),
    played_on date not null,
    constraint matches_two_teams check (home_id <> guest_id)
);
create index matches_played_on_idx on matches (played_on);
alter table teams add column founded integer;

-- migrate:down
alter table teams drop column founded;
drop table matches;
