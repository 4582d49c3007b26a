-- about: Load of the machine.
-- scope: host
-- interval: 15s
-- limit: 5 series
-- gauge machine_load = load60: How many want to work.
-- sql:
SHOW LOAD
