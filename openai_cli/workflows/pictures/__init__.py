"""Pictures become files: found in answers, named, saved, and drawn in the terminal."""
