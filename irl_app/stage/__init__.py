"""Episodes to look at: recorded, kept in small files, drawn without a simulator, shown side by side."""

from irl_app.stage.material import (
    Material,
    MaterialError,
    read_material,
    shipped_material,
    stage_folders,
    write_material,
)
from irl_app.stage.poses import Poses
from irl_app.stage.recording import Frames, Recording, RecordingError, record
from irl_app.stage.recording_file import load_recording, save_recording
from irl_app.stage.slices import Slice, Slices, read_slices, write_slices

__all__ = [
    "Frames",
    "Material",
    "MaterialError",
    "Poses",
    "Recording",
    "RecordingError",
    "Slice",
    "Slices",
    "load_recording",
    "read_material",
    "read_slices",
    "record",
    "save_recording",
    "shipped_material",
    "stage_folders",
    "write_material",
    "write_slices",
]
