-- about: Sessions by how their connection is protected.
-- interval: 30s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 100 series
-- rows: 3 a server
-- label origin: socket, loopback (127.0.0.0/8 or ::1), or network.
-- label encryption: none, ssl or gss.
-- label version: Version of TLS, such as TLSv1.3; empty if it is not ssl.
-- gauge pg_sessions_by_encryption: Client sessions of this kind, WAL senders included (pg_stat_ssl, pg_stat_gssapi).
-- sql:
WITH session AS MATERIALIZED (
    SELECT a.pid,
           CASE WHEN a.client_addr IS NULL THEN 'socket'
                WHEN a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1' THEN 'loopback'
                ELSE 'network' END AS origin,
           CASE WHEN s.ssl THEN 'ssl' WHEN g.encrypted THEN 'gss' ELSE 'none' END AS encryption,
           s.version
    FROM pg_catalog.pg_stat_activity AS a
    LEFT JOIN pg_catalog.pg_stat_ssl AS s USING (pid)
    LEFT JOIN pg_catalog.pg_stat_gssapi AS g USING (pid)
    WHERE a.backend_type IN ('client backend', 'walsender')
    UNION ALL
    -- What an alert is about is 0 where there is none.
    SELECT NULL, o.origin, 'none', NULL
    FROM pg_catalog.unnest('{network,loopback,socket}'::text[]) AS o (origin)
)
SELECT origin, encryption, version,
       pg_catalog.count(pid) AS pg_sessions_by_encryption
FROM session
GROUP BY origin, encryption, version
ORDER BY encryption = 'none' DESC, pg_catalog.count(pid) DESC, origin, encryption, version
