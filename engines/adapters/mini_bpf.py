# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A BPF runtime, plain and slow: arithmetic, arrays, local functions, tail calls. It checks nothing
at load but that it knows all instructions. An address is the number of a region, and an offset."""
from errno import E2BIG, EEXIST, EINVAL, ENOENT
import struct

M32, M64, MAP = (1 << 32) - 1, (1 << 64) - 1, 1 << 62
SIZE = {0: 4, 8: 2, 16: 1, 24: 8}
MAX_TAIL_CALLS = 33
ARRAY, PROG_ARRAY = 2, 3
# The fields of contexts that can be had: mark, priority and cb of __sk_buff; arguments.
CTX = {1: {*range(8, 12), *range(32, 36), *range(48, 68)}, 6: set(), 17: set(range(96))}
CTX[3] = CTX[4] = CTX[1]


class Unsupported(Exception):
    pass


def signed(n, bits):
    return (n & (1 << bits) - 1) - ((n >> bits - 1 & 1) << bits)


def div(a, b, off, bits):  # towards zero, and by zero it is 0
    a, b = (signed(a, bits), signed(b, bits)) if off else (a, b)
    return 0 if not b else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def mod(a, b, off, bits):
    quotient = div(a, b, off, bits)
    return signed(a, bits) - quotient * signed(b, bits) if off else a - quotient * b


ALU = {0: lambda a, b, off, n: a + b, 1: lambda a, b, off, n: a - b, 2: lambda a, b, off, n: a * b,
       3: div, 4: lambda a, b, off, n: a | b, 5: lambda a, b, off, n: a & b,
       6: lambda a, b, off, n: a << (b & n - 1), 7: lambda a, b, off, n: a >> (b & n - 1),
       8: lambda a, b, off, n: -a, 9: mod, 10: lambda a, b, off, n: a ^ b,
       11: lambda a, b, off, n: signed(b, off) if off else b,
       12: lambda a, b, off, n: signed(a, n) >> (b & n - 1), 14: lambda a, b, off, n: b}
JUMP = {1: int.__eq__, 2: int.__gt__, 3: int.__ge__, 4: int.__and__, 5: int.__ne__, 10: int.__lt__,
        11: int.__le__, 6: int.__gt__, 7: int.__ge__, 12: int.__lt__, 13: int.__le__}


def known(code, src, imm):
    kind, op, mode = code & 7, code >> 4, code & 0xe0
    if kind in (4, 7):
        return op in ALU and op != 14 or op == 13
    if kind in (5, 6):
        return op in JUMP or op in (0, 9) or code == 0x85 and (src == 1 or imm in (1, 2, 3, 12))
    return {0: code == 0x18 and src < 3, 1: mode in (0x60, 0x80), 2: mode == 0x60,
            3: mode == 0x60 or mode == 0xc0 and imm & ~1 in (0, 0x40, 0x50, 0xa0, 0xe0, 0xf0)}[kind]


def check(prog):
    if prog.type not in CTX:
        raise Unsupported(f'program type {prog.type}')
    second = False  # of the two that a 64-bit constant takes
    for code, dst, src, off, imm in prog.insns:
        if not second and 11 in (dst, src):
            raise Unsupported('arguments on the stack')
        if not second and not known(code, src, imm):
            raise Unsupported(f'instruction {code:#04x} with {src} and {imm}')
        second = not second and code == 0x18


class Prog:
    kind = 'prog'

    def __init__(self, type, code, maps):
        """maps: by the descriptors that the instructions have."""
        self.type, self.ids = type, {fd: m.id for fd, m in maps.items()}
        self.insns = [(c, r & 15, r >> 4, o, i) for c, r, o, i in struct.iter_unpack('<BBhi', code)]
        self.maps = {m.id: m for m in maps.values()}
        check(self)
        for m in self.maps.values():
            m.claim(self)

    def closed(self):
        pass


class Map:
    """An array, with data, or a prog_array, with slots."""
    kind, owner = 'map', None

    def __init__(self, type, key_size, value_size, n):
        if type not in (ARRAY, PROG_ARRAY) or n * value_size > 1 << 24:
            raise Unsupported(f'map type {type} of {n} entries')
        if key_size != 4 or not value_size or not n or type == PROG_ARRAY and value_size != 4:
            raise OSError(EINVAL, 'sizes')
        self.type, self.n, self.value_size = type, n, value_size
        self.stride = (value_size + 7) // 8 * 8
        self.data = bytearray(self.stride * n if type == ARRAY else 0)
        self.slots = [None] * n if type == PROG_ARRAY else None

    def claim(self, prog):
        """The first program says of which type a prog_array is."""
        if self.slots:
            self.owner = self.owner or prog.type
            if self.owner != prog.type:
                raise OSError(EINVAL, 'type of program')

    def update(self, key, value, flags):
        """The value is bytes, or a function that finds the program."""
        if flags > (0 if self.slots else 2):
            raise OSError(EINVAL, 'flags')
        if key >= self.n or flags == 1:
            raise OSError(E2BIG if key >= self.n else EEXIST, 'key')
        if self.slots:
            prog = value()
            self.claim(prog)
            self.slots[key] = prog
        else:
            self.data[key * self.stride:key * self.stride + self.value_size] = value

    def lookup(self, key):
        if key >= self.n or self.slots and not self.slots[key]:
            raise OSError(ENOENT, 'no element')
        if self.slots:
            return struct.pack('<I', self.slots[key].id)
        return self.data[key * self.stride:key * self.stride + self.value_size]

    def delete(self, key):
        if not self.slots or key >= self.n:
            raise OSError(E2BIG if self.slots else EINVAL, 'key')
        self.lookup(key)
        self.slots[key] = None

    def next_key(self, key):
        if key == self.n - 1:
            raise OSError(ENOENT, 'the last key')
        return key + 1 if key < self.n else 0

    def closed(self):
        """Nobody but programs has it any more: they do not keep what is in it."""
        self.slots = [None] * self.n if self.slots else None


def run(prog, ctx, budget=1 << 20):
    """The low 32 bits of its result."""
    regions, frames, calls, pc = [b'', ctx], [], 0, 0

    def address(data):
        at = [i for i, region in enumerate(regions) if region is data]
        regions.extend([] if at else [data])
        return (at[0] if at else len(regions) - 1) << 32

    def access(at, size, new=None):
        region, offset = at >> 32, at & M32
        if region == 1 and not {*range(offset, offset + size)} <= CTX[prog.type]:
            raise Unsupported(f'offset {offset} of the context')
        if not 0 < region < len(regions) or offset + size > len(regions[region]):
            raise IndexError('a stray access')
        if new is None:
            return int.from_bytes(regions[region][offset:offset + size], 'little')
        regions[region][offset:offset + size] = (new & (1 << 8 * size) - 1).to_bytes(size, 'little')

    def call(helper, m):
        key = access(r[2], 4)
        if helper == 1:
            return address(m.data) + key * m.stride if key < m.n else 0
        if helper == 3:
            return -EINVAL
        try:
            m.update(key, bytes(access(r[3] + i, 1) for i in range(m.value_size)), r[4])
            return 0
        except OSError as e:
            return -e.errno

    r = [0, 1 << 32] + [0] * 8 + [address(bytearray(512)) + 512, 0]
    for _ in range(budget):
        code, dst, src, off, imm = prog.insns[pc]
        kind, op, size, pc = code & 7, code >> 4, SIZE[code & 24], pc + 1
        bits = 64 if kind in (5, 7) else 32
        a, b = r[dst] & (1 << bits) - 1, (r[src] if code & 8 else imm) & (1 << bits) - 1
        if kind in (4, 7) and op == 13:
            a = r[dst] & (1 << imm) - 1
            r[dst] = a if code == 0xd4 else int.from_bytes(a.to_bytes(imm // 8, 'little'), 'big')
        elif kind in (4, 7):
            r[dst] = ALU[op](a, b, off, bits) & (1 << bits) - 1
        elif code == 0x85 and src == 1:
            frames, pc = frames + [(prog, pc, r[6:])], pc + imm
            r[10] = address(bytearray(512)) + 512
        elif code == 0x85 and imm == 12:
            m, index = prog.maps[r[2] & ~MAP], r[3] & M32
            if index < m.n and m.slots[index] and calls < MAX_TAIL_CALLS:
                prog, pc, calls, r[1] = m.slots[index], 0, calls + 1, 1 << 32
                r[10] = address(bytearray(512)) + 512
        elif code == 0x85:
            r[0] = call(imm, prog.maps[r[1] & ~MAP]) & M64
        elif code == 0x95 and not frames:
            return r[0] & M32
        elif code == 0x95:
            prog, pc, r[6:] = frames.pop()
        elif kind in (5, 6) and op == 0:
            pc += off if kind == 5 else imm
        elif kind in (5, 6):
            pair = (signed(a, bits), signed(b, bits)) if op in (6, 7, 12, 13) else (a, b)
            pc += off if JUMP[op](*pair) else 0
        elif kind == 0:
            wide, pc = imm & M32 | prog.insns[pc][4] << 32, pc + 1
            m = prog.maps[prog.ids[imm]] if src else None
            r[dst] = wide & M64 if not src else MAP | m.id
            if src == 2:
                r[dst] = address(m.data) + (wide >> 32)
        elif kind == 1:
            value = access(r[src] + off & M64, size)
            r[dst] = (signed(value, 8 * size) if code & 0x80 else value) & M64
        elif kind == 3 and code & 0x80:
            old = access(r[dst] + off, size)
            if imm != 0xf1 or old == r[0] & (1 << 8 * size) - 1:
                op = 14 if imm >= 0xe0 else imm >> 4
                access(r[dst] + off, size, ALU[op](old, r[src], 0, 64))
            r[0 if imm == 0xf1 else src if imm & 1 else 11] = old
        else:
            access(r[dst] + off, size, r[src] if kind == 3 else imm)
    raise TimeoutError('it does not end')
