#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""bpf_conformance_adapter.py [--without GROUP,...] PLUGIN [ARGUMENT...]: any plugin of the suite
bpf_conformance (uBPF's ubpf_plugin, rbpf's rbpf_plugin ...) as an adapter of
docs/engine-protocol.md, for programs without maps. A plugin takes instructions in hexadecimal on
standard input and memory as its argument, is started anew for every run, and prints r0 in
hexadecimal. It cannot say what it lacks: with --without, programs with instructions of these groups
are unsupported: v4 (signed division, moves and loads with sign, bswap, gotol), atomics (atomic
operations but additions), additions (atomic ones), calls (of local functions)."""
import os
import struct
import subprocess
import sys

RAW_TRACEPOINT, R1, TIMEOUT = 17, 1, 4
GROUPS = {'v4', 'atomics', 'additions', 'calls'}
programs, last = {}, 2


class Unsupported(Exception):
    pass


def group(code, registers, offset, imm):
    """The group of an instruction that a plugin may lack, or None."""
    kind, operation = code & 7, code >> 4
    if kind == 3 and code >> 5 == 6:
        return 'atomics' if imm else 'additions'
    if code == 0x85 and registers >> 4 == 1:
        return 'calls'
    signed = kind in (4, 7) and operation in (3, 9, 11) and offset
    bswap_gotol = code in (0xd7, 0x06)
    return 'v4' if signed or bswap_gotol or kind == 1 and code >> 5 == 4 else None


def check(insns):
    """Programs that a plugin runs as a kernel does: no maps, no helpers, nothing of the context."""
    wide = False
    for code, registers, offset, imm in struct.iter_unpack('<BBhi', insns):
        source = registers >> 4
        if wide:
            wide = False
            continue
        wide = code == 0x18
        lacking = group(code, registers, offset, imm)
        if 11 in (source, registers & 15):
            raise Unsupported('arguments on the stack')
        if lacking in without:
            raise Unsupported(f'instructions of the group {lacking}')
        if wide and source:
            raise Unsupported('plugins have no maps')
        if code == 0x85 and source != 1:
            raise Unsupported(f'helper {imm}: plugins have none')
        if code & 7 == 0 and not wide:
            raise Unsupported('loads from packets')


def reads(code, registers):
    """Does the instruction read register 1?"""
    target, source, kind = registers & 15, registers >> 4, code & 7
    if kind in (4, 7):
        return source == R1 and code & 8 or target == R1 and code >> 4 != 11
    if kind in (5, 6):
        return code not in (0x05, 0x06, 0x85, 0x95) and R1 in (target, source if code & 8 else None)
    return kind in (1, 3) and source == R1 or kind in (2, 3) and target == R1


def sees_context(insns):
    """Might it look at what a kernel has in r1? Not if it never reads it, or sets it at once."""
    code = [(c, r) for c, r, _, _ in struct.iter_unpack('<BBhi', insns)]
    if not any(reads(*insn) for insn in code):
        return False
    for c, r in code:
        if reads(c, r) or c & 7 in (5, 6):
            return True
        if r & 15 == R1 and c & 7 not in (2, 3):
            return False
    return False


def hello(protocol, byte_order, max_reply):
    name = ''.join(c if c.isalnum() else '-' for c in os.path.basename(plugin[0]))
    return f'0 protocol=1 name={name[:31]} version=plugin caps=prog_load,prog_run,close'


def reset(case=''):
    programs.clear()
    return 0


def prog_load(type, insns, name='', license='', funcs=''):
    global last
    code = bytes.fromhex(insns)
    check(code)
    if int(type) != RAW_TRACEPOINT and sees_context(code):
        raise Unsupported('a context: what plugins have in r1 is memory')
    last = last + 1 if programs else 3
    programs[str(last)] = code
    return last


def prog_run(prog, data='', data_out='0', ctx='', ctx_out='0'):
    if prog not in programs:
        return 'EBADF'
    # Blanks between the bytes: uBPF's plugin takes no others.
    memory = bytes.fromhex(ctx).hex(' ')
    done = subprocess.run([plugin[0], memory, *plugin[1:]], input=programs[prog].hex(' '),
                          capture_output=True, text=True, timeout=TIMEOUT)
    if done.returncode:
        why = ' '.join(done.stderr.split())[:150] or f'exit status {done.returncode}'
        return f'fault the plugin gives no result: {why.encode("ascii", "replace").decode()}'
    return f'0 retval={int(done.stdout.strip(), 16) & 0xffffffff}'


def close(fd):
    return 0 if programs.pop(fd, None) else 'EBADF'


COMMANDS = {'hello': hello, 'begin': reset, 'reset': reset, 'end': reset, 'prog_load': prog_load,
            'prog_run': prog_run, 'close': close}


def answer(word, *fields):
    command = COMMANDS.get(word)
    fields = dict(f.split('=', 1) for f in fields)
    code = command and command.__code__
    if not command or not fields.keys() <= {*code.co_varnames[:code.co_argcount]}:
        return f'unsupported {word} with {" ".join(fields)}'
    try:
        return command(**fields)
    except Unsupported as e:
        return f'unsupported {e}'
    except (OSError, ValueError, subprocess.TimeoutExpired) as e:
        return f'fault the plugin: {type(e).__name__} {" ".join(str(e).split())[:150]}'


plugin, without = sys.argv[1:], set()
if plugin[:1] == ['--without']:
    without, plugin = set(''.join(plugin[1:2]).split(',')), plugin[2:]
if not plugin or without - GROUPS:
    sys.exit(__doc__)
for line in sys.stdin:
    number, *words = line.split()
    print(number, answer(*words), flush=True)
