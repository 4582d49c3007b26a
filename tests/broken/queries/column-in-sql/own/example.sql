-- about: An SQL query that names its columns as a console query does.
-- interval: 10s
-- limit: 10 series
-- gauge own_backlog = count: Orders that wait.
-- sql:
SELECT 1 AS own_backlog
