using System.Text;
using Cavra.Actors.Runbooks;

namespace Cavra.Actors.Policy;

/// <summary>Policy data that cannot be used; hosts refuse to start with it.</summary>
public sealed class PolicyDataException(string path, IReadOnlyList<RunbookProblem> problems)
    : Exception($"The policy data {path} cannot be used: " + string.Join(" ", problems.Select(Sentence)))
{
    /// <summary>What is wrong, with places.</summary>
    public IReadOnlyList<RunbookProblem> Problems { get; } = problems;

    private static string Sentence(RunbookProblem problem) =>
        $"line {problem.Line}, column {problem.Column}: {(problem.Path.Length > 0 ? problem.Path + ": " : "")}{problem.Message}";
}

/// <summary>
/// The policy data in force (setting <c>CAVRA_POLICY__DATA</c>). The file is looked at again at most once a second when someone asks; a changed file that is good takes
/// effect at once with its new revision, a bad one is reported in <see cref="Problem"/> and the last good data stay.
/// </summary>
public sealed class PolicyDataSource
{
    /// <summary>Least time between two looks at the file.</summary>
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly string? _path;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private volatile PolicyData _current;
    private (DateTime Written, long Length) _seen;
    private long _lookedAt;

    private PolicyDataSource(string? path, TimeProvider time)
    {
        _path = path;
        _time = time;
        _lookedAt = time.GetTimestamp();
        _current = path is null ? PolicyData.Default : Read(path, out _seen, out var problems) ?? throw new PolicyDataException(path, problems);
    }

    /// <summary>Opens a file, or the data shipped with this build when <paramref name="path"/> is null. Throws <see cref="PolicyDataException"/> when it cannot be used.</summary>
    public static PolicyDataSource Open(string? path, TimeProvider time) => new(string.IsNullOrWhiteSpace(path) ? null : path, time);

    /// <summary>Why the file's newest content is not in force, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>The data in force.</summary>
    public PolicyData Current
    {
        get
        {
            if (_path is not null && _time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= LookInterval)
                Look(_path);
            return _current;
        }
    }

    private void Look(string path)
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_lookedAt) < LookInterval)
                return;
            Volatile.Write(ref _lookedAt, _time.GetTimestamp());
            var file = new FileInfo(path);
            if (file.Exists && (file.LastWriteTimeUtc, file.Length) == _seen)
                return;
            if (Read(path, out var seen, out var problems) is { } data)
            {
                _current = data;
                Problem = null;
            }
            else
            {
                Problem = new PolicyDataException(path, problems).Message;
            }

            _seen = seen;
        }
    }

    private static PolicyData? Read(string path, out (DateTime Written, long Length) seen, out IReadOnlyList<RunbookProblem> problems)
    {
        seen = default;
        try
        {
            var file = new FileInfo(path);
            seen = (file.LastWriteTimeUtc, file.Length);
            return PolicyData.Load(File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)), out problems);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems = [new RunbookProblem(1, 1, "", error.Message)];
            return null;
        }
    }
}
