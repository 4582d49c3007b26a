-- Left out: words, what is set for pgvigil's role, and TimeZone, which its driver sets for the session.
SELECT jsonb_build_object('metric', 'pg_changed_settings_info', 'value', 1,
                          'labels', jsonb_strip_nulls(jsonb_build_object('name', name, 'setting', setting, 'unit', unit, 'source', source, 'pending_restart', pending_restart::text)))
FROM (SELECT name, nullif(setting, boot_val) AS setting, unit, source, pending_restart FROM pg_settings WHERE vartype <> 'string' AND (setting <> boot_val OR pending_restart)
      UNION ALL
      SELECT name, NULL, unit, source, pending_restart FROM pg_settings WHERE vartype = 'string' AND (setting <> coalesce(boot_val, 'unset') OR pending_restart)) AS s
WHERE pending_restart OR name <> 'TimeZone' AND source NOT IN ('default', 'override', 'client', 'session', 'user', 'database', 'database user')
  AND name NOT IN (SELECT split_part(s, '=', 1) FROM pg_db_role_setting, unnest(setconfig) AS s WHERE setrole = 'pgvigil'::regrole);
