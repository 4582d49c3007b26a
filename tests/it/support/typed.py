"""Runs a program on a terminal of its own, and types an answer at each prompt that ends in a colon.

    typed.py ANSWER... -- PROGRAM ARGUMENT...

Prints what a person at that terminal sees, and ends as the program does.
"""

import os
import pty
import sys

at = sys.argv.index("--")
answers, command = sys.argv[1:at], sys.argv[at + 1 :]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
seen = b""
while True:
    try:
        read = os.read(terminal, 1024)
    except OSError:  # the other end is closed
        break
    if not read:
        break
    seen += read
    if answers and seen.endswith(b": "):
        os.write(terminal, os.fsencode(answers.pop(0)))
sys.stdout.write(seen.decode())
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
