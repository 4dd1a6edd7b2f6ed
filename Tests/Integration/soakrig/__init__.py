"""The soak: many calls through many applications, and nothing left of them."""
