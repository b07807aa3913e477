# agent
noinst_LIBRARIES += libagent.a
libagent_a_SOURCES = \
	agent/floor.c agent/floor.h \
	agent/front-protocol.c agent/front-protocol.h
LIBAGENT = libagent.a $(LIBMEDIA)
