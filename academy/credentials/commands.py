"""What the command line offers: checking a badge on any machine, without settings, database or network."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from academy.clock import now
from academy.credentials import image
from academy.credentials.openbadge import Verification, verify
from academy.credentials.rules import Outcome, Verdict
from academy.safe_json import RefusedJson, parse_json

EXIT_CODES = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.UNDETERMINED: 3}
_MARKS = {Outcome.PASSED: "ok     ", Outcome.FAILED: "FAILED ", Outcome.UNKNOWN: "unknown"}
_HEADLINES = {
    Verdict.VALID: "This badge is valid.",
    Verdict.INVALID: "This badge is not valid.",
    Verdict.UNDETERMINED: "We can not tell whether this badge is valid.",
}


@click.group("credential")
def credential() -> None:
    """Badges: check one that somebody shows you."""


@credential.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--did", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The issuer's did.json. Without it only did:key issuers can be checked.")  # fmt: skip
@click.option("--status", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The issuer's list of revoked badges, as downloaded.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_context
def verify_file(context: click.Context, file: Path, did: Path | None, status: Path | None, as_json: bool) -> None:
    """Check the badge in FILE (JSON, or a PNG with the badge inside). Nothing is fetched.

    Exit code: 0 valid, 1 not valid, 3 could not be determined.
    """
    badge = _read(file)
    keys = _read(did) if did else None
    revocations = _read(status) if status else None
    verification = verify(
        badge,
        find_did=partial(_if_named, keys),
        find_list=partial(_if_named, revocations),
        now=now(),
    )
    if as_json:
        click.echo(json.dumps(verification.as_dict(), ensure_ascii=False, indent=2))
    else:
        _say(verification)
    context.exit(EXIT_CODES[verification.verdict])


def _if_named(document: Any, name: str) -> Mapping[str, Any] | None:
    """The document we were given, if it is the one asked for."""
    return document if isinstance(document, Mapping) and document.get("id") == name else None


def _read(file: Path) -> Any:
    data = file.read_bytes()
    try:
        return parse_json(image.read_baked(data) if image.is_png(data) else data)
    except (image.NotBaked, RefusedJson) as error:
        raise click.ClickException(f"{file}: {error}") from error


def _say(verification: Verification) -> None:
    click.echo(_HEADLINES[verification.verdict])
    if verification.name:
        click.echo(f"  {verification.name}, issued by {verification.issuer_name or verification.issuer}")
    for check in verification.checks:
        note = f" ({check.note})" if check.note and check.finding.outcome is not Outcome.PASSED else ""
        click.echo(f"  {_MARKS[check.finding.outcome]}  {check.finding.words}{note}")
    for name, value in verification.results:
        click.echo(f"  {name}: {value}")
