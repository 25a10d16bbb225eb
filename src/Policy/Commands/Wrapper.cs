using System.Collections.Frozen;

namespace Cavra.Actors.Commands;

/// <summary>A program that runs another one given in its arguments.</summary>
/// <param name="ValueOptions">Options that take the next word as value.</param>
/// <param name="Operands">Words before the inner command that are not options (the duration of <c>timeout</c>).</param>
/// <param name="Assignments">Whether <c>NAME=value</c> words may stand before the inner command (<c>env</c>).</param>
/// <param name="AppendsUnknown">Whether it adds arguments that are known only when it runs (<c>xargs</c>).</param>
/// <param name="QueryOptions">Options that make it print only (<c>command -v</c>).</param>
internal sealed record Wrapper(string[] ValueOptions, int Operands = 0, bool Assignments = false, bool AppendsUnknown = false, string[]? QueryOptions = null)
{
    private static readonly FrozenDictionary<string, Wrapper> Known = new Dictionary<string, Wrapper>(StringComparer.Ordinal)
    {
        ["env"] = new(["-u", "--unset", "-C", "--chdir", "-S", "--split-string"], Assignments: true),
        ["nice"] = new(["-n", "--adjustment"]),
        ["ionice"] = new(["-c", "--class", "-n", "--classdata"]),
        ["chrt"] = new([], Operands: 1),
        ["taskset"] = new([], Operands: 1),
        ["timeout"] = new(["-s", "--signal", "-k", "--kill-after"], Operands: 1),
        ["nohup"] = new([]),
        ["setsid"] = new([]),
        ["stdbuf"] = new(["-i", "--input", "-o", "--output", "-e", "--error"]),
        ["unbuffer"] = new([]),
        ["time"] = new(["-f", "--format", "-o", "--output"]),
        ["watch"] = new(["-n", "--interval"]),
        ["flock"] = new(["-w", "--timeout", "-E"], Operands: 1),
        ["prlimit"] = new([]),
        ["exec"] = new(["-a"]),
        ["command"] = new([], QueryOptions: ["-v", "-V"]),
        ["builtin"] = new([]),
        ["xargs"] = new(["-a", "-d", "-E", "-I", "-L", "-n", "-P", "-s", "--arg-file", "--delimiter", "--max-args", "--max-procs", "--replace"], AppendsUnknown: true),
        ["parallel"] = new(["-j", "-I"], AppendsUnknown: true),
        ["sudo"] = new(["-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "-U", "-D"], Assignments: true),
        ["doas"] = new(["-u", "-C"]),
        ["chroot"] = new([], Operands: 1),
        ["unshare"] = new([]),
        ["nsenter"] = new(["-t", "--target"]),
        ["setpriv"] = new([]),
        ["runuser"] = new(["-u"]),
        ["systemd-run"] = new(["-u", "-p", "--unit", "--property"]),
        ["strace"] = new(["-o", "-e", "-p"]),
        ["busybox"] = new([]),
        ["toybox"] = new([]),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The wrapper of that name, or null.</summary>
    public static Wrapper? Find(string program) => Known.GetValueOrDefault(program);

    /// <summary>
    /// Index of the inner program among the arguments, or -1 without one. <paramref name="assigned"/> are the variables set on the way.
    /// </summary>
    public int InnerIndex(IReadOnlyList<ShellWord> arguments, out List<string> assigned)
    {
        assigned = [];
        var operands = Operands;
        var options = true;
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word.Dynamic)
                return i;
            if (options && word.Text == "--")
            {
                options = false;
            }
            else if (options && word.Text.Length > 1 && word.Text[0] == '-')
            {
                if (QueryOptions?.Contains(word.Text) == true)
                    return -1;
                if (ValueOptions.Contains(word.Text))
                    i++;
            }
            else if (Assignments && word.Text.IndexOf('=') is var equals && equals > 0)
            {
                assigned.Add(word.Text[..equals]);
                options = false;
            }
            else if (operands-- <= 0)
            {
                return i;
            }
        }

        return -1;
    }
}
