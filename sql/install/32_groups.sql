-- Migrations that switch in the order of their start.
CREATE VIEW hotswap.groups AS
SELECT m.options ->> 'group' AS group_name, row_number() OVER (PARTITION BY m.options ->> 'group' ORDER BY m.number)::integer AS position,
       m.migration_id, m.name, m.state, m.phase,
       m.direction = 'forward' AND m.state NOT IN ('cancelled', 'rolled_back')
           AND NOT EXISTS (SELECT FROM hotswap._migration_steps t WHERE t.migration_id = m.migration_id AND t.state <> 'done' AND t.phase NOT IN ('bake', 'contract')) AS switched,
       m.state NOT IN ('completed', 'cancelled', 'rolled_back')
           AND (m.direction = 'undo' OR EXISTS (SELECT FROM hotswap._migration_steps t WHERE t.migration_id = m.migration_id AND t.state <> 'done'
                                                   AND t.phase NOT IN ('bake', 'contract'))) AS others_wait,
       m.reason AS waiting_for
  FROM hotswap._migrations m
 WHERE m.options ? 'group' AND m.script_id IS NULL
 ORDER BY 1, 2;
COMMENT ON VIEW hotswap.groups IS
    'the members of every group in the order in which they switch: which have switched, which the others wait for, and what each waits for itself';
