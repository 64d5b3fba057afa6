"""One candidate at one timed paper, with every answer kept."""
