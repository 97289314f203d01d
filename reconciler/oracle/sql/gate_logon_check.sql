-- The logon check: which client networks a temporary user (JITU_*) may log on from. Its trigger fires at every logon of the database, so it is installed only
-- where a DBA wants it. It looks at nobody but temporary users, and depends on no object that could make it invalid: an invalid logon trigger keeps
-- everybody out but administrators (ORA-04098). To remove it: DROP TRIGGER :gate:.LOGON_CHECK
-- Whoever holds ADMINISTER DATABASE TRIGGER, and SYSDBA, is let in whatever it says: temporary users get neither from here.

-- Room for the few rows below, in whatever tablespace this schema's tables go to.
DECLARE
  place VARCHAR2(128);
BEGIN
  SELECT default_tablespace INTO place FROM sys.dba_users WHERE username = :gate_name:;
  EXECUTE IMMEDIATE 'ALTER USER :gate: QUOTA 1M ON ' || DBMS_ASSERT.ENQUOTE_NAME(place, FALSE);
END;
/
-- The owner of a trigger that fires for the whole database needs it. Nobody can log on as this owner.
GRANT ADMINISTER DATABASE TRIGGER TO :gate:
/
-- One row a network. LOW and HIGH are its first and last address as text of one length, digits only: text of digits is in the same order in every language.
CREATE TABLE :gate:.LOGON_NETWORKS (
  username VARCHAR2(128) NOT NULL,
  network VARCHAR2(64) NOT NULL,
  low VARCHAR2(41) NOT NULL,
  high VARCHAR2(41) NOT NULL,
  CONSTRAINT LOGON_NETWORKS_PK PRIMARY KEY (username, network)
)
/
-- To compare it with the documents. Rows are written by the package alone.
GRANT SELECT ON :gate:.LOGON_NETWORKS TO :account:
/
CREATE OR REPLACE TRIGGER :gate:.LOGON_CHECK AFTER LOGON ON DATABASE
DECLARE
  who VARCHAR2(128);
  place VARCHAR2(50);
  networks NUMBER;
  fitting NUMBER;

  -- '4' or '6' and the eight parts of the address, five digits each; NULL for what is no address. IPv4 is written as IPv6 has it, ::ffff:10.1.2.3.
  FUNCTION comparable(address VARCHAR2) RETURN VARCHAR2 IS
    text VARCHAR2(200) := LOWER(REGEXP_REPLACE(address, '%.*$', ''));
    quad VARCHAR2(100);
    gap NUMBER;
    part VARCHAR2(100);
    parts VARCHAR2(50);
  BEGIN
    IF INSTR(text, '.') > 0 THEN
      quad := REGEXP_SUBSTR(text, '[^:]+$');
      text := NVL(SUBSTR(text, 1, LENGTH(text) - LENGTH(quad)), '::ffff:');
      IF NOT REGEXP_LIKE(quad, '^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$') THEN
        RETURN NULL;
      END IF;
      FOR i IN 1 .. 4 LOOP
        part := REGEXP_SUBSTR(quad, '[0-9]+', 1, i);
        IF TO_NUMBER(part) > 255 THEN
          RETURN NULL;
        END IF;
        text := text || LPAD(LOWER(TO_CHAR(TO_NUMBER(part), 'FMXX')), 2, '0');
        IF i = 2 THEN
          text := text || ':';
        END IF;
      END LOOP;
    END IF;
    gap := INSTR(text, '::');
    IF gap > 0 THEN
      text := SUBSTR(text, 1, gap - 1) || RPAD(':0', 2 * (8 - REGEXP_COUNT(text, '[^:]+')), ':0') || ':' || SUBSTR(text, gap + 2);
    END IF;
    IF NVL(REGEXP_COUNT(text, '[^:]+'), 0) <> 8 THEN
      RETURN NULL;
    END IF;
    FOR i IN 1 .. 8 LOOP
      part := REGEXP_SUBSTR(text, '[^:]+', 1, i);
      IF NOT REGEXP_LIKE(part, '^[0-9a-f]{1,4}$') THEN
        RETURN NULL;
      END IF;
      parts := parts || TO_CHAR(TO_NUMBER(part, 'XXXX'), 'FM00000');
    END LOOP;
    IF SUBSTR(parts, 1, 30) = '000000000000000000000000065535' THEN
      RETURN '4' || parts;
    END IF;
    RETURN '6' || parts;
  END;
BEGIN
  who := SYS_CONTEXT('USERENV', 'SESSION_USER');
  IF SUBSTR(who, 1, 5) = 'JITU_' THEN
    BEGIN
      place := comparable(SYS_CONTEXT('USERENV', 'IP_ADDRESS'));
      -- dynamic, so that nothing that happens to the table makes the trigger invalid
      EXECUTE IMMEDIATE 'SELECT COUNT(*), COUNT(CASE WHEN :1 BETWEEN low AND high THEN 1 END) FROM :gate:.LOGON_NETWORKS WHERE username = :2'
        INTO networks, fitting USING place, who;
    EXCEPTION WHEN OTHERS THEN
      RAISE_APPLICATION_ERROR(-20012, 'whether this temporary user may log on from here cannot be told');
    END;
    IF networks > 0 AND fitting = 0 THEN
      RAISE_APPLICATION_ERROR(-20012, 'this temporary user may not log on from this client network');
    END IF;
  END IF;
END;
/
