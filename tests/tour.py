"""A small world in which everything has happened once, and the list of every page a person can open in it.

The matrix of permissions, the search for leaked gold, the accessibility check, the weights and the query counts all
walk this one list, so a page that is missing here is noticed by `test_every_page_is_on_the_tour`.
"""

import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from academy.accounts import inviting, links, recovering
from academy.accounts.inviting import Offer
from academy.accounts.models import OneUseLink, User
from academy.accounts.rules import LinkPurpose
from academy.annotation.editing import label_edits
from academy.annotation.editing.models import Change, SecondLook
from academy.annotation.exchange import importing
from academy.annotation.media.keeping import Rights, keep, keep_video
from academy.annotation.models import Gold, Media, Task, TaskSet
from academy.annotation.quality import looking
from academy.annotation.queries import gold_of, tasks_of
from academy.clock import now
from academy.credentials import queries, revoking
from academy.credentials.models import Award
from academy.db import db, transaction
from academy.jobs import request_job
from academy.mail import operations as mail
from academy.mail.addresses import unsubscribe
from academy.mail.rules import Group, Problem, Recipient
from academy.permissions import Role
from academy.privacy import guardians
from academy.privacy import operations as privacy
from academy.projects import operations as work
from academy.projects import reviewing
from academy.projects.models import Project, Review, Unit
from academy.projects.rules import Reason
from academy.uploads.clouds import open_cloud
from academy.uploads.sounds import open_sound
from academy.uploads.thumbnails import open_with_thumbnail
from courses.catalogue.models import Course
from courses.cohorts.models import Cohort, JoinCode
from courses.cohorts.operations import take_seat
from courses.cohorts.queries import current_meeting
from courses.cohorts.starter import open_the_door
from courses.learning import operations as learning
from courses.practice import operations as practice
from exams.bank.queries import exam_by_slug
from exams.bank.starter import MOCK_EXAM
from exams.results.operations import mark_sitting
from exams.sittings import operations as sittings
from exams.sittings.models import Sitting
from exams.sittings.operations import Incoming
from exams.sittings.queries import paper_of
from tests import people
from tests.academy.annotation.samples import picture
from tests.academy.uploads.media_samples import pcd, points, sound

PRACTICE_SET = "first-boxes"
COURSE = "what-is-labelling"


@dataclass(frozen=True)
class World:
    """Names of what the people of the tour left behind."""

    course: str
    lesson: str
    practice_set: str
    practice_task: int
    untried_task: int
    attempt: int
    exam: str
    passed_sitting: str
    running_sitting: str
    badge: str
    achievement: str
    open_project: int
    locked_project: int
    accepted_unit: int
    returned_unit: int
    leased_unit: int
    open_review: int
    public_media: str
    public_sound: str
    public_cloud: str
    public_video: str
    large_picture: str
    guideline: str
    learner_public_id: str
    job: int
    centre: int
    cohort: int
    meeting: int
    code: str
    code_id: int
    teacher: int
    approval: int
    letter: int
    ending: str
    invitation: int
    invited: str
    reset: str
    verify: str
    export: str
    guardian: str
    upload: int
    look: int
    label_set: str
    label: int
    change: int
    choice_task: int

    @classmethod
    def read(cls, folder: Path) -> "World":
        return cls(**json.loads((folder / "world.json").read_text(encoding="utf-8")))

    def write(self, folder: Path) -> None:
        (folder / "world.json").write_text(json.dumps(asdict(self)), encoding="utf-8")


