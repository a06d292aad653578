#!/usr/bin/env bash
# Checks who includes whom:
#   - a file includes only its own room and those that the table below names;
#   - no circle of files (a noun's .h and .cc are one);
#   - at most 14 nouns a room, gateway excepted, and no name twice;
#   - the messages of the fleet (proto/fleet.proto) are known to their codecs and
#     to the two ends of the stream.
# Tests may include everything. Our includes are written from the root, in
# quotes, as are Abseil's.
#
# And that signals, limits and the rest of a process's settings are made by the
# programs' main alone, through common/process/process_setup.h and interrupt.h:
# everything else also has to run inside other people's processes.
set -euo pipefail
cd "$(dirname "$0")/.."

# Rooms from the ground up, each with the rooms that it may include. "common":
# every room of common; coordinator/run may also start a worker, in
# in_process_worker alone.
rooms="
common/base
common/words           base
common/process         base words
common/http            base words
common/result          base words
common/arrivals        base
common/plan            base words http result arrivals
common/aws             base words http
common/credentials     base words process http aws
common/channel         base
proto
common/wire            base words http result arrivals plan proto
worker/recording       base words process result plan wire proto
worker/engine          base process words result arrivals plan recording
worker/exchange        base words http result plan aws credentials wire
worker/io              base
worker/net             base words http result io
worker/protocol        base words http result aws engine exchange io net
worker/transport       base words http result aws engine exchange io net protocol
worker/setup           common recording engine exchange io net protocol transport proto
worker/agent           common recording engine exchange net protocol transport setup proto
worker                 common io setup agent
coordinator/text       base words
coordinator/json       base words text
coordinator/statistics base words result arrivals
coordinator/shapes     base words arrivals text json
coordinator/timeline   base words http result plan text
coordinator/books      base words result arrivals plan wire statistics timeline
coordinator/precision  base words result plan statistics timeline books
coordinator/fleet      base words process http result plan channel wire proto
coordinator/conductor  base words process result plan wire fleet proto
coordinator/workload   base words http result arrivals plan aws credentials text json shapes timeline books
coordinator/trace      base words process arrivals plan text json shapes workload
coordinator/memory     base words process http plan aws credentials text json
coordinator/cost       base words result plan text json books workload memory
coordinator/forecast   base words process http result arrivals plan aws wire text workload memory books cost
coordinator/report     base words process result plan text json memory workload timeline statistics books precision cost
coordinator/progress   base process result text json report
coordinator/web        base words http process result plan text json timeline books cost report
coordinator/review     base words process result plan text json workload timeline statistics books precision cost report web
coordinator/run        common text json workload memory fleet conductor timeline books precision cost forecast report progress web
coordinator/api        base words process http result plan text json memory conductor books web report run
coordinator            common text json shapes workload trace memory cost forecast report progress review web run
gateway                base words process http plan aws credentials
"
most_nouns=14
# Files that may include proto/fleet.
speakers='common/wire/|coordinator/(fleet|conductor)/|worker/agent/'
speakers+='|worker/recording/(outbox|reporter)\.|worker/setup/assignment\.cc'

wrong=0
complain() {
  echo "$*"
  wrong=1
}

