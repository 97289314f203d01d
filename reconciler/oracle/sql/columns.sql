-- The columns of the tables of the schemas that match `described`, and what somebody wrote about them. No row of a table is read. Views are left out:
-- what they show is in the tables they read.
SELECT c.owner, c.table_name, c.column_name, c.data_type, c.char_length, m.comments
  FROM dba_tab_columns c
  JOIN dba_users u ON u.username = c.owner AND u.oracle_maintained = 'N'
  LEFT JOIN dba_col_comments m ON m.owner = c.owner AND m.table_name = c.table_name AND m.column_name = c.column_name
 WHERE EXISTS (SELECT 1 FROM (:described:) p WHERE c.owner LIKE p.owner ESCAPE '\')
   AND (c.owner, c.table_name) NOT IN (SELECT owner, view_name FROM dba_views)
   AND c.table_name NOT LIKE 'BIN$%' AND c.owner <> :gate
