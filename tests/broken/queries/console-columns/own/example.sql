-- about: A console query whose columns cannot be made out.
-- scope: pgbouncer
-- interval: 10s
-- limit: 10 series
-- gauge own_product = cl_active * 2: No multiplication.
-- gauge own_share = cl_active / 0: No such number.
-- gauge own_where = value where key: What value.
-- sql:
SHOW CONFIG
