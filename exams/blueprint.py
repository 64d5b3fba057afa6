"""Gathers the rooms where people prove what they learned."""

from flask import Blueprint

from exams.bank.views import bp as bank
from exams.results.views import bp as results
from exams.sittings.views import bp as sittings

bp = Blueprint("exams", __name__)
for room in (bank, sittings, results):
    bp.register_blueprint(room)
