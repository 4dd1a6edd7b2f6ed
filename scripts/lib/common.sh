# What the scripts share. To be sourced with the repository's root as working directory.
# shellcheck shell=bash

# say TEXT: a line that stands out between the output of other programs.
say() {
    printf '\n== %s\n' "$*"
}

# fail TEXT: an error, and the end.
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND…: runs it as root, with sudo when we are somebody else. Never asks for a password in CI.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif ! command -v sudo >/dev/null; then
        fail "this needs root, and sudo is not installed: $*"
    elif [[ -n ${CI:-} ]]; then
        sudo -n "$@"
    else
        sudo "$@"
    fi
}

# missing_packages PACKAGE…: those of them that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == "install ok installed" ]] || echo "$package"
    done
}

# install_packages PACKAGE…: installs the missing ones of these Debian packages; touches nothing when none is missing.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian system; install what corresponds to these packages yourself: $*"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    say "installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null ||
        echo "warning: apt-get update failed; going on with the lists that are there" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null ||
        fail "apt-get could not install ${missing[*]}"
}

readonly swift_minimum=6.2

# require_swift: stops with advice unless a Swift toolchain is there that is new enough.
require_swift() {
    local version
    if ! command -v swift >/dev/null && [[ -r ${SWIFTLY_HOME_DIR:-$HOME/.local/share/swiftly}/env.sh ]]; then
        # swiftly puts itself into the profile of login shells; this is not one.
        # shellcheck disable=SC1091
        source "${SWIFTLY_HOME_DIR:-$HOME/.local/share/swiftly}/env.sh"
    fi
    if ! command -v swift >/dev/null; then
        cat >&2 <<ADVICE
error: the Swift toolchain is missing. Tandem needs version $swift_minimum or newer, which Debian does not package.
Install it with swiftly, Swift's own installer (https://www.swift.org/install/linux/):

    curl -O https://download.swift.org/swiftly/linux/swiftly-\$(uname -m).tar.gz
    tar zxf swiftly-\$(uname -m).tar.gz
    ./swiftly init --assume-yes
    . ~/.local/share/swiftly/env.sh

then start this script again. A toolchain unpacked by hand will do as well, when its usr/bin is in the PATH.
ADVICE
        exit 1
    fi
    version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' | head -n 1)
    [[ -n $version ]] || fail "swift --version says nothing that looks like a version"
    [[ $(printf '%s\n%s\n' "$swift_minimum" "$version" | sort -V | head -n 1) == "$swift_minimum" ]] ||
        fail "Swift $version is too old; Tandem needs $swift_minimum or newer (https://www.swift.org/install/linux/)"
}

# What the build needs: the libraries that the program links, and what the Swift toolchain and its installer expect.
# shellcheck disable=SC2034
readonly build_packages=(
    binutils ca-certificates curl gcc git gnupg libc6-dev libcurl4 libedit-dev libmariadb-dev libpcre2-dev libpq-dev
    libsndfile1-dev libsqlite3-0 libsqlite3-dev libstdc++-12-dev libxml2-dev libzstd-dev pkg-config tzdata zlib1g-dev
)
# What the prompts are made with.
# shellcheck disable=SC2034
readonly sound_packages=(flite sox)
