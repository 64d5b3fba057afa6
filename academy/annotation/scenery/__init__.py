"""Pictures drawn by us, from shapes: the easel and everything that can stand on it."""
