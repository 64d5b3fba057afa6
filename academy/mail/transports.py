"""Handing a letter over: to a mail server, into a folder, or onto the screen of whoever develops."""

import os
import smtplib
import ssl
import sys
from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from academy.config import settings
from academy.mail.rules import Problem, Route, Tls, Way

TIMEOUT = 20
_SEVEN_BITS = policy.SMTP.clone(cte_type="7bit")
"""Korean goes as base64, which every server on the way understands."""


class NotDelivered(Exception):
    """The letter did not go. Says why in our own words: what servers answer often holds the address."""

    def __init__(self, problem: Problem, code: int | None = None) -> None:
        super().__init__(f"{problem.value} {code or ''}".strip())
        self.problem, self.code = problem, code


def compose(content: Mapping[str, str], *, public_id: str, language: str, at: datetime) -> EmailMessage:
    """The letter as mail programs know it: plain text first, then the same laid out."""
    message = EmailMessage(policy=_SEVEN_BITS)
    name, address = parseaddr(settings().mail_from)
    message["From"] = Address(name, addr_spec=address)
    local, _, host = content["address"].rpartition("@")
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in content.get("name", "")).split())
    message["To"] = Address(shown, local, _domain(host))
    message["Subject"] = content["subject"]
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{public_id}@{urlsplit(settings().public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    if content.get("unsubscribe"):
        message["List-Unsubscribe"] = f"<{content['unsubscribe']}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(content["text"])
    message.add_alternative(content["html"], subtype="html")
    message["Content-Language"] = language
    return message


def _domain(host: str) -> str:
    """A Korean domain as mail servers spell it."""
    try:
        return host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError as error:
        raise NotDelivered(Problem.ADDRESS_REFUSED) from error


def hand_over(message: EmailMessage, at: datetime) -> None:
    """Send the letter the way settings say; raises NotDelivered."""
    route = settings().mail
    if route.way is Way.CONSOLE:
        _show(message)
    elif route.way is Way.FILE:
        _lay_down(message, Path(route.folder), at)
    elif route.works:
        _mail(message, route)


def _show(message: EmailMessage) -> None:
    body = message.get_body(("plain",))
    text = body.get_content() if body else ""
    sys.stderr.write(f"\n--- {message['To']}: {message['Subject']}\n{text}---\n")


def _lay_down(message: EmailMessage, folder: Path, at: datetime) -> None:
    """One file a letter, readable by its owner only; the newest sorts last."""
    name = f"{at:%Y%m%d-%H%M%S-%f}-{str(message['Message-ID']).strip('<>').partition('@')[0]}.eml"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = folder / f".{name}"
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(message.as_bytes())
        unfinished.replace(folder / name)
    except OSError as error:
        raise NotDelivered(Problem.NO_ANSWER) from error


def _mail(message: EmailMessage, route: Route) -> None:
    try:
        with _connection(route) as server:
            if route.user:
                server.login(route.user, route.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code = next((code for code, _answer in error.recipients.values()), None)
        raise NotDelivered(Problem.ADDRESS_REFUSED, code) from None
    except smtplib.SMTPAuthenticationError as error:
        raise NotDelivered(Problem.PASSWORD_REFUSED, error.smtp_code) from None
    except smtplib.SMTPSenderRefused as error:
        raise NotDelivered(Problem.SENDER_REFUSED, error.smtp_code) from None
    except smtplib.SMTPDataError as error:
        raise NotDelivered(Problem.LETTER_REFUSED, error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise NotDelivered(Problem.ADDRESS_REFUSED) from None  # an address beyond ASCII, and a server that knows none
    except ssl.SSLError:
        raise NotDelivered(Problem.UNPROTECTED) from None
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(Problem.NO_ANSWER, error.smtp_code) from None
    except (OSError, smtplib.SMTPException):
        raise NotDelivered(Problem.NO_ANSWER) from None


def _connection(route: Route) -> smtplib.SMTP:
    """A connection that is protected as settings ask; never one that is protected less."""
    trust = ssl.create_default_context(cafile=route.ca or None)
    if route.tls is Tls.IMPLICIT:
        return smtplib.SMTP_SSL(route.host, route.port, timeout=TIMEOUT, context=trust)
    server = smtplib.SMTP(route.host, route.port, timeout=TIMEOUT)
    if route.tls is Tls.STARTTLS:
        try:
            server.starttls(context=trust)
        except smtplib.SMTPNotSupportedError as error:
            server.close()
            raise NotDelivered(Problem.UNPROTECTED) from error
        except BaseException:
            server.close()
            raise
    return server
