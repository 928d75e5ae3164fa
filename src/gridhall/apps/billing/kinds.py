"""Enumerations of billing."""

from django.db import models


class LedgerAccountKind(models.TextChoices):
    """What a ledger account stands for. Debit is positive: a customer who owes has a positive receivable."""

    RECEIVABLE = "RECEIVABLE", "Receivable from a customer"
    ENERGY_REVENUE = "ENERGY_REVENUE", "Revenue from energy"
    BASIC_REVENUE = "BASIC_REVENUE", "Revenue from capacity and demand"
    POWER_FACTOR_REVENUE = "POWER_FACTOR_REVENUE", "Power-factor adjustment"
    FIXED_REVENUE = "FIXED_REVENUE", "Fixed and minimum charges"
    FEED_IN_COST = "FEED_IN_COST", "Energy bought from customers"
    GOVERNMENT_FUNDS = "GOVERNMENT_FUNDS", "Government funds collected"
    TAX = "TAX", "Tax collected"
    ROUNDING = "ROUNDING", "Rounding"
    SUSPENSE = "SUSPENSE", "Money not yet matched"


class EntryKind(models.TextChoices):
    """Why money moved."""

    BILL = "BILL", "A bill was issued"
    ADJUSTMENT = "ADJUSTMENT", "A bill was computed again; the difference"
    REVERSAL = "REVERSAL", "An earlier entry was taken back"
    MANUAL = "MANUAL", "Entered by a person"


class BillRunKind(models.TextChoices):
    """What a bill run makes."""

    REGULAR = "REGULAR", "The month's bills"
    REBILL = "REBILL", "Closed months computed again"
    CLOSING = "CLOSING", "Final bills"


class BillRunStatusKind(models.TextChoices):
    """Where a bill run stands."""

    OPEN = "OPEN", "Being computed"
    DRAFTED = "DRAFTED", "Ready for review"
    APPROVED = "APPROVED", "Approved"
    ISSUED = "ISSUED", "Issued"
    CANCELED = "CANCELED", "Canceled"


class ChunkStatusKind(models.TextChoices):
    """Where one chunk of a run stands."""

    WAITING = "WAITING", "Waiting"
    DRAFTED = "DRAFTED", "Drafted"
    ISSUED = "ISSUED", "Issued"


class RunWorkKind(models.TextChoices):
    """What a job of the queue does with a run."""

    DRAFT = "DRAFT", "Compute its bills"
    ISSUE = "ISSUE", "Issue its bills"


class CheckReasonKind(models.TextChoices):
    """Why a draft was drawn for the sample check."""

    RANDOM = "RANDOM", "By chance alone"
    RISK = "RISK", "By chance, the unusual more likely"


class CheckOutcomeKind(models.TextChoices):
    """What was found when a draft was looked at."""

    OPEN = "OPEN", "Not looked at yet"
    RIGHT = "RIGHT", "Right"
    WRONG = "WRONG", "Not right"


class BillKind(models.TextChoices):
    """Why a bill was made."""

    REGULAR = "REGULAR", "Monthly bill"
    CLOSING = "CLOSING", "Final bill"
    REBILL = "REBILL", "Adjustment"


class BillStatusKind(models.TextChoices):
    """Where a bill stands."""

    DRAFT = "DRAFT", "Draft"
    HELD = "HELD", "Held"
    APPROVED = "APPROVED", "Approved"
    ISSUED = "ISSUED", "Issued"
    CANCELED = "CANCELED", "Canceled"


class LineGroupKind(models.TextChoices):
    """Under which heading a line stands on the bill."""

    ENERGY = "ENERGY", "Energy"
    TIER = "TIER", "Tiers"
    BASIC = "BASIC", "Capacity and demand"
    POWER_FACTOR = "POWER_FACTOR", "Power factor"
    FUNDS = "FUNDS", "Government funds"
    TAX = "TAX", "Tax"
    FIXED = "FIXED", "Fixed"
    ALLOWANCE = "ALLOWANCE", "Allowance"
    CREDIT = "CREDIT", "Credit"


class MissingReadsPolicyKind(models.TextChoices):
    """What a cycle does with a bill for which reads are missing."""

    HOLD = "HOLD", "Hold the bill until they arrive"
    ESTIMATE = "ESTIMATE", "Estimate them and correct later"


class BillExceptionKind(models.TextChoices):
    """Why a person should look at a bill before it is issued."""

    MISSING_READS = "MISSING_READS", "Reads are missing"
    MOSTLY_ESTIMATED = "MOSTLY_ESTIMATED", "Mostly estimated"
    ZERO_USAGE = "ZERO_USAGE", "No usage"
    HUGE_CHANGE = "HUGE_CHANGE", "Very different from last month"
    CREDIT_BILL = "CREDIT_BILL", "Below zero"
    NO_METER = "NO_METER", "No meter on some days"
    NO_TERMS = "NO_TERMS", "No agreed tariff on some days"
    UNPRICEABLE = "UNPRICEABLE", "Its tariff cannot price this month"
    EARLIER_MONTH_OPEN = "EARLIER_MONTH_OPEN", "An earlier month is not billed"
    EARLIER_CHANGED = "EARLIER_CHANGED", "An earlier month came to something else since"
    LATER_MONTH_BILLED = "LATER_MONTH_BILLED", "A later month is billed already"
    TIERS_TO_SETTLE = "TIERS_TO_SETTLE", "Earlier months had the tiers of a whole year"
    BY_HAND = "BY_HAND", "Held by a person"


class ComparisonKind(models.TextChoices):
    """What a bill is compared with."""

    LAST_MONTH = "LAST_MONTH", "Last month"
    LAST_YEAR = "LAST_YEAR", "Same month last year"


class DifferenceCauseKind(models.TextChoices):
    """Why two bills differ."""

    QUANTITY = "QUANTITY", "Quantity"
    PRICE = "PRICE", "Price"
    SEASON = "SEASON", "Season"
    TIER = "TIER", "Tier"
    CAPACITY = "CAPACITY", "Capacity and demand"
    ALLOWANCE = "ALLOWANCE", "Allowances"
    FEED_IN = "FEED_IN", "Energy fed in"
    OTHER = "OTHER", "Other"


class ExportFormatKind(models.TextChoices):
    """As what usage is handed out."""

    CSV = "CSV", "CSV"
    XLSX = "XLSX", "Excel workbook"
    GREEN_BUTTON = "GREEN_BUTTON", "Green Button (ESPI)"


class ExportResolutionKind(models.TextChoices):
    """How finely usage is handed out."""

    QUARTER_HOUR = "QUARTER_HOUR", "Every 15 minutes"
    DAY = "DAY", "Every day"


class TrialStatusKind(models.TextChoices):
    """Where the trial of a tariff stands."""

    WAITING = "WAITING", "Waiting"
    RUNNING = "RUNNING", "Being computed"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


class SetAsideKind(models.TextChoices):
    """Why a bill is not counted in the trial of a tariff."""

    CHANGED_SINCE = "CHANGED_SINCE", "Computed again now it comes to something else without the new version already"
    NOT_PRICED = "NOT_PRICED", "Cannot be computed again: no terms, no meter or no prices"