def addresses(world: World) -> dict[str, dict[str, Any]]:
    """For each endpoint with something variable in its address: the thing of the learner 김영희 it leads to."""
    lesson = {"slug": world.course, "lesson_slug": world.lesson}
    task = {"set_slug": world.practice_set, "task_id": world.untried_task}
    badge, sitting = {"public_id": world.badge}, {"public_id": world.passed_sitting}
    cohort, centre = {"cohort_id": world.cohort}, {"centre_id": world.centre}
    meeting = {**cohort, "meeting_id": world.meeting}
    person, review = {"public_id": world.learner_public_id}, {"review_id": world.open_review}
    return {
        "academy.accounts.end_sign_in": {"sign_in_id": 1},
        "academy.accounts.forget_factors": person,
        "academy.accounts.remove_passkey": {"passkey_id": 1},
        "academy.accounts.rename_passkey": {"passkey_id": 1},
        "academy.accounts.close": person,
        "academy.accounts.grant": person,
        "academy.accounts.invitation": {"token": world.invited},
        "academy.accounts.open_reset": {"token": world.reset},
        "academy.accounts.open_verify": {"token": world.verify},
        "academy.accounts.person": person,
        "academy.accounts.print_reset": person,
        "academy.accounts.reopen": person,
        "academy.accounts.revoke": person,
        "academy.accounts.sign_out_person": person,
        "academy.accounts.undo": person,
        "academy.accounts.withdraw": {"link_id": world.invitation},
        "academy.annotation.add_brought": {"upload_id": world.upload},
        "academy.annotation.bring": {"slug": world.practice_set},
        "academy.annotation.export_set": {"slug": world.practice_set},
        "academy.annotation.download_set": {"slug": world.practice_set},
        "academy.annotation.brought": {"upload_id": world.upload},
        "academy.annotation.brought_picture": {"upload_id": world.upload, "position": 1},
        "academy.annotation.check_again": {"upload_id": world.upload},
        "academy.annotation.drop_brought": {"upload_id": world.upload},
        "academy.annotation.undo_brought": {"upload_id": world.upload},
        "academy.annotation.add_piece": {"token": "none"},
        "academy.annotation.remove_transfer": {"token": "none"},
        "academy.annotation.transfer": {"token": "none"},
        "academy.annotation.guideline": {"slug": world.guideline},
        "academy.annotation.draw_sample": {"slug": world.practice_set},
        "academy.annotation.measure": {"slug": world.practice_set},
        "academy.annotation.next_look": {"slug": world.practice_set},
        "academy.annotation.quality": {"slug": world.practice_set},
        "academy.annotation.say_look": {"slug": world.practice_set, "look_id": world.look},
        "academy.annotation.set_state": {"slug": world.practice_set},
        "academy.annotation.media": {"token": world.public_media},
        "academy.annotation.media_frame": {"token": world.public_video, "number": 1},
        "academy.annotation.media_peaks": {"token": world.public_sound},
        "academy.annotation.media_points": {"token": world.public_cloud},
        "academy.annotation.media_thumb": {"token": world.public_media},
        "academy.annotation.media_tile": {"token": world.large_picture, "level": 1, "x": 1, "y": 0},
        "academy.annotation.media_view": {"token": world.public_cloud, "name": "top"},
        "academy.annotation.show_set": {"slug": world.practice_set},
        "academy.annotation.show_task": {"task_id": world.practice_task},
        **_editors(world),
        "academy.approvals.decide": {"approval_id": world.approval},
        "academy.approvals.show": {"approval_id": world.approval},
        "academy.approvals.withdraw": {"approval_id": world.approval},
        "academy.credentials.achievement": {"slug": world.achievement},
        "academy.credentials.credential": badge,
        "academy.credentials.image": badge,
        "academy.credentials.revoke": badge,
        "academy.credentials.show_name": badge,
        "academy.credentials.status_list": {"number": 1},
        "academy.credentials.verify": badge,
        "academy.mail.kind": {"name": "academy.credentials.revoked"},
        "academy.mail.laid_out": {"name": "academy.credentials.revoked", "shown": "ko"},
        "academy.mail.send_again": {"letter_id": world.letter},
        "academy.mail.unsubscribe": {"token": world.ending},
        "academy.privacy.agree": {"token": world.guardian},
        "academy.privacy.export": {"public_id": world.export},
        "academy.privacy.fetch": {"public_id": world.export},
        "academy.federation.back": {"name": "google"},
        "academy.federation.remove": {"identity_id": 1},
        "academy.federation.start": {"name": "google"},
        "academy.federation.start_confirm": {"name": "google"},
        "academy.federation.start_link": {"name": "google"},
        "academy.projects.accept": review,
        "academy.projects.review": review,
        "academy.projects.send_back": review,
        "academy.projects.show": {"project_id": world.locked_project},
        "academy.projects.skip": {"unit_id": world.leased_unit},
        "academy.projects.start": {"project_id": world.locked_project},
        "academy.projects.submit": {"unit_id": world.leased_unit},
        "academy.projects.unit": {"unit_id": world.returned_unit},
        "courses.catalogue.show": {"slug": world.course},
        "courses.cohorts.add_meetings": cohort,
        "courses.cohorts.board": cohort,
        "courses.cohorts.centre": centre,
        "courses.cohorts.check_in": cohort,
        "courses.cohorts.digits": meeting,
        "courses.cohorts.dismiss": {**centre, "user_id": world.teacher},
        "courses.cohorts.employ": centre,
        "courses.cohorts.join_code": {"code": world.code},
        "courses.cohorts.make_code": cohort,
        "courses.cohorts.new_class": centre,
        "courses.cohorts.plan": cohort,
        "courses.cohorts.print_reset": cohort,
        "courses.cohorts.revoke_code": {**cohort, "code_id": world.code_id},
        "courses.cohorts.roll_call": meeting,
        "courses.cohorts.show": cohort,
        "courses.learning.answer_quiz": lesson,
        "courses.learning.enrol": {"slug": world.course},
        "courses.learning.finish": lesson,
        "courses.learning.lesson": lesson,
        "courses.practice.result": {"attempt_id": world.attempt},
        "courses.practice.show": {"set_slug": world.practice_set},
        "courses.practice.submit": task,
        "courses.practice.task": task,
        "exams.bank.show": {"slug": world.exam},
        "exams.results.show": sitting,
        "exams.sittings.hand_in": sitting,
        "exams.sittings.paper": sitting,
        "exams.sittings.save": sitting,
        "exams.sittings.start": {"slug": world.exam},
        "jobs.show": {"job_id": world.job},
        "static": {"filename": "css/base.css"},
    }


