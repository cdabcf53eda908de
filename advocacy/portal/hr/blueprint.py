"""The blueprint of recruiting; each module of this package adds its own pages."""

from flask import Blueprint

blueprint = Blueprint("hr", __name__)
