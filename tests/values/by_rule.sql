-- Samples that follow from a view's columns by the naming rule:
--     last_..., ..._last_failure, stats_reset     ..._timestamp_seconds, seconds since 1970
--     total_..._time, ..._time                    ..._seconds_total, milliseconds / 1000
--     what :gauges matches                        the name itself
--     all others                                  ..._total
-- Variables: prefix   what stands before the column's name
--            rows     a SELECT of: labels jsonb, columns jsonb (one row of the view)
--            left_out regular expression of columns that are labels or identifiers
--            gauges   regular expression of gauges
--            tolerance expression over `name` (column) and `value` (float8); NULL is none
SELECT jsonb_strip_nulls(jsonb_build_object('metric', :'prefix' || metric, 'labels', labels, 'value', value, 'tolerance', :tolerance))
FROM (:rows) AS r (labels, columns),
     jsonb_each_text(r.columns) AS c (name, text),
     LATERAL (SELECT CASE WHEN name ~ '^last_|_last_failure$|^stats_reset$' THEN name || '_timestamp_seconds'
                          WHEN name ~ '_time$' THEN regexp_replace(name, '^total_', '') || '_seconds_total'
                          WHEN name ~ :'gauges' THEN name
                          ELSE name || '_total' END,
                     CASE WHEN name ~ '^last_|_last_failure$|^stats_reset$' THEN extract(epoch FROM text::timestamptz)::float8
                          WHEN name ~ '_time$' THEN text::float8 / 1000
                          ELSE text::float8 END) AS m (metric, value)
WHERE name !~ :'left_out' AND value IS NOT NULL;
