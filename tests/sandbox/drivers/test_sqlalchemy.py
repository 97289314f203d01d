"""SQLAlchemy's Oracle dialect, which asks the dictionary in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


@pytest.fixture
def engine(listening: Any) -> Iterator[sa.Engine]:
    url = sa.URL.create(
        "oracle+oracledb", "SYSTEM", listening.password, "127.0.0.1", listening.port,
        query={"service_name": "FREEPDB1"},
    )  # fmt: skip
    made = sa.create_engine(url)
    yield made
    made.dispose()


@pytest.fixture
def hr(engine: sa.Engine) -> sa.MetaData:
    metadata = sa.MetaData()
    metadata.reflect(engine, schema="hr", views=True)
    return metadata


def test_a_schema_is_reflected(hr: sa.MetaData) -> None:
    assert {name.removeprefix("hr.") for name in hr.tables} == {
        "departments", "emp_public", "employees", "job_history", "jobs", "locations", "payroll",
    }  # fmt: skip
    employees = hr.tables["hr.employees"]
    assert [column.name for column in employees.primary_key] == ["employee_id"]
    assert {key.target_fullname for key in employees.foreign_keys} == {
        "hr.jobs.job_id",
        "hr.departments.department_id",
    }
    assert not employees.c.last_name.nullable
    assert employees.c.last_name.type.length == 25
    salary = employees.c.salary.type
    assert (salary.precision, salary.scale) == (8, 2)
    assert employees.comment == "Everybody who works here"
    assert employees.c.ssn.comment.startswith("Social security number")


def test_the_inspector_lists_what_there_is(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    assert {"hr", "oe", "fin"} <= set(inspector.get_schema_names())
    assert inspector.get_view_names("hr") == ["emp_public"]
    assert set(inspector.get_sequence_names("hr")) == {"employees_seq", "payroll_seq"}
    assert "FROM HR.EMPLOYEES" in inspector.get_view_definition("emp_public", schema="hr")
    assert inspector.has_table("employees", schema="hr")
    assert not inspector.has_table("nothing", schema="hr")


def test_queries_join_count_order_and_page(engine: sa.Engine, hr: sa.MetaData) -> None:
    employees, departments = hr.tables["hr.employees"], hr.tables["hr.departments"]
    counted = (
        sa.select(departments.c.department_name, sa.func.count().label("people"))
        .join(employees, employees.c.department_id == departments.c.department_id)
        .group_by(departments.c.department_name)
        .order_by(sa.desc("people"), departments.c.department_name)
    )
    paged = sa.select(employees.c.employee_id).order_by(employees.c.employee_id).offset(5).limit(3)
    with engine.connect() as connection:
        rows = connection.execute(counted).all()
        assert sum(row.people for row in rows) == 120
        assert connection.scalars(paged).all() == [105, 106, 107]


def test_a_transaction_is_kept_or_undone_as_a_whole(engine: sa.Engine, hr: sa.MetaData) -> None:
    jobs = hr.tables["hr.jobs"]
    titles = sa.select(sa.func.count()).select_from(jobs)
    with engine.connect() as connection:
        before = connection.scalar(titles)
        connection.execute(jobs.insert(), [
            {"job_id": f"X_{number}", "job_title": "Tester", "min_salary": Decimal("1.50")}
            for number in range(3)
        ])  # fmt: skip
        assert connection.scalar(titles) == before + 3
        connection.rollback()
        assert connection.scalar(titles) == before
    with engine.begin() as connection:
        connection.execute(jobs.insert().values(job_id="X_1", job_title="Tester"))
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(jobs.insert().values(job_id="X_1", job_title="Again"))
        raised = jobs.update().where(jobs.c.job_id == "X_1").values(max_salary=Decimal("9.99"))
        assert connection.execute(raised).rowcount == 1
    with engine.connect() as connection:
        found = sa.select(jobs.c.max_salary).where(jobs.c.job_id == "X_1")
        assert connection.scalar(found) == Decimal("9.99")


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "teams"
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30), unique=True)
    members: Mapped[list[Member]] = relationship(back_populates="team")


class Member(Base):
    __tablename__ = "members"
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    team_id: Mapped[int] = mapped_column(sa.ForeignKey("teams.id"))
    team: Mapped[Team] = relationship(back_populates="members")


def test_objects_are_mapped_made_and_found(engine: sa.Engine) -> None:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Team(name="red", members=[Member(name="Ann"), Member(name="Bo")]))
        session.commit()
    with Session(engine) as session:
        team = session.scalars(sa.select(Team).where(Team.name == "red")).one()
        assert sorted(member.name for member in team.members) == ["Ann", "Bo"]
        session.add(Team(name="red"))
        with pytest.raises(IntegrityError):
            session.commit()
    inspector = sa.inspect(engine)
    (key,) = inspector.get_foreign_keys("members")
    assert (key["referred_table"], key["constrained_columns"]) == ("teams", ["team_id"])
    identity = next(c for c in inspector.get_columns("teams") if c["name"] == "id")["identity"]
    assert identity["always"] is False
    Base.metadata.drop_all(engine)
    assert not sa.inspect(engine).has_table("teams")


def test_errors_carry_the_number_of_the_server(engine: sa.Engine) -> None:
    with engine.connect() as connection, pytest.raises(DatabaseError) as caught:
        connection.execute(sa.text("SELECT * FROM hr.no_such_table"))
    original: Any = caught.value.orig
    assert original.args[0].code == 942


def test_a_multiset_difference_keeps_what_is_there_more_often(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        text = "{} {} ALL {} ORDER BY 1"
        left = "(SELECT 1 n FROM dual UNION ALL SELECT 1 FROM dual UNION ALL SELECT 2 FROM dual)"
        right = "SELECT 1 FROM dual"
        minus = connection.execute(sa.text(text.format(left, "MINUS", right))).scalars().all()
        common = connection.execute(sa.text(text.format(left, "INTERSECT", right))).scalars().all()
    assert (minus, common) == ([1, 2], [1])
