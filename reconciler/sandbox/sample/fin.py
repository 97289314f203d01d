"""FIN: accounts, their movements, invoices and cards. Nearly everything here is sensitive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reconciler.sandbox.sample import made_up
from reconciler.sandbox.sample.made_up import Rows, Value

_ACCOUNTS = range(1, 61)
_TRANSACTIONS = range(1, 181)
_INVOICES = range(1, 61)
_CARDS = range(1, 41)
_CURRENCIES = ("EUR", "USD", "CHF")

_TABLES = (
    """CREATE TABLE FIN.ACCOUNTS (
  ACCOUNT_ID NUMBER(8) PRIMARY KEY,
  HOLDER VARCHAR2(60) NOT NULL,
  IBAN VARCHAR2(34) NOT NULL,
  CURRENCY CHAR(3) NOT NULL,
  BALANCE NUMBER(12,2) NOT NULL)""",
    """CREATE TABLE FIN.TRANSACTIONS (
  TRANSACTION_ID NUMBER(12) PRIMARY KEY,
  ACCOUNT_ID NUMBER(8) NOT NULL REFERENCES FIN.ACCOUNTS (ACCOUNT_ID),
  BOOKED_ON DATE NOT NULL,
  AMOUNT NUMBER(12,2) NOT NULL,
  REFERENCE VARCHAR2(80))""",
    """CREATE TABLE FIN.INVOICES (
  INVOICE_ID NUMBER(8) PRIMARY KEY,
  CUSTOMER_ID NUMBER(6) NOT NULL,
  ISSUED_ON DATE NOT NULL,
  DUE_ON DATE NOT NULL,
  AMOUNT NUMBER(12,2) NOT NULL,
  PAID CHAR(1) DEFAULT 'N' NOT NULL)""",
    """CREATE TABLE FIN.CREDIT_CARDS (
  CARD_ID NUMBER(8) PRIMARY KEY,
  CUSTOMER_ID NUMBER(6) NOT NULL,
  CARD_NUMBER VARCHAR2(19) NOT NULL,
  HOLDER VARCHAR2(60) NOT NULL,
  EXPIRES_ON DATE NOT NULL)""",
)
_REST = (
    "COMMENT ON COLUMN FIN.ACCOUNTS.IBAN IS 'International account number; sensitive'",
    "COMMENT ON COLUMN FIN.ACCOUNTS.BALANCE IS 'Balance in the currency of the account; sensitive'",
    "COMMENT ON COLUMN FIN.CREDIT_CARDS.CARD_NUMBER IS 'Number of the card; sensitive'",
    "COMMENT ON COLUMN FIN.CREDIT_CARDS.HOLDER IS 'Name on the card; personal'",
    "CREATE SEQUENCE FIN.INVOICES_SEQ START WITH 61 INCREMENT BY 1",
    """CREATE OR REPLACE PROCEDURE FIN.CLOSE_INVOICE (P_INVOICE_ID IN NUMBER) AS
BEGIN
  UPDATE INVOICES SET PAID = 'Y' WHERE INVOICE_ID = P_INVOICE_ID;
END;""",
)


def steps() -> Iterator[str | Rows]:
    yield "CREATE USER FIN NO AUTHENTICATION DEFAULT TABLESPACE USERS QUOTA UNLIMITED ON USERS"
    yield from _TABLES
    yield made_up.rows(
        "FIN.ACCOUNTS", "ACCOUNT_ID, HOLDER, IBAN, CURRENCY, BALANCE", map(_account, _ACCOUNTS)
    )
    yield made_up.rows(
        "FIN.TRANSACTIONS",
        "TRANSACTION_ID, ACCOUNT_ID, BOOKED_ON, AMOUNT, REFERENCE",
        map(_transaction, _TRANSACTIONS),
    )
    yield made_up.rows(
        "FIN.INVOICES",
        "INVOICE_ID, CUSTOMER_ID, ISSUED_ON, DUE_ON, AMOUNT, PAID",
        map(_invoice, _INVOICES),
    )
    yield made_up.rows(
        "FIN.CREDIT_CARDS",
        "CARD_ID, CUSTOMER_ID, CARD_NUMBER, HOLDER, EXPIRES_ON",
        map(_card, _CARDS),
    )
    yield from _REST


def _holder(key: int) -> str:
    return f"{made_up.first_name(key)} {made_up.last_name(key)}"


def _account(key: int) -> tuple[Value, ...]:
    currency = made_up.choice("currency", key, _CURRENCIES)
    return (
        key,
        _holder(2000 + key),
        made_up.iban(2000 + key),
        currency,
        made_up.money("balance", key, 0, 90000),
    )


def _transaction(key: int) -> tuple[Value, ...]:
    account = _ACCOUNTS[made_up.number("account of", key, len(_ACCOUNTS))]
    booked = made_up.day("booked", key, date(2026, 1, 1), 300)
    return key, account, booked, made_up.money("amount", key, -2000, 4000), f"Reference {key:06d}"


def _invoice(key: int) -> tuple[Value, ...]:
    issued = made_up.day("issued", key, date(2026, 6, 1), 120)
    due = (
        issued.replace(day=1)
        if issued.month == 12
        else issued.replace(month=issued.month + 1, day=1)
    )
    paid = made_up.choice("paid", key, ("Y", "N"))
    return (
        key,
        1 + made_up.number("invoiced", key, 80),
        issued,
        due,
        made_up.money("invoice", key, 20, 3000),
        paid,
    )


def _card(key: int) -> tuple[Value, ...]:
    customer = 2 * key
    expires = date(
        2027 + made_up.number("expires", key, 4), 1 + made_up.number("month", key, 12), 1
    )
    return key, customer, made_up.card_number(key), _holder(1000 + customer), expires
