insert into matches (home_id, guest_id, played_on) select 1 + i % 24, 1 + (i + 5) % 24, date '2024-02-01' + i / 12 from generate_series(1, 300) as i;
