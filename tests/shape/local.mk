# tests/shape
