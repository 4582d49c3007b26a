-- about: Load of the machine.
-- scope: host
-- interval: 15s
-- limit: 5 series
-- gauge machine_load = load1: How many want to work.
-- sql:
SHOW TEMPERATURE
