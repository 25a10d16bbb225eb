namespace Cavra.Actors.Commands;

/// <summary>
/// Recognises the kinds of statement that matter to policy by their words, wherever in the text they stand (also in a CTE). Comments and strings are skipped;
/// the bodies of <c>DO</c> blocks and functions are read, strings included, because they may run what they hold.
/// </summary>
internal static class SqlStatements
{
    private const int MaxDepth = 8;

    public const string DropDatabase = "drop-database";
    public const string Drop = "drop";
    public const string Truncate = "truncate";
    public const string Delete = "delete";
    public const string UpdateAll = "update-all";
    public const string Program = "program";
    public const string ClientEscape = "client-escape";

    /// <summary>Every kind.</summary>
    public static readonly IReadOnlySet<string> All = new HashSet<string>(StringComparer.Ordinal) { DropDatabase, Drop, Truncate, Delete, UpdateAll, Program, ClientEscape };

    private static readonly HashSet<string> HarmlessClientCommands = new(StringComparer.Ordinal)
    {
        "x", "timing", "pset", "conninfo", "l", "l+", "q", "echo", "a", "t", "z", "encoding", "crosstabview", "gx", "set", "unset", "c", "connect", "copy",
    };

    public static void Collect(string sql, HashSet<string> kinds)
    {
        var words = Words(sql, kinds, depth: 0);
        for (var i = 0; i < words.Count; i++)
        {
            var next = i + 1 < words.Count ? words[i + 1] : "";
            switch (words[i])
            {
                case "DROP":
                    kinds.Add(next == "DATABASE" ? DropDatabase : Drop);
                    break;
                case "TRUNCATE":
                    kinds.Add(Truncate);
                    break;
                case "DELETE" when next == "FROM":
                    kinds.Add(Delete);
                    break;
                case "UPDATE" when HasNoWhere(words, i):
                    kinds.Add(UpdateAll);
                    break;
                case "PROGRAM" when i > 0 && words[i - 1] is "TO" or "FROM":
                    kinds.Add(Program);
                    break;
                default:
                    break;
            }
        }
    }

    private static bool HasNoWhere(List<string> words, int update)
    {
        var set = false;
        for (var i = update + 1; i < words.Count && words[i] != ";"; i++)
        {
            set |= words[i] == "SET";
            if (words[i] == "WHERE")
                return false;
        }

        return set && (update == 0 || words[update - 1] is not ("FOR" or "KEY" or "DO"));
    }

    private static List<string> Words(string sql, HashSet<string> kinds, int depth)
    {
        var words = new List<string>();
        for (var i = 0; i < sql.Length;)
        {
            var c = sql[i];
            if (c == '-' && Next(sql, i) == '-')
                i = IndexOrEnd(sql, "\n", i);
            else if (c == '/' && Next(sql, i) == '*')
                i = SkipBlockComment(sql, i);
            else if (c == '\'' && depth > 0)
                i++;
            else if (c == '\'')
                i = SkipString(sql, i, escapes: i > 0 && sql[i - 1] is 'E' or 'e');
            else if (c == '"')
                i = IndexOrEnd(sql, "\"", i + 1) + 1;
            else if (c == '$' && DollarTag(sql, i) is { } tag)
                i = ReadDollarQuoted(sql, i, tag, words, kinds, depth);
            else if (c == '\\')
                i = ReadClientCommand(sql, i, kinds);
            else if (c == ';' || char.IsLetter(c) || c == '_')
                i = ReadWord(sql, i, words);
            else
                i++;
        }

        return words;
    }

    private static int ReadWord(string sql, int start, List<string> words)
    {
        var end = start + 1;
        while (sql[start] != ';' && end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] is '_' or '$'))
            end++;
        words.Add(sql[start..end].ToUpperInvariant());
        return end;
    }

    private static int ReadDollarQuoted(string sql, int start, string tag, List<string> words, HashSet<string> kinds, int depth)
    {
        if (depth >= MaxDepth)
        {
            // Nobody writes this; it is refused like an escape, not read.
            kinds.Add(ClientEscape);
            return sql.Length;
        }

        var bodyStart = start + tag.Length;
        var end = sql.IndexOf(tag, bodyStart, StringComparison.Ordinal);
        words.AddRange(Words(end < 0 ? sql[bodyStart..] : sql[bodyStart..end], kinds, depth + 1));
        return end < 0 ? sql.Length : end + tag.Length;
    }

    private static int ReadClientCommand(string sql, int start, HashSet<string> kinds)
    {
        var line = sql[(start + 1)..IndexOrEnd(sql, "\n", start)];
        var name = new string([.. line.TakeWhile(c => !char.IsWhiteSpace(c))]);
        var harmless = HarmlessClientCommands.Contains(name) || name.StartsWith('d');
        if (!harmless || line.Contains("program", StringComparison.OrdinalIgnoreCase) || line.AsSpan().IndexOfAny('`', '|') >= 0)
            kinds.Add(ClientEscape);
        return start + 1 + line.Length;
    }

    private static int SkipBlockComment(string sql, int start)
    {
        var open = 0;
        for (var i = start; i < sql.Length; i++)
        {
            if (sql[i] == '/' && Next(sql, i) == '*')
                (open, i) = (open + 1, i + 1);
            else if (sql[i] == '*' && Next(sql, i) == '/' && --open == 0)
                return i + 2;
            else if (sql[i] == '*' && Next(sql, i) == '/')
                i++;
        }

        return sql.Length;
    }

    private static int SkipString(string sql, int start, bool escapes)
    {
        for (var i = start + 1; i < sql.Length; i++)
        {
            if (escapes && sql[i] == '\\')
                i++;
            else if (sql[i] == '\'' && Next(sql, i) == '\'')
                i++;
            else if (sql[i] == '\'')
                return i + 1;
        }

        return sql.Length;
    }

    private static string? DollarTag(string sql, int start)
    {
        var end = start + 1;
        while (end < sql.Length && (char.IsLetterOrDigit(sql[end]) || sql[end] == '_'))
            end++;
        return end < sql.Length && sql[end] == '$' && (end == start + 1 || !char.IsDigit(sql[start + 1])) ? sql[start..(end + 1)] : null;
    }

    private static char Next(string text, int index) => index + 1 < text.Length ? text[index + 1] : '\0';

    private static int IndexOrEnd(string text, string value, int start) =>
        start >= text.Length ? text.Length : text.IndexOf(value, start, StringComparison.Ordinal) is var at && at < 0 ? text.Length : at;
}
