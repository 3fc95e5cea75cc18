"""Completion scripts: words and options stand in the script itself, only values ask the program."""

from collections.abc import Iterator
from shlex import quote

from agentctl.cli.tree import CommandNode, Option
from agentctl.render.choose import Format

SHELLS = ("bash", "zsh", "fish")

VALUES = {"--context": "contexts", "--topic": "topics"}
"""Options whose values ``agentctl __complete KIND PREFIX`` knows."""
ARGUMENTS = {("replay",): "workflows", ("fields", "explain"): "topics", ("context", "use"): "contexts"}
"""Commands whose arguments it knows."""
_FILES = frozenset({"-F", "--export", "--source"})
"""Options whose value is a file."""

_BASH_ASKS = 'agentctl __complete {} "$word" 2>/dev/null'
_HEAD = "# Completion of agentctl for {shell}. Generated: agentctl completion {shell}\n"


def script(shell: str, tree: CommandNode) -> str:
    """Return the completion script for a shell."""
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    head = _HEAD.format(shell=shell)
    # Zsh takes a file for a completion only when its very first line says so.
    first = "#compdef agentctl\n" if shell == "zsh" else ""
    return f"{first}{head}" + "\n".join(write(tree)) + "\n"


def _words_of(node: CommandNode) -> list[str]:
    own = node.options if node.meant is None else (*node.meant.options, *node.options)
    options = [name for option in own if not option.argument for name in option.names]
    words = [*(command.path[-1] for command in node.commands), *_of_arguments(node), *options]
    return list(dict.fromkeys(words))


def _of_arguments(node: CommandNode) -> list[str]:
    """Return the words that an argument of the command may be, where they are few."""
    return [choice for option in node.options if option.argument for choice in option.choices]


def _choices(option: Option) -> tuple[str, ...]:
    return tuple(Format) if "--output" in option.names else option.choices


def _valued(tree: CommandNode) -> dict[str, dict[str, list[str]]]:
    """Return by option what completes its value, and the paths of the commands in which it is that."""
    found: dict[str, dict[str, list[str]]] = {}
    for node in tree.walk():
        meant = () if node.meant is None else node.meant.options
        for option in (*node.options, *meant):
            if option.takes_value:
                for name in option.names:
                    found.setdefault(name, {}).setdefault(_bash_value(option), []).append(_bash_path(node))
    return found


def _bash_path(node: CommandNode) -> str:
    return "".join(f"/{word}" for word in node.path)


def _bash_value(option: Option) -> str:
    """Return the words of bash that give the values of an option; none where only a person knows them."""
    if _choices(option):
        return f'COMPREPLY=($(compgen -W {quote(" ".join(_choices(option)))} -- "$word")); '
    if found := _kind(option):
        return f"COMPREPLY=($({_BASH_ASKS.format(found)})); "
    return 'COMPREPLY=($(compgen -f -- "$word")); ' if _is_file(option) else ""


def _kind(option: Option) -> str | None:
    return next((VALUES[name] for name in option.names if name in VALUES), None)


def _is_file(option: Option) -> bool:
    return not _FILES.isdisjoint(option.names)


def _bash(tree: CommandNode) -> Iterator[str]:
    yield "_agentctl() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}"
    yield "    local path='' each words='' kind=''"
    yield "    COMPREPLY=()"
    # Bash takes --output=json for three words.
    yield "    if [[ $word == '=' ]]; then word=''"
    yield "    elif [[ $before == '=' ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi"
    yield '    for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield '        case "$path/$each" in'
    paths = "|".join(f"/{'/'.join(node.path)}" for node in tree.walk() if node.path)
    yield f'            {paths}) path="$path/$each" ;;'
    yield "        esac"
    yield "    done"
    yield '    case "$path $before" in'
    yield from _bash_values(tree)
    yield "    esac"
    yield "    case $path in"
    for node in tree.walk():
        pattern = f"/{'/'.join(node.path)}" if node.path else "''"
        kind = ARGUMENTS.get(node.path, "")
        yield f"        {pattern}) words={quote(' '.join(_words_of(node)))} kind={kind} ;;"
    yield "    esac"
    yield '    COMPREPLY=($(compgen -W "$words" -- "$word"))'
    yield "    if [[ $kind && $word != -* ]]; then"
    yield f"        COMPREPLY+=($({_BASH_ASKS.format('$kind')}))"
    yield "    fi"
    yield "}"
    yield "complete -o bashdefault -F _agentctl agentctl"


