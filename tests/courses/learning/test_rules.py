"""How far somebody is: one pure function."""

from courses.catalogue.rules import StepKind
from courses.learning.rules import LessonPlan, StepPlan, newly_complete, progress_of

READ, ANSWER = StepPlan(1, StepKind.TEXT), StepPlan(2, StepKind.QUIZ)
PRACTISE = StepPlan(3, StepKind.PRACTICE, needed=3, set_id=7)
FIRST = LessonPlan(10, (READ, ANSWER, PRACTISE))
SECOND = LessonPlan(11, (StepPlan(4, StepKind.TEXT),))
PLAN = (FIRST, SECOND)


def test_nothing_done_leaves_everything():
    progress = progress_of(PLAN, set(), {})
    assert (progress.lessons_left, progress.practices_left, progress.done, progress.total) == (2, 1, 0, 3)
    assert progress.resume_at == 10
    assert not progress.complete


def test_a_lesson_is_learnt_without_its_practice_but_not_complete():
    progress = progress_of(PLAN, {1, 2}, {7: 2})
    first = progress.of(10)
    assert first.learnt
    assert not first.complete
    assert (progress.lessons_left, progress.practices_left) == (1, 1)
    assert first.steps[2].done == 2
    assert progress.resume_at == 10


def test_more_tasks_than_needed_do_not_overflow():
    progress = progress_of(PLAN, {1, 2, 4}, {7: 6})
    assert progress.complete
    assert progress.done == progress.total == 3
    assert progress.of(10).steps[2].done == 3
    assert progress.resume_at is None


def test_another_set_does_not_count():
    assert progress_of(PLAN, {1, 2, 4}, {8: 6}).practices_left == 1


def test_an_empty_course_is_never_complete():
    assert not progress_of((), set(), {}).complete


def test_tells_what_became_complete():
    before, after = progress_of(PLAN, {1, 4}, {7: 3}), progress_of(PLAN, {1, 2, 4}, {7: 3})
    assert newly_complete(before, after) == ([10], True)
    assert newly_complete(after, after) == ([], False)
