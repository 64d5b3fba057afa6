"""Lesson text: Markdown in, safe HTML out. Nothing an author writes can become a script."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

PICTURE = re.compile(r"picture:([a-z0-9][a-z0-9-]*\.(?:svg|png|webp|jpg))")
PICTURE_SIZE = (640, 360)
JOINER = "\u2060"  # invisible, neither letter nor punctuation; it never leaves this module
CLOSING = re.compile(r"(?<=[^\w\s*])(\*{1,2})(?=[가-힣])")
OPENING = re.compile(r"(?<=[가-힣])(\*{1,2})(?=[‘“「『(])")
TAGS = {
    "p", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "br", "hr",
    "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"}, "img": {"src", "alt", "width", "height", "loading"}, "ol": {"start"}, "th": {"scope"},
}  # fmt: skip


def to_html(text: str, picture_url: Callable[[str], str]) -> Markup:
    """Lesson text as HTML. `![words](picture:name.svg "caption")` is a picture of the course; others are left out."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _picture)
    tokens = parser.parse(_let_particles_follow(text))
    _free_pictures(tokens)
    html = parser.renderer.render(tokens, parser.options, {"picture_url": picture_url})
    # Two walls: the parser lets no HTML of the author through, and only these tags leave the cleaner.
    html = nh3.clean(html.replace(JOINER, ""), tags=TAGS, attributes=ATTRIBUTES, url_schemes={"https", "mailto"})
    return Markup(html)  # noqa: S704


def _let_particles_follow(text: str) -> str:
    """Make `**‘데이터’**라고` bold: Korean sets particles right after the stars, which English rules refuse."""
    return OPENING.sub(rf"\1{JOINER}", CLOSING.sub(rf"{JOINER}\1", text))


def _free_pictures(tokens: Sequence[Token]) -> None:
    """A picture alone in its paragraph becomes a figure, which may not stand inside a paragraph."""
    for before, inline, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        children = inline.children or []
        if inline.type == "inline" and len(children) == 1 and children[0].type == "image":
            before.hidden = after.hidden = True
    for token in tokens:
        # The page has its own first heading; those of the text begin one below it.
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(4, max(2, int(token.tag[1])))}"


def _picture(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    found = PICTURE.fullmatch(str(token.attrGet("src") or ""))
    if not found:
        return ""
    words = escape(renderer.renderInlineAsText(token.children or [], options, env))
    width, height = PICTURE_SIZE
    image = Markup('<img src="{}" alt="{}" width="{}" height="{}" loading="lazy">').format(
        env["picture_url"](found[1]), words, width, height
    )
    caption = token.attrGet("title")
    told = Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    return str(Markup("<figure>{}{}</figure>").format(image, told))