def _bash_values(tree: CommandNode) -> Iterator[str]:
    """Give a line for each option, and one for each command in which it takes other values than elsewhere."""
    for name, values in _valued(tree).items():
        usual = max(values, key=lambda value: len(values[value]))
        for value, paths in values.items():
            if value != usual:
                patterns = "|".join(f"'{path} {name}'" for path in dict.fromkeys(paths))
                yield f"        {patterns}) {value}return ;;"
        yield f"        *' {name}') {usual}return ;;"


def _zsh(tree: CommandNode) -> Iterator[str]:
    for node in tree.walk():
        yield f"{_function(node)}() {{"
        if node.commands:
            yield "    local -a commands"
            yield "    commands=("
            yield from (f"        {quote(f'{c.path[-1]}:{c.summary}')}" for c in node.commands)
            yield "    )"
            yield "    if (( CURRENT == 2 )); then"
            yield "        _describe command commands"
            yield "    else"
            yield "        shift words; (( CURRENT-- ))"
            yield "        case $words[1] in"
            yield from (f"            {c.path[-1]}) {_function(c)} ;;" for c in node.commands)
            yield "        esac"
            yield "    fi"
        else:
            yield "    _arguments \\"
            for option in node.options:
                if not option.argument:
                    yield from (f"        {quote(_zsh_spec(option, name))} \\" for name in option.names)
            kind, few = ARGUMENTS.get(node.path), " ".join(_of_arguments(node))
            action = f"_agentctl_{kind}" if kind else f"({few})" if few else ""
            yield f"        '*:value:{action}'"
        yield "}"
    for kind in sorted({*VALUES.values(), *ARGUMENTS.values()}):
        yield f"_agentctl_{kind}() {{"
        yield "    local -a found"
        yield f"    found=(${{(f)\"$(agentctl __complete {kind} '' 2>/dev/null)\"}})"
        yield "    compadd -a found"
        yield "}"
    yield '_agentctl "$@"'


def _function(node: CommandNode) -> str:
    return "_".join(("_agentctl", *node.path)).replace("-", "_")


def _zsh_spec(option: Option, name: str) -> str:
    text = option.help.replace("[", "(").replace("]", ")").replace(":", "\\:")
    star = "*" if option.repeatable else ""
    if not option.takes_value:
        return f"{star}{name}[{text}]"
    action = f"({' '.join(_choices(option))})" if _choices(option) else ""
    if kind := _kind(option):
        action = f"_agentctl_{kind}"
    elif _is_file(option):
        action = "_files"
    return f"{star}{name}[{text}]:value:{action}"


def _fish(tree: CommandNode) -> Iterator[str]:
    yield "complete -c agentctl -f"
    for node in tree.walk():
        here = _fish_condition(node)
        for command in node.commands:
            yield f"complete -c agentctl -n {quote(here)} -a {command.path[-1]} -d {quote(command.summary)}"
        if not node.commands:
            for option in node.options:
                if not option.argument:
                    yield f"complete -c agentctl -n {quote(here)} {_fish_option(option)}"
        if few := _of_arguments(node):
            yield f"complete -c agentctl -n {quote(here)} -a {quote(' '.join(few))}"
        if kind := ARGUMENTS.get(node.path):
            yield f"complete -c agentctl -n {quote(here)} -a {_fish_values(kind)}"


def _fish_condition(node: CommandNode) -> str:
    if not node.path:
        return "__fish_use_subcommand"
    parts = [f"__fish_seen_subcommand_from {word}" for word in node.path]
    if node.commands:
        below = " ".join(command.path[-1] for command in node.commands)
        parts.append(f"not __fish_seen_subcommand_from {below}")
    return "; and ".join(parts)


def _fish_option(option: Option) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    value = ""
    if option.takes_value:
        value = " -r -F" if _is_file(option) else " -x"
        if _choices(option):
            value += f" -a {quote(' '.join(_choices(option)))}"
        elif kind := _kind(option):
            value += f" -a {_fish_values(kind)}"
    return f"{names}{value} -d {quote(option.help)}"


def _fish_values(kind: str) -> str:
    return quote(f"(agentctl __complete {kind} (commandline -ct))")
