# Completion of oai for fish. `oai completion install fish` puts it where fish finds it.

function __oai_complete
    set -l words (commandline -opc)
    set -l program oai
    string match -q '*/*' -- $words[1]; and set program $words[1]
    set -e words[1]
    set -l answer ($program __complete fish $words (commandline -ct) 2>/dev/null)
    test (count $answer) -gt 0; or return
    set -l directive (string split \t -- $answer[-1])
    set -e answer[-1]
    switch $directive[1]
        case :file
            printf '%s\n' $directive[2](__fish_complete_path $directive[3])
        case :dir
            printf '%s\n' $directive[2](__fish_complete_directories $directive[3])
        case '*'
            test (count $answer) -gt 0; and printf '%s\n' $answer
    end
    true
end

complete -c oai -e
complete -c oai -f -k -a '(__oai_complete)'
