"""HR: who works where, for how much. EMPLOYEES and PAYROLL hold what must not leak."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from reconciler.sandbox.sample import made_up
from reconciler.sandbox.sample.made_up import Rows, Value

_EMPLOYEES = range(100, 220)
_LOCATIONS = ("Newplace", "Oldford", "Eastmere", "Westhaven")
_DEPARTMENTS = (
    "Executive",
    "Finance",
    "Human Resources",
    "Engineering",
    "Sales",
    "Support",
    "Marketing",
    "Logistics",
)
_JOBS: tuple[tuple[str, str, int, int], ...] = (
    ("AD_PRES", "President", 20000, 40000),
    ("FI_ACCT", "Accountant", 4200, 9000),
    ("HR_REP", "Human Resources Representative", 4000, 9000),
    ("IT_PROG", "Programmer", 5000, 12000),
    ("SA_REP", "Sales Representative", 3500, 11000),
    ("SU_AGENT", "Support Agent", 2800, 6000),
    ("MK_REP", "Marketing Representative", 4000, 9000),
    ("LO_CLERK", "Logistics Clerk", 2500, 5500),
)

_TABLES = (
    """CREATE TABLE HR.LOCATIONS (
  LOCATION_ID NUMBER(4) PRIMARY KEY,
  STREET_ADDRESS VARCHAR2(40),
  CITY VARCHAR2(30) NOT NULL)""",
    """CREATE TABLE HR.DEPARTMENTS (
  DEPARTMENT_ID NUMBER(4) PRIMARY KEY,
  DEPARTMENT_NAME VARCHAR2(30) NOT NULL,
  LOCATION_ID NUMBER(4) REFERENCES HR.LOCATIONS (LOCATION_ID))""",
    """CREATE TABLE HR.JOBS (
  JOB_ID VARCHAR2(10) PRIMARY KEY,
  JOB_TITLE VARCHAR2(35) NOT NULL,
  MIN_SALARY NUMBER(8,2),
  MAX_SALARY NUMBER(8,2))""",
    """CREATE TABLE HR.EMPLOYEES (
  EMPLOYEE_ID NUMBER(6) PRIMARY KEY,
  FIRST_NAME VARCHAR2(20),
  LAST_NAME VARCHAR2(25) NOT NULL,
  EMAIL VARCHAR2(60) NOT NULL,
  PHONE_NUMBER VARCHAR2(20),
  SSN VARCHAR2(11),
  BIRTH_DATE DATE,
  HIRE_DATE DATE NOT NULL,
  JOB_ID VARCHAR2(10) NOT NULL REFERENCES HR.JOBS (JOB_ID),
  SALARY NUMBER(8,2),
  MANAGER_ID NUMBER(6),
  DEPARTMENT_ID NUMBER(4) REFERENCES HR.DEPARTMENTS (DEPARTMENT_ID),
  HOME_ADDRESS VARCHAR2(80))""",
    """CREATE TABLE HR.JOB_HISTORY (
  EMPLOYEE_ID NUMBER(6) NOT NULL,
  START_DATE DATE NOT NULL,
  END_DATE DATE NOT NULL,
  JOB_ID VARCHAR2(10) NOT NULL,
  DEPARTMENT_ID NUMBER(4))""",
    """CREATE TABLE HR.PAYROLL (
  PAYROLL_ID NUMBER(8) PRIMARY KEY,
  EMPLOYEE_ID NUMBER(6) NOT NULL REFERENCES HR.EMPLOYEES (EMPLOYEE_ID),
  PERIOD DATE NOT NULL,
  GROSS NUMBER(10,2) NOT NULL,
  TAX NUMBER(10,2) NOT NULL,
  NET NUMBER(10,2) NOT NULL,
  IBAN VARCHAR2(34))""",
)
_COMMENTS = (
    "COMMENT ON TABLE HR.EMPLOYEES IS 'Everybody who works here'",
    "COMMENT ON COLUMN HR.EMPLOYEES.SSN IS 'Social security number; sensitive'",
    "COMMENT ON COLUMN HR.EMPLOYEES.BIRTH_DATE IS 'Date of birth; sensitive'",
    "COMMENT ON COLUMN HR.EMPLOYEES.SALARY IS 'Monthly salary in dollars; sensitive'",
    "COMMENT ON COLUMN HR.EMPLOYEES.EMAIL IS 'Business address; personal'",
    "COMMENT ON COLUMN HR.EMPLOYEES.PHONE_NUMBER IS 'Business telephone; personal'",
    "COMMENT ON COLUMN HR.EMPLOYEES.HOME_ADDRESS IS 'Where the pay slip goes; sensitive'",
    "COMMENT ON COLUMN HR.PAYROLL.IBAN IS 'Account the net pay goes to; sensitive'",
)
_REST = (
    "CREATE SEQUENCE HR.EMPLOYEES_SEQ START WITH 220 INCREMENT BY 1",
    "CREATE SEQUENCE HR.PAYROLL_SEQ START WITH 1000 INCREMENT BY 1",
    """CREATE VIEW HR.EMP_PUBLIC AS
