"""The commands: what `--help` says of each, and where it is. A module is imported when its command is called."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from reconciler.cli.command_groups import Heading


@dataclass(frozen=True, slots=True)
class Command:
    """`example` is one of its use. A group has commands of its own."""

    heading: Heading
    name: str
    summary: str
    example: str = ""
    is_group: bool = False

    def load(self) -> Any:
        """The function of the command, or the application of the group."""
        python_name = self.name.replace("-", "_")
        module = import_module(f"reconciler.cli.{python_name}")
        return getattr(module, "app" if self.is_group else python_name)


COMMANDS = (
    Command(
        Heading.DAILY,
        "request",
        "Ask for access; answers as options or on a terminal.",
        "reconciler request --target hr-prod --bundle payroll-support --for 4h",
    ),
    Command(
        Heading.DAILY,
        "validate",
        "Judge the documents; needs no database.",
        "reconciler validate grants/requests/payroll-fix-alice.yaml",
    ),
    Command(
        Heading.DAILY,
        "plan",
        "Show what would change; change nothing.",
        "reconciler plan --target hr-prod --sql",
    ),
    Command(Heading.DAILY, "apply", "Run a saved plan, if it is still the plan."),
    Command(Heading.DAILY, "reconcile", "Grant, end, prove, write the ledger."),
    Command(Heading.DAILY, "status", "Show every lease, its end and its deadline."),
    Command(
        Heading.DAILY,
        "credentials",
        "Show the password of your temporary user.",
        "reconciler credentials payroll-fix-alice -i ~/.ssh/id_ed25519",
    ),
    Command(
        Heading.DAILY,
        "extend",
        "Ask for more time for a lease.",
        'reconciler extend payroll-fix-alice --for 2h --reason "the repair is still running"',
    ),
    Command(
        Heading.DAILY, "done", "Hand your access back now.", "reconciler done payroll-fix-alice"
    ),
    Command(
        Heading.REVIEWS,
        "approve",
        "Sign your review of a branch.",
        "reconciler approve payroll-fix --as bob -i ~/.ssh/id_ed25519",
    ),
    Command(
        Heading.REVIEWS,
        "review",
        "Say what a pull request gives, and who must approve.",
        "reconciler review --base origin/main --zone Europe/Berlin",
    ),
    Command(
        Heading.REVIEWS,
        "codeowners",
        "Make CODEOWNERS from policies and people.",
        "reconciler codeowners --check",
    ),
    Command(
        Heading.QUESTIONS,
        "explain",
        "Say in words what a document means.",
        "reconciler explain payroll-fix-alice",
    ),
    Command(
        Heading.QUESTIONS,
        "why",
        "Say whether somebody has a privilege, and how.",
        "reconciler why ALICE SELECT HR.EMPLOYEES --target hr-prod",
    ),
    Command(Heading.QUESTIONS, "usage", "Show whether access was used, and from where."),
    Command(
        Heading.EMERGENCIES,
        "revoke",
        "End leases now: one, a person's, or a target's.",
        'reconciler revoke --person alice --reason "laptop stolen"',
    ),
    Command(
        Heading.TARGETS,
        "init",
        "Write the files of a new grants repository.",
        "reconciler init grants-repository",
    ),
    Command(
        Heading.TARGETS,
        "bootstrap",
        "Print the SQL that makes the account on a target.",
        "reconciler bootstrap hr-prod --gate --print-sql > account.sql",
    ),
    Command(Heading.TARGETS, "doctor", "Find what is in the way on the targets."),
    Command(
        Heading.TARGETS,
        "classify",
        "Propose which columns hold sensitive data.",
        "reconciler classify hr-prod --schema HR --out grants/classifications",
    ),
    Command(Heading.TRYING, "demo", "The whole story on an Oracle stand-in."),
    Command(Heading.REVIEWS, "policy", "Try the policies on the cases beside them.", is_group=True),
    Command(Heading.QUESTIONS, "who", "List who has a privilege, and how.", is_group=True),
    Command(Heading.REVIEWS, "audit", "Replay the proof that git keeps.", is_group=True),
    Command(
        Heading.EMERGENCIES, "break-glass", "Open access prepared for an emergency.", is_group=True
    ),
    Command(Heading.TRYING, "sandbox", "Run the Oracle stand-in.", is_group=True),
)
