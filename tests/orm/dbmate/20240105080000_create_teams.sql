-- migrate:up
create table teams (
    id serial primary key,
    name varchar(40) not null
);

create table players (
    id serial primary key,
    team_id integer references teams (id),
    name varchar(80) not null,
    number smallint
);

-- migrate:down
drop table players;
drop table teams;
