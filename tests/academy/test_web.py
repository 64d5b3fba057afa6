import pytest

from academy.web import compact, row_number, safe_next
from tests import people
from tests.engines import both_engines


@pytest.mark.parametrize("target", ["/", "/courses", "/courses/x?page=2#top", "/한글"])
def test_a_path_of_ours_is_a_place_to_go_back_to(target):
    assert safe_next(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None, "", "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
        "javascript:alert(1)", "/\tevil", "/x\n/evil", " /courses", "evil", "///evil.example", "/a\\b",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(target):
    assert safe_next(target) is None


def test_a_data_block_can_not_end_its_script_element():
    assert "<" not in compact({"text": "</script><script>alert(1)</script>"})


@both_engines
@pytest.mark.parametrize(
    "address", ["/projects/{}", "/status/{}", "/practice/any/{}", "/classes/{}", "/guidelines/any?version={}"]
)
def test_a_number_too_large_for_any_row_is_a_page_that_does_not_exist(client, address):
    people.sign_in(client, people.newcomer())
    for number in (2**63 - 1, 2**63, 10**30):
        assert client.get(address.format(number)).status_code == 404


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "", str(2**63), "9" * 400])
def test_what_can_not_number_a_row_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - werkzeug's contract for `type=`
        row_number(text)
