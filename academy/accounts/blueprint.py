"""Where all pages of accounts are hung up; academy/blueprint.py imports the modules that hang them."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
