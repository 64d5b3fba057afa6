"""Telling a whole class something, in the background: nobody waits until thirty letters are written."""

from collections.abc import Sequence
from datetime import datetime

from academy.accounts.mailing import write_to
from academy.clock import now
from academy.db import db
from academy.jobs import JobHandle, each_alone, job
from academy.mail.addresses import public_link
from courses.cohorts import letters, operations, queries
from courses.cohorts.models import Cohort


@job(operations.TELL_MEETINGS)
def tell_meetings(_handle: JobHandle, cohort_id: int, starts: Sequence[str]) -> None:
    """Write to everybody who has a seat when the class meets."""
    learners = [seat.learner_id for seat in queries.seats_of(db.session.get_one(Cohort, cohort_id))]
    meetings = sorted(datetime.fromisoformat(start) for start in starts)

    def tell(learner_id: int) -> None:
        cohort = db.session.get_one(Cohort, cohort_id)
        words = {
            "title": cohort.title,
            "centre": cohort.centre.title,
            "meetings": meetings,
            "zone": cohort.centre.zone,
            "link": public_link("courses.cohorts.show", cohort_id=cohort.id),
        }
        write_to(learner_id, letters.PLANNED, words, now(), key=f"{cohort_id}:{meetings[0]:%Y%m%d%H%M}:{learner_id}")

    each_alone(learners, tell)
