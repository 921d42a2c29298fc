insert into teams (name) select 'Team ' || i from generate_series(1, 24) as i;
insert into players (team_id, name, number) select 1 + i % 24, 'Player ' || i, i % 99 from generate_series(1, 480) as i;
