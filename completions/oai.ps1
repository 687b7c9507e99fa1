# Completion of oai for PowerShell. `oai completion install powershell` puts it where it is found.

Register-ArgumentCompleter -Native -CommandName oai -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # The words up to the cursor. An empty word is passed on as two quotes: some versions drop it.
    $words = @()
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $words += $element.Value
        } else {
            $words += $element.Extent.Text
        }
    }
    $current = if ($wordToComplete) { $wordToComplete } else { '""' }
    $before = [Console]::OutputEncoding
    try {
        [Console]::OutputEncoding = [System.Text.Encoding]::UTF8
        $answer = @(& oai __complete powershell @words $current 2>$null)
    } finally {
        [Console]::OutputEncoding = $before
    }
    if ($answer.Count -eq 0) { return }
    $directive = $answer[-1] -split "`t"

    if ($directive[0] -in ':file', ':dir') {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($directive[2]) |
            Where-Object { $directive[0] -eq ':file' -or $_.ResultType -eq 'ProviderContainer' } |
            ForEach-Object {
                [System.Management.Automation.CompletionResult]::new(
                    $directive[1] + $_.CompletionText, $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
        return
    }
    foreach ($line in ($answer | Select-Object -SkipLast 1)) {
        $value, $note = $line -split "`t", 2
        $text = if ($value -match '[\s''"`$@;|&(){}<>#,]') { "'" + ($value -replace "'", "''") + "'" } else { $value }
        $tip = if ($note) { $note } else { $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $tip)
    }
}
