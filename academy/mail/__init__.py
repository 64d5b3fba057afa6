"""Letters to people: written in a transaction, delivered by a job, never lost and never sent twice by us."""
