"""Who answered when, on which terms. What is written is never overwritten, only cut short."""

from __future__ import annotations

from gridhall.apps.accounts.actions.importing.staging import Check, Merge
from gridhall.apps.accounts.actions.importing.supply import ACCOUNT_ID, ACCOUNT_KNOWN
from gridhall.apps.accounts.rules import tables

_WRITTEN = "what is written stays; see which is right"
_RANGE = "daterange(s.starts_on, s.ends_on)"

AGREEMENTS = Merge(
    table=tables.AGREEMENTS,
    key="concat_ws('|', s.account_number, s.starts_on::text)",
    extra="id bigint, account_id bigint, party_id bigint, is_cut boolean",
    index="account_id",
    resolve=(
        ACCOUNT_ID,
        "UPDATE s SET party_id = p.id FROM accounts_party p WHERE p.code = s.party_code",
        """UPDATE s SET id = a.id, is_cut = s.ends_on IS NOT NULL AND (a.ends_on IS NULL OR a.ends_on > s.ends_on)
        FROM accounts_customeragreement a WHERE a.account_id = s.account_id AND a.starts_on = s.starts_on""",
    ),
    checks=(
        ACCOUNT_KNOWN,
        Check("party_code", "s.party_id IS NULL", "there is no such party", "import parties.csv first"),
        Check(
            "party_code",
            "EXISTS (SELECT FROM accounts_customeragreement a WHERE a.id = s.id AND a.party_id <> s.party_id)",
            "another party answers for the account from that day on here",
            _WRITTEN,
        ),
        Check(
            "ends_on",
            "EXISTS (SELECT FROM accounts_customeragreement a WHERE a.id = s.id AND a.ends_on < s.ends_on)",
            "the agreement ended earlier here",
            _WRITTEN,
        ),
        Check(
            "ends_on",
            """s.is_cut AND EXISTS (SELECT FROM accounts_agreementterms t
            WHERE t.agreement_id = s.id AND t.starts_on >= s.ends_on)""",
            "its terms changed on that day or later",
            "end it after that",
        ),
        Check(
            "starts_on",
            """EXISTS (SELECT FROM accounts_customeraccount a WHERE a.id = s.account_id
            AND (s.starts_on < a.opened_on OR a.closed_on < coalesce(s.ends_on, 'infinity')))""",
            "the account was not open on all those days",
            "check opened_on and closed_on of the account",
        ),
        Check(
            "starts_on",
            f"""s.id IS NULL AND EXISTS (SELECT FROM accounts_customeragreement a
            LEFT JOIN good g ON g.id = a.id AND g.is_cut
            WHERE a.account_id = s.account_id
            AND daterange(a.starts_on, coalesce(g.ends_on, a.ends_on)) && {_RANGE})""",
            "someone answers for the account on some of those days",
            "give the earlier agreement the day on which it ends",
        ),
        Check(
            "starts_on",
            f"""s.id IS NULL AND EXISTS (SELECT FROM good g WHERE g.account_id = s.account_id AND g.id IS NULL
            AND g.line < s.line AND daterange(g.starts_on, g.ends_on) && {_RANGE})""",
            "an agreement on a line before covers some of those days",
            "give the earlier agreement the day on which it ends",
        ),
    ),
    update="UPDATE accounts_customeragreement a SET ends_on = s.ends_on FROM good s WHERE a.id = s.id AND s.is_cut",
    insert="""INSERT INTO accounts_customeragreement (mrid, account_id, party_id, starts_on, ends_on)
        SELECT gen_random_uuid(), account_id, party_id, starts_on, ends_on FROM good WHERE id IS NULL ORDER BY line""",
    after=(
        """UPDATE accounts_agreementterms t SET ends_on = s.ends_on FROM good s
        WHERE t.agreement_id = s.id AND s.is_cut AND (t.ends_on IS NULL OR t.ends_on > s.ends_on)""",
        # Whoever saw the account through its old holder sees it no more.
        """UPDATE accounts_accountaccess x
        SET revoked_at = CASE WHEN s.ends_on <= %(today)s THEN %(at)s::timestamptz END,
        ends_on = least(x.ends_on, s.ends_on), is_main = x.is_main AND s.ends_on > %(today)s
        FROM good s WHERE x.account_id = s.account_id AND s.is_cut AND x.revoked_at IS NULL""",
        """UPDATE accounts_customeraccount c SET name = p.name FROM good s JOIN accounts_party p ON p.id = s.party_id
        WHERE c.id = s.account_id AND s.id IS NULL AND daterange(s.starts_on, s.ends_on) @> %(today)s::date
        AND c.name <> p.name AND EXISTS (SELECT FROM accounts_customeragreement a
        WHERE a.account_id = c.id AND a.starts_on < s.starts_on)""",
    ),
)

