"""One page with every part our pages are built of."""

from xml.etree import ElementTree

from flask import Flask, render_template
from wtforms import BooleanField, PasswordField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from academy.clock import now
from academy.forms import AcademyForm
from academy.i18n import LANGUAGE_NAMES, _, _l
from academy.paths import static_dir
from academy.permissions import Permission, requires


class SampleForm(AcademyForm):
    """One field of each kind."""

    name = StringField(_l("Name"), [InputRequired()], description=_l("As you want to be greeted."))
    email = StringField(_l("E-mail"), [Optional()])
    password = PasswordField(_l("Password"), render_kw={"autocomplete": "off"})
    language = RadioField(_l("Language"), choices=list(LANGUAGE_NAMES.items()), default="ko")
    size = SelectField(_l("Text size"), choices=[("normal", _l("Normal")), ("large", _l("Large"))])
    note = TextAreaField(_l("Reason"))
    agree = BooleanField(_l("My centre may see my progress."))


@requires(Permission.SEE_STYLEGUIDE)
def styleguide() -> str:
    form = SampleForm(formdata=None)
    form.name.errors = [_("Please fill this in.")]
    return render_template("styleguide.html", form=form, icons=icon_names(), now=now)


def icon_names() -> list[str]:
    """The icons of our sprite, in its order."""
    # The file is our own and lies in the package, so an ordinary parser is safe here.
    root = ElementTree.parse(static_dir() / "img" / "icons.svg").getroot()  # noqa: S314
    return [symbol.get("id", "") for symbol in root.iter("{http://www.w3.org/2000/svg}symbol")]


def init_app(app: Flask) -> None:
    app.add_url_rule("/styleguide", "styleguide", styleguide)
