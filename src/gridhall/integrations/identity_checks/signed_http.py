"""A checker that is asked over HTTP with signed requests, as vendors in China offer it."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from gridhall.integrations.identity_checks import signing
from gridhall.integrations.identity_checks.base import (
    BusinessAnswer,
    BusinessQuestion,
    BusinessVerdict,
    CheckUnavailable,
    PersonAnswer,
    PersonQuestion,
    PersonVerdict,
)

TIMEOUT_S = 8.0
MOST_ANSWER_BYTES = 64_000


class SignedHttpChecker:
    """
    Asks a vendor's service.

    :param address: of the service; https, or http on this machine.
    :raises ValueError: if personal data would go over the network in the clear.
    """

    def __init__(self, *, address: str, key_id: str, secret: str, timeout_s: float = TIMEOUT_S) -> None:
        place = urlsplit(address)
        if place.scheme != "https" and place.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"The checker's address must begin with https://, not {address!r}.")
        self._address, self._key_id, self._secret = address.rstrip("/"), key_id, secret
        self._timeout_s = timeout_s

    def check_person(self, question: PersonQuestion) -> PersonAnswer:
        """Compare name, number, document and face."""
        answer = self._ask(
            "/v1/person-checks",
            {
                "reference": question.reference,
                "name": question.name,
                "id_number": question.id_number,
                "document": base64.b64encode(question.document).decode(),
                "face": base64.b64encode(question.face).decode(),
            },
        )
        try:
            return PersonAnswer(PersonVerdict(answer["result"]), str(answer["reference"])[:80])
        except (KeyError, ValueError) as error:
            raise CheckUnavailable("The checker's answer is not understood.") from error

    def check_business(self, question: BusinessQuestion) -> BusinessAnswer:
        """Ask the register of companies."""
        answer = self._ask(
            "/v1/business-checks",
            {
                "reference": question.reference,
                "name": question.name,
                "credit_code": question.credit_code,
                "person_name": question.person_name,
                "person_id_number": question.person_id_number,
            },
        )
        try:
            is_representative = answer["is_representative"] is True
            return BusinessAnswer(BusinessVerdict(answer["result"]), is_representative, str(answer["reference"])[:80])
        except (KeyError, ValueError) as error:
            raise CheckUnavailable("The checker's answer is not understood.") from error

    def _ask(self, path: str, content: dict[str, str]) -> dict[str, Any]:
        body = json.dumps(content, ensure_ascii=False).encode()
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = signing.sign_request(secret=self._secret, path=path, timestamp=timestamp, nonce=nonce, body=body)
        headers = {
            "Content-Type": "application/json",
            signing.KEY_ID: self._key_id,
            signing.TIMESTAMP: timestamp,
            signing.NONCE: nonce,
            signing.SIGNATURE: signature,
        }
        try:
            answer = httpx.post(self._address + path, content=body, headers=headers, timeout=self._timeout_s)
        except httpx.HTTPError as error:
            raise CheckUnavailable("The checker does not answer.") from error
        expected = signing.sign_answer(secret=self._secret, status=answer.status_code, nonce=nonce, body=answer.content)
        if not signing.is_same(expected, answer.headers.get(signing.SIGNATURE, "")):
            raise CheckUnavailable("The checker's answer is not signed by the checker.")
        if answer.status_code != 200 or len(answer.content) > MOST_ANSWER_BYTES:
            raise CheckUnavailable(f"The checker answers with {answer.status_code}.")
        try:
            found = json.loads(answer.content)
        except ValueError as error:
            raise CheckUnavailable("The checker's answer is not understood.") from error
        if not isinstance(found, dict) or found.get("asked") != content["reference"]:
            raise CheckUnavailable("The checker answers another question.")
        return found
