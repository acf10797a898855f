# Completion of dynamod's options, for bash.

_dynamod() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    case $previous in
    -c | --config)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        ;;
    *)
        mapfile -t COMPREPLY < <(compgen -W "$(dynamod --help |
            grep -oE '(^| )--?[a-zA-Z][a-z-]*')" -- "$word")
        ;;
    esac
}
complete -F _dynamod dynamod