SELECT e.EMPLOYEE_ID, e.FIRST_NAME, e.LAST_NAME, e.EMAIL, e.JOB_ID, d.DEPARTMENT_NAME
FROM HR.EMPLOYEES e LEFT JOIN HR.DEPARTMENTS d ON d.DEPARTMENT_ID = e.DEPARTMENT_ID""",
    """CREATE OR REPLACE PROCEDURE HR.RAISE_SALARY (P_EMPLOYEE_ID IN NUMBER, P_PERCENT IN NUMBER) AS
BEGIN
  IF P_PERCENT NOT BETWEEN 0 AND 20 THEN
    RAISE_APPLICATION_ERROR(-20010, 'a raise is at most 20 percent');
  END IF;
  UPDATE EMPLOYEES SET SALARY = ROUND(SALARY * (1 + P_PERCENT / 100), 2) WHERE EMPLOYEE_ID = P_EMPLOYEE_ID;
END;""",
)


def steps() -> Iterator[str | Rows]:
    yield "CREATE USER HR NO AUTHENTICATION DEFAULT TABLESPACE USERS QUOTA UNLIMITED ON USERS"
    yield from _TABLES
    yield from _COMMENTS
    yield made_up.rows(
        "HR.LOCATIONS",
        "LOCATION_ID, STREET_ADDRESS, CITY",
        ((1000 + 100 * i, made_up.street(i), name) for i, name in enumerate(_LOCATIONS)),
    )
    yield made_up.rows(
        "HR.DEPARTMENTS",
        "DEPARTMENT_ID, DEPARTMENT_NAME, LOCATION_ID",
        ((10 * (i + 1), name, 1000 + 100 * (i % 4)) for i, name in enumerate(_DEPARTMENTS)),
    )
    yield made_up.rows("HR.JOBS", "JOB_ID, JOB_TITLE, MIN_SALARY, MAX_SALARY", _JOBS)
    yield made_up.rows(
        "HR.EMPLOYEES",
        "EMPLOYEE_ID, FIRST_NAME, LAST_NAME, EMAIL, PHONE_NUMBER, SSN, BIRTH_DATE, HIRE_DATE, JOB_ID, SALARY, MANAGER_ID,"
        " DEPARTMENT_ID, HOME_ADDRESS",
        map(_employee, _EMPLOYEES),
    )
    yield made_up.rows(
        "HR.JOB_HISTORY",
        "EMPLOYEE_ID, START_DATE, END_DATE, JOB_ID, DEPARTMENT_ID",
        map(_earlier_job, _EMPLOYEES[::5]),
    )
    yield made_up.rows(
        "HR.PAYROLL",
        "PAYROLL_ID, EMPLOYEE_ID, PERIOD, GROSS, TAX, NET, IBAN",
        map(_pay, _EMPLOYEES),
    )
    yield from _REST


def _place(key: int) -> int:
    """Which job and department somebody has; the first employee is the president."""
    return 0 if key == _EMPLOYEES[0] else 1 + made_up.number("department", key, len(_JOBS) - 1)


def _salary(key: int) -> Decimal:
    _, _, low, high = _JOBS[_place(key)]
    return made_up.money("salary", key, low, high)


def _employee(key: int) -> tuple[Value, ...]:
    place = _place(key)
    return (
        key,
        made_up.first_name(key),
        made_up.last_name(key),
        made_up.email(key),
        made_up.phone(key),
        made_up.social_security_number(key),
        made_up.day("birth", key, date(1960, 1, 1), 14000),
        made_up.day("hire", key, date(2012, 1, 1), 4500),
        _JOBS[place][0],
        _salary(key),
        None if place == 0 else _EMPLOYEES[0],
        10 * (place + 1),
        f"{made_up.street(key)}, {made_up.city(key)}",
    )


def _earlier_job(key: int) -> tuple[Value, ...]:
    other = 1 + made_up.number("earlier", key, len(_JOBS) - 1)
    start = made_up.day("earlier start", key, date(2008, 1, 1), 700)
    end = made_up.day("earlier end", key, date(2010, 6, 1), 500)
    return key, start, end, _JOBS[other][0], 10 * (other + 1)


def _pay(key: int) -> tuple[Value, ...]:
    gross = _salary(key)
    tax = (gross * Decimal("0.28")).quantize(Decimal("0.01"))
    return key - 99, key, date(2026, 10, 31), gross, tax, gross - tax, made_up.iban(key)
