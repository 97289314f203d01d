"""OE: what customers ordered. CUSTOMERS holds personal data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reconciler.sandbox.sample import made_up
from reconciler.sandbox.sample.made_up import Rows, Value

_CUSTOMERS = range(1, 81)
_ORDERS = range(1, 121)
_PRODUCTS = (
    "Lamp",
    "Desk",
    "Chair",
    "Shelf",
    "Monitor",
    "Keyboard",
    "Mouse",
    "Headset",
    "Camera",
    "Cable",
    "Dock",
    "Stand",
)
_STATUSES = ("NEW", "PAID", "SHIPPED", "DELIVERED", "CANCELLED")

_TABLES = (
    """CREATE TABLE OE.CUSTOMERS (
  CUSTOMER_ID NUMBER(6) PRIMARY KEY,
  FIRST_NAME VARCHAR2(20) NOT NULL,
  LAST_NAME VARCHAR2(25) NOT NULL,
  EMAIL VARCHAR2(60),
  PHONE_NUMBER VARCHAR2(20),
  BIRTH_DATE DATE,
  STREET_ADDRESS VARCHAR2(40),
  CITY VARCHAR2(30),
  CREDIT_LIMIT NUMBER(9,2))""",
    """CREATE TABLE OE.PRODUCTS (
  PRODUCT_ID NUMBER(6) PRIMARY KEY,
  PRODUCT_NAME VARCHAR2(50) NOT NULL,
  LIST_PRICE NUMBER(8,2) NOT NULL)""",
    """CREATE TABLE OE.ORDERS (
  ORDER_ID NUMBER(12) PRIMARY KEY,
  ORDER_DATE DATE NOT NULL,
  CUSTOMER_ID NUMBER(6) NOT NULL REFERENCES OE.CUSTOMERS (CUSTOMER_ID),
  STATUS VARCHAR2(10) NOT NULL)""",
    """CREATE TABLE OE.ORDER_ITEMS (
  ORDER_ID NUMBER(12) NOT NULL REFERENCES OE.ORDERS (ORDER_ID),
  LINE_ITEM_ID NUMBER(3) NOT NULL,
  PRODUCT_ID NUMBER(6) NOT NULL REFERENCES OE.PRODUCTS (PRODUCT_ID),
  UNIT_PRICE NUMBER(8,2) NOT NULL,
  QUANTITY NUMBER(8) NOT NULL,
  PRIMARY KEY (ORDER_ID, LINE_ITEM_ID))""",
)
_REST = (
    "COMMENT ON TABLE OE.CUSTOMERS IS 'Who buys'",
    "COMMENT ON COLUMN OE.CUSTOMERS.EMAIL IS 'Private address; personal'",
    "COMMENT ON COLUMN OE.CUSTOMERS.PHONE_NUMBER IS 'Private telephone; personal'",
    "COMMENT ON COLUMN OE.CUSTOMERS.BIRTH_DATE IS 'Date of birth; sensitive'",
    "COMMENT ON COLUMN OE.CUSTOMERS.STREET_ADDRESS IS 'Delivery address; personal'",
    "CREATE SEQUENCE OE.ORDERS_SEQ START WITH 121 INCREMENT BY 1",
    """CREATE VIEW OE.ORDER_TOTALS AS
SELECT o.ORDER_ID, o.CUSTOMER_ID, o.STATUS, SUM(i.UNIT_PRICE * i.QUANTITY) AS TOTAL
FROM OE.ORDERS o JOIN OE.ORDER_ITEMS i ON i.ORDER_ID = o.ORDER_ID
GROUP BY o.ORDER_ID, o.CUSTOMER_ID, o.STATUS""",
    """CREATE OR REPLACE PROCEDURE OE.CANCEL_ORDER (P_ORDER_ID IN NUMBER) AS
BEGIN
  UPDATE ORDERS SET STATUS = 'CANCELLED' WHERE ORDER_ID = P_ORDER_ID AND STATUS IN ('NEW', 'PAID');
END;""",
)


def steps() -> Iterator[str | Rows]:
    yield "CREATE USER OE NO AUTHENTICATION DEFAULT TABLESPACE USERS QUOTA UNLIMITED ON USERS"
    yield from _TABLES
    yield made_up.rows(
        "OE.CUSTOMERS",
        "CUSTOMER_ID, FIRST_NAME, LAST_NAME, EMAIL, PHONE_NUMBER, BIRTH_DATE, STREET_ADDRESS, CITY, CREDIT_LIMIT",
        map(_customer, _CUSTOMERS),
    )
    yield made_up.rows(
        "OE.PRODUCTS",
        "PRODUCT_ID, PRODUCT_NAME, LIST_PRICE",
        ((i, name, made_up.money("price", i, 5, 400)) for i, name in enumerate(_PRODUCTS, 1)),
    )
    yield made_up.rows(
        "OE.ORDERS", "ORDER_ID, ORDER_DATE, CUSTOMER_ID, STATUS", map(_order, _ORDERS)
    )
    yield made_up.rows(
        "OE.ORDER_ITEMS",
        "ORDER_ID, LINE_ITEM_ID, PRODUCT_ID, UNIT_PRICE, QUANTITY",
        (item for order in _ORDERS for item in _items(order)),
    )
    yield from _REST


def _customer(key: int) -> tuple[Value, ...]:
    person = 1000 + key
    return (
        key,
        made_up.first_name(person),
        made_up.last_name(person),
        made_up.email(person),
        made_up.phone(person),
        made_up.day("birth", person, date(1945, 1, 1), 21000),
        made_up.street(person),
        made_up.city(person),
        made_up.money("limit", person, 100, 5000),
    )


def _order(key: int) -> tuple[Value, ...]:
    customer = _CUSTOMERS[made_up.number("customer", key, len(_CUSTOMERS))]
    ordered = made_up.day("ordered", key, date(2025, 11, 1), 365)
    return key, ordered, customer, made_up.choice("status", key, _STATUSES)


def _items(order: int) -> Iterator[tuple[Value, ...]]:
    for line in range(1, 2 + made_up.number("lines", order, 3)):
        key = 10 * order + line
        product = 1 + made_up.number("product", key, len(_PRODUCTS))
        price = made_up.money("price", product, 5, 400)
        yield order, line, product, price, 1 + made_up.number("quantity", key, 5)
