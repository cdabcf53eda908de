"""What is encrypted opens with its key, in its place, and nowhere else."""

from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from advocacy.foundation import preferences
from advocacy.foundation.encryption import CannotDecrypt, decrypt, encrypt, heads, needs_new_key


@pytest.fixture
def keys(settings):
    """Return a function that puts keys into force; the real ones come back afterwards."""

    def use(*keys):
        preferences.init(replace(settings, encryption_keys=keys))

    yield use
    preferences.init(settings)


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=500))
def test_a_text_comes_back_as_it_was(engine, text):
    sealed = encrypt(text, purpose="note", owner="1")
    assert decrypt(sealed, purpose="note", owner="1") == text
    assert sealed != encrypt(text, purpose="note", owner="1")


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_ciphertext_is_refused_when_one_byte_changed(engine, position, change):
    sealed = bytearray(encrypt("words that stay together for a while", purpose="note", owner="1"))
    sealed[position % len(sealed)] ^= change
    with pytest.raises(CannotDecrypt):
        decrypt(bytes(sealed), purpose="note", owner="1")


def test_an_old_key_opens_what_it_sealed_and_a_new_one_seals(keys):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys(old)
    sealed = encrypt("kept", purpose="note", owner="1")
    keys(new, old)
    assert decrypt(sealed, purpose="note", owner="1") == "kept"
    assert needs_new_key(sealed)
    assert not needs_new_key(encrypt("kept", purpose="note", owner="1"))
    keys(new)
    with pytest.raises(CannotDecrypt):
        decrypt(sealed, purpose="note", owner="1")


def test_a_key_that_is_none_hides_no_other_and_loses_nothing(keys):
    good = Fernet.generate_key().decode()
    keys(good)
    sealed = encrypt("kept", purpose="note", owner="1")
    keys("changeme", good)
    assert decrypt(sealed, purpose="note", owner="1") == "kept"
    keys("changeme")
    with pytest.raises(CannotDecrypt):
        decrypt(sealed, purpose="note", owner="1")
    with pytest.raises(ValueError, match="32 random bytes"):
        heads()


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + b"\0" * 40, b"\x01" + b"\0" * 10])
def test_what_is_no_ciphertext_is_refused(engine, sealed):
    with pytest.raises(CannotDecrypt):
        decrypt(sealed, purpose="note", owner="1")
