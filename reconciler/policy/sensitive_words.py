"""What columns with sensitive data are called: words by category. Each line is a name's parts in order; a plural counts as its singular."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from reconciler.model.classification import Level


class Shape(enum.Flag):
    """What values of a type can be. A text of one character is a flag: no address fits in."""

    TEXT = enum.auto()
    NUMBER = enum.auto()
    INSTANT = enum.auto()
    BYTES = enum.auto()


_TEXT_OR_NUMBER = Shape.TEXT | Shape.NUMBER
_ANYTHING = Shape.TEXT | Shape.NUMBER | Shape.INSTANT | Shape.BYTES


@dataclass(frozen=True, slots=True)
class Words:
    """`sure` are words that mean little else; `doubtful` ones that mean other things too. `shapes` are what the data can be kept as."""

    category: str
    level: Level
    shapes: Shape
    sure: tuple[tuple[str, ...], ...]
    doubtful: tuple[tuple[str, ...], ...] = ()


def _words(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row.split()) for row in text.strip().split(","))


CATEGORIES: tuple[Words, ...] = (
    Words(
        "credentials",
        Level.RESTRICTED,
        Shape.TEXT | Shape.BYTES,
        _words(
            "PASSWORD,PASSWD,PWD,PASSPHRASE,PASSCODE,PASSWORD HASH,PWHASH,CLIENT SECRET,API KEY,APIKEY,PRIVATE KEY,ACCESS TOKEN,REFRESH TOKEN,"
            "AUTH TOKEN,BEARER TOKEN,OTP SECRET,TOTP SECRET,RECOVERY CODE,SECURITY ANSWER,SECRET ANSWER,SECRET QUESTION"
        ),
        _words("SECRET,TOKEN,CREDENTIAL,PIN,SALT,SESSION KEY"),
    ),
    Words(
        "payment-cards",
        Level.RESTRICTED,
        _TEXT_OR_NUMBER,
        _words(
            "CARD NUMBER,CARD NO,CARD NUM,CARD NBR,CARDNUMBER,CARDNO,CREDIT CARD,CREDITCARD,DEBIT CARD,CC NUMBER,CC NUM,CC NO,CVV,CVC,"
            "CARD HOLDER,CARDHOLDER,TRACK DATA"
        ),
        _words("PAN,CARD"),
    ),
    Words(
        "bank-accounts",
        Level.RESTRICTED,
        _TEXT_OR_NUMBER,
        _words(
            "IBAN,BANK ACCOUNT,BANKACCOUNT,BANK ACCT,ROUTING NUMBER,ROUTING NO,SORT CODE,KONTONUMMER,DIRECT DEBIT MANDATE"
        ),
        _words("BIC,SWIFT,ACCOUNT NUMBER,ACCOUNT NO,ACCT NO,ACCT NUM,ACCOUNT NUM"),
    ),
    Words(
        "identifiers",
        Level.RESTRICTED,
        _TEXT_OR_NUMBER,
        _words(
            "SSN,SOCIAL SECURITY,SOCIAL INSURANCE,SOC SEC,PASSPORT,TAX ID,TAXID,TAX IDENTIFIER,TAX NUMBER,TAX NO,TAXPAYER ID,TIN,ITIN,VAT ID,"
            "NATIONAL ID,NATIONAL IDENTIFIER,NATIONAL INSURANCE,NINO,IDENTITY CARD,ID CARD,DRIVER LICENSE,DRIVER LICENCE,DRIVERS LICENSE,"
            "DRIVERS LICENCE,DRIVING LICENCE,RESIDENCE PERMIT,BSN,PESEL,AADHAAR,CURP,CPF,STEUERNUMMER,STEUER ID,SOZIALVERSICHERUNGSNUMMER,NHS NUMBER"
        ),
        _words("DNI,NIE,NIF,SIN,VISA NUMBER,LICENSE NUMBER,PERSONAL NUMBER,PERSONNUMMER"),
    ),
    Words(
        "health",
        Level.RESTRICTED,
        _ANYTHING,
        _words(
            "DIAGNOSIS,DIAGNOSE,ICD,ICD CODE,PRESCRIPTION,MEDICATION,ALLERGY,ALLERGIES,BLOOD TYPE,BLOOD GROUP,DISABILITY,DISABLED PERSON,PATIENT,"
            "MEDICAL,SICK LEAVE,SICKNESS,VACCINATION,PREGNANCY,HEALTH INSURANCE,HEALTH CONDITION"
        ),
        _words("HEALTH,TREATMENT,SYMPTOM,THERAPY,MRN"),
    ),
    Words(
        "beliefs-and-origin",
        Level.RESTRICTED,
        _TEXT_OR_NUMBER,
        _words(
            "RELIGION,DENOMINATION,ETHNICITY,ETHNIC GROUP,ETHNIC ORIGIN,RACE,SEXUAL ORIENTATION,POLITICAL PARTY,UNION MEMBER,UNION MEMBERSHIP,TRADE UNION,"
            "CRIMINAL RECORD,CONVICTION"
        ),
        _words("NATIONALITY,CITIZENSHIP"),
    ),
    Words(
        "biometrics",
        Level.RESTRICTED,
        Shape.TEXT | Shape.BYTES,
        _words("FINGERPRINT,FACE TEMPLATE,IRIS SCAN,VOICE PRINT,VOICEPRINT,BIOMETRIC"),
        _words("PHOTO,PORTRAIT,SIGNATURE IMAGE"),
    ),
    Words(
        "pay",
        Level.RESTRICTED,
        _TEXT_OR_NUMBER,
        _words(
            "SALARY,SALARIES,WAGE,BONUS,COMMISSION,COMMISSION PCT,NET PAY,GROSS PAY,NETPAY,GROSSPAY,BASE PAY,PAY RATE,HOURLY RATE,PAY GRADE,COMPENSATION,"
            "PENSION,SEVERANCE,STOCK OPTION,TAX CLASS,NET SALARY,GROSS SALARY,GEHALT,LOHN,NETTOLOHN,BRUTTOLOHN,GARNISHMENT"
        ),
        _words("NET,GROSS,PAY,INCOME,ALLOWANCE,DEDUCTION,SAL,COMM"),
    ),
    Words(
        "birth",
        Level.CONFIDENTIAL,
        Shape.TEXT | Shape.NUMBER | Shape.INSTANT,
        _words(
            "BIRTH DATE,BIRTHDATE,BIRTHDAY,BIRTH DAY,DATE OF BIRTH,DOB,BIRTH YEAR,YEAR OF BIRTH,PLACE OF BIRTH,BIRTHPLACE,BIRTH PLACE,BORN ON,GEBURTSDATUM,"
            "GEBURTSORT"
        ),
        _words("BIRTH,AGE"),
    ),
    Words(
        "contact",
        Level.CONFIDENTIAL,
        _TEXT_OR_NUMBER,
        _words(
            "EMAIL,E MAIL,EMAIL ADDRESS,MAIL ADDRESS,PHONE,PHONE NUMBER,TELEPHONE,MOBILE,MOBILE NUMBER,CELL PHONE,FAX NUMBER,STREET,STREET ADDRESS,"
            "HOME ADDRESS,POSTAL ADDRESS,POSTAL CODE,ZIP CODE,ZIPCODE,POSTCODE,EMERGENCY CONTACT,ADDRESS LINE,TELEFON,STRASSE,PLZ"
        ),
        _words("ADDRESS,ADDR,MAIL,TEL,FAX,ZIP,CITY,CONTACT"),
    ),
    Words(
        "people",
        Level.CONFIDENTIAL,
        Shape.TEXT,
        _words(
            "FIRST NAME,FIRSTNAME,LAST NAME,LASTNAME,SURNAME,FAMILY NAME,GIVEN NAME,FORENAME,MIDDLE NAME,MAIDEN NAME,FULL NAME,FULLNAME,VORNAME,NACHNAME,"
            "MARITAL STATUS,GENDER,NEXT OF KIN"
        ),
        _words("SEX,SPOUSE,DEPENDENT"),
    ),
    Words(
        "whereabouts",
        Level.CONFIDENTIAL,
        _TEXT_OR_NUMBER,
        _words("IP ADDRESS,IP ADDR,MAC ADDRESS,LATITUDE,LONGITUDE,GEOLOCATION,GPS,IMEI"),
        _words("IP,DEVICE ID,LAT,LON,LNG"),
    ),
)
"""From what is worst to have wrong to what is least: of two categories that fit equally well the first is proposed."""

ABOUT_DATA = frozenset(
    (
        "ACTIVE", "ALLOWED", "ATTEMPTS", "CHANGED", "CNT", "CONFIRMED", "COUNT", "CREATED", "DISABLED", "ENABLED", "EXPIRED", "EXPIRES", "EXPIRY", "FK",
        "FLAG", "FORMAT", "HAS", "ID", "IND", "INDICATOR", "IS", "KEY", "KIND", "LENGTH", "LIMIT", "MODIFIED", "PK", "POLICY", "REQUIRED", "RETRIES",
        "SENT", "SEQ", "SEQUENCE", "STATE", "STATUS", "TEMPLATE", "TYPE", "UPDATED", "VERIFIED", "VERSION", "YN",
    )
)  # fmt: skip
"""Parts that make a name one about data, not the data: EMAIL_TEMPLATE_ID, IS_PHONE_VERIFIED."""
