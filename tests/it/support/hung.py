"""Mounts a FUSE file system that takes requests and answers none, until the input ends."""

import ctypes
import os
import sys

DETACH = 2

kernel = ctypes.CDLL(None, use_errno=True)
device = os.open("/dev/fuse", os.O_RDWR)
place = os.fsencode(sys.argv[1])
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % device
if kernel.mount(b"hung", place, b"fuse", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
print("up", flush=True)
sys.stdin.read()
kernel.umount2(place, DETACH)
