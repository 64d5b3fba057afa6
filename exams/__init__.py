"""Where people prove what they learned."""