def _editors(world: World) -> dict[str, dict[str, Any]]:
    """Where operators change labels, guidelines, sets and gold by hand."""
    labels, task = {"slug": world.label_set}, {"task_id": world.practice_task}
    label = {**labels, "label_id": world.label}
    return {
        "academy.annotation.compare_gold": task,
        "academy.annotation.compare_guidelines": {"slug": world.guideline},
        "academy.annotation.edit_accepted": {"task_id": world.choice_task},
        "academy.annotation.edit_flags": task,
        "academy.annotation.edit_gold": task,
        "academy.annotation.edit_guideline": {"slug": world.guideline},
        "academy.annotation.edit_label": label,
        "academy.annotation.edit_rubric": {"slug": world.practice_set},
        "academy.annotation.edit_set": {"slug": world.practice_set},
        "academy.annotation.edit_tasks": {"slug": world.practice_set},
        "academy.annotation.guideline_versions": {"slug": world.guideline},
        "academy.annotation.label_set": labels,
        "academy.annotation.merge_label": label,
        "academy.annotation.move_label": label,
        "academy.annotation.new_label": labels,
        "academy.annotation.retire_label": label,
        "academy.annotation.take_gold": task,
        "academy.annotation.undo_change": {"change_id": world.change},
    }


def play() -> World:
    """Let everything happen once. The learner 김영희 has done it all; the candidate 이철수 sits an exam just now."""
    learner, candidate, reviewer = people.newcomer(), people.candidate(), people.reviewer()
    for make in (people.outsider, people.operator, people.administrator, people.instructor, people.programme_manager,
                 people.project_client):  # fmt: skip
        make()
    tried, untried, attempt = _study(learner)
    passed = _sit(learner)
    running = _begin(candidate)
    accepted, returned, leased, review = _earn(learner, reviewer)
    cohort, code = _join(learner)
    meeting = current_meeting(cohort.meetings, now())
    badge = db.session.scalars(select(Award).where(Award.user_id == learner.id)).one()
    projects = db.session.scalars(select(Project).order_by(Project.price)).all()
    course = db.session.scalars(select(Course)).one()
    task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == PRACTICE_SET)).one()
    with transaction():
        job = request_job("exams.mark", {"sitting_id": _sitting_id(passed)}, key="tour",
                          by=learner.id)  # fmt: skip
    return World(
        course=course.slug,
        lesson=course.lessons[0].slug,
        practice_set=PRACTICE_SET,
        practice_task=tried.id,
        untried_task=untried.id,
        attempt=attempt,
        exam=MOCK_EXAM,
        passed_sitting=passed,
        running_sitting=running,
        badge=badge.public_id,
        achievement=badge.achievement.slug,
        open_project=projects[0].id,
        locked_project=projects[-1].id,
        accepted_unit=accepted,
        returned_unit=returned,
        leased_unit=leased,
        open_review=review,
        public_media=db.session.scalars(select(Media.token).where(Media.public)).first() or "",
        **_keep_media(),
        guideline=task_set.guideline.slug,
        learner_public_id=learner.public_id,
        job=job.id,
        centre=cohort.centre_id,
        cohort=cohort.id,
        meeting=meeting.id if meeting else 0,
        code=code,
        code_id=db.session.scalars(select(JoinCode.id)).one(),
        teacher=cohort.instructor_id,
        approval=_ask_to_take_back(badge),
        letter=_fail_to_write(learner),
        ending=unsubscribe(learner.id, Group.WORK).rpartition("/")[2],
        **_make_links(learner, cohort),
        export=_ask_for_export(learner),
        guardian=_ask_guardian(),
        upload=_bring_data(),
        look=_draw_sample(),
        **_edit_labels(),
        choice_task=db.session.scalars(
            select(Task.id).join(TaskSet).where(TaskSet.kind == "classification").order_by(Task.id)
        ).first()
        or 0,
    )


