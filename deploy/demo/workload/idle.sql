select count(*) from invoice;
\sleep 600 s
