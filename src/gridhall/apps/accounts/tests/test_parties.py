"""Who people are: levels, consents, ID numbers at rest, unmasking; and what is shown of them."""

from __future__ import annotations

import string

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from gridhall.apps.accounts import actions, models, queries
from gridhall.apps.accounts.queries.parties import read_id_number
from gridhall.apps.accounts.rules import id_numbers, masking
from gridhall.apps.accounts.tests.conftest import AT, Town
from gridhall.core.models import Event

BY = {"at": AT, "actor": "test"}
ID = "11010519491231002X"
DISTINCT = st.lists(st.sampled_from("张王李赵钱孙周吴郑冯陈褚卫蒋沈韩杨朱秦"), min_size=2, unique=True).map("".join)


@given(DISTINCT)
def test_masked_names_show_the_first_character_only(name: str) -> None:
    masked = masking.mask_name(name)
    assert masked[0] == name[0] and set(masked[1:]) == {"*"}


@given(st.text(alphabet=string.digits, min_size=1, max_size=15))
def test_masked_phones_hide_what_is_in_the_middle(phone: str) -> None:
    masked = masking.mask_phone(phone)
    assert len(masked) == len(phone)
    shown = sum(character != "*" for character in masked)
    assert shown <= 7 and (len(phone) >= 9 or shown <= 2)


@given(st.text(), st.integers(1, 999), st.integers(1, 99))
def test_masked_addresses_show_no_house(road: str, house: int, room: int) -> None:
    road = "".join(character for character in road if not character.isdigit())
    masked = masking.mask_address(f"咸丰县{road}{house}号{room}室")
    assert masked.startswith("咸丰县") and masked.endswith("****") and not any(c in string.digits for c in masked)


@given(st.text(), st.text(), st.text())
def test_masking_takes_any_text(one: str, two: str, three: str) -> None:
    for mask in (
        masking.mask_name,
        masking.mask_phone,
        masking.mask_address,
        masking.mask_email,
        masking.mask_id_number,
    ):
        assert isinstance(mask(one + two + three), str)


@given(
    st.text(alphabet=string.ascii_uppercase + string.digits, min_size=6, max_size=20),
    st.binary(min_size=16, max_size=16),
)
def test_id_numbers_open_for_their_party_and_key_alone(number: str, mrid: bytes) -> None:
    keys = id_numbers.derive_keys("one secret")
    sealed = id_numbers.encrypt_id_number(number, keys=keys, party_mrid=mrid)
    assert id_numbers.decrypt_id_number(sealed, keys=keys, party_mrid=mrid) == number
    assert number.encode() not in sealed
    others = [(keys, bytes(16) if mrid != bytes(16) else b"1" * 16), (id_numbers.derive_keys("another"), mrid)]
    for other_keys, other_mrid in others:
        with pytest.raises(ValueError):
            id_numbers.decrypt_id_number(sealed, keys=other_keys, party_mrid=other_mrid)
    with pytest.raises(ValueError):
        id_numbers.decrypt_id_number(sealed[:-1] + bytes([sealed[-1] ^ 1]), keys=keys, party_mrid=mrid)


def register(**changes: object) -> models.Party:
    given = {"kind": "PERSON", "name": "赵六", "phones": ["13500000000"], "id_number": ID, **BY, **changes}
    return actions.register_party(**given)


def test_id_numbers_are_encrypted_at_rest(db: None) -> None:
    party = register()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number_encrypted, id_number_digest FROM accounts_party")
        sealed, digest = cursor.fetchone()
    assert ID.encode() not in bytes(sealed) and ID not in digest
    assert read_id_number(models.Party.objects.get(pk=party.pk)) == ID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "no-name"),
        ({"kind": "CAT"}, "unknown-kind"),
        ({"phones": ["12"]}, "no-phone-number"),
        ({"id_number": "110105194912310021"}, "no-id-number"),
        ({}, "exists"),
    ],
)
def test_register_refusals_change_nothing(db: None, changes: dict, code: str) -> None:
    register()
    with pytest.raises(actions.UnableToRegisterParty) as refusal:
        register(**changes)
    assert refusal.value.code == code
    assert models.Party.objects.count() == 1 and Event.objects.count() == 1


