-- about: The texts of the 100 statements that statements/top shows, cut to 400 characters and to one line. Off until you
--    turn it on, for two reasons: to get any text, the server reads the file that has all of them; and a text may say what
--    monitoring should not know. Constants of queries are replaced by $1, those of utility commands are not, so a text
--    with a literal and the word password is withheld.
-- enabled: no
-- cost: medium
-- interval: 1h
-- timeout: 20s
-- needs: role pg_read_all_stats
-- needs 14..: setting compute_query_id = on | auto | regress
-- limit: 100 series
-- covers: extension pg_stat_statements 1.8..: 1.8 came with PostgreSQL 13; an older one was not updated after
--    pg_upgrade, which ALTER EXTENSION pg_stat_statements UPDATE does.
-- label queryid: Hash of the statement without its constants.
-- label usename: User who ran it; `unknown (OID=...)` once dropped.
-- label datname: Database in which it ran; `unknown (OID=...)` once dropped.
-- label query: The text, normalised.
-- gauge pg_stat_statements_query_info: Always 1.
-- sql:
WITH top AS MATERIALIZED (
    -- false: without the texts. The same 100 as in statements/top.
    SELECT s.queryid, s.userid, s.dbid, pg_catalog.sum(s.total_exec_time) AS time
    FROM @extschema:pg_stat_statements@.pg_stat_statements(false) AS s
    GROUP BY s.queryid, s.userid, s.dbid
    ORDER BY pg_catalog.sum(s.total_exec_time) DESC, s.queryid, s.userid, s.dbid
    LIMIT 100
),
text AS (
    -- An entry for its runs at top level and from 1.9 on another for those within functions may be worded differently.
    SELECT t.queryid, t.userid, t.dbid, t.time, pg_catalog.min(s.query) AS query
    FROM top AS t
    JOIN @extschema:pg_stat_statements@.pg_stat_statements(true) AS s USING (queryid, userid, dbid)
    GROUP BY t.queryid, t.userid, t.dbid, t.time
)
SELECT x.queryid,
       pg_catalog.pg_get_userbyid(x.userid) AS usename,
       coalesce((SELECT d.datname::text FROM pg_catalog.pg_database AS d WHERE d.oid = x.dbid), 'unknown (OID=' || x.dbid || ')')
           AS datname,
       CASE WHEN x.query ~* 'password' AND (x.query LIKE '%''%' OR x.query ~ '\$\w*\$') THEN '<withheld: it may have a password>'
            -- Cut before the expression, too, that a text of a megabyte costs nothing.
            ELSE pg_catalog.left(pg_catalog.btrim(pg_catalog.regexp_replace(pg_catalog.left(x.query, 4000), '\s+', ' ', 'g')), 400)
       END AS query,
       1 AS pg_stat_statements_query_info
FROM text AS x
-- By the labels, as in statements/top.
GROUP BY 1, 2, 3, 4
ORDER BY pg_catalog.sum(x.time) DESC, 1, 2, 3, 4
