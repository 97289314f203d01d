SELECT value FROM v$option WHERE parameter = 'Unified Auditing'