TERMS = Merge(
    table=tables.TERMS,
    key="concat_ws('|', s.account_number, s.starts_on::text)",
    extra="id bigint, account_id bigint, agreement_id bigint, agreement_end date, end_day date",
    resolve=(
        ACCOUNT_ID,
        """UPDATE s SET agreement_id = a.id, agreement_end = a.ends_on FROM accounts_customeragreement a
        WHERE a.account_id = s.account_id AND a.starts_on <= s.starts_on
        AND (a.ends_on IS NULL OR a.ends_on > s.starts_on)""",
        """UPDATE s SET id = t.id FROM accounts_agreementterms t
        WHERE t.agreement_id = s.agreement_id AND t.starts_on = s.starts_on""",
        # Terms without an end hold until the next begin; LEAST passes over what is empty.
        """UPDATE s SET end_day = least(s.ends_on, n.next_start, s.agreement_end, (SELECT min(t.starts_on)
        FROM accounts_agreementterms t WHERE t.agreement_id = s.agreement_id AND t.starts_on > s.starts_on))
        FROM (SELECT line, lead(starts_on) OVER (PARTITION BY agreement_id ORDER BY starts_on) AS next_start
        FROM good WHERE agreement_id IS NOT NULL) n WHERE n.line = s.line""",
    ),
    checks=(
        ACCOUNT_KNOWN,
        Check(
            "starts_on",
            "s.agreement_id IS NULL",
            "nobody answers for the account on that day",
            "import agreements.csv first",
        ),
        Check(
            "starts_on",
            """EXISTS (SELECT FROM accounts_agreementterms t WHERE t.id = s.id AND
            (t.tariff_code, t.contract_capacity_kva, t.contract_demand_kw, t.basic_charge, t.household_size,
            t.social, t.power_factor_standard) IS DISTINCT FROM (s.tariff_code,
            coalesce(s.contract_capacity_kva, t.contract_capacity_kva),
            coalesce(s.contract_demand_kw, t.contract_demand_kw), coalesce(s.basic_charge, t.basic_charge),
            coalesce(s.household_size, t.household_size), coalesce(s.social, t.social),
            coalesce(s.power_factor_standard, t.power_factor_standard)))""",
            "other terms start on that day here",
            "what is written stays; let the new terms start on a later day",
        ),
        Check(
            "ends_on",
            "EXISTS (SELECT FROM accounts_agreementterms t WHERE t.id = s.id AND t.ends_on < s.ends_on)",
            "these terms ended earlier here",
            _WRITTEN,
        ),
        Check(
            "ends_on",
            "s.id IS NULL AND s.end_day < s.ends_on",
            "the terms outlast the agreement, or other terms begin before they end",
            "leave it empty: terms hold until the next begin",
        ),
    ),
    before=(
        """UPDATE accounts_agreementterms t SET ends_on = n.starts_on FROM (SELECT t2.id,
        min(s.starts_on) AS starts_on FROM good s JOIN accounts_agreementterms t2 ON t2.agreement_id = s.agreement_id
        WHERE s.id IS NULL AND t2.starts_on < s.starts_on AND (t2.ends_on IS NULL OR t2.ends_on > s.starts_on)
        GROUP BY t2.id) n WHERE t.id = n.id""",
    ),
    update="""UPDATE accounts_agreementterms t SET ends_on = s.ends_on FROM good s
        WHERE t.id = s.id AND s.ends_on IS NOT NULL AND (t.ends_on IS NULL OR t.ends_on > s.ends_on)""",
    insert="""INSERT INTO accounts_agreementterms (agreement_id, starts_on, ends_on, tariff_code, contract_capacity_kva,
        contract_demand_kw, basic_charge, household_size, social, power_factor_standard)
        SELECT agreement_id, starts_on, end_day, tariff_code, contract_capacity_kva, contract_demand_kw,
        coalesce(basic_charge, 'NONE'), coalesce(household_size, 0), coalesce(social, 'NONE'), power_factor_standard
        FROM good WHERE id IS NULL ORDER BY line""",
)
