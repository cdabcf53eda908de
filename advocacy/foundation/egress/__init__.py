"""The one way out to addresses that people supply: every address is checked at the moment a connection is made."""

from advocacy.foundation.egress.fetching import Fetched, fetch
from advocacy.foundation.egress.policy import EgressPolicy
from advocacy.foundation.egress.posting import Posted, exchange, post
from advocacy.foundation.egress.problems import EgressProblem, Refusal, asked_pause

__all__ = ["EgressPolicy", "EgressProblem", "Fetched", "Posted", "Refusal", "asked_pause", "exchange", "fetch", "post"]
