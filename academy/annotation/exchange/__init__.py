"""Data on its way in and out: sent in pieces, checked line by line, added or taken back together, exported."""