def right_answer(document: dict[str, Any]) -> dict[str, Any]:
    """The gold as a person who knows it would draw it: without what belongs to gold only."""
    plain = {key: value for key, value in document.items() if key not in {"objects", "accepted"}}
    if "objects" in document:
        plain["objects"] = [
            {key: value for key, value in thing.items() if key in {"id", "label", "box"}}
            for thing in document["objects"]
        ]
    return plain


def _bring_data() -> int:
    """An operator brings a picture and a file that is none; both are checked and wait."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "grey").save(out, "PNG")
    brought = [importing.Brought("brought.png", out.getvalue()), importing.Brought("notes.txt", b"no picture")]
    sent = importing.lay_down(brought, now())
    with transaction():
        task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == PRACTICE_SET)).one()
        upload, _job = importing.receive(
            task_set, sent, licence="CC0", attribution="The academy", public=False,
            by_id=people.known("운영자").id, now=now(),
        )  # fmt: skip
        return upload.id


def _keep_media() -> dict[str, str]:
    """A sound, a cloud, a video and a very large picture that strangers may see."""
    rights = Rights("CC0", "The academy", {"ko": "", "en": ""}, public=True)
    frames = [open_with_thumbnail(picture((x, 2, 9, 9))) for x in (1, 20)]
    with transaction():
        kept = {
            "public_sound": keep(open_sound(sound()), rights),
            "public_cloud": keep(open_cloud(pcd(points())), rights),
            "public_video": keep_video(frames, rights),
            "large_picture": keep(open_with_thumbnail(picture((1, 1, 9, 9), size=(4_100, 16))), rights),
        }
        return {name: media.token for name, media in kept.items()}


def _edit_labels() -> dict[str, Any]:
    """A label set of two labels that an operator made; the second one can be taken back."""
    by_id = people.known("운영자").id
    with transaction():
        made = label_edits.make_label_set("tour-labels", {"ko": "둘러보기", "en": "Tour"}, by_id, now())
        words = {"title": {"ko": "이름표", "en": "Label"}, "color": "#d9480f"}
        first = label_edits.add_label(made, {"name": "first", **words}, by_id, now())
        label_edits.add_label(made, {"name": "second", **words}, by_id, now())
        change = db.session.scalars(select(Change.id).order_by(Change.id.desc())).first()
        return {"label_set": made.slug, "label": first.id, "change": change}


def _draw_sample() -> int:
    """The gold of the practice set was measured, and three tasks wait for a second look."""
    with transaction():
        task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == PRACTICE_SET)).one()
        looking.keep_report(task_set.id, looking.measure(task_set.id), looking.newest_gold(task_set.id), now())
        task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == PRACTICE_SET)).one()
        looking.draw(task_set, 3, "random", "", people.known("운영자").id, now())
        return db.session.scalars(select(SecondLook.id).order_by(SecondLook.id)).first() or 0


def _study(learner: User) -> tuple[Task, Task, int]:
    with transaction():
        course = db.session.scalars(select(Course)).one()
        learning.enrol(learner, course, now())
        task_set = db.session.scalars(select(TaskSet).where(TaskSet.slug == PRACTICE_SET)).one()
        tasks = tasks_of(task_set.id)
        gold = gold_of([tasks[0].id])[tasks[0].id]
        key = "6b1f0d9e-0000-4000-8000-000000000001"
        attempt = practice.hand_in(learner, tasks[0], right_answer(gold.document), key, now())
    return tasks[0], tasks[-1], attempt.id


def _join(learner: User) -> tuple[Cohort, str]:
    """A seat in the class of the starter, by its code."""
    with transaction():
        code = open_the_door(now())
        if code is None:
            raise LookupError("The starter holds no class.")
        seat = take_seat(code, learner, now())
        return db.session.get_one(Cohort, seat.cohort_id), code


def _ask_to_take_back(badge: Award) -> int:
    """The operator asks, and nobody has agreed yet: the badge counts as before."""
    with transaction():
        award = queries.award_public(badge.public_id)
        return revoking.ask(award, "다른 사람이 시험을 보았습니다.", people.known("운영자"), now()).id


def _fail_to_write(learner: User) -> int:
    """A letter whose address was refused."""
    with transaction():
        to = Recipient(learner.id, "gone@example.org", learner.language, learner.name)
        letter = mail.send("academy.mail.trial", to=to, words={}, now=now())
        if letter is None:
            raise LookupError("The tour sends no mail.")
        mail.note_problem(letter, Problem.ADDRESS_REFUSED, 550, now())
        return letter.id


def _ask_for_export(learner: User) -> str:
    """A copy of all that is the learner's, ready to be fetched."""
    with transaction():
        return privacy.ask_for_export(db.session.get_one(User, learner.id), now()).public_id


