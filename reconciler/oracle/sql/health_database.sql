SELECT open_mode, database_role FROM v$database
