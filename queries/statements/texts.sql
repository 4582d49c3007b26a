-- about: The texts of the 100 statements with the most execution time since the last reset, cut to 400 characters and to one
--    line; statements/top may show others, too. Off until you turn it on, for two reasons: to get any text, the server
--    reads the file that has all of them; and a text may say what monitoring should not know. Constants of queries are
--    replaced by $1 as a rule, and a text ends (...) where one or a comment was left in it. Constants of utility commands
--    are not replaced, so only the command is shown: CREATE ROLE.
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
-- label query: The text, normalised; of a utility command its name; `<withheld>` if it begins with neither.
-- gauge pg_stat_statements_query_info: Always 1.
-- sql:
WITH top AS MATERIALIZED (
    -- false: without the texts.
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
),
begun AS (
    -- What follows the comments before the command, of no more than 4000 characters, so that a text of a megabyte costs nothing. A comment that has
    -- another one in it stays, and no command is found. By the rules of C, as in Turkish an i is no I.
    SELECT t.*, pg_catalog.regexp_replace(pg_catalog.left(t.query, 4000) COLLATE pg_catalog."C",
                                          '^(?:\s|--[^\n\r]*[\n\r]|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)+', '') AS body
    FROM text AS t
),
shown AS (
    SELECT b.*,
           CASE WHEN b.body ~* '^[\s(]*(?:select|insert|update|delete|merge|values|with|table)\y'
                -- To the first quote or comment: a constant may be there that was not replaced, as when the entry was dropped while it ran.
                THEN pg_catalog.regexp_replace(b.body, '(?:''|\$(?!\d)|--|/\*).*$', '...')
                ELSE pg_catalog.upper(pg_catalog.substring(b.body, '(?i)^((?:'
                    || '(?:alter|create|drop)(?:\s+(?:or|replace|unique|temp|temporary|unlogged|constraint|trusted|procedural))*'
                    || '(?:\s+(?:access\s+method|aggregate|cast|collation|conversion|database|default\s+privileges|domain|event\s+trigger'
                    || '|extension|foreign\s+data\s+wrapper|foreign\s+table|function|group|index|language|large\s+object|materialized\s+view'
                    || '|operator|owned|policy|procedure|publication|role|routine|rule|schema|sequence|server|statistics|subscription|system'
                    || '|table|tablespace|text\s+search|transform|trigger|type|user\s+mapping|user|view))?'
                    || '|abort|analyse|analyze|begin|call|checkpoint|close|cluster|comment|commit|copy|deallocate|declare|discard|do|end'
                    || '|execute|explain|fetch|grant|import\s+foreign\s+schema|listen|load|lock|move|notify|prepare|reassign\s+owned'
                    || '|refresh\s+materialized\s+view|reindex|release|repack|reset|revoke|rollback|savepoint|security\s+label|set|show'
                    || '|start|truncate|unlisten|vacuum|wait'
                    || ')\y)'))
           END AS query_shown
    FROM begun AS b
)
SELECT x.queryid,
       pg_catalog.pg_get_userbyid(x.userid) AS usename,
       coalesce((SELECT d.datname::text FROM pg_catalog.pg_database AS d WHERE d.oid = x.dbid), 'unknown (OID=' || x.dbid || ')')
           AS datname,
       coalesce(pg_catalog.left(pg_catalog.btrim(pg_catalog.regexp_replace(x.query_shown, '\s+', ' ', 'g')), 400), '<withheld>') AS query,
       1 AS pg_stat_statements_query_info
FROM shown AS x
-- By the labels, as in statements/top.
GROUP BY 1, 2, 3, 4
ORDER BY pg_catalog.sum(x.time) DESC, 1, 2, 3, 4
