SELECT name, value FROM v$parameter WHERE name IN ('job_queue_processes', 'resource_limit')
