"""`gridhall tariff load | approve | books`: how a new company comes to tariffs that it can bill by."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from gridhall.apps.tariffs.queries import get_document
from gridhall.cli.tariff import tariff
from gridhall.engines.rating.catalogue import FOLDER, shipped_codes


def run(*arguments: object) -> Result:
    return CliRunner().invoke(tariff, [str(argument) for argument in arguments])


def test_the_shipped_tariffs_are_loaded_by_one_and_approved_by_another(db: None) -> None:
    assert "None yet" in run("books").output
    loaded = run("load", "--actor", "zhang")
    assert loaded.exit_code == 0 and loaded.output.count("loaded    ") == len(shipped_codes())
    refused = run("approve", "--all", "--actor", "zhang")
    assert refused.exit_code == 1 and "second person" in refused.output
    assert run("approve", "hubei-residential", "--actor", "li").output == "in force  hubei-residential\n"
    assert get_document("hubei-residential").approved_by == "li"
    assert run("approve", "--all", "--actor", "li").exit_code == 0
    assert "Nothing waits" in run("approve", "--all", "--actor", "li").output
    again = run("load", "--actor", "zhang")
    assert again.exit_code == 0 and "loaded    " not in again.output and "(approved)" in again.output
    assert run("books").output.count("approved by li") == len(shipped_codes())


def test_a_faulty_file_is_told_and_the_others_load(db: None, tmp_path: Path) -> None:
    text = (FOLDER / "hubei-agriculture.yaml").read_text("utf-8")
    (tmp_path / "good.yaml").write_text(text, "utf-8")
    (tmp_path / "bad.yaml").write_text(text.replace("price: 0.5665", "price: x"), "utf-8")
    result = run("load", tmp_path)
    assert result.exit_code == 1 and "loaded    hubei-agriculture" in result.output and "bad.yaml:" in result.output
    assert run("approve", "nothing-such").exit_code == 1
    assert run("approve").exit_code == 2
