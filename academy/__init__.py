"""The building: what people carry with them, and where badges lead."""
