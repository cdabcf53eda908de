"""A post as a network would show it: how much is seen at first, how it is counted, and how it gets there."""

from dataclasses import dataclass

from flask_babel import gettext as _

from advocacy.sharing.channels import Measured, fold_post
from config.networks import Network


@dataclass(frozen=True, slots=True)
class Preview:
    """What one network would get from one wording."""

    network: Network
    language: str
    text: str
    link: str | None
    measured: Measured
    was_added: bool
    problem: str | None = None
    is_for_any: bool = False

    @property
    def seen(self) -> str:
        """What is seen before a reader opens the post."""
        return fold_post(self.text, self.network)[0]

    @property
    def folded(self) -> str:
        return fold_post(self.text, self.network)[1]

    @property
    def shows_link(self) -> bool:
        """Whether the link stands in the post as words; elsewhere it becomes a card of its own."""
        return self.network.link_in_text or self.network.link_length > 0

    @property
    def way(self) -> str:
        """How text and link get there."""
        if not self.network.intent:
            return _("There is no dialog to open: text and link are copied, to be pasted anywhere.")
        if not self.network.prefills:
            return _("Its dialog takes only the link. The text is copied to the clipboard, to be pasted there.")
        return _("Its dialog opens with this text.")
