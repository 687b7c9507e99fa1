# Completion of oai for bash. `oai completion install bash` puts it where bash finds it.

_oai() {
    local line=${COMP_LINE:0:COMP_POINT} blank=$' \t\n' rest piece program last at
    local -a words=()
    # Bash breaks words at = and : as well; what stands together in the line is one word again here.
    for ((at = 0; at < COMP_CWORD; at++)); do
        rest=${line#"${line%%[!$blank]*}"}
        if ((${#words[@]} == 0)) || [[ $rest != "$line" ]]; then
            words[${#words[@]}]=${COMP_WORDS[at]}
        else
            last=$((${#words[@]} - 1))
            words[last]+=${COMP_WORDS[at]}
        fi
        line=${rest#"${COMP_WORDS[at]}"}
    done
    piece=${line#"${line%%[!$blank]*}"}
    if [[ -z $line || $piece == "$line" ]] && ((${#words[@]} > 1)); then
        last=$((${#words[@]} - 1))
        words[last]+=$piece
    else
        words[${#words[@]}]=$piece
    fi
    # What readline leaves alone in front of its own idea of the word.
    local word=${words[${#words[@]} - 1]} kept
    if [[ -n $piece && -z ${piece//[=:@]/} && $COMP_WORDBREAKS == *"${piece:0:1}"* ]]; then
        kept=$word
    else
        kept=${word%"$piece"}
    fi
    kept=${kept%@} # readline breaks words at @ and completes with it

    program=${words[0]}
    [[ $program == */* ]] || program=oai
    [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
    local directive="" value note width=0
    local -a found=() notes=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=$line
            continue
        fi
        value=${line%%$'\t'*}
        note=${line#*$'\t'}
        value=${value#"$kept"}
        found[${#found[@]}]=$value
        notes[${#notes[@]}]=$note
        ((${#value} > width)) && width=${#value}
    done < <("$program" __complete bash "${words[@]:1}" 2>/dev/null)

    COMPREPLY=()
    case $directive in
        :file* | :dir*)
            local how=-f prefix path
            [[ $directive == :dir* ]] && how=-d
            directive=${directive#*$'\t'}
            prefix=${directive%%$'\t'*}
            path=${directive#*$'\t'}
            prefix=${prefix#"$kept"}
            # Without a prefix readline knows how to write a path; with one that is left to us.
            [[ -z $prefix ]] && compopt -o filenames 2>/dev/null
            while IFS= read -r line; do
                if [[ -n $prefix ]]; then
                    value=""
                    [[ -d $line ]] && value=/ && compopt -o nospace 2>/dev/null
                    printf -v line '%q' "$line"
                    line=$prefix$line$value
                fi
                COMPREPLY[${#COMPREPLY[@]}]=$line
            done < <(compgen "$how" -- "$path")
            return
            ;;
        :nospace*) compopt -o nospace 2>/dev/null ;;
    esac
    # A list that is only looked at (a second tab) may say what the words mean.
    if ((COMP_TYPE == 63 && ${#found[@]} > 1 && ${#found[@]} < ${LINES:-24})); then
        for ((at = 0; at < ${#found[@]}; at++)); do
            [[ -n ${notes[at]} ]] || continue
            printf -v line '%-*s  (%s)' "$width" "${found[at]}" "${notes[at]}"
            found[at]=${line:0:$((${COLUMNS:-80} - 2))}
        done
    fi
    ((${#found[@]})) && COMPREPLY=("${found[@]}")
}

complete -o nosort -F _oai oai 2>/dev/null || complete -F _oai oai
