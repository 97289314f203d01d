"""A command on a terminal of its own, with somebody who answers its questions."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60
_AS_OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Ctrl-C reaches only those whose controlling terminal it is."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(slots=True)
class Terminal:
    """The running command. What it printed so far is in `seen`, without colours."""

    process: subprocess.Popen[bytes]
    stream: int
    seen: str = ""
    over: bool = False
    _looked_at: int = 0
    _interrupted: bool = False

    @classmethod
    def start(cls, folder: Path, *arguments: str) -> Terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", _AS_OWN_TERMINAL, "-m", "reconciler", *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200", "NO_COLOR": "1"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        return cls(process, ours)

    def until(self, text: str) -> str:
        """Waits for the text, after what was waited for before; returns what came with it. Raises AssertionError when it does not come."""
        end = time.monotonic() + SECONDS
        while text not in self.seen[self._looked_at :]:
            assert time.monotonic() < end, f"{text!r} did not come:\n{self.seen}"
            assert self._read(), f"{text!r} did not come before the end:\n{self.seen}"
        place = self.seen.index(text, self._looked_at) + len(text)
        came = self.seen[self._looked_at : place]
        self._looked_at = place
        return came

    def answer(self, question: str, text: str) -> str:
        """Waits for the question and answers it; returns what stood before it."""
        came = self.until(question)
        os.write(self.stream, f"{text}\n".encode())
        return came

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._interrupted = True
        os.write(self.stream, b"\x03")

    def finish(self) -> int:
        """The exit code, after everything was printed. A Ctrl-C that comes in the instant before the line editor waits is seen with the next key only, so it is
        pressed again, as people do."""
        for _ in range(SECONDS // 2):
            while self._read(2):
                pass
            if self._ended():
                break
            if self._interrupted:
                os.write(self.stream, b"\x03")
        code = self.process.wait(2)  # a terminal that goes away first would hang up on it
        os.close(self.stream)
        self.over = True
        return code

    def _ended(self) -> bool:
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """Ends the command if a test left it running."""
        if not self.over:
            self.process.kill()
            self.finish()

    def _read(self, seconds: float = SECONDS) -> bool:
        ready, _, _ = select.select([self.stream], [], [], seconds)
        try:
            data = os.read(self.stream, 65536) if ready else b""
        except OSError:  # the other side is gone
            return False
        self.seen += _CONTROL.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n")
        return bool(data)


def talk(terminal: Terminal, answers: Sequence[tuple[str, str]]) -> None:
    """Answers each question in turn."""
    for question, text in answers:
        terminal.answer(question, text)
