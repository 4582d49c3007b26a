select bid, sum(abalance), max(abalance) from pgbench_accounts group by bid order by 2;
\sleep 4 s
