# tests/drivers
