"""The redirect as most people would write it first: a Flask route, SQLAlchemy, one committed row per click.

It promises the same as ours, on disk before the answer, and is served by the same server as the portal.
"""

import os
from datetime import UTC, datetime

from flask import Flask, abort, redirect, request
from sqlalchemy import DateTime, ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.wrappers import Response


class Base(DeclarativeBase):
    pass


class NaiveLink(Base):
    __tablename__ = "naive_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    destination: Mapped[str]


class NaiveClick(Base):
    __tablename__ = "naive_click"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("naive_link.id"))
    clicked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    agent: Mapped[str]
    referrer: Mapped[str | None]
    address: Mapped[str | None]


engine = create_engine(os.environ["NAIVE_DATABASE_URL"], pool_size=16)
app = Flask(__name__)


@app.get("/<code>")
def follow(code: str) -> Response:
    with Session(engine) as session:
        link = session.scalar(select(NaiveLink).where(NaiveLink.code == code))
        if link is None:
            abort(404)
        session.add(
            NaiveClick(
                link_id=link.id,
                clicked_at=datetime.now(UTC),
                agent=request.user_agent.string,
                referrer=request.referrer,
                address=request.remote_addr,
            )
        )
        destination = link.destination
        session.commit()
    return redirect(destination)