# ---- the table: by room, " room room ... " with the full names
declare -A may=() full=()
common=""
while read -r room names; do
  [[ -n $room ]] || continue
  all=" $room "
  for name in $names; do
    if [[ $name == common ]]; then
      all+="$common "
    elif [[ -n ${full[$name]:-} ]]; then
      all+="${full[$name]} "
    else
      complain "the table: $room names $name, which does not stand above it"
    fi
  done
  name=${room##*/}
  [[ -z ${full[$name]:-} ]] || complain "the table: two rooms are called $name"
  full[$name]=$room
  may[$room]=$all
  [[ $room != common/* ]] || common+=" $room"
done <<<"$rooms"

# ---- includes
edges=$(mktemp)
trap 'rm -f "$edges"' EXIT
while IFS=: read -r file line text; do
  included=${text#*[\"<]}
  included=${included%%[\">]*}
  case $included in
    proto/* | common/* | worker/* | coordinator/* | gateway/* | tests/*) ;;
    *..* | ./*)
      complain "$file:$line: \"$included\": expected a path from the root"
      continue
      ;;
    */*) continue ;; # a library's
    *)
      [[ $text == *\"* ]] || continue # the system's
      complain "$file:$line: \"$included\": expected a path from the root"
      continue
      ;;
  esac
  room=${file%/*}
  if [[ -z ${may[$room]:-} ]]; then
    complain "$file: its folder is no room of the table"
    continue
  fi
  to=${included%/*}
  may_here=${may[$room]}
  [[ $file != coordinator/run/in_process_worker.* ]] ||
    may_here+="worker/io worker/setup worker/agent "
  if [[ $may_here != *" $to "* ]]; then
    complain "$file:$line: may not include \"$included\" (only from:${may_here% })"
  fi
  [[ $included != proto/fleet* || $file =~ ^($speakers) || $file == proto/* ]] ||
    complain "$file:$line: only codecs and the stream's ends may include \"$included\""
  [[ ${file%.*} == "${included%.*}" ]] ||
    echo "${file%.*} ${included%.*}" >>"$edges"
done < <(grep -rnE '^[[:space:]]*(#[[:space:]]*include|import)\>' \
  --include='*.h' --include='*.cc' --include='*.proto' \
  proto common worker coordinator gateway)

if ! circles=$(tsort "$edges" 2>&1 >/dev/null); then
  complain "these files include each other in a circle:"
  sed 's/^tsort: //; /input contains a loop/d' <<<"$circles"
fi

# ---- nouns
while read -r count room; do
  ((count <= most_nouns)) || [[ $room == gateway ]] ||
    complain "$room: $count nouns, more than $most_nouns: make another room"
done < <(find common worker coordinator gateway '(' -name '*.h' -o -name '*.cc' ')' |
  sed 's/\.[a-z]*$//' | sort -u | sed 's:/[^/]*$::' | uniq -c)
while read -r noun; do
  complain "two nouns are called $noun"
done < <(find common worker coordinator '(' -name '*.h' -o -name '*.cc' ')' |
  sed 's/\.[a-z]*$//' | sort -u | sed 's:.*/::' | grep -vx main | sort | uniq -d)
while read -r folder; do
  [[ -n ${may[$folder]:-} ]] || complain "$folder: is no room of the table"
done < <(find common worker coordinator gateway -mindepth 1 -type d ! -path '*/assets' ! -path '*/assets/page')
while read -r file; do
  complain "$file: expected .h or .cc"
done < <(find common worker coordinator gateway -type f \
  -regextype egrep -regex '.*\.(hpp|hh|hxx|cpp|cxx|c|inc|ipp|inl)')

# ---- the process's settings
# Prints where a pattern is found outside the named files.
settle_elsewhere() {
  local pattern=$1
  shift
  local where
  where=$(grep -rnE "$pattern" --include='*.h' --include='*.cc' \
    common worker coordinator gateway |
    grep -vE "^($(IFS='|'; echo "$*")):") || true
  [[ -n $where ]] || return 0
  complain "only main may set up the process, through common/process/process_setup.h:"
  echo "$where"
}

settings='\b(sigaction|signal|sigprocmask|pthread_sigmask|setrlimit|prlimit)\('
settings+='|\b(set_terminate|set_new_handler|signal_set)\b|\bumask\('
settings+='|PR_SET_DUMPABLE'
settle_elsewhere "$settings" \
  'common/process/(process_setup|interrupt|last_words|child_process)\.cc' \
  'common/process/signals_held\.h'
runs='SetUpProcess|RaiseFileLimit|EndInWords|EndAtInterrupts|CountInterrupts|InterruptAtEof'
settle_elsewhere "\b($runs)\(" \
  '[a-z]+/main\.cc' 'common/process/(process_setup|interrupt|last_words)\.(h|cc)'
exit $wrong
