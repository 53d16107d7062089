# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installing: the program with its data, the library, the Debian packages.

PREFIX	 ?= /usr/local
LIBDIR	 ?= $(PREFIX)/lib
INSTALL	  = install
VERSION	 := $(shell sed -n 's/^.define TAILCHECK_VERSION "\(.*\)"/\1/p' harness/report/report.h)
ROOT_OF	  = $(DESTDIR)$(PREFIX)

# What the program looks for below PREFIX: harness/cli/select.c. Agents are executables, of guests.
DATA	  = $(shell find cases generators results/expected docs examples engines/adapters -type f \
	    ! -name '*.pyc' ! -name 'test_*.py')
AGENTS	  = $(B)/agent $(wildcard $(addprefix $(B)/agent-,$(ARCHES)))
INSTALLED = $(ROOT_OF)/bin/tailcheck $(ROOT_OF)/share/man/man1/tailcheck.1 \
	    $(DESTDIR)$(LIBDIR)/libtailcheck.a $(DESTDIR)$(LIBDIR)/pkgconfig/tailcheck.pc
INSTALLED_DIRS = $(ROOT_OF)/share/tailcheck $(ROOT_OF)/lib/tailcheck $(ROOT_OF)/include/tailcheck

# The executor, the parser and the reference in one object, of which only tailcheck_* can be seen.
LIBRARY_SRC = $(call sources,harness/base harness/case harness/run harness/library engines/reference) \
	      $(addprefix harness/judge/,judge.c normative.c transcript.c)

$(B)/libtailcheck.a: $(LIBRARY_SRC:%.c=$(B)/obj/%.o)
	@rm -f $@
	$(CC) -r -nostdlib -o $(B)/libtailcheck.o $^
	objcopy --wildcard --keep-global-symbol='tailcheck_*' $(B)/libtailcheck.o
	ar rcsD $@ $(B)/libtailcheck.o
	@rm $(B)/libtailcheck.o

library: $(B)/libtailcheck.a ## build/libtailcheck.a: the executor, for a runtime's own tests

# Packages are not looked for: whoever installs may have nothing but compilers.
install: all library ## below PREFIX=/usr/local (and DESTDIR): program, cases, agents, library
	$(INSTALL) -d $(ROOT_OF)/bin $(ROOT_OF)/share/man/man1 $(DESTDIR)$(LIBDIR)/pkgconfig \
		$(INSTALLED_DIRS)
	$(INSTALL) $(B)/tailcheck $(ROOT_OF)/bin/
	$(INSTALL) $(AGENTS) $(ROOT_OF)/lib/tailcheck/
	$(INSTALL) -m 644 man/tailcheck.1 $(ROOT_OF)/share/man/man1/
	cp --parents $(DATA) $(ROOT_OF)/share/tailcheck
	find $(ROOT_OF)/share/tailcheck -type d -exec chmod 755 {} +
	find $(ROOT_OF)/share/tailcheck -type f -exec chmod 644 {} +
	$(INSTALL) -m 644 $(B)/libtailcheck.a $(DESTDIR)$(LIBDIR)/
	$(INSTALL) -m 644 engines/engine.h harness/library/tailcheck.h $(ROOT_OF)/include/tailcheck/
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' \
		harness/library/tailcheck.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/tailcheck.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/tailcheck.pc

uninstall: ## remove what install put there, with the same PREFIX
	rm -f $(INSTALLED)
	rm -rf $(INSTALLED_DIRS)

deb: ## Debian packages of the program and the library, in build/deb
	@scripts/deps.sh build deb
	@scripts/deb.sh $(B)/deb

.PHONY: library install uninstall deb
