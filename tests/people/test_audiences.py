"""An audience is decided when it is read, and its size is told only when it is large enough."""

import pytest
from sqlalchemy import select

from advocacy.foundation.access import Role
from advocacy.foundation.columns import new_id
from advocacy.foundation.errors import Invalid, NotFound
from advocacy.people import queries, service
from advocacy.people.models import Audience
from tests.factories.people import actor_for, make_audience, make_employee, make_topic, make_unit


def is_meant(session, employee, audience):
    reader = queries.reader_of(actor_for(employee))
    found = select(Audience.key).where(Audience.key == audience.key, queries.audience_matches(reader))
    return session.scalar(found) is not None


def counted(audience):
    size = queries.count_audience(audience)
    return size.people if size is not None else None


def test_an_empty_audience_means_everybody(session):
    employee = make_employee(country=None, language=None)
    assert is_meant(session, employee, make_audience())


def test_units_mean_those_below_as_well(session):
    root = make_unit("Meridian Works")
    cloud, sales = make_unit("Cloud", parent=root), make_unit("Sales", parent=root)
    lisbon = make_unit("Lisbon", parent=cloud)
    audience = make_audience(units=(cloud,))
    assert is_meant(session, make_employee(lisbon), audience)
    assert not is_meant(session, make_employee(sales), audience)
    assert not is_meant(session, make_employee(root), audience)


def test_every_condition_must_hold(session):
    topic = make_topic()
    audience = make_audience(countries=("DE", "FR"), languages=("de",), topics=(topic,))
    meant = make_employee(country="DE", language="de-AT")
    elsewhere = make_employee(country="ES", language="de")
    stranger = make_employee(country="DE", language="de")
    for employee in (meant, elsewhere):
        service.follow_topics(actor_for(employee), [topic.id])
    assert is_meant(session, meant, audience)
    assert not is_meant(session, elsewhere, audience)
    assert not is_meant(session, stranger, audience)


def test_whose_country_is_unknown_meets_no_list_of_countries(session):
    assert not is_meant(session, make_employee(country=None), make_audience(countries=("DE",)))


def test_the_size_is_told_from_the_smallest_group_on(session):
    unit = make_unit("Meridian Works")
    people = [make_employee(unit) for _ in range(5)]
    assert counted(make_audience(units=(unit,))) == 5
    topic = make_topic(followers=tuple(people[:4]))
    assert counted(make_audience(topics=(topic,))) is None
    assert counted(make_audience(countries=("DE",), languages=("en",))) == 5
    assert counted(make_audience(countries=("FR",))) is None


