-- Sits idle in a transaction, then runs a query of some seconds in it, then leaves the others in peace for a while.
begin;
update invoice set amount = round(amount) where id between 500 and 600;
\sleep 10 s
select pg_sleep(5);
commit;
\sleep 25 s
