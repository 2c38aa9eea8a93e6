<?php
// The names in PHP files as PHP's own tokenizer reads them: path, 0-based byte and name, tab between. Of a name with
// namespaces the last part; no variables but static properties, without their `$`; no `self` and `parent`.
//
//     php php_names.php ROOT < paths, one a line
foreach (file('php://stdin', FILE_IGNORE_NEW_LINES) as $path) {
    $is_static = false;
    foreach (PhpToken::tokenize(file_get_contents("$argv[1]/$path")) as $token) {
        if ($token->is([T_STRING, T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED, T_NAME_RELATIVE])) {
            $last = strrpos('\\' . $token->text, '\\');
            $name = substr($token->text, $last);
            if (!in_array(strtolower($name), ['self', 'parent'], true)) {
                echo $path, "\t", $token->pos + $last, "\t", $name, "\n";
            }
        } elseif ($token->is(T_VARIABLE) && $is_static) {
            echo $path, "\t", $token->pos + 1, "\t", substr($token->text, 1), "\n";
        }
        $is_static = $token->is(T_DOUBLE_COLON);
    }
}
