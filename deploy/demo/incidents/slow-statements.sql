select pg_sleep(5);
