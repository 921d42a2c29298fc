# hotswap: build, install and test with PGXS.
#
#   make [-j]  make install  make installcheck    as with every extension (PG_CONFIG=... chooses the server)
#   make check                                    everything, on a private throw-away cluster (scripts/check)
#   make tap                                      tests/server/t/*.pl, on servers of their own
#
# Options:  STOP_POINTS=1  named stop points for crash tests        ASSERTS=1  our own Assert()s are live
#           WERROR=0       warnings do not stop the build           FMT_HEADER_ONLY=1  no libfmt at run time
# Changing an option rebuilds what it concerns.

.DEFAULT_GOAL := all

# PGXS has a `check` of its own that only prints a complaint, so `make check` never gets that far.
ifneq (,$(filter check,$(MAKECMDGOALS)))
.PHONY: check
check:
	scripts/check
else

EXTVERSION := $(shell sed -n 's/^    "version": *"\([^"]*\)".*/\1/p' META.json)
ifeq ($(EXTVERSION),)
$(error META.json has no "version" line indented by four spaces)
endif

# ---- what is built ---------------------------------------------------------------------------

# The folders that may see the server's headers; all others cannot even find them.
SERVER_SOURCES := $(sort $(wildcard src/bridge/*.cpp extension/*.cpp))
PLAIN_SOURCES  := $(sort $(wildcard src/core/*.cpp src/store/*.cpp src/engine/*.cpp src/api/*.cpp worker/*.cpp))
# Test builds have their own objects, so that going to and fro does not compile everything again.
OBJDIR         := build/obj$(if $(filter 1,$(STOP_POINTS)),.stop)$(if $(filter 1,$(ASSERTS)),.asserts)
SERVER_OBJS    := $(SERVER_SOURCES:%.cpp=$(OBJDIR)/%.o)
PLAIN_OBJS     := $(PLAIN_SOURCES:%.cpp=$(OBJDIR)/%.o)

MODULE_big     := hotswap
OBJS           := $(PLAIN_OBJS) $(SERVER_OBJS)
EXTENSION      := build/hotswap
INSTALL_SCRIPT_FILE := build/hotswap--$(EXTVERSION).sql
DATA_built     := $(INSTALL_SCRIPT_FILE)
DATA           := $(sort $(wildcard sql/upgrade/*.sql))
EXTRA_CLEAN    := build/obj build/obj.* build/objects build/hotswap.control build/tap build/check results regression.diffs regression.out output_iso

# ---- how it is tested ------------------------------------------------------------------------

REGRESS        := $(patsubst regress/sql/%.sql,%,$(sort $(wildcard regress/sql/*.sql)))
ISOLATION      := $(patsubst regress/specs/%.spec,%,$(sort $(wildcard regress/specs/*.spec)))
# pg_regress looks in the output directory first: hence no *.sql directly in sql/, and expected/ on top.
REGRESS_OPTS   := --inputdir=regress --outputdir=.
ISOLATION_OPTS := --inputdir=regress --outputdir=.

# ---- flags -----------------------------------------------------------------------------------

# The linker is $(CC), and clang's bitcode would be made without our flags.
override with_llvm := no
SHLIB_LINK     := -lstdc++ -Wl,--version-script=extension/exports.map

HOTSWAP_CXXFLAGS := -std=c++20 -O2 -g -fPIC -fno-strict-aliasing -fwrapv -fno-omit-frame-pointer -fstack-protector-strong \
                    -Wall -Wextra -Wno-missing-field-initializers
HOTSWAP_CPPFLAGS := -Isrc -I. -DHOTSWAP_VERSION='"$(EXTVERSION)"'
ifneq ($(WERROR),0)
HOTSWAP_CXXFLAGS += -Werror
endif
ifeq ($(STOP_POINTS),1)
HOTSWAP_CPPFLAGS += -DHOTSWAP_STOP_POINTS
endif
ifeq ($(ASSERTS),1)
HOTSWAP_CPPFLAGS += -DUSE_ASSERT_CHECKING
endif
ifeq ($(FMT_HEADER_ONLY),1)
HOTSWAP_CPPFLAGS += -DFMT_HEADER_ONLY
else
SHLIB_LINK += -lfmt
endif

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# ---- objects ---------------------------------------------------------------------------------

# -isystem: warnings are errors in our code, not in the server's headers.
SERVER_CPPFLAGS := -isystem $(includedir_server) -isystem $(includedir_internal) -D_GNU_SOURCE
COMPILE_PLAIN   := $(CXX) $(HOTSWAP_CXXFLAGS) $(HOTSWAP_CPPFLAGS)
COMPILE_SERVER  := $(COMPILE_PLAIN) $(SERVER_CPPFLAGS)

$(PLAIN_OBJS): $(OBJDIR)/%.o: %.cpp $(OBJDIR)/flags
	@mkdir -p $(@D)
	$(COMPILE_PLAIN) $(EXTRA_CXXFLAGS) -MMD -MP -c $< -o $@

$(SERVER_OBJS): $(OBJDIR)/%.o: %.cpp $(OBJDIR)/flags
	@mkdir -p $(@D)
	$(COMPILE_SERVER) $(EXTRA_CXXFLAGS) -MMD -MP -c $< -o $@

-include $(OBJS:.o=.d)

# Flags and list of objects of the last build; touched only when they change.
$(OBJDIR)/flags: TEXT = $(COMPILE_SERVER) $(EXTRA_CXXFLAGS) $(VERSION)
build/objects: TEXT = $(OBJS) $(SHLIB_LINK)
.PHONY: always
$(OBJDIR)/flags build/objects: always
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(TEXT))' > $@

hotswap$(DLSUFFIX): build/objects extension/exports.map

# ---- control file and install script ---------------------------------------------------------

build/hotswap.control: extension/hotswap.control.in META.json
	@mkdir -p $(@D)
	sed 's/@VERSION@/$(EXTVERSION)/' $< > $@

# Assembled from parts, in order of their numbers. OR REPLACE would let somebody pre-create our objects.
INSTALL_PARTS := $(sort $(wildcard sql/install/*.sql))
$(INSTALL_SCRIPT_FILE): $(INSTALL_PARTS) sql/install META.json Makefile
	@mkdir -p $(@D)
	@{ printf '%s\n' '\echo Use "CREATE EXTENSION hotswap" to load this file. \quit'; \
	   for part in $(INSTALL_PARTS); do printf '\n-- %s\n\n' "$$part"; cat "$$part"; done; } > $@.tmp
	@if grep -n -i 'or  *replace' $@.tmp; then echo 'error: no OR REPLACE in sql/install'; rm -f $@.tmp; exit 1; fi
	@mv $@.tmp $@ && echo "assembled $@ from $(words $(INSTALL_PARTS)) parts"

# ---- further targets -------------------------------------------------------------------------

# Server tests make clusters of their own, so not as root; scripts/check takes care of that.
TAP_DIR := $(CURDIR)/build/tap
TAP_TESTS_FILES ?= $(sort $(wildcard tests/server/t/*.pl))
PGXS_TEST := $(abspath $(dir $(PGXS))/../test)
.PHONY: tap layers docs-check
tap:
	@mkdir -p $(TAP_DIR)
	PERL5LIB='$(PGXS_TEST)/perl:$(CURDIR)/tests/server' PG_REGRESS='$(PGXS_TEST)/regress/pg_regress' \
	    PATH='$(bindir):$(PATH)' TESTDIR='$(TAP_DIR)' TESTDATADIR='$(TAP_DIR)/data' TESTLOGDIR='$(TAP_DIR)/log' \
	    TOP='$(CURDIR)' prove $(PROVE_FLAGS) $(TAP_TESTS_FILES)

layers:
	scripts/check_layers
docs-check:
	scripts/check_docs

endif  # check
