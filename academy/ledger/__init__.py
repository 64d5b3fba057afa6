"""Money: what comes in and goes out, never edited, always balanced."""
