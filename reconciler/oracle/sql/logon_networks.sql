-- Which client networks temporary users may log on from. The table is there only with the logon check.
SELECT username, network, low, high
  FROM "RECONCILER_GATE".LOGON_NETWORKS
