-- Runs many statements in one round trip, each with an outcome of its own. Statements of one group are steps of one change: after a step that failed the
-- others of its group are not run (code 1). What says that the session is gone or the call cancelled is not an outcome and ends the block.
DECLARE
  statements DBMS_SQL.VARCHAR2A;
  groups DBMS_SQL.NUMBER_TABLE;
  codes DBMS_SQL.NUMBER_TABLE;
  messages DBMS_SQL.VARCHAR2A;
  broken NUMBER := 0;
BEGIN
  statements := :statements;
  groups := :groups;
  FOR i IN 1 .. statements.COUNT LOOP
    codes(i) := 1;
    messages(i) := ' ';
    IF groups(i) <> broken THEN
      BEGIN
        EXECUTE IMMEDIATE statements(i);
        codes(i) := 0;
      EXCEPTION WHEN OTHERS THEN
        IF SQLCODE IN (-28, -1012, -1013, -1089, -1092, -3113, -3114, -3135) THEN
          RAISE;
        END IF;
        codes(i) := SQLCODE;
        messages(i) := SUBSTR(SQLERRM, 1, 500);
        IF SQLCODE NOT IN (-1927, -1951, -1952, -25709) THEN
          broken := groups(i);
        END IF;
      END;
    END IF;
  END LOOP;
  :codes := codes;
  :messages := messages;
END;
