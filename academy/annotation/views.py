"""Routes for people."""

from flask import Blueprint

bp = Blueprint("annotation", __name__)
