-- about: A query of an operator.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- label shop: The shop.
-- counter pg_stat_activity_count_total: Sessions.
-- gauge pg_stat_activity_count: Sessions.
-- sql:
SELECT 'north' AS shop, 3 AS pg_stat_activity_count, 4 AS pg_stat_activity_count_total
