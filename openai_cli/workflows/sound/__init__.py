"""Sound for anyone who needs it: microphone, loudspeaker, files, levels. No command stands here.

Everywhere a sound is a run of 16-bit little-endian samples, channels interleaved ("PCM"); a frame
is one sample of every channel, a rate is frames a second.
"""
