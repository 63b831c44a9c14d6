"""One state of a recording drawn with pillow, in the manner of the page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.spatial import ConvexHull, QhullError

from irl_app.stage.bodies import WORLD
from irl_app.stage.poses import Poses
from irl_app.stage.recording import Frames, Recording
from trainers.arrays import FloatArray

FINER = 2
"""Pictures are drawn larger and made smaller, which smooths edges."""
PAPER, GROUND, LINE, INK, ACCENT = "#ffffff", "#f3f1ec", "#cbc7be", "#18212b", "#0b6e7f"
EDGE, OUTLINE = 3.5, 4.5  # of limbs, in pixels of the larger picture
TEXT_SHARE = 0.033  # of the picture's width
_TURN, _HEIGHT = 0.6, 0.3  # of the camera, in radians, where a robot moves in space
_GROUND, _GROUND_FROM_ABOVE = 0.86, 0.70  # of the picture's height
_MARGIN, _REACH = 0.06, 0.46  # above, of the height; what there is to both sides, of the width


@dataclass(frozen=True)
class Camera:
    """A parallel projection, the same for all recordings of a film.

    Attributes:
        right, up, away: (3,) unit vectors.
        zoom: pixels a metre.
        x, y: the pixel where the robot's centre stands on the ground.
        level: height of the ground in metres.
        from_side: whether it looks along the ground.
    """

    right: FloatArray
    up: FloatArray
    away: FloatArray
    zoom: float
    x: float
    y: float
    level: float
    from_side: bool

    def see(self, points: FloatArray, centre: FloatArray) -> FloatArray:
        """(..., 3) points in metres -> (..., 3) pixels right and down, and depth."""
        offset = points - [centre[0], centre[1], self.level]
        across, upwards, depth = (offset @ axis for axis in (self.right, self.up, self.away))
        return np.stack([self.x + self.zoom * across, self.y - self.zoom * upwards, depth], axis=-1)


def camera_for(shown: Sequence[Poses | Frames], size: tuple[int, int]) -> Camera | None:
    """The camera that has all of these in a picture of that size; None where all are pictures already."""
    poses = [each for each in shown if isinstance(each, Poses)]
    if not poses:
        return None
    width, height = size[0] * FINER, size[1] * FINER
    from_side = all(each.planar for each in poses)
    turn, above = (0.0, 0.0) if from_side else (_TURN, _HEIGHT)
    around, low, high = (np.array(found) for found in zip(*[_extent(each) for each in poses], strict=True))
    level = float(low.min()) if poses[0].floor is None else poses[0].floor
    tall = max(float(high.max()) - level, 1e-6)
    ground = _GROUND if from_side else _GROUND_FROM_ABOVE
    (c, s), (over, upright) = (np.cos(turn), np.sin(turn)), (np.sin(above), np.cos(above))
    return Camera(
        right=np.array([c, -s, 0.0]),
        up=np.array([s * over, c * over, upright]),
        away=np.array([s * upright, c * upright, -over]),
        zoom=min((ground - _MARGIN) * height / tall, _REACH * width / float(around.max())),
        x=width / 2,
        y=height * ground,
        level=level,
        from_side=from_side,
    )


def picture(
    recording: Recording, state: int, camera: Camera | None, size: tuple[int, int], *, hollow: bool
) -> Image.Image:
    """One of the T + 1 states in a picture of that size; ``hollow`` is how an expert is drawn."""
    shown = recording.shown
    if isinstance(shown, Frames) or camera is None:
        assert isinstance(shown, Frames)
        return _fitted(shown, state, size)
    large = Image.new("RGB", (size[0] * FINER, size[1] * FINER), PAPER)
    pen = ImageDraw.Draw(large)
    centre = shown.centre[state] * shown.scale
    if shown.floor is not None:
        _draw_ground(pen, camera, centre, large.size)
    colour = INK if hollow else ACCENT
    shapes = [
        (camera.see(points, centre), geom.radius * camera.zoom, LINE if geom.body == WORLD else colour)
        for geom, points in zip(shown.geoms, shown.at(state), strict=True)
    ]
    for seen, radius, paint in sorted(shapes, key=lambda shape: -float(shape[0][:, 2].mean())):
        _draw_limb(pen, _outline(seen[:, :2]), radius, paint)
    font = ImageFont.load_default(TEXT_SHARE * large.width)
    pen.text((0.03 * large.width, 0.03 * large.width), recording.title, fill=INK, font=font)
    return large.reduce(FINER)


def _fitted(frames: Frames, state: int, size: tuple[int, int]) -> Image.Image:
    image = frames.images[int(np.searchsorted(frames.states, state, side="right")) - 1]
    frame = Image.open(io.BytesIO(image)).convert("RGB")
    frame.thumbnail(size)
    fitted = Image.new("RGB", size, PAPER)
    fitted.paste(frame, ((size[0] - frame.width) // 2, (size[1] - frame.height) // 2))
    return fitted


def _extent(poses: Poses) -> tuple[float, float, float]:
    """How far anything reaches around the centre, down and up, in metres; of some of the states."""
    around, low, high = 1e-6, np.inf, -np.inf
    moving = any(geom.body != WORLD for geom in poses.geoms)
    for state in range(0, len(poses), max(1, len(poses) // 80)):
        centre = poses.centre[state] * poses.scale
        for geom, points in zip(poses.geoms, poses.at(state), strict=True):
            if geom.body != WORLD or not moving:
                far = np.linalg.norm(points[:, :2] - centre[:2], axis=1).max()
                around = max(around, float(far) + geom.radius)
                low = min(low, float(points[:, 2].min()) - geom.radius)
                high = max(high, float(points[:, 2].max()) + geom.radius)
    return around, low, high


def _draw_ground(pen: ImageDraw.ImageDraw, camera: Camera, centre: FloatArray, size: tuple[int, int]) -> None:
    """From the side a slab with a mark each metre, from above a grid of metres."""
    pen.rectangle((0, camera.y if camera.from_side else 0, *size), fill=GROUND)
    reach = int(np.ceil(size[0] / camera.zoom))
    x0, y0 = centre[:2]
    for k in range(-reach, reach + 1):
        x, y = np.floor(x0) + k, np.floor(y0) + k
        along, across = [(x, y0 - reach), (x, y0 + reach)], [(x0 - reach, y), (x0 + reach, y)]
        if camera.from_side:
            left = float(camera.see(np.array([x, y0, camera.level]), centre)[0])
            pen.line((left, camera.y, left, camera.y + 12), fill=LINE, width=2)
            continue
        for ends in (along, across):
            seen = camera.see(np.array([(*end, camera.level) for end in ends]), centre)
            pen.line([tuple(point) for point in seen[:, :2].tolist()], fill=LINE, width=2)


def _draw_limb(pen: ImageDraw.ImageDraw, outline: FloatArray, radius: float, paint: str) -> None:
    """A shape in its colour, what is in ink hollow, with an edge that parts it from what lies behind."""
    _blot(pen, outline, radius + EDGE, PAPER)
    _blot(pen, outline, radius, paint)
    if paint == INK and radius > 1.0:
        _blot(pen, outline, radius - min(OUTLINE, 0.35 * radius), PAPER)
    elif paint == INK and len(outline) > 2:
        pen.polygon([tuple(p) for p in outline.tolist()], fill=PAPER, outline=INK, width=round(OUTLINE))


def _blot(pen: ImageDraw.ImageDraw, outline: FloatArray, radius: float, colour: str) -> None:
    """The hull of discs of this radius around the corners of an outline."""
    corners = [tuple(point) for point in outline.tolist()]
    if len(corners) > 2:
        pen.polygon(corners, fill=colour)
    if len(corners) > 1:
        pen.line([*corners, corners[0]], fill=colour, width=max(1, round(2 * radius)))
    for x, y in corners:
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _outline(points: FloatArray) -> FloatArray:
    """The corners of the convex hull of (P, 2) points, in order."""
    if len(points) < 3:
        return points
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except QhullError:  # they lie on a line
        along = np.argsort(points @ np.ptp(points, axis=0))
        return np.asarray(points[along[[0, -1]]])
