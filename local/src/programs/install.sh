# Run as root by `local setup`: sh -euc install.sh install [postgresql] [redis]
# Installs server programs, and leaves no server behind, neither now nor at the next boot.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
mark='# Written by Usher while it installs PostgreSQL.'

# Only what is ours is taken away again, also when the installation fails.
clean() {
    if [ -f "$policy" ] && grep -qF "$mark" "$policy"; then rm -f "$policy"; fi
    if [ -f "$clusters" ] && grep -qF "$mark" "$clusters"; then rm -f "$clusters"; fi
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

# Packages ask this program whether they may start a server: no.
[ -e "$policy" ] || { printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy" && chmod 755 "$policy"; }
# Debian's PostgreSQL makes a database of its own, unless told not to.
[ -e "$clusters" ] || { mkdir -p "${clusters%/*}" && printf '%s\ncreate_main_cluster = false\n' "$mark" >"$clusters"; }

# A lock that another apt holds is waited for.
get() { apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-confold "$@"; }
get update || echo 'apt-get update failed: trying with the lists that are here' >&2
packages=
for wanted in "$@"; do
    case $wanted in
        # The version that the tests run against, where the release has it.
        postgresql) if [ -n "$(apt-cache search --names-only '^postgresql-15$')" ]; then wanted=postgresql-15; fi ;;
        redis) wanted=redis-server ;;
    esac
    packages="$packages $wanted"
done
# Unquoted: one word a package.
get install --no-install-recommends $packages

# What would start at the next boot is disabled, since the machine's owner asked for programs, not for servers.
if [ -d /run/systemd/system ]; then
    for wanted in "$@"; do
        case $wanted in
            postgresql) systemctl disable --now postgresql ;;
            redis) systemctl disable --now redis-server ;;
        esac
    done
fi
