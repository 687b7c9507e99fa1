"""The commands about sound: record, play, devices, and speech that is heard at once."""
