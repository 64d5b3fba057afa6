"""Practice against gold, and feedback in words."""
