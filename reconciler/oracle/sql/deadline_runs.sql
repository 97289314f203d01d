-- The newest run of each job; the log outlives the job.
SELECT r.job_name, TO_CHAR(SYS_EXTRACT_UTC(r.actual_start_date), 'YYYY-MM-DD HH24:MI:SS.FF6') AS started, r.status,
       NVL(r.error#, 0) AS error_number
  FROM dba_scheduler_job_run_details r
 WHERE r.owner = :account
   AND r.log_id IN (SELECT MAX(log_id) FROM dba_scheduler_job_run_details
                     WHERE owner = :account AND job_name LIKE :pattern ESCAPE '\' GROUP BY job_name)
