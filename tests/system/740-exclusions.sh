#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Scan exclusions from a publisher's folder to an endpoint's list, with the real driver and inventory:
# a database whose files are its own account's, and mail in a home. What people can write to is
# refused. As root the home is that of a person who has an account for the time of the test, and the
# inventory becomes that person; as nobody it is nobody's, as is the endpoint's whole root folder.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
fixtures=$TOP_SRCDIR/tests/fixtures/content
account=
database=998
if [ "$(id -u)" -eq 0 ]; then
    command -v useradd >/dev/null || tap_skip_all 'useradd is not installed'
    account=spt-$$
    trap 'userdel "$account" 2>/dev/null; system_end' EXIT
    useradd -M -d /home/p -s /bin/sh "$account" || exit 1
fi

# place MODE PATH...: folders of the endpoint's root.
place() {
    mode=$1
    shift
    for name in "$@"; do
        mkdir -p "$work/root/$name" && chmod "$mode" "$work/root/$name"
    done
}

installed() {
    for name in "$@"; do
        printf 'Package: %s\nStatus: install ok installed\nVersion: 15\n\n' "$name"
    done
}

make_root() {
    place 755 . etc opt srv home var var/lib var/lib/dpkg var/lib/postgresql usr usr/share \
        usr/share/applications srv/theirs home/p home/p/.thunderbird
    place 700 var/lib/postgresql/15
    place 777 opt/open
    place 775 home/p/.local home/p/.local/share home/p/.local/share/gnome-boxes \
        home/p/.local/share/gnome-boxes/images
    installed postgresql shared thunderbird gnome-boxes >"$work/root/var/lib/dpkg/status"
    printf '[Desktop Entry]\nType=Application\nName=Thunderbird\nExec=/usr/bin/thunderbird\n' \
        >"$work/root/usr/share/applications/thunderbird.desktop"
    {
        echo 'root:x:0:0:root:/root:/bin/sh'
        echo "postgres:x:$database:$database::/var/lib/postgresql:/bin/bash"
        echo "$person:x:$(id -u "$person"):$(id -g "$person")::/home/p:/bin/sh"
    } >"$work/root/etc/passwd"
    chmod -R a+r "$work/root/etc" "$work/root/var/lib/dpkg" "$work/root/usr"
    if [ "$who" = root ]; then
        chown -R "$database" "$work/root/var/lib/postgresql"
        chown -R "$person" "$work/root/home/p" "$work/root/srv/theirs"
    else
        chown -R nobody "$work/root"
    fi
    printf '[agent]\ninventory-root = %s\n' "$work/root" >"$work/agent.conf"
}

# Beside what is known: software that asks for what people can write to.
make_feed() {
    mkdir -p "$work/appfeed"
    cp "$fixtures"/appfeed/postgresql.lua "$work/appfeed"
    cat >"$work/appfeed/shared.lua" <<'END'
app{id="shared", title="Shared", installed=function() return host.package("shared") and "1" end,
  exclude=function(v)
    return {{path="/opt/open", reason="all write"}, {path="/srv/theirs", reason="a person's"},
      {path="/var/lib/postgresql/15", reason="beneath an account's"}}
  end}
selftest{packages={shared="1"}, excludes={"/opt/open", "/srv/theirs", "/var/lib/postgresql/15"}}
selftest{packages={}, excludes={}}
END
    chmod -R a+rX "$work/appfeed"
}

publish() {
    mirror publish appfeed "$work/appfeed" --version 1 &&
        mirror publish userappfeed "$fixtures/userappfeed" --version 1 &&
        mirror promote public && mirror flags set appfeed on --ring public &&
        mirror export "$work/stick" --ring public
}


exclusions() {
    [ "$who" = root ] && person=$account || person=$who
    make_root
    make_feed
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys
    expect 0 'both feeds are published' publish
    expect 0 'enrol' enrol
    agent_start --config "$work/agent.conf" || return
    expect 0 'import' client import "$work/stick"
    expect 0 'what scans leave out' client exclusions --json
    holds 'both feeds ran' '[.runs[] | .code] == ["ok", "ok"]'
    holds "a database's files, and what is beneath them" '[.exclusions[] | select(.type == "appfeed" and
        (.path | startswith("/var/lib/postgresql"))) | .path] | length == 2'
    holds 'mail of a person' "[.exclusions[] | select(.type == \"userappfeed\") | [.user, .path]] ==
        [[\"$person\", \"/home/p/.thunderbird/\"]]"
    holds 'not what all can write to' '.refused[] | select(.path == "/opt/open") |
        .verdict == "writable"'
    holds "nor a group's folder in a home" '.refused[] | select(.app == "gnome-boxes") |
        .verdict == "writable"'
    if [ "$who" = root ]; then
        holds "nor a person's folder outside" '.refused[] | select(.path == "/srv/theirs") |
            .verdict == "owner"'
        sed -i 's|/var/lib/postgresql:/bin/bash|/home/p:/bin/bash|' "$work/root/etc/passwd"
        mirror publish appfeed "$fixtures/appfeed" --version 2 >"$work-out" 2>&1 &&
            mirror promote public >"$work-out" 2>&1 &&
            mirror export "$work/stick-2" --ring public >"$work-out" 2>&1
        expect 0 'a database account in which people live' client import "$work/stick-2"
        expect 0 'and then' client exclusions --json
        holds 'its folder is refused too' '.refused[] | select(.app == "postgresql") |
            .verdict == "owner"'
    fi
    expect 0 'for people' client exclusions
    says 'with what was refused' 'opt/open|postgresql'
}

for_each_user exclusions
tap_done
