namespace Cavra.Actors.Cli.Tests.StandIn;

/// <summary>Runs the command line in this process and keeps what it wrote.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-cli-").FullName;
    private readonly Dictionary<string, string> _variables = [];
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    internal CliRun(StandInApi? api = null)
    {
        if (api is null) return;
        _variables["CAVRA_API"] = api.Address;
        _variables["CAVRA_TOKEN"] = "token-of-the-test";
    }

    internal string Folder => _folder;

    internal string Out => _out.ToString();

    internal string Error => _error.ToString();

    internal bool IsTerminal { get; init; }

    internal int Height { get; init; } = 50;

    internal string Input { get; init; } = "";

    internal bool CanAsk { get; init; }

    internal CancellationToken Stop { get; init; }

    internal List<TimeSpan> Waits { get; } = [];

    internal CliRun With(string name, string? value)
    {
        if (value is null) _variables.Remove(name);
        else _variables[name] = value;
        return this;
    }

    internal string File(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    internal CliContext Context() => new()
    {
        Out = TextWriter.Synchronized(_out),
        Error = TextWriter.Synchronized(_error),
        In = new StringReader(Input),
        IsTerminal = IsTerminal,
        Height = Height,
        CanAsk = CanAsk,
        Width = 250,
        Variable = name => _variables.GetValueOrDefault(name),
        CurrentDirectory = _folder,
        Stop = Stop,
        // Waiting costs no time here; how long it would be is kept.
        Delay = async (wait, stop) =>
        {
            Waits.Add(wait);
            await Task.Yield();
            stop.ThrowIfCancellationRequested();
        },
    };

    internal Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(args, Context()).WaitAsync(TimeSpan.FromSeconds(60));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
