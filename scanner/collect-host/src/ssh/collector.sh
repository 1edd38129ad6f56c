# Reads what an audit of this host needs, and writes it to standard output. Changes nothing, makes no
# file, needs no program beyond POSIX, and find, tar and stat of GNU or of BusyBox. The part after the
# last section is a tar, or (BusyBox) several one after another.
main() {
	set -u
	LC_ALL=C
	PATH=/usr/sbin:/usr/bin:/sbin:/bin
	export LC_ALL PATH
	as=
	if [ "${1:-}" = sudo ] && [ "$(id -u)" != 0 ]; then
		as='sudo -n'
		$as true || { echo 'sudo asks for a password, or is not allowed' >&2; exit 3; }
	fi
	kind=gnu
	find / -maxdepth 0 -printf '' 2>/dev/null || kind=busybox
	tar --version 2>/dev/null | grep -q GNU || kind=busybox
	if [ $kind = busybox ]; then
		case $(find / -maxdepth 0 -exec stat -c %f {} + 2>/dev/null) in
		4*) ;;
		*) echo 'its find, stat or tar is neither that of GNU nor that of BusyBox' >&2; exit 3 ;;
		esac
	fi
	printf 'ASSAY-HOST 1\nnode %s\nuid %s\n' "$(uname -n)" "$($as id -u)"

	names_$kind

	# Values of the kernel: path, colon, line.
	printf 'VALUES\n'
	$as grep -rsH '' /proc/sys 2>/dev/null
	for file in /proc/cmdline /proc/modules /proc/mounts /proc/self/mounts /proc/self/mountinfo \
		/proc/swaps /proc/version /proc/filesystems /proc/net/tcp /proc/net/tcp6 /proc/net/udp \
		/proc/net/udp6 /proc/net/raw /proc/net/raw6 /proc/1/comm /sys/kernel/security/lsm \
		/sys/kernel/security/lockdown /sys/kernel/security/apparmor/profiles /sys/fs/selinux/enforce \
		/sys/module/apparmor/parameters/enabled; do
		[ -r "$file" ] || [ -n "$as" ] && $as grep -sH '' "$file" 2>/dev/null
	done
	printf 'END\n'

	# What no file holds: the rules in the kernel. Only programs that list, that nobody but root can change,
	# and only where they load nothing into the kernel. A: the answer follows. D: not allowed. F: it
	# failed. N: there is no such program.
	printf 'ANSWERS\n'
	kernel=/lib/modules/$(uname -r)/modules.builtin
	end=$(printf '\nx')
	end=${end%x}
	ask() {
		name=$1 arguments=$2
		shift 2
		for program in "$@"; do
			[ -n "$($as find -L "$program" -maxdepth 0 -type f -uid 0 ! -perm -020 ! -perm -002 2>/dev/null)" ] || continue
			# shellcheck disable=SC2086
			answer=$({ $as "$program" $arguments && printf x; } 2>/dev/null </dev/null | head -c 33554432)
			case $answer in
			*x)
				printf 'A %s\n' "$name"
				answer=${answer%x}
				[ -z "$answer" ] || printf '%s\n' "${answer%"$end"}" | sed 's/^/|/'
				;;
			*) printf 'F %s\n' "$name" ;;
			esac
			return
		done
		printf 'N %s\n' "$name"
	}
	none() { for name in "$@"; do printf 'A %s\n' "$name"; done; }
	if [ "$($as id -u)" != 0 ]; then
		printf 'D %s\n' nftables iptables ip6tables legacy_iptables legacy_ip6tables
	else
		if [ ! -e /proc/modules ] || grep -q '^nf_tables ' /proc/modules || [ ! -e "$kernel" ] ||
			grep -q '/nf_tables\.ko' "$kernel"; then
			ask nftables 'list ruleset' /usr/sbin/nft /sbin/nft /usr/bin/nft
			ask iptables '' /usr/sbin/iptables-nft-save /usr/sbin/iptables-save
			ask ip6tables '' /usr/sbin/ip6tables-nft-save /usr/sbin/ip6tables-save
		else
			none nftables iptables ip6tables
		fi
		for family in ip ip6; do
			if [ -n "$($as cat /proc/net/${family}_tables_names 2>/dev/null)" ]; then
				ask "legacy_${family}tables" '' "/usr/sbin/${family}tables-legacy-save" "/usr/sbin/${family}tables-save"
			else
				none "legacy_${family}tables"
			fi
		done
	fi
	printf 'END\n'

	# Extended attributes of everything, where a program tells them.
	printf 'ATTRIBUTES\n'
	if command -v getfattr >/dev/null; then
		printf 'all\n'
		$as getfattr -R -P -h -d -e hex --absolute-names \
			-m '^(security\.capability|system\.posix_acl_access)$' / 2>/dev/null
	fi
	printf '\nEND\n'

	files_$kind
}

