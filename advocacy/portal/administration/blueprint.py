"""The blueprint of administration; each module of this package adds its own pages."""

from flask import Blueprint

blueprint = Blueprint("administration", __name__)
