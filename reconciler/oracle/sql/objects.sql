-- The objects of the schemas that documents name, and the columns of the tables that they limit to columns. Left out is what Oracle makes by itself:
-- generated and secondary objects, storage of nested tables, sequences of identity columns, and what lies in the recycle bin; of SYS there are directories
-- and editions, which have no other owner.
SELECT 'O' AS kind, owner, object_name AS name, object_type AS detail
  FROM dba_objects
 WHERE (:schemas = '*' OR INSTR(:schemas, '"' || owner || '"') > 0)
   AND (owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y') OR object_type IN ('DIRECTORY', 'EDITION'))
   AND object_type NOT IN ('INDEX', 'LOB', 'TRIGGER', 'PACKAGE BODY', 'TYPE BODY', 'DATABASE LINK', 'JOB', 'CLUSTER')
   AND object_type NOT LIKE '%PARTITION'
   AND generated = 'N' AND secondary = 'N'
   AND object_name NOT LIKE 'BIN$%' AND object_name NOT LIKE 'ISEQ$$%'
   AND (owner, object_name) NOT IN (SELECT owner, table_name FROM dba_tables WHERE nested = 'YES')
UNION ALL
SELECT 'C', owner, table_name, column_name
  FROM dba_tab_columns
 WHERE INSTR(:tables, '"' || owner || '"."' || table_name || '"') > 0