def test_the_count_and_the_predicate_agree(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    people = [make_employee(cloud, language=language) for language in ("de", "de-CH", "en", "de", "de", "de")]
    people += [make_employee(root, language="de") for _ in range(3)]
    audience = make_audience(units=(cloud,), languages=("de",))
    assert counted(audience) == sum(is_meant(session, person, audience) for person in people) == 5


@pytest.mark.parametrize(
    "condition",
    [{"countries": ("PT",)}, {"languages": ("pt",)}, {"roles": ["welder"]}, {"excluded": {"countries": ["FR"]}}],
)
def test_two_counts_by_what_is_written_about_people_do_not_differ_by_one(session, condition):
    """Who was counted before and after one person's row changed, or by a title that one person has, learns nothing."""
    for _ in range(8):
        make_employee(country="PT", language="pt", title="Welder")
    audience = service.make_audience(**condition)
    before = queries.count_audience(audience)
    make_employee(country="PT", language="pt", title="Welder")
    assert queries.count_audience(audience) == before == queries.AudienceSize(5, is_rounded=True)
    make_employee(country="PT", language="pt", title="Welder")
    assert counted(audience) == 10


def test_units_are_counted_exactly_as_everywhere(session):
    unit = make_unit("Meridian Works")
    for _ in range(7):
        make_employee(unit)
    assert queries.count_audience(service.make_audience(unit_ids=[unit.id])) == queries.AudienceSize(
        7, is_rounded=False
    )
    assert queries.count_audience(service.make_audience()) == queries.AudienceSize(7, is_rounded=False)


def test_an_audience_is_refused_when_it_names_what_does_not_exist(session):
    for wrong in ({"unit_ids": [new_id()]}, {"topic_ids": [new_id()]}):
        with pytest.raises(NotFound):
            service.make_audience(**wrong)
    for wrong in ({"countries": ["Germany"]}, {"languages": ["xx-yy-zz"]}, {"name": "x" * 300}):
        with pytest.raises(Invalid):
            service.make_audience(**wrong)


def test_somebody_is_visible_to_themselves_and_to_those_who_manage_their_unit(session):
    root = make_unit("Meridian Works")
    cloud, sales = make_unit("Cloud", parent=root), make_unit("Sales", parent=root)
    employee, other = make_employee(cloud), make_employee(cloud)
    assert queries.get_employee(employee.id, visible_to=actor_for(employee)) == employee
    manager = actor_for(other, Role.ADMINISTRATOR, unit=cloud)
    assert queries.get_employee(employee.id, visible_to=manager) == employee
    for nosy in (actor_for(other), actor_for(other, Role.EXECUTIVE), actor_for(other, Role.ADMINISTRATOR, unit=sales)):
        with pytest.raises(NotFound):
            queries.get_employee(employee.id, visible_to=nosy)


def test_following_topics_replaces_what_was_followed(session):
    employee = make_employee()
    one, two, three = make_topic("A"), make_topic("B"), make_topic("C")
    actor = actor_for(employee)
    service.follow_topics(actor, [one.id, two.id])
    service.follow_topics(actor, [two.id, three.id])
    assert queries.followed_topics(actor) == [two, three]
    service.follow_topics(actor, [])
    assert queries.followed_topics(actor) == []
    with pytest.raises(NotFound):
        service.follow_topics(actor, [new_id()])


def test_ones_own_data_holds_everything_as_plain_values(session):
    import json

    from tests.factories.people import make_advocate, make_profile

    employee = make_advocate()
    make_profile(employee, size=321, handle="me")
    data = queries.own_data(actor_for(employee))
    assert json.loads(json.dumps(data)) == data
    assert data["person"]["email"] == employee.email
    assert data["networks"][0]["audience_size"] == 321
    assert [entry["what"] for entry in data["consent_history"]] == ["granted", "granted"]


def test_what_one_person_follows_is_in_no_difference_of_two_counts(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    people = [make_employee(cloud) for _ in range(6)] + [make_employee(root) for _ in range(3)]
    topic, other = make_topic(followers=tuple(people)), make_topic(followers=(make_employee(root),))
    for units, countries, languages in (((cloud,), (), ()), ((), ("DE",), ()), ((), (), ("en",))):
        narrowed = make_audience(units=units, countries=countries, languages=languages, topics=(topic,))
        assert counted(narrowed) is None
    both = counted(make_audience(topics=(topic, other)))
    assert counted(make_audience(topics=(topic,))) == 5
    assert both == 10, "ten follow one of the two; nine would be told as five"


def test_one_condition_is_enough_where_the_audience_says_any(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    audience = service.make_audience(unit_ids=[cloud.id], countries=["FR"], match="any")
    people = [make_employee(cloud, country="DE"), make_employee(root, country="FR"), make_employee(root, country="DE")]
    assert [is_meant(session, person, audience) for person in people] == [True, True, False]
    alone = service.make_audience(countries=["FR"], match="any")
    assert not alone.is_any, "with one condition all and any are the same"
    assert service.make_audience(match="any").is_any is False


def test_exceptions_leave_people_out_whatever_else_they_meet(session):
    root = make_unit("Meridian Works")
    cloud = make_unit("Cloud", parent=root)
    topic = make_topic()
    excluded = {
        "unit_ids": [cloud.id],
        "countries": ["FR"],
        "languages": ["es"],
        "topic_ids": [topic.id],
        "roles": ["intern"],
    }
    audience = service.make_audience(unit_ids=[root.id], excluded=excluded)
    assert is_meant(session, make_employee(root, country=None, language=None, title=None), audience)
    left_out = [
        make_employee(cloud),
        make_employee(root, country="FR"),
        make_employee(root, language="es-MX"),
        make_employee(root, title="Intern, Finance"),
    ]
    follower = make_employee(root)
    service.follow_topics(actor_for(follower), [topic.id])
    assert not any(is_meant(session, person, audience) for person in (*left_out, follower))


def test_roles_are_words_of_job_titles_and_the_count_reads_them_the_same_way(session):
    titles = (
        "Engineer",
        "Senior Data-Engineer",
        "ENGINEERING lead",
        None,
        "Data engineer (rail)",
        "data-engineer",
        "Engineer",
    )
    people = [make_employee(title=title) for title in titles]
    for role, expected in (("Engineer", 5), ("data engineer", None), ("engineering", None)):
        audience = service.make_audience(roles=[role])
        meant = sum(is_meant(session, person, audience) for person in people)
        assert counted(audience) == expected
        assert meant == {"Engineer": 5, "data engineer": 3, "engineering": 1}[role]
    with pytest.raises(Invalid):
        service.make_audience(roles=["..."])
    with pytest.raises(Invalid):
        service.make_audience(match="some")
    with pytest.raises(Invalid):
        service.make_audience(excluded={"shoe_sizes": [44]})


def test_a_count_beside_the_one_without_exceptions_tells_of_no_small_group(session):
    root = make_unit("Meridian Works")
    tiny, large = make_unit("Tiny", parent=root), make_unit("Large", parent=root)
    for unit, size in ((root, 6), (tiny, 2), (large, 5)):
        for _ in range(size):
            make_employee(unit)
    count = counted
    assert count(service.make_audience(unit_ids=[root.id])) == 13
    assert count(service.make_audience(unit_ids=[root.id], excluded={"unit_ids": [tiny.id]})) is None
    assert count(service.make_audience(unit_ids=[root.id], excluded={"unit_ids": [large.id]})) == 8
    assert count(service.make_audience(excluded={"topic_ids": [make_topic().id]})) is None
