import pytest

from academy.web import compact, safe_next


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
