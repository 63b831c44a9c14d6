"""A class that learns together: exercises, students and their answers, in one SQLite file.

No accounts: a class has a code, a student has a name in it. Who may do what is decided by two secrets that
the
file keeps only as digests: the teacher's key, made when the class is opened, and a pass for each student.
"""

from irl_app.classroom.board import board_csv, middle
from irl_app.classroom.store import (
    MAX_GAMES,
    Answer,
    Classroom,
    ClassroomError,
    Exercise,
    Student,
    class_file,
)

__all__ = [
    "MAX_GAMES",
    "Answer",
    "Classroom",
    "ClassroomError",
    "Exercise",
    "Student",
    "board_csv",
    "class_file",
    "middle",
]
