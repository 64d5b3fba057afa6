"""Classes in community centres: centres, cohorts, meetings, seats, join codes and attendance."""
