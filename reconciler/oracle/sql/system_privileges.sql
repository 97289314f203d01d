SELECT name FROM system_privilege_map
