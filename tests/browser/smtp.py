"""An SMTP server of somebody else's making, aiosmtpd, that keeps nothing.

Listens on a port of its own on this machine. Writes a line of JSON when it listens ({"port"}), and
one for each mail it takes ({"from", "to", "subject", "text", "encrypted", "user"}); ends at the end
of its input. With a certificate, its key, a user and a password it takes mail only over STARTTLS
and from that user.
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(line):
    print(json.dumps(line), flush=True)


class Mailbox:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": str(mail["subject"]),
            "text": mail.get_body(("plain",)).get_content(),
            "encrypted": session.ssl is not None,
            "user": session.auth_data or "",
        })
        return "250 OK"


def settings(arguments):
    if not arguments:
        return {}
    certificate, key, user, password = arguments
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, shown):
        known = (shown.login, shown.password) == (user.encode(), password.encode())
        return AuthResult(success=known, auth_data=user if known else None)

    return {
        "tls_context": context,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": authenticate,
    }


async def serve():
    loop = asyncio.get_running_loop()
    terms = settings(sys.argv[1:])
    server = await loop.create_server(lambda: SMTP(Mailbox(), **terms), "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)


# What it would say of its own next version.
logging.disable(logging.WARNING)
asyncio.run(serve())
