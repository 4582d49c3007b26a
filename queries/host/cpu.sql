-- about: What the processors of the machine spend their time on.
-- scope: host
-- interval: 15s
-- timeout: 2s
-- limit: 20 series
-- rows: 8 a server
-- label mode: What on: user, nice, system, idle, iowait, irq, softirq, steal.
-- counter pg_host_cpu_seconds_total = seconds: Time of all processors in this mode (/proc/stat).
-- sql:
SHOW CPU
