"""What accounts keeps, in the words of IEC 61968: parties, places, usage points and who answers for them when."""

from gridhall.apps.accounts.models.access import AccessInvitation, AccountAccess, BindingAttempt, BindingSlip
from gridhall.apps.accounts.models.agreements import AccountAlias, AgreementTerms, CustomerAccount, CustomerAgreement
from gridhall.apps.accounts.models.names import HanziReading, joined_pinyin, name_in_pinyin
from gridhall.apps.accounts.models.parties import Consent, Contact, Party, new_party_code
from gridhall.apps.accounts.models.periods import DateRange, half_open
from gridhall.apps.accounts.models.real_names import BusinessCheck, RealName, RealNameCheck
from gridhall.apps.accounts.models.supply import (
    CustomerTransformer,
    Feeder,
    Place,
    ServiceLocation,
    Transformer,
    UsagePoint,
)

__all__ = [
    "AccessInvitation",
    "AccountAccess",
    "AccountAlias",
    "AgreementTerms",
    "BindingAttempt",
    "BindingSlip",
    "BusinessCheck",
    "Consent",
    "Contact",
    "CustomerAccount",
    "CustomerAgreement",
    "CustomerTransformer",
    "DateRange",
    "Feeder",
    "HanziReading",
    "Party",
    "Place",
    "RealName",
    "RealNameCheck",
    "ServiceLocation",
    "Transformer",
    "UsagePoint",
    "half_open",
    "joined_pinyin",
    "name_in_pinyin",
    "new_party_code",
]
