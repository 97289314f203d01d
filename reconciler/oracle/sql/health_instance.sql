SELECT logins FROM v$instance
