"""What an account has agreed on a day, as tariffs ask for it; asked once in a look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from gridhall.apps.accounts.kinds import BasicChargeKind, SocialKind
from gridhall.apps.accounts.models import AgreementTerms, CustomerAccount, CustomerAgreement
from gridhall.apps.billing.queries.looking import asked_once


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


@asked_once
def find_agreed(account: CustomerAccount, day: date) -> Agreed | None:
    """Find the agreement and terms of an account on a day; None where nobody answers for it."""
    members = CustomerAccount.objects.filter(group_id=OuterRef("agreement__account_id"))
    held = Q(agreement__account_id=account.pk, agreement__starts_on__lte=day, starts_on__lte=day)
    going = Q(agreement__ends_on=None) | Q(agreement__ends_on__gt=day)
    lasting = Q(ends_on=None) | Q(ends_on__gt=day)
    terms = AgreementTerms.objects.filter(held & going & lasting).select_related("agreement")
    found = terms.annotate(heads_group=Exists(members)).first()
    return Agreed(found.agreement, found, found.heads_group) if found else None


def facts_of(terms: AgreementTerms) -> dict[str, str]:
    """Give the facts of a set of terms."""
    basis = "capacity"
    if terms.basic_charge == BasicChargeKind.DEMAND:
        basis = "contract_demand" if terms.contract_demand_kw is not None else "actual_demand"
    return {
        "demand_basis": basis,
        "social": "" if terms.social == SocialKind.NONE else terms.social.lower(),
    }
