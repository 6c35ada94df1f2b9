#!/usr/bin/env bash
# get-movielens.sh DIR
# Gets MovieLens for the study, in the format of GroupLens: DIR/ratings.csv and DIR/movies.csv. This
# is ml-latest-small (671 users, 100,004 ratings of 9,066 films), from Debian's package
# r-cran-dslabs; R is not needed. If you have the files of GroupLens itself (any size), use those
# instead. The data belong to GroupLens. They may be used for research but not redistributed, so
# they are never committed.
#
# F. M. Harper, J. A. Konstan (2015), The MovieLens Datasets, ACM TiiS 5(4).
#
# SUASION_DATA_DIR: the folder of the Python environment (default ~/.cache/suasion/data).
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
say() { printf '%s\n' "get-movielens: $*" >&2; }
. "$scripts/python-env.sh"
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
for each in apt-get dpkg-deb; do
  command -v "$each" >/dev/null || { say "$each was not found; on systems other than Debian, download ml-latest-small from GroupLens instead"; exit 2; }
done
python_env "${SUASION_DATA_DIR:-$HOME/.cache/suasion/data}/venv" rdata==1.1.0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt downloads as its own user, who must be able to write here.
chmod 755 "$work"
mkdir -m 777 "$work/package"
download() { (cd "$work/package" && apt-get download -qq r-cran-dslabs >&2); }
say "fetching r-cran-dslabs"
if ! download 2>/dev/null; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
  say "apt-get does not know r-cran-dslabs yet; updating its lists"
  "${as_root[@]}" apt-get update -qq >&2 || { say "apt-get could not update its lists; see its message above"; exit 2; }
  download || { say "apt-get could not fetch r-cran-dslabs; see its message above"; exit 2; }
fi
dpkg-deb -x "$work"/package/*.deb "$work/unpacked"
"$python" "$scripts/get_data.py" movielens "$work/unpacked/usr/lib/R/site-library/dslabs/data" "$1"
