"""Lesson text becomes safe HTML."""

import pytest

from courses.catalogue.content import to_html


def html(text):
    return str(to_html(text, lambda name: f"/pictures/{name}"))


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[go](javascript:alert(1))",
        "[go](data:text/html;base64,PHNjcmlwdD4=)",
        "[go](vbscript:x)",
        "![x](https://elsewhere.example/pixel.png)",
        "![x](picture:../../secret.svg)",
        '![x](picture:a.svg "<script>alert(1)</script>")',
        '![" onload="alert(1)](picture:a.svg)',
        '<div style="position:fixed">x</div>',
    ],
)
def test_nothing_an_author_writes_can_run_or_reach_elsewhere(attack):
    made = html(attack)
    for harmful in (
        "<script",
        'onerror="',
        ' onload="',
        'href="javascript',
        'href="data',
        'href="vbscript',
        "<div",
        "elsewhere.example/p",
    ):
        assert harmful not in made.replace("&quot;", "'")
    assert "<img" not in made or '<img src="/pictures/a.svg"' in made


def test_a_picture_becomes_a_figure_with_its_words():
    made = html('![A red car](picture:car.svg "Look at the wheels")')
    assert made.startswith("<figure>")
    assert 'src="/pictures/car.svg"' in made
    assert 'alt="A red car"' in made
    assert "<figcaption>Look at the wheels</figcaption>" in made
    assert 'width="640"' in made


@pytest.mark.parametrize("text", ["**‘데이터’**라고", "이것을 **‘라벨링’**이라고", "는**(가)**를", "**“네”**하고"])
def test_korean_particles_may_follow_the_stars(text):
    made = html(text)
    assert "<strong>" in made
    assert "*" not in made
    assert "\u2060" not in made


def test_headings_begin_below_the_one_of_the_page():
    assert html("# One") == "<h2>One</h2>\n"
    assert html("### Three") == "<h3>Three</h3>\n"
