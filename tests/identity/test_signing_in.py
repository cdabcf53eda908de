"""Passwords: which are accepted, and how guessing ends."""

import time

import pytest
from sqlalchemy import func, select

from advocacy.foundation import ratelimit
from advocacy.foundation.db import session as ambient
from advocacy.foundation.errors import Invalid, NotSignedIn, TooManyRequests
from advocacy.identity import passwords, service
from advocacy.identity.models import Account
from tests.factories.identity import PASSWORD, make_account
from tests.factories.people import make_employee


@pytest.fixture(autouse=True)
def fresh_limits(session):
    ratelimit.limiter().reset()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "fourteen chars",
        "x" * 129,
        "passwordpassword",
        "PasswordPassword",
        "aaaaaaaaaaaaaaaa",
        "1234567890123456",
        "correct horse battery staple",
        "with a NUL \x00 inside",
        "half a pair \ud800 inside",
    ],
)
def test_weak_password_is_refused(settings, password):
    with pytest.raises(Invalid):
        passwords.check(password)


@pytest.mark.parametrize(
    "password", [PASSWORD, "x7" * 8 + "abc", "пароль из нескольких слов", "ทางเดินริมทะเลที่เงียบสงบ", "a b c d e f g h i"]
)
def test_long_password_of_any_script_is_accepted(settings, password):
    passwords.check(password)


def test_password_made_of_ones_name_is_refused(session):
    employee = make_employee(name="Alexandra Featherstone", email="alexandra.featherstone@meridian.example")
    account = make_account(employee)
    with pytest.raises(Invalid):
        service.set_password(account, "alexandrafeatherstone")
    with pytest.raises(Invalid):
        service.set_password(account, "Meridian Works 12")
    service.set_password(account, "featherstone walks by the sea")


def test_right_password_signs_in_whatever_the_case_of_the_address(session):
    account = make_account(password=PASSWORD)
    found = service.sign_in(email=f"  {account.email.upper()} ", password=PASSWORD, address="203.0.113.1")
    assert found.id == account.id


@pytest.mark.parametrize("case", ["wrong", "unknown", "no password", "closed", "hostile"])
def test_every_refusal_says_the_same(session, case):
    account = make_account(password=None if case == "no password" else PASSWORD, is_active=case != "closed")
    email = {"unknown": "nobody@meridian.example", "hostile": "a\x00b' OR 1=1 --\ud800"}.get(case, account.email)
    with pytest.raises(NotSignedIn) as refused:
        service.sign_in(email=email, password="not the password" if case == "wrong" else PASSWORD, address="::1")
    assert refused.value.code == "wrong_credentials"
    assert refused.value.detail == "The address or the password is not right."


def test_unknown_address_takes_as_long_as_a_known_one(session):
    account = make_account(password=PASSWORD)
    passwords.matches(None, "warm up")

    def fastest(email):
        times = []
        for number in range(4):
            began = time.process_time()
            with pytest.raises(NotSignedIn):
                service.sign_in(email=email, password="not the password", address=f"203.0.113.{number}")
            times.append(time.process_time() - began)
        return min(times)

    known, unknown = fastest(account.email), fastest("nobody@meridian.example")
    assert unknown > known * 0.5
    assert known > unknown * 0.5


def test_guessing_one_account_ends_after_ten_failures_from_anywhere(session):
    account = make_account(password=PASSWORD)
    for number in range(10):
        with pytest.raises(NotSignedIn):
            service.sign_in(email=account.email, password="wrong", address=f"203.0.113.{number}")
    with pytest.raises(TooManyRequests) as refused:
        service.sign_in(email=account.email, password=PASSWORD, address="198.51.100.7")
    assert 0 < refused.value.retry_after_seconds <= 300


def test_success_gives_the_attempts_back(session):
    account = make_account(password=PASSWORD)
    for _ in range(2):
        for number in range(9):
            with pytest.raises(NotSignedIn):
                service.sign_in(email=account.email, password="wrong", address=f"203.0.113.{number}")
        service.sign_in(email=account.email, password=PASSWORD, address="198.51.100.7")


def test_one_household_cannot_try_many_accounts(session):
    account = make_account(password=PASSWORD)
    limiter = ratelimit.limiter()
    for _ in range(ratelimit.SIGN_IN_PER_ADDRESS.amount):
        limiter.hit(ratelimit.SIGN_IN_PER_ADDRESS, "sign-in", "address", ratelimit.network_of("2001:db8:1:2::1"))
    with pytest.raises(TooManyRequests):
        service.sign_in(email=account.email, password=PASSWORD, address="2001:db8:1:2:ffff::9")
    service.sign_in(email=account.email, password=PASSWORD, address="2001:db8:1:3::1")


def test_password_is_stored_as_argon2id_with_the_deployments_pepper(session):
    account = make_account()
    service.set_password(account, PASSWORD)
    assert account.password_hash.startswith("$argon2id$")
    import argon2

    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(account.password_hash, PASSWORD)


def test_hash_of_older_parameters_is_renewed_at_sign_in(session, monkeypatch):
    import argon2

    account = make_account()
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8192)
    account.password_hash = old.hash(passwords._peppered(PASSWORD))
    before = account.password_hash
    service.sign_in(email=account.email, password=PASSWORD, address="::1")
    assert account.password_hash != before
    assert passwords.matches(account.password_hash, PASSWORD)


def test_two_accounts_cannot_share_an_address(session):
    from advocacy.foundation.errors import Conflict

    account = make_account()
    with pytest.raises(Conflict):
        service.create_account(email=account.email.upper())


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a b@c.example", "a\x00@b.example", "x" * 250 + "@b.example"])
def test_account_needs_an_address(session, email):
    with pytest.raises(Invalid):
        service.create_account(email=email)
    assert ambient.scalar(select(func.count()).select_from(Account)) == 0


def test_attempts_are_not_given_back_when_redis_goes_away(settings):
    limiter = ratelimit.Limiter(settings.redis_url, "a deployment of its own")
    limiter.reset()
    for _ in range(ratelimit.SIGN_IN_PER_ACCOUNT.amount):
        limiter.hit(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "a")
    limiter._pause(ConnectionError())
    assert limiter.standing(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "a").is_exhausted


def test_limits_hold_while_redis_is_away(settings):
    alone = ratelimit.Limiter("redis://127.0.0.1:1/0")
    for _ in range(ratelimit.SIGN_IN_PER_ACCOUNT.amount):
        assert not alone.hit(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "a").is_exhausted
    assert alone.hit(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "a").is_exhausted
    assert alone.standing(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "a").is_exhausted
    assert not alone.standing(ratelimit.SIGN_IN_PER_ACCOUNT, "sign-in", "account", "b").is_exhausted
