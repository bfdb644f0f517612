#!/usr/bin/env bash
# Trains, evaluates and predicts with target/equisphere-cli.jar in every environment it should work in, and prints a table (Markdown). Ends with 1 if any row fails.
# usage: mvn -B -q -DskipTests package && bench/compatibility.sh JAVA_HOME...      for instance: bench/compatibility.sh /usr/lib/jvm/java-17-openjdk-amd64
# Every run: ResNet-8 on a sphere of 3 dimensions, 1 epoch on 4 built-in images a class, one seed: rows with the same backend must give the same model, byte for byte.
set -uo pipefail
[ $# -ge 1 ] || { sed -n 2,4p "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
jar=$PWD/target/equisphere-cli.jar
script=$PWD/target/dist/equisphere
[ -f "$jar" ] || { echo "no $jar: mvn -B -q -DskipTests package" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=synthetic:0,4,2
export LC_ALL=C.UTF-8
failures=0
vector_model=
plain_model=

row() { printf '| %s | %s | %s | %s | %s |\n' "$@"; }

# Everything a log says must be a number with a point: as many columns in each row as in the head, no comma inside one.
sound_csv() { awk -F, 'NR == 1 { n = NF } NF != n { bad = 1 } NR > 1 { for (k = 1; k <= NF; k++) if ($k !~ /^(-?[0-9.]+([eE]-?[0-9]+)?|NaN)?$/) bad = 1 } END { exit bad || NR < 2 }' "$1"; }

# check NAME JAVA_VERSION KIND FOLDER COMMAND...: the command without its arguments; KIND is vector or plain
check() {
    local name=$1 version=$2 kind=$3 folder=$4 verdict=yes said note='' sum expected options=("${more[@]}")
    shift 4
    more=()
    said="$work/said"
    "$@" train --data "$data" --network resnet8 --dim 3 --epochs 1 --seed 1 --out "$folder" "${options[@]}" --json > "$work/result.json" 2> "$said" || verdict="no: train ended with $?"
    [ -f "$folder/model.eqs" ] || { row "$name" "$version" "$kind" "no: $(tail -n 1 "$said" | cut -c 1-200)" ''; failures=$((failures + 1)); return; }
    grep -q '"top1":0*[0-9.]*[,}]' "$work/result.json" || verdict="no: train's JSON"
    sound_csv "$folder/metrics.csv" || verdict="no: metrics.csv"
    if grep -q 'left out' "$said"; then
        note='plots left out, with a warning; '
        [ -e "$folder/curves.png" ] && verdict='no: plots all the same'
    else
        [ -s "$folder/curves.png" ] && [ -s "$folder/sphere.png" ] || verdict='no: plots'
    fi
    "$@" evaluate --model "$folder/model.eqs" --data "$data" --json > "$work/result.json" 2>> "$said" || verdict="no: evaluate ended with $?"
    grep -q '"top1":' "$work/result.json" || verdict="no: evaluate's JSON"
    [ -e "$folder/curves.png" ] && cp "$folder/curves.png" "$folder/image.png" || cp bench/pictures/demo-curves.png "$folder/image.png"
    "$@" predict --model "$folder/model.eqs" --input "$folder/image.png" --top 2 > "$work/result.txt" 2>> "$said" || verdict="no: predict ended with $?"
    grep -qE '\(-?[0-9]\.[0-9]{4}\)' "$work/result.txt" || verdict="no: predict's cosines"
    sum=$(sha256sum < "$folder/model.eqs" | cut -c 1-12)
    if [ "$kind" = vector ]; then expected=${vector_model:=$sum}; else expected=${plain_model:=$sum}; fi
    [ "$sum" = "$expected" ] || verdict="no: model $sum, expected $expected"
    [ "$verdict" = yes ] || failures=$((failures + 1))
    row "$name" "$version" "$kind" "$verdict" "${note}model $sum"
}

more=()
row environment Java backend works ''
row --- --- --- --- ---
for home in "$@"; do
    java=$home/bin/java
    version=$("$java" -version 2>&1 | sed -n '1s/.*"\(.*\)".*/\1/p')
    run=$work/$version
    vector=("$java" --add-modules jdk.incubator.vector -jar "$jar")
    for threads in 1 2 5; do
        more=(--threads $threads)
        check "$threads threads" "$version" vector "$run-v$threads" "${vector[@]}"
    done
    for threads in 1 2 5; do
        more=(--threads $threads)
        check "$threads threads, no Vector module" "$version" plain "$run-p$threads" "$java" -Dequisphere.relaunch=false -jar "$jar"
    done
    check 'started without the module: starts itself again' "$version" vector "$run-again" "$java" -jar "$jar"
    for locale in tr_TR de_DE; do
        check "locale $locale" "$version" vector "$run-$locale" "$java" --add-modules jdk.incubator.vector -Duser.language="${locale%_*}" -Duser.country="${locale#*_}" -jar "$jar"
    done
    echo '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>' > "$work/none.conf"
    check 'headless, without fonts' "$version" vector "$run-fonts" env -u DISPLAY FONTCONFIG_FILE="$work/none.conf" "$java" --add-modules jdk.incubator.vector -Duser.home="$work" -jar "$jar"
    check 'spaces and letters beyond ASCII in paths' "$version" vector "$run-Größe übung 漢字" "${vector[@]}"
    check 'the same under LANG=C, by the start script' "$version" vector "$run-C Größe übung 漢字" env -u LC_ALL LANG=C JAVA_HOME="$home" "$script"
    # a bare java cannot name such a file under LANG=C: it must say what to do
    env -u LC_ALL LANG=C "${vector[@]}" evaluate --model "$work/漢字" --data "$data" > "$work/said" 2>&1 # ends with 2
    if grep -q 'LC_ALL=C.UTF-8' "$work/said"; then
        row 'the same under LANG=C, by java -jar' "$version" vector 'refused' 'says: set LC_ALL=C.UTF-8'
    else
        row 'the same under LANG=C, by java -jar' "$version" vector 'no: no advice' ''; failures=$((failures + 1))
    fi
    # 200 MB: a ResNet-32 is predicted with, the heap's peak is told by the JVM's own log
    [ -f "$work/resnet32.eqs" ] || { "${vector[@]}" train --data "$data" --network resnet32 --dim 10 --epochs 1 --out "$work/r32" > /dev/null 2>&1 && cp "$work/r32/model.eqs" "$work/resnet32.eqs"; }
    if "$java" --add-modules jdk.incubator.vector -Xmx200m -jar "$jar" predict --model "$work/resnet32.eqs" --input bench/pictures/demo-curves.png > "$work/said" 2>&1 &&
        "$java" --add-modules jdk.incubator.vector -Xmx200m -jar "$jar" evaluate --model "$work/resnet32.eqs" --data "$data" >> "$work/said" 2>&1; then
        row '200 MB heap: ResNet-32 predicts and is evaluated' "$version" vector yes ''
    else
        row '200 MB heap: ResNet-32 predicts and is evaluated' "$version" vector "no: $(tail -n 1 "$work/said" | cut -c 1-200)" ''; failures=$((failures + 1))
    fi
done
echo
echo "$failures failures; $(date -u +%F), $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores, $(git rev-parse --short HEAD)"
[ "$failures" = 0 ]
