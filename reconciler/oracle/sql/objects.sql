-- The objects of the schemas that documents name, and the columns of the tables that they limit to columns. Left out is what Oracle makes by itself:
-- generated and secondary objects, storage of nested tables, sequences of identity columns, and what lies in the recycle bin; of SYS there are directories
-- and editions, which have no other owner. For reviews there are the sizes of tables and what views read, both of the schemas that match `described`, and
-- the columns that match `classified`; not of the gatekeeper's column views, of which everything is known. What views read comes first because it uses most columns: the first part of a UNION gives the description of the rows.
WITH customers AS (
  SELECT username FROM dba_users WHERE oracle_maintained = 'N' AND username <> :gate
),
described AS (
  SELECT u.username FROM customers u WHERE EXISTS (SELECT 1 FROM (:described:) p WHERE u.username LIKE p.owner ESCAPE '\')
)
SELECT 'D' AS kind, owner, name, referenced_type AS detail, referenced_owner, referenced_name
  FROM dba_dependencies
 WHERE (owner IN (SELECT username FROM described) OR referenced_owner IN (SELECT username FROM described))
   AND owner IN (SELECT username FROM customers) AND referenced_owner IN (SELECT username FROM customers)
   AND type IN ('VIEW', 'MATERIALIZED VIEW') AND referenced_type IN ('TABLE', 'VIEW', 'MATERIALIZED VIEW')
   AND referenced_link_name IS NULL AND (owner <> referenced_owner OR name <> referenced_name)
UNION ALL
SELECT 'O', owner, object_name, object_type, NULL, NULL
  FROM dba_objects
 WHERE (:schemas = '*' OR INSTR(:schemas, '"' || owner || '"') > 0)
   AND (owner NOT IN (SELECT username FROM dba_users WHERE oracle_maintained = 'Y') OR object_type IN ('DIRECTORY', 'EDITION'))
   AND object_type NOT IN ('INDEX', 'LOB', 'TRIGGER', 'PACKAGE BODY', 'TYPE BODY', 'DATABASE LINK', 'JOB', 'CLUSTER')
   AND object_type NOT LIKE '%PARTITION'
   AND generated = 'N' AND secondary = 'N'
   AND object_name NOT LIKE 'BIN$%' AND object_name NOT LIKE 'ISEQ$$%'
   AND (owner, object_name) NOT IN (SELECT owner, table_name FROM dba_tables WHERE nested = 'YES')
UNION ALL
SELECT 'C', owner, table_name, column_name, NULL, NULL
  FROM dba_tab_columns
 WHERE INSTR(:tables, '"' || owner || '"."' || table_name || '"') > 0
UNION ALL
SELECT 'S', owner, table_name, TO_CHAR(num_rows), NULL, NULL
  FROM dba_tables
 WHERE owner IN (SELECT username FROM described) AND num_rows IS NOT NULL AND table_name NOT LIKE 'BIN$%'
UNION ALL
SELECT 'K', c.owner, c.table_name, c.column_name, NULL, NULL
  FROM dba_tab_columns c
 WHERE c.owner IN (SELECT username FROM customers) AND c.table_name NOT LIKE 'BIN$%'
   AND EXISTS (SELECT 1 FROM (:classified:) p
                WHERE c.owner LIKE p.owner ESCAPE '\' AND c.table_name LIKE p.name ESCAPE '\' AND c.column_name LIKE p.part ESCAPE '\')
