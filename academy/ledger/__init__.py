"""Money: what clients put in, what people earned, what was paid out; never edited, always balanced."""
