"""with_sockets.py NAME=FD,NAME=FD COMMAND…: runs it with these sockets, as systemd does
(sd_listen_fds(3))."""
import fcntl
import os
import sys

FIRST, BEYOND = 3, 100

names, fds = zip(*(given.split("=") for given in sys.argv[1].split(",")))
# Out of the way first: where one goes another may be.
apart = [fcntl.fcntl(int(fd), fcntl.F_DUPFD_CLOEXEC, BEYOND) for fd in fds]
for place, fd in enumerate(apart, FIRST):
    os.dup2(fd, place)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)),
                  LISTEN_FDNAMES=":".join(names))
os.execv(sys.argv[2], sys.argv[2:])
