"""libsndfile, through soundfile, read and written straight ahead."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def forward() -> Any:
    """soundfile's `SoundFile`, which otherwise seeks to where it is after each block: by that an
    MP3 decoder forgets what the next frames refer to, and gives silence. Raises ImportError,
    OSError.
    """
    import soundfile

    class Forward(soundfile.SoundFile):  # type: ignore[misc]
        """A file that only goes on."""

        def seekable(self) -> bool:
            """It is not asked to go anywhere."""
            return False

    return Forward
