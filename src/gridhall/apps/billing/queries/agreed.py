"""What an account has agreed on a day, as tariffs ask for it; asked once in a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gridhall.apps.accounts import queries as accounts
from gridhall.apps.accounts.kinds import BasicChargeKind, SocialKind
from gridhall.apps.accounts.models import AgreementTerms, CustomerAccount, CustomerAgreement
from gridhall.apps.billing.queries.looking import asked_once


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement and terms that hold on a day."""

    agreement: CustomerAgreement
    terms: AgreementTerms

    @property
    def facts(self) -> dict[str, str]:
        """What conditions of tariffs name, such as `demand_basis`; as bill runs understand the same terms."""
        return facts_of(self.terms)


@asked_once
def find_agreed(account: CustomerAccount, day: date) -> Agreed | None:
    """Find the agreement and terms of an account on a day; None where nobody answers for it."""
    agreement = accounts.find_agreement(account=account, day=day)
    terms = agreement and accounts.find_terms(agreement=agreement, day=day)
    return Agreed(agreement, terms) if agreement and terms else None


def facts_of(terms: AgreementTerms) -> dict[str, str]:
    """Give the facts of a set of terms."""
    basis = "capacity"
    if terms.basic_charge == BasicChargeKind.DEMAND:
        basis = "contract_demand" if terms.contract_demand_kw is not None else "actual_demand"
    return {
        "demand_basis": basis,
        "social": "" if terms.social == SocialKind.NONE else terms.social.lower(),
    }
