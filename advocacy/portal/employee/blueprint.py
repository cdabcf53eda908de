"""The blueprint of the employee's pages; each module of this package adds its own."""

from flask import Blueprint

blueprint = Blueprint("employee", __name__)
