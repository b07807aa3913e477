# tests/media
