-- about: Calls and times of functions, which the server counts where track_functions is `pl` or `all`; else there is
--    nothing to see. Functions of one name with other arguments are summed.
-- detail: yes
-- scope: database
-- interval: 5m
-- timeout: 10s
-- limit: 3000 series
-- rows: none
-- label schemaname: Schema of the function.
-- label funcname: Name of the function or procedure.
-- counter pg_stat_user_functions_calls_total: Calls (calls).
-- counter pg_stat_user_functions_time_seconds_total: Time spent in it and in the functions that it called, in seconds
--    (total_time).
-- counter pg_stat_user_functions_self_time_seconds_total: Time spent in it alone, in seconds (self_time).
-- gauge pg_stat_user_functions_stats_reset_timestamp_seconds: When this was last reset for one of them, in
--    seconds since 1970; absent if never (stats_reset).
-- sql:
SELECT s.schemaname, s.funcname,
       pg_catalog.sum(s.calls) AS pg_stat_user_functions_calls_total,
       pg_catalog.sum(s.total_time) / 1000 AS pg_stat_user_functions_time_seconds_total,
       pg_catalog.sum(s.self_time) / 1000 AS pg_stat_user_functions_self_time_seconds_total
     , extract(epoch FROM pg_catalog.max(s.stats_reset)) AS pg_stat_user_functions_stats_reset_timestamp_seconds --[19..]
FROM pg_catalog.pg_stat_user_functions AS s
-- Temporary functions go with their session.
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
GROUP BY s.schemaname, s.funcname
ORDER BY pg_catalog.sum(s.self_time) DESC, s.schemaname, s.funcname
