-- The jobs that end leases: only those in our own schema can be ours. Instants travel as UTC text, because the driver drops the zone.
SELECT job_name, TO_CHAR(SYS_EXTRACT_UTC(start_date), 'YYYY-MM-DD HH24:MI:SS.FF6') AS first_run, enabled, comments,
       NVL(failure_count, 0) AS failures, job_type, job_action, repeat_interval
  FROM dba_scheduler_jobs
 WHERE owner = :account AND job_name LIKE :pattern ESCAPE '\'
