"""Gathers the rooms of this package that have pages."""

from flask import Blueprint

from academy.accounts import confirming, factor_views, second_step
from academy.accounts import views as account_pages
from academy.accounts.blueprint import bp as accounts
from academy.annotation.views import bp as annotation
from academy.approvals.views import bp as approvals
from academy.credentials.views import bp as credentials
from academy.federation.views import bp as federation
from academy.ledger.views import bp as ledger
from academy.mail.views import bp as mail
from academy.projects.views import bp as projects
from academy.records.views import bp as records

ACCOUNT_PAGES = (
    account_pages,
    confirming,
    factor_views,
    second_step,
)
"""Imported for the pages they hang up."""

bp = Blueprint("academy", __name__)
for room in (accounts, federation, mail, approvals, annotation, records, ledger, credentials, projects):
    bp.register_blueprint(room)
