-- about: The settings that are words, as labels of one series that is always 1. They are what pgvigil's own session
--    sees, as with server/settings.
-- interval: 1m
-- timeout: 2s
-- limit: 1 series
-- label wal_level: How much WAL holds: minimal, replica or logical.
-- label archive_mode: Whether WAL is archived: off, on, or always (a standby archives too).
-- label synchronous_commit: What a commit waits for: off, local, remote_write, on or remote_apply.
-- label synchronous_standby_names: Which standbys a synchronous commit waits for; empty means none.
-- label huge_pages: Whether shared memory asks for huge pages: off, on or try.
-- label wal_sync_method: How WAL is forced to disk.
-- label recovery_target_timeline: Which timeline a standby follows.
-- gauge pg_settings_info: Always 1; the labels are the settings.
-- sql:
SELECT pg_catalog.current_setting('wal_level') AS wal_level,
       pg_catalog.current_setting('archive_mode') AS archive_mode,
       pg_catalog.current_setting('synchronous_commit') AS synchronous_commit,
       pg_catalog.current_setting('synchronous_standby_names') AS synchronous_standby_names,
       pg_catalog.current_setting('huge_pages') AS huge_pages,
       pg_catalog.current_setting('wal_sync_method') AS wal_sync_method,
       pg_catalog.current_setting('recovery_target_timeline') AS recovery_target_timeline,
       1 AS pg_settings_info
