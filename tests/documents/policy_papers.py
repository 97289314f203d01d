"""Documents about rules, with every field they can have; they go with the valid set of `conftest`."""

from __future__ import annotations

FULL = """\
    apiVersion: grants/v1
    kind: Policy
    metadata: {name: full}
    spec:
      targets: {labels: {env: prod}}
      maxDuration: 7d
      forbidden: ["* ANY *", "role:dba", "DELETE on hr.*", "proxy:hr_app", WITH GRANT OPTION]
      rules:
        - name: payroll-reads
          effect: allow
          access: ["SELECT on hr.*", "bundle:payroll-support", 'UPDATE on HR."Pay".salary', "role:HR_*"]
          requesters: [payroll, alice]
          kinds: [human]
          identities: [existing, temporary]
          maxDuration: 8h
        - {name: no-services, effect: deny, access: ["*"], kinds: [service]}
      hours: {zone: Europe/Berlin, days: [mon, fri], from: "07:00", to: "24:00"}
      notice: {least: 1h, most: 30d}
      limits: {concurrent: 3, extensions: 0, hoursAWeek: 40h}
      exceptions:
        - {rules: [policy.too-long], requests: [year-end], requesters: [payroll], owner: bob, reason: Year end, until: 2027-01-15T00:00:00Z}
      separations:
        - {name: pay-and-approve, one: ["UPDATE on HR.PAYROLL"], other: ["EXECUTE on FIN.APPROVE*"], reason: Nobody pays himself}
      risk:
        factors: {environment: 30}
        labels: {env=prod: 20}
      approvals:
        evidence: github
        activateWithin: 3d
        chains:
          - {upTo: 20, preApproved: true}
          - upTo: 60
            steps:
              - {count: 1, of: [owners]}
          - steps:
              - all: [{count: 1, of: [owners]}, {count: 2, of: [payroll, alice]}]
              - {count: 1, of: [bob], escalate: {after: 8h, to: [alice]}}
"""

GUARD = """\
    apiVersion: grants/v1
    kind: Policy
    metadata: {name: guard}
    spec:
      documents: [Policy, Team]
      approvals: {evidence: signatures, chains: [{steps: [{count: 1, of: [payroll]}]}]}
"""

PAY = """\
    apiVersion: grants/v1
    kind: Classification
    metadata: {name: pay}
    spec:
      targets: {labels: {env: prod}}
      level: restricted
      category: pay
      owners: [payroll]
      columns: [hr.employees.salary, 'HR."Pay".NET', "*.*.IBAN*"]
"""

CASES = """\
    apiVersion: grants/v1
    kind: PolicyTest
    metadata: {name: cases}
    spec:
      cases:
        - name: a week is the most
          request:
            requester: alice
            reason: Year end
            targets: [hr-prod]
            identity: {temporary: {}}
            access: [{bundle: payroll-support}]
            window: {duration: 20d}
          expect: {verdict: deny, rules: [policy.too-long]}
        - name: payroll may read
          request:
            requester: bob
            reason: Year end
            targets: [hr-prod]
            identity: {user: BOB}
            access: [{privileges: [SELECT], on: HR.EMPLOYEES}]
            window: {duration: 2h}
          expect: {verdict: allow, approvals: [1 of payroll], risk: {atLeast: 30, atMost: 60}}
"""
