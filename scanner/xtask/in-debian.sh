#!/bin/sh
# Runs a program in a copy of an installed Debian, in a mount name space of its own: what it writes
# outside of the shared folders is gone afterwards.
#
# usage: in-debian.sh PROGRAM [ARGUMENT...]
# ASSAY_TEST_DEBIAN: the root; ASSAY_TEST_SHARED: folders that are there too, in lines.
exec unshare --mount --propagation private sh -ec '
	here=$(pwd)
	at=$(mktemp -d)
	mount -t tmpfs none "$at"
	mkdir "$at/upper" "$at/work" "$at/root"
	mount -t overlay none "$at/root" \
		-o "lowerdir=$ASSAY_TEST_DEBIAN,upperdir=$at/upper,workdir=$at/work"
	printf "%s\n/proc\n/sys\n/dev\n/tmp\n" "$ASSAY_TEST_SHARED" | while IFS= read -r shared; do
		mkdir -p "$at/root$shared"
		mount --rbind "$shared" "$at/root$shared"
	done
	cd "$at/root"
	# sshd wants the first, which its unit makes elsewhere.
	mkdir -p run/sshd outside
	# Not chroot: from within that no user name space can be made.
	pivot_root . outside
	cd "$here"
	umount -l /outside
	rmdir /outside
	# Shared with the outside: of it nothing but an empty folder would stay.
	umount -l "$at" || true
	rmdir "$at" || true
	exec "$@"
' sh "$@"
