"""Enumerations of accounts."""

from django.db import models


class CustomerKind(models.TextChoices):
    """The five kinds of customer, each with its own home page."""

    RESIDENT = "RESIDENT", "Home"
    SHOP = "SHOP", "Shop"
    ENTERPRISE = "ENTERPRISE", "Enterprise"
    EV = "EV", "Electric vehicle"
    PV = "PV", "Photovoltaics"


class PartyKind(models.TextChoices):
    """A person or an organization."""

    PERSON = "PERSON", "Person"
    ORGANIZATION = "ORGANIZATION", "Organization"


class RealNameKind(models.TextChoices):
    """How sure we are who a party is."""

    NONE = "NONE", "Not verified"
    PHONE = "PHONE", "Phone number verified"
    DOCUMENT = "DOCUMENT", "Document verified"
    COUNTER = "COUNTER", "Verified at the counter"


class ContactKind(models.TextChoices):
    """Ways to reach a party."""

    PHONE = "PHONE", "Phone"
    EMAIL = "EMAIL", "E-mail"
    POSTAL = "POSTAL", "Postal address"


class VoltageKind(models.TextChoices):
    """Supply voltage, as tariffs distinguish it."""

    V220 = "V220", "220 V"
    V380 = "V380", "380 V"
    KV10 = "KV10", "10 kV"
    KV35 = "KV35", "35 kV"
    KV110 = "KV110", "110 kV"
    KV220 = "KV220", "220 kV"


class AreaKind(models.TextChoices):
    """Classes of area that service promises distinguish."""

    CITY = "CITY", "City"
    RURAL = "RURAL", "Rural"
    REMOTE = "REMOTE", "Remote"


class PlaceKind(models.TextChoices):
    """Levels of administrative place."""

    COUNTY = "COUNTY", "County"
    TOWN = "TOWN", "Town"
    VILLAGE = "VILLAGE", "Village"


class UsagePointStatusKind(models.TextChoices):
    """Whether a usage point takes or gives energy."""

    CONNECTED = "CONNECTED", "Connected"
    DISCONNECTED = "DISCONNECTED", "Disconnected"
    REMOVED = "REMOVED", "Removed"


class BasicChargeKind(models.TextChoices):
    """What the two-part price's basic charge is counted on."""

    NONE = "NONE", "Single-part price"
    CAPACITY = "CAPACITY", "Transformer capacity"
    DEMAND = "DEMAND", "Contract demand"


class SocialKind(models.TextChoices):
    """Which households the public supports; tariffs may give them energy free of charge."""

    NONE = "NONE", "None"
    LOW_INCOME = "LOW_INCOME", "Minimum living allowance"
    FIVE_GUARANTEES = "FIVE_GUARANTEES", "Five guarantees"


class AccessRoleKind(models.TextChoices):
    """Why a user may see a customer account."""

    OWNER = "OWNER", "Account holder"
    FAMILY = "FAMILY", "Family"
    STAFF = "STAFF", "Member of staff"
    AGENT = "AGENT", "Authorized agent"


class AccessScopeKind(models.TextChoices):
    """What a user may do with a customer account."""

    VIEW_BILLS = "VIEW_BILLS", "See bills"
    VIEW_USAGE = "VIEW_USAGE", "See usage"
    PAY = "PAY", "Pay"
    APPLY = "APPLY", "Apply for services"
    MANAGE = "MANAGE", "Share access with others"


class BindingMethodKind(models.TextChoices):
    """How it was proved that a user may bind a customer number."""

    AUTO_MATCH = "AUTO_MATCH", "Phone and name agree with our records"
    NUMBER_CHECK = "NUMBER_CHECK", "Customer number and a check question"
    METER_BARCODE = "METER_BARCODE", "Bar code on the meter"
    COUNTER = "COUNTER", "At the counter"
    COUNTER_SLIP = "COUNTER_SLIP", "Code handed out at the counter"
    GRANTED = "GRANTED", "Granted by the account holder"


class AliasKind(models.TextChoices):
    """Where an old name of an account comes from."""

    OLD_NUMBER = "OLD_NUMBER", "Former customer number"
    OLD_CHANNEL = "OLD_CHANNEL", "Account of a former channel"


class ConsentKind(models.TextChoices):
    """What a party may agree to, each separately."""

    SERVICE_MESSAGES = "SERVICE_MESSAGES", "Service messages"
    MARKETING = "MARKETING", "Marketing"
    PROFILING = "PROFILING", "Personalized advice"
    SHARE_WITH_PARTNERS = "SHARE_WITH_PARTNERS", "Sharing with partners"
    SPECIAL_CARE = "SPECIAL_CARE", "Special care register"


class InvitationAnswerKind(models.TextChoices):
    """How an invitation ended."""

    ACCEPTED = "ACCEPTED", "Accepted"
    DECLINED = "DECLINED", "Declined"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class CheckStateKind(models.TextChoices):
    """Where a check of a person or a company stands."""

    OPEN = "OPEN", "Begun"
    WAITING = "WAITING", "Staff are looking at it"
    PASSED = "PASSED", "Passed"
    REFUSED = "REFUSED", "Refused"


class UnmaskReasonKind(models.TextChoices):
    """Why a member of staff needs personal data in full."""

    CUSTOMER_ASKS = "CUSTOMER_ASKS", "The customer is here or on the phone"
    BILL_QUESTION = "BILL_QUESTION", "Clearing up a bill"
    FIELD_WORK = "FIELD_WORK", "Work at the place"
    DATA_CHECK = "DATA_CHECK", "Checking our records"
    AUTHORITY = "AUTHORITY", "Asked for by an authority"
    OTHER = "OTHER", "Something else"


class UnmaskFieldKind(models.TextChoices):
    """What personal data can be shown in full."""

    NAME = "NAME", "Name"
    PHONE = "PHONE", "Phone"
    EMAIL = "EMAIL", "E-mail"
    ADDRESS = "ADDRESS", "Address"
    ID_NUMBER = "ID_NUMBER", "ID number"
