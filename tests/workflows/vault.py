"""A vault and an issuer of identity tokens as the written workflow speaks to them, on loopback."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar


class Vault(BaseHTTPRequestHandler):
    """Answers like GitHub's token endpoint and HashiCorp Vault; `seen` are the paths that were asked for."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        if self.path == "/token?api-version=2.0&audience=vault-audience":
            self._answer(
                {"value": "the-jwt"} if self.headers["Authorization"] == "bearer request" else None
            )
        elif self.path == "/v1/database/static-creds/reconciler":
            good = self.headers["X-Vault-Token"] == "vault-token"
            self._answer({"data": {"password": "pass'word $1"}} if good else None)
        else:
            self._answer(None)

    def do_POST(self) -> None:
        self.seen.append(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = body == {"role": "reconciler-role", "jwt": "the-jwt"}
        self._answer({"auth": {"client_token": "vault-token"}} if good else None)

    def _answer(self, value: dict[str, Any] | None) -> None:
        self.send_response(200 if value is not None else 403)
        self.end_headers()
        self.wfile.write(json.dumps(value or {"errors": ["permission denied"]}).encode())

    def log_message(self, *args: object) -> None:
        """Quiet."""
