"""The blueprint of the content pages; each module of this package adds its own."""

from flask import Blueprint

blueprint = Blueprint("comms", __name__)
