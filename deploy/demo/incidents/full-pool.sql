-- Each transaction takes a connection of the pool for longer than others like to wait.
begin;
select pg_sleep(5);
commit;
