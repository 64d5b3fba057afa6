"""The learner's record: one row per thing that happened."""
