#!/bin/sh
# Makes, or brings up to date, what the hub needs besides its users' homes:
#
#   sh deploy/jupyterhub/folders.sh [PLACE [GROUP]]
#
# Run it as root in the instructor's course folder: once, and after every change to the course. Students' copies follow when
# their servers next start. PLACE/student is the students' edition, which holds no key. Into PLACE/inbound every user may put a
# file; only GROUP sees what is there, and nobody can remove or change what somebody else handed in.
set -eu
place=${1:-/srv/knowing-benefit}
group=${2:-kb-instructors}
course=${COURSE:-/opt/tljh/user/bin/course}

getent group "$group" >/dev/null || groupadd "$group"
umask 022
mkdir -p "$place"
"$course" release student "$place/student"
# A folder that was closed at a deadline stays closed; open it again with: chmod 3773 PLACE/inbound
[ -d "$place/inbound" ] || install -d -m 3773 -o root -g "$group" "$place/inbound"
