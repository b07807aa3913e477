# tests/mirror
