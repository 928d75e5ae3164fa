"""`gridhall doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import click

from gridhall.cli.operations import supervision

SIGNS = {"ok": "✓", "warn": "!", "fail": "✗"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    status: str
    text: str
    remedy: str = ""


Check = Callable[[], Iterable[Finding]]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")
def doctor(as_json: bool) -> None:
    """Look at everything, say what is wrong and how to mend it. Exits 1 when something fails."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{SIGNS[finding.status]} {finding.name}: {finding.text}")
            if finding.remedy:
                click.echo(f"    Mend: {finding.remedy}")
        counts = {status: sum(finding.status == status for finding in findings) for status in SIGNS}
        click.echo(f"\n{counts['ok']} fine, {counts['warn']} to look at, {counts['fail']} failing.")
    sys.exit(1 if any(finding.status == "fail" for finding in findings) else 0)


def examine() -> list[Finding]:
    """Run every check. One that breaks is itself a finding; without a database those that need it are left out."""
    from gridhall.cli.operations import checks_of_data, checks_of_machine

    folder = supervision.get_run_folder()
    findings = _run_all(checks_of_machine.list_checks(folder))
    reachable = _run_all([checks_of_data.check_database])
    findings += reachable
    if all(finding.status != "fail" for finding in reachable):
        findings += _run_all(checks_of_data.list_checks(folder))
    return findings


def _run_all(checks: Iterable[Check]) -> list[Finding]:
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check()
        except Exception as error:  # the doctor must finish the round whatever one organ does
            name = check.__name__.removeprefix("check_").replace("_", " ").capitalize()
            findings.append(
                Finding(
                    name, "fail", f"{type(error).__name__}: {error}".strip(), "Report this; see the logs meanwhile."
                )
            )
    return findings
