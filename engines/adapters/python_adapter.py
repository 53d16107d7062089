#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""An adapter (docs/engine-protocol.md), to be copied: a method a command. The runtime: mini_bpf."""
from errno import EBADF, EINVAL, errorcode
import re
import struct
import sys
from mini_bpf import Map, Prog, Unsupported, run


class Adapter:
    def hello(self, protocol, byte_order, max_reply):
        caps = [c for c in vars(Adapter) if c[0] != '_' and c not in 'hello begin end reset']
        return f"0 protocol=1 name=python version=1 byte_order=little caps={','.join(caps)}"

    def begin(self, case=''):
        self.fds, self.n = {}, 0

    reset = end = begin

    def _new(self, made, name):
        if not re.fullmatch(rb'[A-Za-z0-9_.]{,15}', name):
            raise OSError(EINVAL, 'name')
        self.n += 1
        made.id, made.name, fd = self.n, name, next(n for n in range(3, 9999) if n not in self.fds)
        self.fds[fd] = made
        return fd

    def _find(self, fd, kind):
        if fd not in self.fds or self.fds[fd].kind != kind:
            raise OSError(EINVAL if fd in self.fds or fd in (0, 1, 2) else EBADF, 'descriptor')
        return self.fds[fd]

    def map_create(self, type, key_size, value_size, max_entries, name=b''):
        return self._new(Map(type, key_size, value_size, max_entries), name)

    def map_update(self, map, key, value, flags=0):
        m = self._find(map, 'map')
        m.update(struct.unpack('<I', key)[0], value if not m.slots else
                 lambda: self._find(struct.unpack('<i', value)[0], 'prog'), flags)

    def map_lookup(self, map, key):
        return f"0 value={self._find(map, 'map').lookup(*struct.unpack('<I', key)).hex()}"

    def map_delete(self, map, key):
        self._find(map, 'map').delete(*struct.unpack('<I', key))

    def map_next_key(self, map, key):
        following = self._find(map, 'map').next_key(*struct.unpack('<I', key or b'\xff' * 4))
        return f"0 next={struct.pack('<I', following).hex()}"

    def prog_load(self, type, insns, name=b'', license=b'', maps='', funcs=''):
        fds = {int(m.split(':')[1]) for m in maps.split(',') if m}
        return self._new(Prog(type, insns, {fd: self._find(fd, 'map') for fd in fds}), name)

    def prog_info(self, prog):
        p = self._find(prog, 'prog')
        return f'0 id={p.id} type={p.type} nr_map_ids={len(p.maps)} name={p.name.hex()}'

    def prog_run(self, prog, data=b'', data_out=0, ctx=b'', ctx_out=0, repeat=1):
        p, ctx = self._find(prog, 'prog'), bytearray(ctx)
        if p.type != 17 and len(data) < 14:  # Linux wants an Ethernet header
            raise OSError(EINVAL, 'data')
        for _ in range(repeat):
            retval = run(p, ctx)
        return f'0 retval={retval}' + (f' ctx={ctx.hex()}' if ctx_out else '')

    def close(self, fd):
        if fd not in self.fds:
            raise OSError(EBADF, 'descriptor')
        self.fds.pop(fd).closed()


def parse(key, value):
    if value in ('null', 'bad') and (key, value) != ('key', 'null'):
        raise Unsupported('pointers that fault')
    if key in ('key', 'value', 'insns', 'data', 'ctx', 'name', 'license'):
        return None if value == 'null' else bytes.fromhex(value)
    return int(value) if re.fullmatch('-?[0-9]+', value) else value


def answer(adapter, word, *fields):
    try:
        fields = {key: parse(key, value) for key, value in (f.split('=') for f in fields)}
        code = word[0] != '_' and word in vars(Adapter) and vars(Adapter)[word].__code__
        if not code or not fields.keys() <= {*code.co_varnames[1:code.co_argcount]}:
            raise Unsupported(f"{word} with {' '.join(fields)}")
        return getattr(adapter, word)(**fields) or 0
    except Unsupported as e:
        return f'unsupported {e}'
    except OSError as e:
        return errorcode[e.errno]
    except Exception as e:  # our own fault
        return f'fault {type(e).__name__}: {e}'


adapter = Adapter()
for line in sys.stdin:
    number, *words = line.split()
    print(number, answer(adapter, *words), flush=True)
