"""Gathers the rooms of this package that have pages."""

from flask import Blueprint

from academy.accounts import confirming, factor_views, invitation_views, people_views, recovery_views, second_step
from academy.accounts import views as account_pages
from academy.accounts.blueprint import bp as accounts
from academy.annotation.editing import gold_views, guideline_views, label_views, set_views
from academy.annotation.exchange import export_views, import_views, transfer_views
from academy.annotation.media import views as media_views
from academy.annotation.quality import views as quality_views
from academy.annotation.views import bp as annotation
from academy.approvals.views import bp as approvals
from academy.audit_pages import bp as audit
from academy.credentials.views import bp as credentials
from academy.federation.views import bp as federation
from academy.ledger.views import bp as ledger
from academy.mail.views import bp as mail
from academy.merging.views import bp as merging
from academy.privacy import guardian_views
from academy.privacy.views import bp as privacy
from academy.projects.views import bp as projects
from academy.records.views import bp as records

ACCOUNT_PAGES = (
    account_pages,
    confirming,
    factor_views,
    second_step,
    people_views,
    invitation_views,
    recovery_views,
)
PRIVACY_PAGES = (guardian_views,)
ANNOTATION_PAGES = (
    export_views,
    gold_views,
    guideline_views,
    import_views,
    label_views,
    media_views,
    quality_views,
    set_views,
    transfer_views,
)
"""Imported for the pages they hang up."""

bp = Blueprint("academy", __name__)
for room in (
    accounts,
    federation,
    merging,
    mail,
    approvals,
    audit,
    annotation,
    records,
    ledger,
    credentials,
    projects,
    privacy,
):
    bp.register_blueprint(room)