def test_levels_only_rise(town: Town) -> None:
    actions.raise_real_name_level(party=town.zhang, level="DOCUMENT", **BY)
    for level in ("PHONE", "DOCUMENT", "NONE", "KING"):
        with pytest.raises(actions.UnableToRaiseRealNameLevel):
            actions.raise_real_name_level(party=town.zhang, level=level, **BY)
    town.zhang.refresh_from_db()
    assert town.zhang.real_name_level == "DOCUMENT" and Event.objects.count() == 1


def test_consents_are_given_and_taken_back_each_by_itself(town: Town) -> None:
    def give(kind: str) -> models.Consent:
        return actions.give_consent(party=town.zhang, kind=kind, source="counter", **BY)

    give("MARKETING")
    assert queries.has_consent(party=town.zhang, kind="MARKETING")
    assert not queries.has_consent(party=town.zhang, kind="PROFILING")
    for kind in ("MARKETING", "SELL_MY_SOUL"):
        with pytest.raises(actions.UnableToGiveConsent):
            give(kind)
    actions.withdraw_consent(party=town.zhang, kind="MARKETING", **BY)
    with pytest.raises(actions.UnableToWithdrawConsent):
        actions.withdraw_consent(party=town.zhang, kind="MARKETING", **BY)
    give("MARKETING")
    assert town.zhang.consents.count() == 2
    assert [event.kind for event in Event.objects.order_by("id")] == [
        "ConsentGiven",
        "ConsentWithdrawn",
        "ConsentGiven",
    ]


def test_unmasking_is_for_staff_with_a_reason_and_is_told(town: Town) -> None:
    def unmask(**changes: object) -> list[str]:
        return actions.unmask(
            **{"party": town.zhang, "field": "PHONE", "reason": "call back", "by": town.staff, **BY, **changes}
        )

    for changes, code in [
        ({"by": town.zhang_user}, "not-staff"),
        ({"reason": "  "}, "no-reason"),
        ({"field": "X"}, "field"),
    ]:
        with pytest.raises(actions.UnableToUnmask) as refusal:
            unmask(**changes)
        assert refusal.value.code == code
    assert not Event.objects.exists()
    assert unmask() == ["13800001234"]
    assert unmask(field="ADDRESS") == ["咸丰县高乐山镇龙潭路17号"]
    event = Event.objects.order_by("id").first()
    assert event.kind == "PersonalDataUnmasked" and "13800001234" not in str(event.payload)


def test_party_view_is_masked(town: Town) -> None:
    view = queries.get_party(account=town.home, viewer=town.staff, at=AT)
    assert (view.name_masked, view.phones_masked, view.id_number_masked) == ("张*", ("138****1234",), "")
    with pytest.raises(queries.AccessDenied):
        queries.get_party(account=town.home, viewer=town.stranger, at=AT)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("4228260000017", "NUMBER"),
        ("42282600", "NUMBER"),
        ("138000", "PHONE"),
        ("张三", "NAME"),
        ("龙潭路17", "ADDRESS"),
        ("OLD-1", "ALIAS"),
    ],
)
def test_search_finds_by_every_way(town: Town, text: str, way: str) -> None:
    actions.register_alias(account=town.home, kind="OLD_CHANNEL", source="wechat", value="OLD-1", **BY)
    (found,) = queries.search_accounts(text=text, viewer=town.staff, at=AT)
    assert way in found.found_by
    assert (found.name_masked, found.phone_masked) == ("张*", "138****1234")


def test_search_is_for_staff_and_takes_any_text(town: Town) -> None:
    for viewer in (None, town.zhang_user):
        with pytest.raises(queries.AccessDenied):
            queries.search_accounts(text="张三", viewer=viewer, at=AT)
    for text in ("", "x", "%%%", "\x00\x00\x00", "'; --", "_" * 500, "100%"):
        assert queries.search_accounts(text=text, viewer=town.staff, at=AT) == []
