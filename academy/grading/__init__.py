"""One grader per kind of task; pure, without Flask or a database."""
