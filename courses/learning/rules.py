"""How far somebody is in a course. Pure: one function, from what there is to do and what was done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from courses.catalogue.rules import StepKind


@dataclass(frozen=True, slots=True)
class StepPlan:
    """Something to do; `set_id` names the tasks of a practice."""

    id: int
    kind: StepKind
    needed: int = 1
    set_id: int | None = None


@dataclass(frozen=True, slots=True)
class LessonPlan:
    """A lesson and its steps, in order."""

    id: int
    steps: tuple[StepPlan, ...]


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How much of a step is done: `done` of `needed`."""

    id: int
    kind: StepKind
    done: int
    needed: int

    @property
    def complete(self) -> bool:
        return self.done >= self.needed


@dataclass(frozen=True, slots=True)
class LessonProgress:
    """A lesson is learnt when it was read and its questions were answered; its practice counts by itself."""

    id: int
    steps: tuple[StepProgress, ...]

    @property
    def complete(self) -> bool:
        return all(step.complete for step in self.steps)

    @property
    def learnt(self) -> bool:
        return all(step.complete for step in self.steps if step.kind is not StepKind.PRACTICE)

    @property
    def begun(self) -> bool:
        return any(step.done for step in self.steps)

    @property
    def practices_left(self) -> int:
        return sum(step.kind is StepKind.PRACTICE and not step.complete for step in self.steps)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is: lessons and practices each count as one thing to do."""

    lessons: tuple[LessonProgress, ...]

    @property
    def lessons_left(self) -> int:
        return sum(not lesson.learnt for lesson in self.lessons)

    @property
    def practices_left(self) -> int:
        return sum(lesson.practices_left for lesson in self.lessons)

    @property
    def total(self) -> int:
        practices = sum(step.kind is StepKind.PRACTICE for lesson in self.lessons for step in lesson.steps)
        return len(self.lessons) + practices

    @property
    def done(self) -> int:
        return self.total - self.lessons_left - self.practices_left

    @property
    def complete(self) -> bool:
        return bool(self.lessons) and self.done == self.total

    @property
    def resume_at(self) -> int | None:
        """The lesson to go on with: the first in which something is missing."""
        return next((lesson.id for lesson in self.lessons if not lesson.complete), None)

    def of(self, lesson_id: int) -> LessonProgress:
        return next(lesson for lesson in self.lessons if lesson.id == lesson_id)


def progress_of(
    lessons: Sequence[LessonPlan], done_steps: Collection[int], tasks_passed: Mapping[int, int]
) -> Progress:
    """How far somebody is who has done these steps and passed so many tasks of each set."""
    return Progress(
        tuple(
            LessonProgress(lesson.id, tuple(_step(step, done_steps, tasks_passed) for step in lesson.steps))
            for lesson in lessons
        )
    )


def _step(step: StepPlan, done_steps: Collection[int], tasks_passed: Mapping[int, int]) -> StepProgress:
    if step.kind is StepKind.PRACTICE:
        done = min(step.needed, tasks_passed.get(step.set_id or 0, 0))
        return StepProgress(step.id, step.kind, done, step.needed)
    return StepProgress(step.id, step.kind, int(step.id in done_steps), 1)


def newly_complete(before: Progress, after: Progress) -> tuple[list[int], bool]:
    """The lessons that became complete between two looks, and whether the course did."""
    lessons = [
        late.id for early, late in zip(before.lessons, after.lessons, strict=True) if late.complete > early.complete
    ]
    return lessons, after.complete and not before.complete
