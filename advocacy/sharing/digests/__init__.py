"""The digest: what there is to share, by mail, in the order of Today, with links that open the share sheet."""
