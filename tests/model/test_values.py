"""The value types: what they show, how they order, what they turn into."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model import privileges
from reconciler.model.changes import (
    ArmDeadline,
    Cause,
    ClearLogonNetworks,
    CreateLeaseRole,
    DropDeadline,
    DropLeaseRole,
    Grant,
    MoveDeadline,
    Narrow,
    Revoke,
    RotatePassword,
    SetLogonNetworks,
    SetProfile,
    SetReadOnly,
    effect_line,
    is_removal,
)
from reconciler.model.desired import Desired
from reconciler.model.diagnostics import Diagnostic, Origin, Severity, has_errors, ordered
from reconciler.model.documents import Mode, RemovalLimits, Scope, Target, TargetSelector
from reconciler.model.errors import DatabaseError, InvalidInputError, ReconcilerError, RefusedError
from reconciler.model.exit_codes import ExitCode, of_findings, worst
from reconciler.model.leases import EndReason, Lease, LeaseRecord, Phase, RecordStatus
from reconciler.model.ledger import Event
from reconciler.model.plan import Plan, digest_of
from reconciler.model.privileges import Entitlement, Kind, Privilege
from reconciler.model.results import ChangeOutcome, EndedBy, Execution, Receipt, Status, Verdict
from reconciler.model.snapshot import DatabaseIdentity, DeadlineJob

NOW = datetime(2026, 11, 20, 14, 0, 0, 500_000, tzinfo=UTC)
SELECT = privileges.on_object("SELECT", "HR", "EMPLOYEES")
ALICE = Entitlement("ALICE", SELECT)
IDENTITY = DatabaseIdentity("CDB1", 42, "HRPDB", 19, "19.21.0.0.0")


class TestPrivileges:
    @pytest.mark.parametrize(
        ("privilege", "text"),
        [
            (privileges.system("CREATE SESSION"), "CREATE SESSION"),
            (privileges.role("mixed"), 'role "mixed"'),
            (privileges.on_schema("SELECT ANY TABLE", "HR"), "SELECT ANY TABLE on schema HR"),
            (SELECT, "SELECT on HR.EMPLOYEES"),
            (
                privileges.on_column("UPDATE", "HR", "My T", "SALARY"),
                'UPDATE (SALARY) on HR."My T"',
            ),
        ],
    )
    def test_text(self, privilege: Any, text: Any) -> None:
        assert str(privilege) == text

    def test_text_of_entitlements(self) -> None:
        assert str(ALICE) == "ALICE: SELECT on HR.EMPLOYEES"
        assert str(ALICE._replace(with_option=True)).endswith(" with grant option")
        assert str(Entitlement("ALICE", privileges.role("R"), True)).endswith(" with admin option")

    @given(
        st.builds(
            Entitlement,
            st.text(min_size=1),
            st.builds(
                Privilege,
                st.sampled_from(Kind),
                st.text(min_size=1),
                st.text(),
                st.text(),
                st.text(),
            ),
            st.booleans(),
        )
    )
    def test_json_reads_back(self, entitlement: Any) -> None:
        assert (
            privileges.from_json(json.loads(json.dumps(privileges.to_json(entitlement))))
            == entitlement
        )

    def test_json_leaves_out_what_is_empty(self) -> None:
        assert privileges.to_json(Entitlement("ALICE", privileges.system("CREATE SESSION"))) == {
            "grantee": "ALICE",
            "kind": "system",
            "privilege": "CREATE SESSION",
        }

    @pytest.mark.parametrize("bad", [{}, {"grantee": "A", "kind": "king", "privilege": "X"}])
    def test_other_json_is_an_error(self, bad: Any) -> None:
        with pytest.raises((KeyError, ValueError)):
            privileges.from_json(bad)

    @pytest.mark.parametrize(
        ("written", "size", "shown"),
        [
            ("100M", "104857600", "100M"),
            ("1024m", "1073741824", "1G"),
            ("2t", "2199023255552", "2T"),
            ("8K", "8192", "8K"),
            ("1000", "1000", "1000"),
            ("0", "0", "0"),
            ("unlimited", "UNLIMITED", "UNLIMITED"),
        ],
    )
    def test_sizes_of_quotas_are_bytes_and_are_shown_in_the_largest_whole_unit(
        self, written: Any, size: Any, shown: Any
    ) -> None:
        assert privileges.size_in_bytes(written) == size
        assert privileges.readable_size(size) == shown

    @pytest.mark.parametrize("wrong", ["", "M", "1.5G", "10X", "many"])
    def test_what_is_no_size_is_an_error(self, wrong: Any) -> None:
        with pytest.raises(ValueError, match="invalid literal"):
            privileges.size_in_bytes(wrong)

    names = st.text(st.sampled_from("A\t\n\\nt"), max_size=4)

    @given(
        st.lists(
            st.builds(
                Entitlement,
                names,
                st.builds(Privilege, st.sampled_from(Kind), names, names, names, names),
                st.booleans(),
            ),
            min_size=2,
            max_size=2,
            unique=True,
        )
    )
    def test_two_entitlements_never_have_the_same_line(self, pair: Any) -> None:
        assert privileges.line(pair[0]) != privileges.line(pair[1])
        assert "\n" not in privileges.line(pair[0])


class TestChanges:
    CHANGES = (
        (CreateLeaseRole("fix", "JIT_FIX"), "create-role\tJIT_FIX\tfix"),
        (ArmDeadline("fix", "JIT_FIX", NOW), "arm-deadline\tJIT_FIX\tfix\t2026-11-20T14:00:00Z"),
        (
            ArmDeadline("fix", "JIT_FIX", None, timedelta(hours=4)),
            "arm-deadline\tJIT_FIX\tfix\t+4h",
        ),
        (
            MoveDeadline("fix", "JIT_FIX", None, NOW),
            "move-deadline\tJIT_FIX\tfix\t2026-11-20T14:00:00Z",
        ),
        (DropDeadline("fix", "JIT_FIX"), "drop-deadline\tJIT_FIX\tfix"),
        (DropLeaseRole("fix", "JIT_FIX"), "drop-role\tJIT_FIX\tfix"),
        (Grant(ALICE, Cause.STANDING), "grant\tALICE\tobject\tSELECT\tHR\tEMPLOYEES\t\t\t\t"),
        (
            Revoke(ALICE, Cause.DRIFT, "HR"),
            "revoke\tALICE\tobject\tSELECT\tHR\tEMPLOYEES\t\t\t\t\tHR",
        ),
        (
            RotatePassword("ETL", "etl", NOW),
            "rotate-password\tETL\tetl\t2026-11-20T14:00:00Z",
        ),
        (SetReadOnly("fix", "JITU_FIX"), "set-read-only\tJITU_FIX\tfix"),
        (SetProfile("fix", "JITU_FIX", "JITP_I15"), "set-profile\tJITU_FIX\tfix\tJITP_I15"),
        (
            SetLogonNetworks("fix", "JITU_FIX", ("10.1.0.0/16", "192.168.0.0/24")),
            "set-networks\tJITU_FIX\tfix\t10.1.0.0/16\t192.168.0.0/24",
        ),
        (ClearLogonNetworks("JITU_FIX"), "clear-networks\tJITU_FIX"),
        (
            Narrow(ALICE, (ALICE,), Cause.DRIFT, grantor="HR"),
            "narrow\t{0}\tHR\t{0}".format("ALICE\tobject\tSELECT\tHR\tEMPLOYEES\t\t\t\t"),
        ),
    )

    @pytest.mark.parametrize(
        ("change", "line"),
        CHANGES,
        ids=[line.partition("\t")[0] + str(number) for number, (_, line) in enumerate(CHANGES)],
    )
    def test_effect_lines(self, change: Any, line: Any) -> None:
        assert effect_line(change) == line

    def test_an_effect_line_leaves_out_place_and_cause(self) -> None:
        here = Grant(ALICE, Cause.DRIFT, "", Origin("a.yaml", 3, 1))
        assert effect_line(here) == effect_line(Grant(ALICE, Cause.STANDING))

    def test_what_the_brake_counts(self) -> None:
        counted = [cause for cause in Cause if is_removal(Revoke(ALICE, cause))]
        assert counted == [Cause.STANDING_REMOVED, Cause.DRIFT]
        assert is_removal(Narrow(ALICE, (), Cause.DRIFT))
        assert not is_removal(Grant(ALICE, Cause.DRIFT))

    def test_the_digest_is_of_target_database_and_effects_in_order(self) -> None:
        one, two = Grant(ALICE, Cause.STANDING), Revoke(ALICE, Cause.DRIFT)
        digest = digest_of("hr", IDENTITY, [one, two])
        assert digest.startswith("sha256:")
        assert (
            len(
                {
                    digest,
                    digest_of("hr", IDENTITY, [two, one]),
                    digest_of("x", IDENTITY, [one, two]),
                    digest_of("hr", IDENTITY, []),
                }
            )
            == 4
        )

    def test_a_plan_without_changes_is_empty(self) -> None:
        plan = Plan("hr", Mode.ADDITIVE, "c", NOW, IDENTITY, (), (), (), (), (), "sha256:0")
        assert plan.is_empty


class TestDiagnostics:
    def test_origins(self) -> None:
        assert [str(found) for found in (Origin("a.yaml"), Origin("a.yaml", 3, 5))] == [
            "a.yaml",
            "a.yaml:3:5",
        ]

    def test_order_is_by_place_severity_rule_and_text_and_each_comes_once(self) -> None:
        late = Diagnostic("b", "x", Origin("b.yaml", 1, 1))
        warning = Diagnostic("a", "x", Origin("a.yaml", 2, 1), Severity.WARNING)
        error = Diagnostic("z", "x", Origin("a.yaml", 2, 1))
        nowhere = Diagnostic("z", "y")
        assert ordered([late, warning, error, nowhere, error]) == (nowhere, error, warning, late)

    def test_errors(self) -> None:
        assert has_errors([Diagnostic("a", "x")])
        assert not has_errors(
            [
                Diagnostic("a", "x", severity=Severity.WARNING),
                Diagnostic("a", "x", severity=Severity.NOTICE),
            ]
        )


class TestErrors:
    def test_one_error_is_one_diagnostic(self) -> None:
        error = RefusedError(
            "brake.on", "too much", hint="release it", origin=Origin("t.yaml", 1, 1)
        )
        assert (str(error), error.exit_code) == ("too much", ExitCode.REFUSED)
        assert error.diagnostics() == (
            Diagnostic("brake.on", "too much", Origin("t.yaml", 1, 1), hint="release it"),
        )

    def test_an_error_with_findings_has_these(self) -> None:
        found = Diagnostic("a", "x")
        assert InvalidInputError("a", "1 error", findings=[found]).diagnostics() == (found,)

    def test_a_database_error_has_oracles_number(self) -> None:
        error = DatabaseError("db.logon", "no logon", ora=1017)
        assert (error.ora, error.exit_code) == (1017, ExitCode.FAILURE)
        assert isinstance(error, ReconcilerError)


class TestExitCodes:
    def test_none_is_ok_and_the_worst_wins(self) -> None:
        assert worst([]) is ExitCode.OK
        assert worst([ExitCode.OK, ExitCode.PARTIAL, ExitCode.CHANGES]) is ExitCode.PARTIAL
        assert worst([ExitCode.FAILURE, ExitCode.REFUSED]) is ExitCode.FAILURE

    @given(st.lists(st.sampled_from(ExitCode), min_size=1))
    def test_p14_a_failure_is_never_hidden(self, codes: Any) -> None:
        assert (worst(codes) is ExitCode.OK) == (set(codes) == {ExitCode.OK})

    def test_each_has_a_meaning(self) -> None:
        assert all(code.meaning for code in ExitCode)

    @pytest.mark.parametrize(
        ("rules", "code"),
        [
            ((), ExitCode.OK),
            (("window.no-end",), ExitCode.INVALID),
            (("approval.missing",), ExitCode.REFUSED),
            (("change.direct-push",), ExitCode.REFUSED),
            (("window.no-end", "approval.missing"), ExitCode.REFUSED),
            (("changes.odd",), ExitCode.INVALID),
        ],
    )
    def test_what_nobody_approved_is_refused_and_what_is_wrong_is_invalid(
        self, rules: Any, code: Any
    ) -> None:
        warning = Diagnostic("approval.late", "x", severity=Severity.WARNING)
        assert of_findings([warning, *(Diagnostic(rule, "x") for rule in rules)]) is code


class TestDocuments:
    TARGET = Target(
        "hr-prod",
        Origin("t"),
        {"env": "prod", "app": "hr"},
        "d",
        "U",
        "P",
        "",
        Mode.ADDITIVE,
        Scope((), (), (), ()),
        RemovalLimits(),
    )

    @pytest.mark.parametrize(
        ("names", "labels", "expected"),
        [
            (("hr-prod",), {}, True),
            (("crm",), {}, False),
            ((), {"env": "prod"}, True),
            ((), {"env": "prod", "app": "hr"}, True),
            ((), {"env": "prod", "app": "crm"}, False),
            ((), {"region": "eu"}, False),
            ((), {}, False),
        ],
    )
    def test_selectors(self, names: Any, labels: Any, expected: Any) -> None:
        assert TargetSelector(names, labels, Origin("r")).selects(self.TARGET) is expected


class TestLeasesAndResults:
    def test_the_role_of_a_lease(self) -> None:
        assert Lease("a-b", "t", Phase.ACTIVE, "A", "a", frozenset(), None, None).role == "JIT_A_B"

    @pytest.mark.parametrize("status", RecordStatus)
    def test_closed_records(self, status: Any) -> None:
        record = LeaseRecord("a", "t", status, "A", "a", NOW, NOW, frozenset(), "p")
        still_open = (RecordStatus.GRANTED, RecordStatus.REVOKED_BUT_EFFECTIVE)
        assert record.is_closed is (status not in still_open)

    @pytest.mark.parametrize(
        ("seconds", "enabled", "armed"),
        [
            (0, True, True),
            (0.9, True, True),
            (-0.9, True, True),
            (1, True, False),
            (0, False, False),
            (None, True, False),
        ],
    )
    def test_an_armed_deadline_is_right_to_the_second(
        self, seconds: Any, enabled: Any, armed: Any
    ) -> None:
        end = None if seconds is None else NOW + timedelta(seconds=seconds)
        assert DeadlineJob("J", end, enabled).is_armed_for(NOW) is armed

    def receipt(self, **changes: Any) -> Any:
        fields = {
            "reason": EndReason.EXPIRED,
            "due": NOW,
            "ended_at": NOW + timedelta(minutes=1),
        } | changes
        return Receipt(
            "a",
            "t",
            "A",
            "JIT_A",
            fields["reason"],
            EndedBy.DEADLINE,
            fields["due"],
            NOW,
            fields["ended_at"],
            Verdict.ENDED,
            (),
        )

    def test_p29_lag_is_how_long_after_the_due_end_it_ended(self) -> None:
        assert self.receipt().lag == timedelta(minutes=1)
        assert self.receipt(ended_at=NOW - timedelta(seconds=1)).lag == timedelta(0)

    @pytest.mark.parametrize(
        "unknown", [{"due": None}, {"ended_at": None}, {"reason": EndReason.ENDED_BY_EDIT}]
    )
    def test_lag_that_is_not_known(self, unknown: Any) -> None:
        assert self.receipt(**unknown).lag is None

    def test_nothing_is_wanted_unless_it_is_said(self) -> None:
        desired = Desired(TestDocuments.TARGET, "c0ffee", NOW)
        assert (desired.leases, desired.lapsed, desired.findings) == ((), (), ())
        assert (dict(desired.standing), dict(desired.explanations)) == ({}, {})

    def test_failed_outcomes(self) -> None:
        outcomes = tuple(ChangeOutcome(Grant(ALICE, Cause.STANDING), status) for status in Status)
        assert [found.status for found in Execution(outcomes, 4, 1).failed] == [
            Status.FAILED,
            Status.SKIPPED,
        ]

    def test_the_text_of_an_identity(self) -> None:
        assert str(IDENTITY) == "CDB1/HRPDB (DBID 42, 19.21.0.0.0)"

    def test_an_event_is_one_line_of_sorted_json(self) -> None:
        event = Event("grant", NOW, {"z": "é\n", "a": 1})
        assert event.to_line() == '{"a":1,"at":"2026-11-20T14:00:00Z","type":"grant","z":"é\\n"}'
