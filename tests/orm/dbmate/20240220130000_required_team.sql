-- migrate:up
update players set team_id = 1 where team_id is null;
alter table players alter column team_id set not null;
alter table players add constraint players_one_number unique (team_id, name);

-- migrate:down
alter table players drop constraint players_one_number;
alter table players alter column team_id drop not null;
