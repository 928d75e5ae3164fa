"""What an account has agreed on a day, as tariffs ask for it; asked once in a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from gridhall.apps.accounts.kinds import BasicChargeKind, SocialKind
from gridhall.apps.accounts.models import AgreementTerms, CustomerAccount, CustomerAgreement
from gridhall.apps.billing.queries.looking import asked_once
from gridhall.core.fixed_queries import FixedQuery


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement and terms that hold on a day; `heads_group` tells whether other accounts are billed with it."""

    agreement: CustomerAgreement
    terms: AgreementTerms
    heads_group: bool = False

    @property
    def held(self) -> tuple[int, date, date | None, str, int]:
        """The agreement, its days, and the tariff and household of its terms."""
        agreement, terms = self.agreement, self.terms
        return agreement.pk, agreement.starts_on, agreement.ends_on, terms.tariff_code, terms.household_size

    @property
    def facts(self) -> dict[str, str]:
        """What conditions of tariffs name, such as `demand_basis`; as bill runs understand the same terms."""
        return facts_of(self.terms)


def find_agreed(account: CustomerAccount, day: date) -> Agreed | None:
    """Find the agreement and terms of an account on a day; None where nobody answers for it."""
    for found in list_agreed(account.pk):
        if all(
            one.starts_on <= day and (one.ends_on is None or one.ends_on > day)
            for one in (found.agreement, found.terms)
        ):
            return found
    return None


@asked_once
def list_agreed(account_id: int) -> list[Agreed]:
    """List everything that an account ever agreed; once in a look, for all days that it asks about."""
    found = []
    for terms, agreement, heads_group in _of_account().ask([account_id]):
        terms.agreement = agreement
        found.append(Agreed(agreement, terms, heads_group))
    return found


@cache
def _of_account() -> FixedQuery:
    return FixedQuery(
        AgreementTerms,
        CustomerAgreement,
        tail="FROM accounts_agreementterms JOIN accounts_customeragreement"
        " ON accounts_customeragreement.id = accounts_agreementterms.agreement_id"
        " WHERE accounts_customeragreement.account_id = %s ORDER BY accounts_agreementterms.id",
        more=["EXISTS (SELECT 1 FROM accounts_customeraccount WHERE group_id = accounts_customeragreement.account_id)"],
    )


def facts_of(terms: AgreementTerms) -> dict[str, str]:
    """Give the facts of a set of terms."""
    basis = "capacity"
    if terms.basic_charge == BasicChargeKind.DEMAND:
        basis = "contract_demand" if terms.contract_demand_kw is not None else "actual_demand"
    return {
        "demand_basis": basis,
        "social": "" if terms.social == SocialKind.NONE else terms.social.lower(),
    }