def _ask_guardian() -> str:
    """A child waits, and the sheet for its parents was printed."""
    child = people.person("어린이")
    with transaction():
        child = db.session.get_one(User, child.id)
        child.guardian_wanted_at = now()
        return guardians.print_link(child, people.known("관리자"), now())


def _make_links(learner: User, cohort: Cohort) -> dict[str, Any]:
    """Links that work once: an invitation to teach at the centre, a new password and an address of the learner."""
    with transaction():
        head = db.session.get_one(User, people.known("행복센터 담당자").id)
        invited, _sent = inviting.invite(head, Offer(Role.INSTRUCTOR, cohort.centre.scope), now())
        reset = recovering.print_reset(db.session.get_one(User, learner.id), head, now())
        data = {"email": "kim@example.kr"}
        verify = links.make_link(LinkPurpose.VERIFY_EMAIL, now(), user_id=learner.id, data=data)
    made = select(OneUseLink.id).where(OneUseLink.purpose == LinkPurpose.INVITATION)
    return {
        "invitation": db.session.scalars(made).one(),
        "invited": invited.rpartition("/")[2],
        "reset": reset.rpartition("/")[2],
        "verify": verify,
    }


def _begin(candidate: User) -> str:
    with transaction():
        return sittings.start(exam_by_slug(MOCK_EXAM), candidate.id, now()).public_id


def _sit(learner: User) -> str:
    """An exam with every answer right."""
    with transaction():
        sitting = sittings.start(exam_by_slug(MOCK_EXAM), learner.id, now())
        answers = []
        for part in paper_of(sitting):
            if part.version is not None:
                answer = _knowing(part.version)
            else:
                gold = db.session.scalars(select(Gold).where(Gold.id == part.item.gold_id)).one()
                answer = right_answer(gold.document)
            answers.append(Incoming(part.item.position, part.item.position, 0, answer))
        sittings.save(sitting, "tour-client", answers, now())
        sittings.hand_in(sitting, now())
    with transaction():
        mark_sitting(db.session.get_one(Sitting, sitting.id), now())
    return sitting.public_id


def _sitting_id(public_id: str) -> int:
    return db.session.scalars(select(Sitting.id).where(Sitting.public_id == public_id)).one()


def _knowing(version: Any) -> dict[str, Any]:
    return dict(version.key)


def _earn(learner: User, reviewer: User) -> tuple[int, int, int, int]:
    units = [_label(learner, number) for number in range(3)]
    with transaction():
        reviewing.accept(_review_of(units[0]), reviewer.id, now())
    with transaction():
        reviewing.send_back(_review_of(units[1]), reviewer.id, Reason.LOOSE, "The left edge is too far out.", now())
    with transaction():
        leased = work.take_next(_open_project(), learner.id, now()).unit_id
    return units[0], units[1], leased, _review_of(units[2]).id


def _open_project() -> Project:
    return db.session.scalars(select(Project).order_by(Project.price).limit(1)).one()


def _label(learner: User, number: int) -> int:
    with transaction():
        lease = work.take_next(_open_project(), learner.id, now())
        unit = db.session.get_one(Unit, lease.unit_id)
        media = unit.task.media
        drawing = {
            "kind": "box",
            "image": {"width": media.width, "height": media.height},
            "objects": [{"id": "1", "label": "person", "box": [40, 40, 120, 160]}],
        }
        work.hand_in(unit, learner.id, drawing, f"tour-work-{number}", now())
        return unit.id


def _review_of(unit_id: int) -> Review:
    return db.session.scalars(select(Review).where(Review.submission.has(unit_id=unit_id))).one()
