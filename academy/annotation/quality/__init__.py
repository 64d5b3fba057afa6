"""What the gold of a set looks like as a whole, and a second look at samples of it."""
