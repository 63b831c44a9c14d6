"""What is drawn of a model is what MuJoCo says it is, seen from every direction."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from irl_app.stage.bodies import WORLD, bodies_of, rotate, simulation

OWN = """<mujoco>
  <asset><mesh name="wedge" vertex="0 0 0  1 0 0  0 1 0  0 0 1"/></asset>
  <worldbody>
    <geom type="plane" size="5 5 1" pos="0 0 -0.5"/>
    <geom type="plane" size="5 5 1" euler="90 0 0"/>
    <geom name="wall" type="box" size=".1 .2 .3" pos="2 0 0"/>
    <body pos="0 0 1"><freejoint/>
      <geom name="sphere" type="sphere" size=".2" pos=".1 0 0"/>
      <geom name="capsule" type="capsule" size=".05 .3" euler="0 40 0"/>
      <geom name="box" type="box" size=".1 .2 .3" euler="10 20 30"/>
      <geom name="cylinder" type="cylinder" size=".2 .1"/>
      <geom name="ellipsoid" type="ellipsoid" size=".1 .2 .3"/>
      <geom name="mesh" type="mesh" mesh="wedge"/>
      <geom type="sphere" size="1" group="3"/>
      <geom type="sphere" size="1" rgba="1 1 1 0"/>
    </body>
  </worldbody>
</mujoco>"""


@pytest.mark.parametrize(
    ("name", "bodies", "geoms"), [("Hopper-v5", 4, 4), ("HalfCheetah-v5", 7, 8), ("Ant-v5", 13, 13)]
)
def test_robots_of_gymnasium(name: str, bodies: int, geoms: int) -> None:
    env = gym.make(name)
    found = simulation(env)
    assert found is not None
    drawn = bodies_of(found[0])
    assert (len(drawn.ids), len(drawn.geoms), drawn.floor) == (bodies, geoms, 0.0)
    assert {geom.body for geom in drawn.geoms} == set(range(bodies))
    env.close()


def test_what_has_no_model_is_no_simulation() -> None:
    assert simulation(gym.make("CartPole-v1")) is None


def furthest(points: Any, radius: float, towards: Any) -> Any:
    """The support function of a hull of balls."""
    return (towards @ points.T).max(axis=1) + radius


def test_shapes_of_an_own_model_reach_as_far_as_they_should_in_every_direction() -> None:
    model = mujoco.MjModel.from_xml_string(OWN)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    drawn = bodies_of(model)
    assert drawn.floor == -0.5
    names = ["wall", "sphere", "capsule", "box", "cylinder", "ellipsoid", "mesh"]
    assert len(drawn.geoms) == len(names)
    towards = np.random.default_rng(0).normal(size=(400, 3))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    x, y, z = np.array([0.1, 0.2, 0.3])
    corners = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    i = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM, "mesh")
    wedge = corners + data.xpos[1] - data.geom_xpos[i]  # its frame is moved to its centre of mass
    for name, geom in zip(names, drawn.geoms, strict=True):
        i = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_GEOM, name)
        body = data.xpos[drawn.ids[geom.body]] if geom.body != WORLD else 0.0
        reach = furthest(geom.points + body - data.geom_xpos[i], geom.radius, towards)
        d = towards @ data.geom_xmat[i].reshape(3, 3)  # in the geom's own frame
        level = np.hypot(d[:, 0], d[:, 1])
        true = {
            "wall": np.abs(d) @ [x, y, z],
            "sphere": np.full(len(d), 0.2),
            "capsule": 0.05 + 0.3 * np.abs(d[:, 2]),
            "box": np.abs(d) @ [x, y, z],
            "cylinder": 0.2 * level + 0.1 * np.abs(d[:, 2]),
            "ellipsoid": np.linalg.norm(d * [x, y, z], axis=1),
            "mesh": (towards @ wedge.T).max(axis=1),
        }[name]
        rough = {"cylinder": 0.04, "ellipsoid": 0.05}.get(name, 1e-6)
        np.testing.assert_allclose(reach, true, rtol=rough)
    assert len(drawn.geoms[-1].points) == 4


def test_rotation_is_that_of_mujoco() -> None:
    rng = np.random.default_rng(1)
    quaternion, point = rng.normal(size=4), rng.normal(size=3)
    quaternion /= np.linalg.norm(quaternion)
    expected = np.zeros(3)
    mujoco.mju_rotVecQuat(expected, point, quaternion)
    np.testing.assert_allclose(rotate(quaternion, point), expected, atol=1e-12)
