"""The commands of `reconciler --help` under headings, so that who is new finds his own."""

from __future__ import annotations

import enum
from typing import Any

from typer.core import TyperGroup


class Heading(enum.StrEnum):
    """The headings, in the order they are shown; a command names its own where the application is put together."""

    DAILY = "Daily work"
    REVIEWS = "Reviews"
    QUESTIONS = "Questions"
    EMERGENCIES = "Emergencies"
    TARGETS = "Targets"
    TRYING = "To try it out"


class GroupedCommands(TyperGroup):
    """Lists commands by heading. Typer does that for rich text only, which this program does not print."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names in the order of their headings; within one, as they were registered."""
        order = list(Heading)
        return sorted(
            super().list_commands(ctx), key=lambda name: order.index(_heading(self.commands[name]))
        )

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        names = self.list_commands(ctx)
        width = max(map(len, names))
        limit = formatter.width - 6 - width
        for heading in Heading:
            rows = [
                (name.ljust(width), self.commands[name].get_short_help_str(limit))
                for name in names
                if _heading(self.commands[name]) is heading
            ]
            with formatter.section(heading.value):
                formatter.write_dl(rows)


def _heading(command: Any) -> Heading:
    return Heading(command.rich_help_panel)
