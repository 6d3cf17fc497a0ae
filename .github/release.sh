#!/usr/bin/env bash
# What a release consists of, in the folder release, and its notes in release-notes.md. Called with the tag: v1.2.0.
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1#v}
if [ "$version" != "$(jq -r .version package.json)" ]; then
  echo "The tag says $version, package.json says $(jq -r .version package.json)." >&2
  exit 1
fi

# From the heading of this version to the next one.
awk -v version="$version" '
  /^## / { inside = index($0, "## " version " (") == 1; next }
  inside { print }
' .github/CHANGELOG.md >release-notes.md
if ! grep -q '[^[:space:]]' release-notes.md; then
  echo "The changelog has no section for $version." >&2
  exit 1
fi

npm ci
npm test

rm -rf release
mkdir release
# The times in it are those of the build, which are always the same: the same sources make the same archive.
(cd dist && TZ=UTC zip -X -q "../release/ssosync-$version.zip" index.mjs index.mjs.map LICENSES.txt)
git archive --format=tar.gz --prefix=terraform/ -o "release/ssosync-terraform-$version.tar.gz" "HEAD:lambroll/terraform"
cp function.json "release/function.json"
npm sbom --omit=dev --omit=optional --sbom-format=cyclonedx >"release/ssosync-$version.cdx.json"
(cd release && sha256sum -- * >"SHA256SUMS")
