# Completion of agentctl for bash. Generated: agentctl completion bash
_agentctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local path='' each words='' kind=''
    COMPREPLY=()
    if [[ $word == '=' ]]; then word=''
    elif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$path/$each" in
            /replay|/claims|/claims/list|/claims/show|/claims/races|/claims/take|/claims/renew|/claims/release|/lag|/lag/show|/lag/why|/lag/history|/lag/at|/lag/serve|/lag/rules|/lag/dashboard|/agents|/workflows|/diff|/archive|/archive/list|/archive/lifecycle|/archive/run|/archive/status|/archive/verify|/archive/index|/restore|/schema|/schema/check|/schema/prove|/schema/register|/doctor|/doctor/claims|/fields|/fields/explain|/completion|/context|/context/list|/context/use|/context/show|/sandbox|/sandbox/up|/sandbox/down|/sandbox/status|/sandbox/seed) path="$path/$each" ;;
        esac
    done
    case "$path $before" in
        *' --agent') return ;;
        *' --type') return ;;
        *' --match') COMPREPLY=($(compgen -W 'field anywhere' -- "$word")); return ;;
        *' --clock') COMPREPLY=($(compgen -W 'record event' -- "$word")); return ;;
        *' --limit') return ;;
        *' -n') return ;;
        *' --redact') return ;;
        *' --as-seen-by') return ;;
        *' --mark') return ;;
        *' --play') return ;;
        *' --topic') COMPREPLY=($(agentctl __complete topics "$word" 2>/dev/null)); return ;;
        *' -t') COMPREPLY=($(agentctl __complete topics "$word" 2>/dev/null)); return ;;
        *' --since') return ;;
        *' --until') return ;;
        *' --slack') return ;;
        *' --isolation') COMPREPLY=($(compgen -W 'read_committed read_uncommitted' -- "$word")); return ;;
        *' --source') COMPREPLY=($(compgen -f -- "$word")); return ;;
        *' --fields') return ;;
        *' --brokers') return ;;
        *' --bootstrap-server') return ;;
        *' --bootstrap-servers') return ;;
        *' -b') return ;;
        *' --context') COMPREPLY=($(agentctl __complete contexts "$word" 2>/dev/null)); return ;;
        *' --profile') COMPREPLY=($(agentctl __complete contexts "$word" 2>/dev/null)); return ;;
        *' -X') return ;;
        *' -F') COMPREPLY=($(compgen -f -- "$word")); return ;;
        *' --output') COMPREPLY=($(compgen -W 'table wide text json ndjson csv md html svg' -- "$word")); return ;;
        *' -o') COMPREPLY=($(compgen -W 'table wide text json ndjson csv md html svg' -- "$word")); return ;;
        *' --export') COMPREPLY=($(compgen -f -- "$word")); return ;;
        *' --tz') return ;;
        *' --at') return ;;
        *' --claims-topic') return ;;
        *' --interval') return ;;
        *' --exec') return ;;
        *' --workflow') return ;;
        '/workflows --state') COMPREPLY=($(compgen -W 'running done stalled failed' -- "$word")); return ;;
        *' --state') COMPREPLY=($(compgen -W 'split-key zombie conflict late done released orphaned expired taken-over working claimed' -- "$word")); return ;;
        '/claims/races --by') COMPREPLY=($(compgen -W 'topic agent' -- "$word")); return ;;
        *' --by') COMPREPLY=($(compgen -W 'partition topic group member' -- "$word")); return ;;
        *' --ttl') return ;;
        *' --format') return ;;
        *' --cause') return ;;
        *' --confirm') return ;;
        *' --token') return ;;
        *' --seconds') COMPREPLY=($(compgen -W 'exact estimate none' -- "$word")); return ;;
        *' --sample') return ;;
        *' --max-seconds') return ;;
        *' --max-records') return ;;
        *' --listen') return ;;
        *' --compat') COMPREPLY=($(compgen -W 'kafka-lag-exporter kafka_exporter' -- "$word")); return ;;
        *' --max-series') return ;;
        *' --for') return ;;
        *' --from') return ;;
        *' --cool-after') return ;;
        *' --storage-class') return ;;
        *' --expire-after') return ;;
        *' --to') return ;;
        *' --group') return ;;
        *' --object-size') return ;;
        *' --max-age') return ;;
        *' --workers') return ;;
        *' --scheduler') return ;;
        *' --thaw') COMPREPLY=($(compgen -W 'bulk standard expedited' -- "$word")); return ;;
        *' --days') return ;;
        *' --to-file') return ;;
        *' --to-topic') return ;;
        *' --id') return ;;
        *' --resume') return ;;
        *' --undo') return ;;
        *' --level') COMPREPLY=($(compgen -W 'NONE BACKWARD BACKWARD_TRANSITIVE FORWARD FORWARD_TRANSITIVE FULL FULL_TRANSITIVE' -- "$word")); return ;;
        *' --fail-on') COMPREPLY=($(compgen -W 'breaking data none' -- "$word")); return ;;
        *' --batch') return ;;
        *' --candidate') return ;;
        *' --against') return ;;
        *' --schemas') return ;;
        *' --old') return ;;
        *' --direction') COMPREPLY=($(compgen -W 'backward forward both' -- "$word")); return ;;
        *' --subject') return ;;
        *' --expect') return ;;
        *' --broker') return ;;
        *' --anchor') return ;;
        *' --seed') return ;;
    esac
    case $path in
        '') words='replay claims lag agents workflows diff archive restore schema doctor fields completion context sandbox --version -V --help-json --help -h' kind= ;;
        /replay) words='--agent --type --match --clock --limit -n --all --payload --with-commits --no-commits --redact --as-seen-by --mark --explain --exit-code --follow --play --topic -t --since --until --slack --exact --isolation --keyed --source --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind=workflows ;;
        /claims) words='list show races take renew release --at --exit-code --claims-topic --fields --source --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --watch --interval --exec --all --agent --workflow --state --help -h' kind= ;;
        /claims/list) words='--at --exit-code --claims-topic --fields --source --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --watch --interval --exec --all --agent --workflow --state --help -h' kind= ;;
        /claims/show) words='--claims-topic --fields --source --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /claims/races) words='--since --by --claims-topic --fields --source --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /claims/take) words='--ttl --workflow --format --cause --agent --claims-topic --allow-create-time --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /claims/renew) words='--token --ttl --agent --claims-topic --allow-create-time --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /claims/release) words='--token --agent --claims-topic --allow-create-time --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /lag) words='show why history at serve rules dashboard --by --topic -t --seconds --sample --max-seconds --max-records --exit-code --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --watch --interval --exec --help -h' kind= ;;
        /lag/show) words='--by --topic -t --seconds --sample --max-seconds --max-records --exit-code --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --watch --interval --exec --help -h' kind= ;;
        /lag/why) words='--fields --topic -t --seconds --sample --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /lag/history) words='--topic -t --since --until --max-seconds --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /lag/at) words='--topic -t --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --max-seconds --max-records --exit-code --help -h' kind= ;;
        /lag/serve) words='--listen --interval --compat --max-series --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --help -h' kind= ;;
        /lag/rules) words='--max-seconds --for --help -h' kind= ;;
        /lag/dashboard) words='--max-seconds --help -h' kind= ;;
        /agents) words='--topic -t --since --until --slack --exact --isolation --keyed --source --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --watch --interval --exec --help -h' kind= ;;
        /workflows) words='--agent --state --limit -n --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --topic -t --since --until --slack --exact --isolation --keyed --source --fields --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /diff) words='--clock --different --exit-code --topic -t --since --until --slack --exact --isolation --keyed --source --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive) words='list lifecycle run status verify index --help -h' kind= ;;
        /archive/list) words='--topic -t --since --until --from --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive/lifecycle) words='--cool-after --storage-class --expire-after --from --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive/run) words='--topic -t --to --once --follow --group --storage-class --object-size --max-age --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive/status) words='--topic -t --from --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive/verify) words='--deep --from --workers --scheduler --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /archive/index) words='--all --from --workers --scheduler --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /restore) words='--topic -t --since --until --agent --fields --thaw --days --wait --plan --to-file --to-topic --scratch --id --all --payload --resume --undo --from --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /schema) words='check prove register --help -h' kind= ;;
        /schema/check) words='--level --fail-on --batch --candidate --against --schemas --format --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /schema/prove) words='--candidate --old --schemas --sample --direction --fail-on --resume --topic -t --since --until --slack --exact --isolation --keyed --source --fields --workers --scheduler --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /schema/register) words='--subject --expect --execute --confirm --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /doctor) words='claims --claims-topic --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /doctor/claims) words='--claims-topic --fields --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /fields) words='explain --help -h' kind= ;;
        /fields/explain) words='--sample --all --brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --topic -t --since --until --slack --exact --isolation --keyed --source --fields --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind=topics ;;
        /completion) words='bash zsh fish --help -h' kind= ;;
        /context) words='list use show --help -h' kind= ;;
        /context/list) words='--output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /context/use) words='--none --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind=contexts ;;
        /context/show) words='--brokers --bootstrap-server --bootstrap-servers -b --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /sandbox) words='up down status seed --help -h' kind= ;;
        /sandbox/up) words='--broker --anchor --seed --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /sandbox/down) words='--output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /sandbox/status) words='--output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
        /sandbox/seed) words='--anchor --seed --fresh --output -o --export --tz --ascii --no-color --no-colour --debug --help -h' kind= ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [[ $kind && $word != -* ]]; then
        COMPREPLY+=($(agentctl __complete $kind "$word" 2>/dev/null))
    fi
}
complete -o bashdefault -F _agentctl agentctl
