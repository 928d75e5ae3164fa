"""What of a person is shown to those who need not see all of it."""

from __future__ import annotations

import re

_ROAD = re.compile(r"[省市州县区旗镇乡村组路街道巷弄]")
_FIRST_NUMBER = re.compile(r"[0-9０-９]|[一二三四五六七八九十百]+(?=[号栋幢座单室楼])")


def mask_name(name: str) -> str:
    """
    Keep the first character of a name.

    >>> mask_name("张三"), mask_name("欧阳娜娜"), mask_name("")
    ('张*', '欧***', '')
    """
    name = name.strip()
    return "*" * len(name) if len(name) < 2 else name[0] + "*" * min(len(name) - 1, 8)


def mask_phone(phone: str) -> str:
    """
    Keep the beginning and the last four digits of a phone number; of a short one only the last two. Nothing of
    what stands in its place for a user who is gone.

    >>> mask_phone("erased-1234")
    ''
    >>> mask_phone("13800001234"), mask_phone("07186822345"), mask_phone("95598"), mask_phone("12")
    ('138****1234', '071****2345', '***98', '**')
    """
    if phone.startswith("erased-"):
        return ""
    if len(phone) < 4:
        return "*" * len(phone)
    if len(phone) < 9:
        return "*" * (len(phone) - 2) + phone[-2:]
    return f"{phone[:3]}{'*' * (len(phone) - 7)}{phone[-4:]}"


def mask_number(number: str) -> str:
    """
    Keep the last four digits of a customer number, for one who may not see it yet.

    >>> mask_number("4228260000017")
    '*********0017'
    """
    return "*" * max(0, len(number) - 4) + number[-4:]


def mask_address(address: str) -> str:
    """
    Keep an address down to the village or road; hide the house.

    >>> mask_address("咸丰县高乐山镇龙潭路12号3单元501室"), mask_address("甲马池镇新场村五组"), mask_address("唐崖")
    ('咸丰县高乐山镇龙潭路****', '甲马池镇新场村****', '****')
    """
    address = address.strip()
    if not address:
        return ""
    number = _FIRST_NUMBER.search(address)
    head = address[: number.start()] if number else address
    ends = [match.end() for match in _ROAD.finditer(head) if match.end() < len(address)]
    # 五组 and the like name a handful of houses: stop at the village.
    while ends and address[ends[-1] - 1] == "组":
        ends.pop()
    kept = ends[-1] if ends else 0
    return address[:kept] + "****"


def mask_email(email: str) -> str:
    """
    Keep the first character and the domain.

    >>> mask_email("zhang.san@example.com"), mask_email("nonsense")
    ('z***@example.com', 'n***')
    """
    name, sign, domain = email.partition("@")
    return (name[:1] + "***" + sign + domain) if email else ""


def mask_id_number(id_number: str) -> str:
    """
    Keep the first and the last character.

    >>> mask_id_number("42282619800101001X"), mask_id_number("1")
    ('4****************X', '*')
    """
    if len(id_number) < 3:
        return "*" * len(id_number)
    return id_number[0] + "*" * (len(id_number) - 2) + id_number[-1]
