# agent
noinst_LIBRARIES += libagent.a
libagent_a_SOURCES = \
	agent/floor.c agent/floor.h
LIBAGENT = libagent.a $(LIBMEDIA)
