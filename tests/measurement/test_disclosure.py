import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy.measurement.disclosure import Figure, hidden_overlapping, hidden_parts, is_publishable, protect

K = 5


def people(count: int, value: int | None = None, among: int | None = None) -> Figure:
    return Figure(count * 10 if value is None else value, count, count if among is None else among)


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        (people(5), True),
        (people(4), False),
        (Figure(0, 0, 5), True),
        (Figure(0, 0, 4), False),
        (Figure(70, 4, 100), False),
        (Figure(7, 7, 12, others=(5,)), True),
        (Figure(9, 9, 12, others=(3,)), False),
        (Figure(12, 12, 12, others=(0,)), True),
        (Figure(9, 9, 12, others=(5, 1)), False),
    ],
)
def test_a_figure_is_shown_only_of_groups(figure: Figure, expected: bool) -> None:
    assert is_publishable(figure, K) is expected


def test_a_second_unit_is_hidden_when_the_first_could_be_subtracted() -> None:
    parts = {"a": people(20), "b": people(3), "c": people(9)}
    assert hidden_parts(people(32), parts, K) == {"b", "c"}


def test_nothing_else_is_hidden_when_the_hidden_ones_are_a_group_together() -> None:
    parts = {"a": people(20), "b": people(3), "c": people(4)}
    assert hidden_parts(people(27), parts, K) == {"b", "c"}


def test_people_of_the_parent_itself_cannot_be_subtracted_either() -> None:
    parts = {"a": people(20), "b": people(9)}
    assert hidden_parts(people(29 + 2), parts, K) == {"b"}
    assert hidden_parts(people(29), parts, K) == frozenset()
    assert hidden_parts(people(29 + 7), parts, K) == frozenset()


def test_all_parts_are_hidden_when_nothing_less_would_do() -> None:
    assert hidden_parts(people(8), {"a": people(6), "b": people(2)}, K) == {"a", "b"}


def test_the_few_who_did_not_are_protected_like_the_few_who_did() -> None:
    whole = Figure(40, 40, 60, others=(20,))
    parts = {
        "a": Figure(18, 18, 20, others=(2,)),
        "b": Figure(12, 12, 20, others=(8,)),
        "c": Figure(10, 10, 20, others=(10,)),
    }
    assert hidden_parts(whole, parts, K) == {"a", "c"}


def test_below_a_hidden_unit_everything_is_hidden() -> None:
    figures = {
        "root": {"reach": people(100)},
        "small": {"reach": people(3)},
        "next": {"reach": people(10)},
        "big": {"reach": people(87)},
        "below next": {"reach": people(10)},
    }
    parents = {"root": None, "small": "root", "next": "root", "big": "root", "below next": "next"}
    assert protect(figures, parents, K) == {
        "root": {"reach": 1000},
        "small": {"reach": None},
        "next": {"reach": None},
        "big": {"reach": 870},
        "below next": {"reach": None},
    }


def test_a_root_of_too_few_people_hides_the_whole_tree() -> None:
    figures = {"root": {"reach": people(4)}, "a": {"reach": people(4)}}
    assert protect(figures, {"root": None, "a": "root"}, K) == {"root": {"reach": None}, "a": {"reach": None}}


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[int, Figure], dict[int, int | None]]:
    """Draw a tree whose inner figures are the sums of what is below plus people of their own."""
    count = draw(st.integers(1, 12))
    parents: dict[int, int | None] = {0: None}
    for node in range(1, count):
        parents[node] = draw(st.integers(0, node - 1))
    figures = {}
    for node in range(count):
        among = draw(st.integers(0, 12))
        behind = draw(st.integers(0, among))
        # Every single person's part is at least 1, so that nobody is behind nothing.
        figures[node] = Figure(behind * draw(st.integers(1, 9)), behind, among, (among - behind,))
    for node in range(count - 1, 0, -1):
        above = parents[node]
        assert above is not None
        mine, theirs = figures[node], figures[above]
        figures[above] = Figure(
            mine.value + theirs.value,
            mine.behind + theirs.behind,
            mine.among + theirs.among,
            (mine.others[0] + theirs.others[0],),
        )
    return figures, parents


@settings(max_examples=300, deadline=None)
@given(trees())
def test_no_difference_of_shown_figures_tells_of_a_few(drawn: tuple[dict[int, Figure], dict[int, int | None]]) -> None:
    figures, parents = drawn
    shown = protect({key: {"f": figure} for key, figure in figures.items()}, parents, K)
    visible = {key for key, values in shown.items() if values["f"] is not None}

    for key in visible:
        assert is_publishable(figures[key], K)
        # Any shown unit less any set of disjoint shown units below it; the nearest ones leave the smallest rest.
        nearest = [child for child in visible if parents[child] == key]
        rest = figures[key].without(figures[child] for child in nearest)
        assert rest.tells_of_nobody or is_publishable(rest, K)
    for key, above in parents.items():
        assert key not in visible or above is None or above in visible


@settings(max_examples=100, deadline=None)
@given(trees(), st.data())
def test_a_unit_answers_the_same_whichever_page_asks(
    drawn: tuple[dict[int, Figure], dict[int, int | None]], data: st.DataObject
) -> None:
    figures, parents = drawn
    whole = protect({key: {"f": figure} for key, figure in figures.items()}, parents, K)
    asked = data.draw(st.sampled_from(sorted(figures)))
    path: set[int | None] = set()
    above: int | None = asked
    while above is not None:
        path.add(above)
        above = parents[above]
    families = {key for key in figures if key in path or parents[key] in path}
    partly = protect({key: {"f": figures[key]} for key in families}, parents, K)
    assert partly == {key: whole[key] for key in families}


def test_parts_and_whole_must_tell_of_the_same_groups() -> None:
    with pytest.raises(ValueError):
        people(10).without([people(5)._replace(others=(1,))])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 30)), max_size=8))
def test_what_overlapping_parts_leave_over_is_a_group_or_everything(people_of: list[frozenset[int]]) -> None:
    """Behind each part stand people, some of them behind several; a sum over all parts is known from elsewhere."""
    parts = {place: Figure(len(people), len(people), 100) for place, people in enumerate(people_of)}
    hidden = hidden_overlapping(parts, K)
    assert all(is_publishable(part, K) for place, part in parts.items() if place not in hidden)
    left_over = frozenset().union(*(people_of[place] for place in hidden))
    everybody = frozenset().union(*people_of)
    shown_with_something = [place for place in parts if place not in hidden and people_of[place]]
    assert not left_over or len(left_over) >= K or (not shown_with_something and left_over == everybody)


def test_two_hidden_parts_are_not_told_by_their_sum() -> None:
    """Two of one person each: less than a group together, so a third has to go with them."""
    parts = {
        "one": Figure(3, 1, 100),
        "two": Figure(4, 1, 100),
        "many": Figure(50, 12, 100),
        "more": Figure(90, 30, 100),
    }
    assert hidden_overlapping(parts, K) == {"one", "two", "many"}
