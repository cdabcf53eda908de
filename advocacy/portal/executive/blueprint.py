"""The blueprint of the pages about worth; each module of this package adds its own."""

from flask import Blueprint

blueprint = Blueprint("executive", __name__)
