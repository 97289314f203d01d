-- The logon check: which client networks a temporary user may log on from. Its trigger fires at every logon, so a DBA asks for it (--logon-check).
CREATE TABLE :gate:.LOGON_NETWORKS (
  username VARCHAR2(128) NOT NULL,
  network VARCHAR2(64) NOT NULL,
  low CHAR(32) NOT NULL,
  high CHAR(32) NOT NULL,
  CONSTRAINT LOGON_NETWORKS_PK PRIMARY KEY (username, network)
)
/
