# Completion of agentctl for bash. Generated: agentctl completion bash
_agentctl() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path='' each words=''
    COMPREPLY=()
    case $before in
        --agent) return ;;
        --type) return ;;
        --match) COMPREPLY=($(compgen -W 'field anywhere' -- "$word")); return ;;
        --clock) COMPREPLY=($(compgen -W 'record event' -- "$word")); return ;;
        --limit|-n) return ;;
        --brokers|-b|--bootstrap-server|--bootstrap-servers) return ;;
        --context|--profile) COMPREPLY=($(agentctl __complete contexts "$word" 2>/dev/null)); return ;;
        -X) return ;;
        -F) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --topic|-t) return ;;
        --since) return ;;
        --until) return ;;
        --slack) return ;;
        --isolation) COMPREPLY=($(compgen -W 'read_committed read_uncommitted' -- "$word")); return ;;
        --source) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --fields) return ;;
        --output|-o) return ;;
        --export) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --tz) return ;;
        --state) COMPREPLY=($(compgen -W 'running done stalled failed' -- "$word")); return ;;
        --sample) return ;;
    esac
    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$path/$each" in
            /replay|/workflows|/fields|/fields/explain|/completion|/context|/context/list|/context/use|/context/show) path="$path/$each" ;;
        esac
    done
    case $path in
        '') words='replay workflows fields completion context --version -V --help-json --help --help' ;;
        /replay) words='--agent --type --match --clock --limit -n --all --payload --exit-code --brokers -b --bootstrap-server --bootstrap-servers --context --profile -X -F --topic -t --since --until --slack --exact --isolation --source --fields --output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
        /workflows) words='--agent --state --limit -n --brokers -b --bootstrap-server --bootstrap-servers --context --profile -X -F --topic -t --since --until --slack --exact --isolation --source --fields --output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
        /fields) words='explain --help --help' ;;
        /fields/explain) words='--sample --all --brokers -b --bootstrap-server --bootstrap-servers --context --profile -X -F --topic -t --since --until --slack --exact --isolation --source --fields --output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
        /completion) words='--help --help' ;;
        /context) words='list use show --help --help' ;;
        /context/list) words='--output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
        /context/use) words='--none --output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
        /context/show) words='--brokers -b --bootstrap-server --bootstrap-servers --context --profile -X -F --output -o --export --tz --ascii --no-color --no-colour --debug --help --help' ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o bashdefault -F _agentctl agentctl
