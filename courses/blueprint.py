"""Gathers the rooms where people learn."""

from flask import Blueprint

from courses.catalogue.views import bp as catalogue
from courses.cohorts.views import bp as cohorts
from courses.learning.views import bp as learning
from courses.practice.views import bp as practice

bp = Blueprint("courses", __name__)
for room in (catalogue, learning, practice, cohorts):
    bp.register_blueprint(room)
