BEGIN
  :status := DBMS_LOCK.RELEASE(:handle);
END;
