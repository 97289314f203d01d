-- Waits for the right to work on a target. The lock outlives commits (every GRANT commits) and ends with the session at the latest. Mode 6 is exclusive.
BEGIN
  DBMS_LOCK.ALLOCATE_UNIQUE('RECONCILER_' || SYS_CONTEXT('USERENV', 'CON_NAME'), :handle);
  :status := DBMS_LOCK.REQUEST(:handle, 6, :seconds, FALSE);
END;
