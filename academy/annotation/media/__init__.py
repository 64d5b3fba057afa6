"""Media of every kind: kept once, with what is made of them, and served to those who may see them."""
