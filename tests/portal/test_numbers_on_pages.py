"""The table under every chart says what the chart says, in the reader's language."""

import html5lib
import pytest

CHART = {
    "kind": "bar",
    "labels": ["November"],
    "series": [{"name": "Rate", "values": [1234.5]}, {"name": "Gap", "values": [None]}],
    "unit": "%",
}


@pytest.mark.parametrize(("language", "told"), [("en", "1,234.5\xa0%"), ("de", "1.234,5\xa0%")])
def test_the_table_under_a_chart_has_separators_and_unit(app, session, language, told):
    with app.test_request_context("/", headers={"Accept-Language": language}):
        chart = app.jinja_env.get_template("components/numbers.html").module.chart("chart", "Course", CHART)
    cells = html5lib.parse(str(chart), namespaceHTMLElements=False).iter("td")
    assert [cell.text for cell in cells if cell.get("class") == "figure"] == [told, "–"]
