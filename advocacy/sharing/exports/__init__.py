"""What networks let people export about their own posts, read tolerantly and matched to the shares it is about."""
