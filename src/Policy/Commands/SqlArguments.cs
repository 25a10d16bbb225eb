namespace Cavra.Actors.Commands;

/// <summary>Finds the SQL in the arguments of database clients.</summary>
internal static class SqlArguments
{
    private static readonly HashSet<string> None = [];

    /// <summary>The kinds of statement given to a client; <paramref name="hidden"/> says why when some cannot be seen.</summary>
    public static IReadOnlySet<string> Find(string program, IReadOnlyList<ShellWord> arguments, bool inScript, out string? hidden)
    {
        hidden = null;
        var (shortName, longName, file) = program switch
        {
            "psql" => ('c', "--command", 'f'),
            "mysql" or "mariadb" => ('e', "--execute", '\0'),
            "clickhouse-client" => ('q', "--query", '\0'),
            "sqlite3" => ('\0', "-cmd", '\0'),
            _ => ('\0', "", '\0'),
        };
        if (longName.Length == 0)
            return None;
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        var seen = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            var text = arguments[i].Text;
            if (Value(arguments, ref i, shortName, longName) is { } sql)
            {
                seen = true;
                if (sql.Dynamic)
                    hidden = "SQL is computed when it runs";
                SqlStatements.Collect(sql.Text, kinds);
            }
            else if (file != '\0' && (text.StartsWith("-" + file, StringComparison.Ordinal) || text.StartsWith("--file", StringComparison.Ordinal)))
            {
                hidden = "SQL is read from a file";
            }
            else if (text is "-l" or "--list" or "--version" or "-V" or "--help" or "-?")
            {
                seen = true;
            }
            else if (program == "sqlite3" && i > 0 && !text.StartsWith('-'))
            {
                seen = true;
                SqlStatements.Collect(text, kinds);
            }
        }

        if (!seen && inScript)
            hidden ??= "SQL is read from the input";
        return kinds;
    }

    private static ShellWord? Value(IReadOnlyList<ShellWord> arguments, ref int index, char shortName, string longName)
    {
        var word = arguments[index];
        if (word.Text.StartsWith(longName + "=", StringComparison.Ordinal))
            return word with { Text = word.Text[(longName.Length + 1)..] };
        // Short options may be joined (-Atc) and may carry the value (-cSELECT).
        var at = shortName != '\0' && word.Text.Length > 1 && word.Text[0] == '-' && word.Text[1] != '-' ? ShortOption(word.Text, shortName) : -1;
        if (at > 0 && at + 1 < word.Text.Length)
            return word with { Text = word.Text[(at + 1)..] };
        if ((at > 0 || word.Text == longName) && index + 1 < arguments.Count)
            return arguments[++index];
        return null;
    }

    /// <summary>Position of the option among joined flags; letters of psql and mysql that take a value end the search.</summary>
    private static int ShortOption(string text, char name)
    {
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == name)
                return i;
            if (text[i] is 'd' or 'f' or 'F' or 'h' or 'L' or 'o' or 'p' or 'P' or 'R' or 'T' or 'U' or 'v' or 'u' or 'D' or 'S')
                return -1;
        }

        return -1;
    }
}