# Every name: kind, mode, owner, group, size, time, links, path, target. U: a directory that may not
# be read. P: one that is left out.
names_gnu() {
	printf 'NAMES\n'
	row='%y %m %U %G %s %T@ %n %p\0%l\0'
	$as find / \
		\( -path /proc -o -path /sys -o -path /dev -o -path /run/user -o -path /run/docker -o -path /run/containerd \
		-o -path /var/lib/docker/overlay2 -o -path /var/lib/containers/storage/overlay \
		-o -path /var/lib/kubelet/pods -o -path /snap \) -prune -printf "P$row" \
		-o ! -path / \( -fstype nfs -o -fstype nfs4 -o -fstype cifs -o -fstype smb3 -o -fstype 9p -o -fstype ceph \
		-o -fstype afs -o -fstype overlay -o -fstype squashfs -o -fstype autofs -o -fstype fuse \
		-o -fstype fuse.sshfs \) -prune -printf "P$row" \
		-o -type d ! \( -readable -executable \) -printf "U$row" -prune \
		-o -printf " $row" 2>/dev/null
	[ $? -le 1 ] || { echo 'its find broke off' >&2; exit 3; }
	$as find /proc/sys -printf " $row" 2>/dev/null
	printf 'E\0'
}

# Goes over every name with the find of BusyBox; what is left out meets the first action, if any.
pruned() {
	set -- \) -prune "$@"
	for left in /sys /dev /run/user /run/docker /run/containerd /var/lib/docker/overlay2 \
		/var/lib/containers/storage/overlay /var/lib/kubelet/pods /snap; do
		set -- -o -path "$left" "$@"
	done
	while read -r from point type rest; do
		case $type in
		nfs | nfs4 | cifs | smb3 | 9p | ceph | afs | overlay | squashfs | autofs | fuse | fuse.sshfs)
			point=$(printf '%b' "$point")
			[ "$point" = / ] || set -- -o -path "$point" "$@"
			;;
		esac
	done </proc/mounts
	$as find / \( -path /proc "$@" 2>/dev/null
}

# The same in lines: mode with kind in hex, owner, group, size, time, links, path. Then directories
# that may not be read, and names that would break a line.
names_busybox() {
	printf 'LINES\n'
	line=$(printf '\nx')
	line=${line%x}
	row='%f %u %g %s %Y %h %n'
	pruned -exec stat -c "P$row" {} + -o ! -path "*$line*" -exec stat -c " $row" {} +
	$as find /proc/sys ! -path "*$line*" -exec stat -c " $row" {} + 2>/dev/null
	printf 'END\n'
	if [ "$($as id -u)" != 0 ]; then
		pruned -o -type d -exec sh -c \
			'for d; do [ -r "$d" ] && [ -x "$d" ] || printf "%s\0" "$d"; done' sh {} +
	fi
	printf 'E\0'
	pruned -o -path "*$line*" -print0 -prune
	printf 'E\0'
}

