from time import process_time

import pytest

from academy.safe_json import RefusedJson, parse_json


def test_ordinary_json_comes_through_unchanged():
    assert parse_json('{"이름": [1, 2.5, null, true, "\\"[{"]}') == {"이름": [1, 2.5, None, True, '"[{']}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[" * 100_000, "nested"),
        ('{"a": NaN}', "NaN"),
        ("[Infinity]", "Infinity"),
        ("[1e999]", "too large"),
        ("[9223372036854775808]", "too large"),
        ("[" + "9" * 5000 + "]", "too large"),
        ('{"a": 1, "a": 2}', "twice"),
        ('["\\u0000"]', "can not be kept"),
        ('{"\\ud800": 1}', "can not be kept"),
        ("{", "Line 1"),
        ("", "Line 1"),
        (b"\xff\xfe", "UTF-8"),
        (b"1" * 2_000_000, "larger"),
    ],
    ids=lambda value: str(value[:12]),
)
def test_what_would_break_us_later_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(RefusedJson, match=sentence):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    ['\\"' * 400_000, '"' + "\\" * 400_001, "{" + ",".join(f'"a{n}":1' for n in range(60_000)) + ',"a59999":1}'],
    ids=["quotes that close nothing", "backslashes to the end", "many names and one of them twice"],
)
def test_what_is_made_to_keep_us_busy_is_refused_at_once(text):
    began = process_time()
    with pytest.raises(RefusedJson):
        parse_json(text)
    assert process_time() - began < 2
