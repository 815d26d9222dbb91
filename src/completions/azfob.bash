# bash: commands and options as the program itself tells them. References are not completed: to list a vault takes a role.
_azfob() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        words="$(azfob --help 2>/dev/null | sed -n 's/^  azfob \([a-z]*\) .*/\1/p') --help --version"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    case $previous in
    --output | --input | --file | --ca | -o | -i | -f) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --format) mapfile -t COMPREPLY < <(compgen -W "json env dotenv null" -- "$current") && return ;;
    --algorithm) mapfile -t COMPREPLY < <(compgen -W "RSA-OAEP-256 RSA-OAEP A128KW A192KW A256KW" -- "$current") && return ;;
    --identity)
        words="auto imds app-service arc service-fabric cloud-shell azure-ml workload token-file="
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current") && return
        ;;
    esac
    case $current in
    -*)
        words=$(azfob "${COMP_WORDS[1]}" --help 2>/dev/null | sed -n 's/^  *\(-[a-z], \)\{0,1\}\(--[a-z-]*\).*/\2/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        ;;
    esac
}
complete -o default -F _azfob azfob