# The folders whose files are sent.
BASES="/etc /boot /usr/lib/systemd /lib/systemd /usr/local/lib/systemd /run/systemd \
	/usr/lib/sysctl.d /lib/sysctl.d /usr/local/lib/sysctl.d /run/sysctl.d /usr/lib/modprobe.d \
	/lib/modprobe.d /usr/local/lib/modprobe.d /run/modprobe.d /usr/lib/modules-load.d \
	/run/modules-load.d /usr/lib/tmpfiles.d /usr/lib/sysusers.d /usr/lib/environment.d \
	/usr/lib/pam.d /usr/share/pam.d /usr/lib/security /usr/share/pam-configs /usr/etc /usr/share/crypto-policies \
	/usr/lib/firewalld /usr/lib/udev/rules.d /usr/lib/os-release /usr/lib/passwd /usr/lib/group \
	/usr/share/dbus-1/system.d /usr/share/polkit-1 /usr/lib/NetworkManager \
	/usr/share/pki /var/lib/ca-certificates /usr/lib/rpm/macros /usr/lib/rpm/macros.d \
	/var/lib/dpkg /var/lib/apt/lists /var/lib/apt/extended_states /var/cache/apk /var/lib/cloud \
	/var/spool/cron /var/spool/at /var/lib/ufw /var/lib/systemd /usr/share/ufw"
# Databases of packages and lists of updates, which may be large.
LARGE="/var/lib/rpm /usr/lib/sysimage/rpm /usr/share/rpm /lib/apk/db /usr/lib/apk/db \
	/var/cache/zypp/raw /var/cache/dnf /var/cache/libdnf5 /var/cache/yum"

files_gnu() {
	printf 'FILES\n'
	{
		printf '%s\0' / /etc /usr /usr/lib /usr/local /usr/local/lib /usr/share /var /var/lib /var/spool /boot /root /home /run
		for base in $BASES; do
			[ -e "$base" ] && $as find "$base" -xdev \( -path /etc/ssl/certs -o -path /etc/alternatives \
				-o -path '/boot/initr*' -o -path '/boot/vmlinuz*' -o -path '/boot/System.map*' \) -prune \
				-o \( -type d -o -type l -o -type f -size -16385k \) -print0 2>/dev/null
		done
		for base in $LARGE; do
			[ -e "$base" ] && $as find "$base" -xdev \( -name packages -o -name solv -o -name '*filelists*' \
				-o -name '*other.xml*' -o -name '*.solv*' -o -name '*.rpm' \) -prune \
				-o \( -type d -o -type l -o -type f -size -262145k \) -print0 2>/dev/null
		done
		$as find /root /home /var/lib /srv /opt -xdev -maxdepth 4 \( -path '*/.ssh' -o -path '*/.ssh/*' -o -name .bashrc \
			-o -name .profile -o -name .bash_profile -o -name .netrc -o -name .rhosts -o -name .forward \) \
			-size -1025k -print0 2>/dev/null
		$as find /usr/lib/modules /lib/modules -xdev -maxdepth 2 \( -name modules.dep -o -name modules.builtin \
		-o -name modules.alias \) \
			-size -16385k -print0 2>/dev/null
	} | $as tar --create --file=- --format=posix --absolute-names --null --no-recursion --xattrs \
		--ignore-failed-read --warning=none --files-from=- 2>/dev/null
}

# The same with the tar of BusyBox, which takes names as arguments only; links of everywhere, as lines
# do not say where they lead.
files_busybox() {
	printf 'TARS\n'
	pruned -o -type l -exec tar -c -f - {} +
	for base in $BASES; do
		[ -e "$base" ] && $as find "$base" -xdev \( -path '/boot/initr*' -o -path '/boot/vmlinuz*' \
			-o -path '/boot/System.map*' \) -prune -o -type f -size -16385k -exec tar -c -f - {} + 2>/dev/null
	done
	for base in $LARGE; do
		[ -e "$base" ] && $as find "$base" -xdev -type f -size -262145k ! -name '*filelists*' ! -name '*.rpm' \
			-exec tar -c -f - {} + 2>/dev/null
	done
	$as find /root /home /var/lib /srv /opt -xdev -maxdepth 4 \( -path '*/.ssh/*' -o -name .bashrc \
		-o -name .profile -o -name .bash_profile -o -name .netrc -o -name .rhosts -o -name .forward \) \
		-type f -size -1025k -exec tar -c -f - {} + 2>/dev/null
	$as find /usr/lib/modules /lib/modules -xdev -maxdepth 2 \( -name modules.dep -o -name modules.builtin \
		-o -name modules.alias \) \
		-type f -size -16385k -exec tar -c -f - {} + 2>/dev/null
}

# The shell reads all of this before it runs any of it: nothing else takes from its input.
main "$@"
exit 0
