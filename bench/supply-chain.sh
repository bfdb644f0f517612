#!/usr/bin/env bash
# What the jars are made of and that they can be made again: two builds from fresh clones in folders of different names give the same bytes; versions are
# pinned; the dependency tree; the bill of materials; licences in every jar; known vulnerabilities as far as can be told without a network.
# usage: bench/supply-chain.sh [MAVEN OPTIONS]      judges what is committed; not with -o, where Maven leaves the bill of materials out. Ends with 1 if anything is amiss.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
amiss=0
say() { printf '\n## %s\n\n' "$1"; }

say "$(git rev-parse --short HEAD), $(date -u +%F), $(mvn -version 2> /dev/null | sed -n 's/\x1b\[[0-9;]*m//g; 1p'), Java $(java -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')"
say 'Two builds'
for build in one 'another place'; do
    git clone -q . "$work/$build"
    (cd "$work/$build" && TZ=$([ "$build" = one ] && echo UTC || echo Asia/Tokyo) mvn -B -q "$@" -DskipTests package)
    (cd "$work/$build/target" && sha256sum -- *.jar equisphere-sbom.json) > "$work/$build.sums"
done
cat "$work/one.sums"
if cmp -s "$work/one.sums" "$work/another place.sums"; then echo 'both builds: the same bytes'; else echo 'AMISS: the builds differ'; diff "$work/one.sums" "$work/another place.sums" || true; amiss=1; fi
cd "$work/one"

say 'Sizes'
stat -c '%s %n' target/*.jar
[ "$(stat -c %s target/equisphere.jar)" -le 500000 ] || { echo 'AMISS: equisphere.jar is above 500,000 bytes'; amiss=1; }

say 'Licences in the jars'
for jar in target/*.jar; do
    for file in META-INF/LICENSE META-INF/NOTICE; do
        unzip -l "$jar" "$file" > /dev/null && echo "$jar $file" || { [ "$jar" = target/equisphere-cli-classes.jar ] || { echo "AMISS: $jar has no $file"; amiss=1; }; }
    done
done

say 'Pinned versions'
if grep -nE '<version>.*(SNAPSHOT|LATEST|RELEASE|[][(),]).*</version>' pom.xml; then echo 'AMISS: a version that is not one exact version'; amiss=1; fi
python3 - pom.xml <<'P' || amiss=1
import sys, xml.etree.ElementTree as T
n = {"m": "http://maven.apache.org/POM/4.0.0"}
root = T.parse(sys.argv[1]).getroot()
bad = 0
for kind in ("plugin", "dependency", "path"):
    for each in root.iter("{%s}%s" % (n["m"], kind)):
        name = each.find("m:artifactId", n)
        version = each.find("m:version", n)
        print("%-12s %-32s %s" % (kind, name.text, "-" if version is None else version.text))
        bad += version is None
sys.exit("AMISS: %d without a version" % bad if bad else 0)
P

say 'Dependency tree (compile and runtime; optional ones are marked)'
mvn -B -q "$@" dependency:tree -Dscope=runtime -DoutputFile="$work/tree.txt" && cat "$work/tree.txt"

say 'Bill of materials (CycloneDX, target/equisphere-sbom.json)'
python3 - target/equisphere-sbom.json <<'P'
import json, sys
bom = json.load(open(sys.argv[1]))
print(bom["bomFormat"], bom["specVersion"], len(bom["components"]), "components")
for c in bom["components"]:
    licences = [l.get("license", {}).get("id") or l.get("license", {}).get("name") or l.get("expression") for l in c.get("licenses", [])]
    print("%-62s %-10s %s" % (c["purl"].split("?")[0], c.get("scope", ""), ", ".join(licences) or "no licence named"))
P

say 'Known vulnerabilities'
sed -n '/^## Known vulnerabilities/,$p' bench/vulnerabilities.md | tail -n +2
python3 - target/equisphere-sbom.json bench/vulnerabilities.md <<'P' || amiss=1
import json, sys
judged = open(sys.argv[2]).read()
missing = [c["name"] + " " + c["version"] for c in json.load(open(sys.argv[1]))["components"] if "| " + c["name"] + " | " + c["version"] + " |" not in judged]
sys.exit("AMISS: not judged: " + ", ".join(missing) if missing else 0)
P
echo
[ "$amiss" = 0 ] && echo 'nothing amiss' || { echo 'something is AMISS, see above'; exit 1; }
