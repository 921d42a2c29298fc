-- migrate:up transaction:false
create index concurrently players_by_name on players (lower(name));

-- migrate:down transaction:false
drop index concurrently players_by_name;
