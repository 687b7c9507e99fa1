"""The commands that upload: `files create`, `uploads run`, `uploads resume`."""
