"""The control channel of a sandbox process: JSON lines over a unix socket that only its owner can open.

A request is one object with `command` and its arguments; the answer is one object with `ok`, and `error` when that is false.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SOCKET_NAME = "control.sock"
_LONGEST_SOCKET_PATH = 100  # bytes; the system's limit is a little above, on every system
_LONGEST_LINE = 1_000_000

Handler = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class ControlError(Exception):
    """The sandbox process said no, or could not be asked."""


class ControlServer:
    """Answers requests on the event loop of the process; the handler runs in a thread, so that it may block."""

    def __init__(self, directory: Path, handler: Handler) -> None:
        self._directory = directory
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._temporary: Path | None = None
        self.path = directory / SOCKET_NAME

    async def start(self) -> None:
        if len(os.fsencode(self.path)) > _LONGEST_SOCKET_PATH:
            self._temporary = Path(tempfile.mkdtemp(prefix="sandbox-"))  # made with mode 0700
            self.path = self._temporary / SOCKET_NAME
        self.path.unlink(missing_ok=True)
        old_mask = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(
                self._serve, path=str(self.path), limit=_LONGEST_LINE
            )
        finally:
            os.umask(old_mask)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await asyncio.to_thread(self._answer, line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):  # the client went away, or sent a line without end
            return
        finally:
            writer.close()

    def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            request = json.loads(line)
            if isinstance(request, dict):
                return {"ok": True, **self._handler(request)}
        except (ValueError, KeyError, ControlError) as error:
            return {"ok": False, "error": str(error)}
        return {"ok": False, "error": "a request is an object"}


def request(
    path: Path, command: str, *, timeout: float = 600.0, **arguments: Any
) -> dict[str, Any]:
    """Sends one command and returns the answer. Raises ControlError if the process says no, ConnectionError if it is not there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
        with connection.makefile("rb") as answers:
            line = answers.readline()
    if not line:
        raise ConnectionResetError("the sandbox closed the control channel without an answer")
    answer: dict[str, Any] = json.loads(line)
    if not answer.pop("ok"):
        raise ControlError(answer.get("error", "unknown error"))
    return answer
